/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <snn/files/model-file.h>

/* Files that NIR's own Python package wrote (version 1.0.7). */

static SnnNetwork *
load (const gchar *name)
{
  g_autofree gchar *path = g_build_filename (g_getenv ("SNN_TEST_DATA"),
      "nir", name, NULL);
  g_autoptr (GError) error = NULL;
  SnnNetwork *network = snn_model_load (path, &error);

  fail_unless (network != NULL, "%s", error ? error->message : "");
  return network;
}

/* A bias of 0.1 in the first convolution, and one of zeros in the second, which
 * is none. */
GST_START_TEST (test_bias)
{
  g_autoptr (SnnNetwork) network = load ("w_bias.nir");
  const SnnNode *biased = snn_network_find (network, "n0");
  const SnnNode *plain = snn_network_find (network, "n2");
  const SnnParameter *bias = snn_node_parameter (biased, "bias");

  fail_unless (biased->bias && !plain->bias);
  fail_unless_equals_int (bias->n, 8);
  for (guint o = 0; o < 8; o++)
    fail_unless (bias->values[o] == 0.1f, "bias %u is %g", o, bias->values[o]);
  fail_unless_equals_int (snn_node_parameter (plain, "bias")->n, 0);
}

GST_END_TEST;

static Suite *
nir_files_suite (void)
{
  Suite *suite = suite_create ("nir-files");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_bias);
  return suite;
}

GST_CHECK_MAIN (nir_files);
