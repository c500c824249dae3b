/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <gst/snn/enums.h>
#include <snn/files/model-file.h>
#include "tests/elements/helpers.h"

static gchar *folder;

static void
setup (void)
{
  folder = snn_test_folder_new ();
  snn_test_write_unet (folder, "converted.nir", 16, TRUE);
}

static void
teardown (void)
{
  g_clear_pointer (&folder, snn_test_folder_free);
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
  guint n_epochs = 0;
  SnnTestRun run;

  snn_test_expect_eos (description, folder, &run);
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

GST_START_TEST (test_gradients)
{
  double first, last;

  train ("bptt", "bptt.nir", 1, &first, &last);
  GST_INFO ("bptt: loss from %g to %g", first, last);
  fail_unless (last < 0.9 * first, "loss from %g to %g", first, last);
  train ("rate", "rate.nir", 1, &first, &last);
  GST_INFO ("rate: loss from %g to %g", first, last);
  fail_unless (last < 0.9 * first, "loss from %g to %g", first, last);
  fail_if (snn_test_same_files (folder, "bptt.nir", "rate.nir"));
  train ("qcfs levels=4", "qcfs.nir", 1, &first, &last);
  GST_INFO ("qcfs: loss from %g to %g", first, last);
  fail_unless (last < 0.9 * first, "loss from %g to %g", first, last);

  train ("fptt", "fptt.nir", 1, &first, &last);
  GST_INFO ("fptt: loss from %g to %g", first, last);
  fail_unless (last < 0.9 * first, "loss from %g to %g", first, last);

  train ("rate", "threads.nir", 2, &first, &last);
  fail_unless (snn_test_same_files (folder, "rate.nir", "threads.nir"));
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

GST_START_TEST (test_levels_without_qcfs)
{
  g_autofree gchar *description = describe ("bptt levels=4", "snn.nir", 1);

  snn_test_expect_error (description, folder, GST_STREAM_ERROR,
      GST_STREAM_ERROR_WRONG_TYPE, "levels=4 does nothing with gradient=bptt");
}

GST_END_TEST;

/* Neurons and resets are noted in the model, and train. */
static const struct
{
  const gchar *properties;
  SnnNeuronKind kind;
  gboolean resets;
} kept[] = {
  {"neuron=signed-if", SNN_NEURON_SIGNED_IF, FALSE},
  {"reset=zero", SNN_NEURON_IF, TRUE},
  {"neuron=lif reset=zero", SNN_NEURON_LIF, TRUE},
};

#define TRAIN_KIND "phantomsrc subjects=2 size=4x16x16 epochs=1 ! " \
    "voxelnormalize mode=zero-mean ! directencoder timesteps=4 ! " \
    "snnfinetuner model=#/converted.nir location=#/kind.nir "

GST_START_TEST (test_kinds)
{
  g_autofree gchar *description = g_strconcat (TRAIN_KIND,
      kept[__i__].properties, " ! fakesink", NULL);
  g_autofree gchar *path = g_build_filename (folder, "kind.nir", NULL);
  g_autoptr (SnnNetwork) network = NULL;
  SnnTestRun run;

  snn_test_expect_eos (description, folder, &run);
  snn_test_run_clear (&run);
  network = snn_model_load (path, NULL);
  fail_unless (network != NULL);
  fail_unless_equals_int (snn_network_neurons (network), kept[__i__].kind);
  fail_unless_equals_int (snn_network_find (network, "e1a_act")->resets,
      kept[__i__].resets);
}

GST_END_TEST;

/* Nor does a run of another reset go on. */
GST_START_TEST (test_reset_that_can_not_be)
{
  SnnTestRun run;

  snn_test_expect_error (TRAIN_KIND "neuron=signed-if reset=zero ! fakesink",
      folder, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
      "can't be reset to zero");
  snn_test_expect_eos (TRAIN_KIND "reset=zero ! fakesink", folder, &run);
  snn_test_run_clear (&run);
  snn_test_expect_error (TRAIN_KIND "reset=subtract ! fakesink", folder,
      GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE, "another network");
}

GST_END_TEST;

/* The converted network's neurons become leaky, and stay so in the model; those
 * of another leak do not go on from its checkpoint. */
GST_START_TEST (test_leaky)
{
  g_autofree gchar *rest = g_strdup ("phantomsrc subjects=2 size=4x16x16 "
      "epochs=1 ! voxelnormalize mode=zero-mean ! directencoder timesteps=4 ! "
      "snnfinetuner location=#/lif.nir");
  g_autofree gchar *leaky = g_strconcat (rest,
      " model=#/converted.nir neuron=lif leak=0.9 ! fakesink", NULL);
  g_autofree gchar *other = g_strconcat (rest,
      " model=#/converted.nir neuron=lif leak=0.8 ! fakesink", NULL);
  g_autofree gchar *plain = g_strconcat (rest,
      " model=#/converted.nir ! fakesink", NULL);
  g_autofree gchar *again = g_strconcat (rest,
      " model=#/lif.nir resume=false ! fakesink", NULL);
  g_autofree gchar *path = g_build_filename (folder, "lif.nir", NULL);
  SnnTestRun run;

  snn_test_expect_eos (leaky, folder, &run);
  snn_test_run_clear (&run);
  snn_test_expect_error (other, folder, GST_STREAM_ERROR,
      GST_STREAM_ERROR_WRONG_TYPE, "initial-weights");
  snn_test_expect_error (plain, folder, GST_STREAM_ERROR,
      GST_STREAM_ERROR_WRONG_TYPE, "another network");
  for (guint round = 0; round < 2; round++) {
    g_autoptr (SnnNetwork) network = snn_model_load (path, NULL);
    SnnParameter *tau;

    fail_unless (network != NULL);
    fail_unless_equals_int (snn_network_neurons (network), SNN_NEURON_LIF);
    tau = snn_node_parameter (snn_network_find (network, "e1a_act"), "tau");
    fail_unless_equals_float (tau->values[0], 10.f);
    if (round == 1)
      break;
    snn_test_expect_eos (again, folder, &run);
    snn_test_run_clear (&run);
  }
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
  tcase_add_test (tc, test_levels_without_qcfs);
  tcase_add_test (tc, test_leaky);
  tcase_add_loop_test (tc, test_kinds, 0, G_N_ELEMENTS (kept));
  tcase_add_test (tc, test_reset_that_can_not_be);
  return suite;
}

GST_CHECK_MAIN (snnfinetuner);
