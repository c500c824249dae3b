/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include "core/model-file.h"
#include "elements/base/enums.h"
#include "tests/nifti-files.h"

static gchar *folder;

static void
setup (void)
{
  const SnnShape shape = { 1, 16, 16 };
  SnnNetwork *ann = snn_network_new_unet (shape, 3, 1, 1, NULL);
  SnnNetwork *snn;
  g_autofree gchar *path = NULL;

  folder = g_dir_make_tmp ("snn-finetuner-XXXXXX", NULL);
  path = g_build_filename (folder, "converted.nir", NULL);
  snn_network_init_weights (ann, 2);
  snn = snn_network_to_spiking (ann);
  for (guint i = 0; i < snn->nodes->len; i++) {
    SnnNode *node = snn_network_node (snn, i);

    for (guint c = 0; node->threshold && c < node->out.channels; c++)
      node->threshold[c] = 0.2f;
  }
  fail_unless (snn_model_save (snn, path, NULL));
  snn_network_unref (ann);
  snn_network_unref (snn);
}

static void
teardown (void)
{
  snn_test_remove (folder);
  g_clear_pointer (&folder, g_free);
}

GST_START_TEST (test_gradient_property)
{
  GstElement *element = gst_element_factory_make ("snnfinetuner", NULL);
  GParamSpec *spec = g_object_class_find_property (G_OBJECT_GET_CLASS
      (element), "gradient");
  gint gradient;

  fail_unless (G_IS_PARAM_SPEC_ENUM (spec));
  g_object_get (element, "gradient", &gradient, NULL);
  fail_unless_equals_int (gradient, SNN_GRADIENT_BPTT);
  gst_util_set_object_arg (G_OBJECT (element), "gradient", "rate");
  g_object_get (element, "gradient", &gradient, NULL);
  fail_unless_equals_int (gradient, SNN_GRADIENT_RATE);
  gst_object_unref (element);
}

GST_END_TEST;

static gchar *
describe (const gchar *gradient, const gchar *name, guint threads)
{
  return g_strdup_printf ("phantomsrc subjects=3 size=6x16x16 epochs=8 ! "
      "voxelnormalize mode=zero-mean ! directencoder timesteps=16 ! "
      "snnfinetuner model=#/converted.nir location=#/%s gradient=%s "
      "learning-rate=0.01 logit-gain=4 batch-size=6 threads=%u ! fakesink",
      name, gradient, threads);
}

/* From the first to the last epoch's loss. */
static void
train (const gchar *gradient, const gchar *name, guint threads,
    double *from, double *to)
{
  g_autofree gchar *description = describe (gradient, name, threads);
  g_autoptr (GstElement) pipeline = snn_test_launch (description, folder);
  guint n_epochs = 0;
  SnnTestRun run;

  snn_test_run (pipeline, &run);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  fail_unless (!run.error, "%s", run.error ? run.error->message : "");
  for (guint i = 0; i < run.structures->len; i++) {
    const GstStructure *s = g_ptr_array_index (run.structures, i);

    if (!gst_structure_has_name (s, "snn-epoch"))
      continue;
    fail_unless (gst_structure_get_double (s, "loss", to));
    if (n_epochs++ == 0)
      *from = *to;
  }
  fail_unless_equals_int (n_epochs, 8);
  snn_test_run_clear (&run);
}

static gboolean
same_files (const gchar *a, const gchar *b)
{
  g_autofree gchar *path_a = g_build_filename (folder, a, NULL);
  g_autofree gchar *path_b = g_build_filename (folder, b, NULL);
  g_autofree gchar *content_a = NULL, *content_b = NULL;
  gsize n_a, n_b;

  fail_unless (g_file_get_contents (path_a, &content_a, &n_a, NULL));
  fail_unless (g_file_get_contents (path_b, &content_b, &n_b, NULL));
  return n_a == n_b && memcmp (content_a, content_b, n_a) == 0;
}

GST_START_TEST (test_gradients)
{
  double first, last;

  train ("bptt", "bptt.nir", 1, &first, &last);
  GST_INFO ("bptt: loss from %g to %g", first, last);
  fail_unless (last < 0.9 * first, "loss from %g to %g", first, last);
  train ("rate", "rate.nir", 1, &first, &last);
  GST_INFO ("rate: loss from %g to %g", first, last);
  fail_unless (last < 0.9 * first, "loss from %g to %g", first, last);
  fail_if (same_files ("bptt.nir", "rate.nir"));

  train ("rate", "threads.nir", 2, &first, &last);
  fail_unless (same_files ("rate.nir", "threads.nir"));
}

GST_END_TEST;

/* One kind of gradient does not go on where the other stopped. */
GST_START_TEST (test_checkpoint_of_other_gradient)
{
  g_autofree gchar *description = describe ("bptt", "snn.nir", 1);
  double first, last;

  train ("rate", "snn.nir", 1, &first, &last);
  snn_test_expect_error (description, folder, GST_STREAM_ERROR,
      GST_STREAM_ERROR_WRONG_TYPE, "gradient=rate");
}

GST_END_TEST;

static Suite *
snnfinetuner_suite (void)
{
  Suite *suite = suite_create ("snnfinetuner");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_gradient_property);
  tcase_add_test (tc, test_gradients);
  tcase_add_test (tc, test_checkpoint_of_other_gradient);
  return suite;
}

GST_CHECK_MAIN (snnfinetuner);
