/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <snn/base/error.h>
#include <snn/files/model-file.h>
#include <snn/graph/builder.h>
#include <snn/graph/declare-classes.h>
#include <snn/onnx/onnx-file.h>
#include "tests/core/file-fixture.h"
#include "tests/core/onnx-files.h"

/* Which channel of an imported network is of which class: left and right, swapped,
 * look like a good segmentation. */

static SnnNetwork *
load (const gchar *name)
{
  g_autofree gchar *file = snn_test_onnx_path (name, ".onnx");
  g_autoptr (GError) error = NULL;
  SnnNetwork *network = snn_onnx_load (file, NULL, &error);

  fail_unless (network != NULL, "%s", error ? error->message : "");
  return network;
}

/* Three channels: of one convolution behind which nothing comes, and of several that
 * are summed, with biases. */
static const gchar *const names[] = { "classes", "residual" };

GST_START_TEST (test_order)
{
  static const guint from[] = { 0, 2, 1 };
  const gchar *name = names[__i__];
  g_autoptr (SnnNetwork) as_is = load (name), declared = load (name);
  const SnnShape out = snn_network_output (as_is);
  const gsize plane = (gsize) out.height * out.width;
  g_autofree float *before = NULL, *after = NULL;
  g_autoptr (GError) error = NULL;

  fail_unless_equals_int (out.channels, 3);
  fail_unless (snn_network_declare_classes (as_is, "17,53", &error));
  fail_unless (snn_network_declare_classes (declared, "53, 17", &error), "%s",
      error ? error->message : "");
  fail_unless (snn_classes_equal (&as_is->classes, &declared->classes));
  fail_unless (declared->classes.n == 2 && declared->classes.values[0] == 17
      && declared->classes.values[1] == 53);
  before = snn_test_onnx_predict (as_is, name);
  after = snn_test_onnx_predict (declared, name);
  for (guint c = 0; c < 3; c++)
    for (gsize v = 0; v < plane; v++)
      fail_unless (after[c * plane + v] == before[from[c] * plane + v],
          "%s: value %" G_GSIZE_FORMAT " of channel %u is %.9g; expected %.9g",
          name, v, c, after[c * plane + v], before[from[c] * plane + v]);
}

GST_END_TEST;

static SnnNetwork *
end_with (gboolean activation)
{
  SnnBuilder *b = snn_builder_new ();
  const gchar *at = snn_builder_input (b, "input", (SnnShape) { 1, 4, 4 });
  SnnNetwork *network;

  at = snn_builder_conv2d (b, "conv", 3, 1, at);
  if (activation)
    at = snn_builder_relu (b, "act", at, NULL);
  network = snn_builder_end (b, at, NULL);
  fail_unless (network != NULL);
  return network;
}

static const struct
{
  const gchar *text;
  gboolean activation;
  gint code;
  const gchar *says;
} refusals[] = {
  {"53,17", TRUE, SNN_ERROR_UNSUPPORTED, "node 'act' (ReLU), which it receives, "
        "has no weights"},
  {"1", FALSE, SNN_ERROR_MISMATCH, "1 classes take an output of 1 channels; the "
        "network's has 3"},
  {"3,2,1", FALSE, SNN_ERROR_MISMATCH, "3 classes take an output of 4 channels"},
  {"2,2", FALSE, SNN_ERROR_FORMAT, "Class 2 is there twice"},
  {"2,0", FALSE, SNN_ERROR_FORMAT, "Class 0 is the background"},
  {"2;1", FALSE, SNN_ERROR_FORMAT, "is no list of classes"},
};

GST_START_TEST (test_refusals)
{
  g_autoptr (SnnNetwork) network = end_with (refusals[__i__].activation);
  g_autoptr (GError) error = NULL;

  fail_unless (!snn_network_declare_classes (network, refusals[__i__].text,
          &error));
  fail_unless (g_error_matches (error, SNN_ERROR, refusals[__i__].code)
      && strstr (error->message, refusals[__i__].says), "says '%s'; expected "
      "'%s'", error->message, refusals[__i__].says);
  fail_unless_equals_int (network->classes.n, 0);
}

GST_END_TEST;

/* A list in order needs no layer to be changed. */
GST_START_TEST (test_ascending)
{
  g_autoptr (SnnNetwork) network = end_with (TRUE);
  g_autoptr (GError) error = NULL;

  fail_unless (snn_network_declare_classes (network, "17,53", &error), "%s",
      error ? error->message : "");
  fail_unless_equals_int (network->classes.n, 2);
}

GST_END_TEST;

/* What leads to the output and into the network can't change for one of them. */
GST_START_TEST (test_shared)
{
  g_autoptr (SnnNetwork) network = snn_network_new ();
  static const gchar *const from[][3] = { {"input"}, {"shared"},
  {"shared", "more"} };
  g_autoptr (GError) error = NULL;
  const SnnNode conv = {.op = &snn_op_conv2d,.kernel = 1,.stride = 1,
    .out = {.channels = 3},.bias = TRUE };
  SnnNode like = {.name = (gchar *) "input",.op = &snn_op_input,
    .out = {1, 4, 4} };

  fail_unless (snn_network_add (network, &like, NULL, NULL) == 0);
  like = conv;
  like.name = (gchar *) "shared";
  fail_unless (snn_network_add (network, &like, from[0], NULL) == 1);
  like.name = (gchar *) "more";
  fail_unless (snn_network_add (network, &like, from[1], NULL) == 2);
  like = (SnnNode) {.name = (gchar *) "output",.op = &snn_op_output };
  fail_unless (snn_network_add (network, &like, from[2], NULL) == 3);
  fail_unless (!snn_network_declare_classes (network, "2,1", &error));
  fail_unless (strstr (error->message, "node 'shared' (Conv2d), which it "
          "receives, leads elsewhere, too"), "%s", error->message);
}

GST_END_TEST;

/* The file of three classes with the first two only, whose Softmax is over channels that
 * are transposed; or without what follows the logits. */
static void
make_of_layer (gboolean logits)
{
  SnnOnnx__ModelProto *model = snn_test_onnx_read ("classes");
  SnnOnnx__GraphProto *graph = model->graph;
  guint cut = 0;

  for (gsize i = 0; i < graph->n_initializer; i++) {
    SnnOnnx__TensorProto *tensor = graph->initializer[i];

    if (!g_str_has_prefix (tensor->name, "out."))
      continue;
    tensor->dims[0] = 2;
    tensor->raw_data.len = tensor->raw_data.len / 3 * 2;
    cut++;
  }
  fail_unless_equals_int (cut, 2);
  for (gsize i = 0; logits && i < graph->n_node; i++)
    if (g_str_equal (graph->node[i]->op_type, "Conv"))
      snn_test_onnx_replace (&graph->output[0]->name, graph->node[i]->output[0]);
  snn_test_onnx_write (model, path);
  snn_onnx_message_free (model);
}

/* made.onnx up to its activation, of two channels, and a Softmax of what has no
 * weights. */
static void
make_of_activation (gboolean logits)
{
  SnnOnnx__ModelProto *model = snn_test_onnx_read ("made");
  SnnOnnx__GraphProto *graph = model->graph;
  SnnOnnx__NodeProto *softmax = graph->node[3];
  SnnOnnx__AttributeProto *axis = softmax->attribute[0];

  for (guint i = 0; i < 2; i++) {
    graph->initializer[i]->n_float_data = graph->initializer[i]->n_float_data / 3 * 2;
    graph->initializer[i]->dims[0] = 2;
  }
  snn_test_onnx_replace (&softmax->op_type, "Softmax");
  softmax->input = malloc (sizeof *softmax->input);
  softmax->input[softmax->n_input++] = strdup ("act");
  snn_test_onnx_replace (&softmax->output[0], "end");
  snn_test_onnx_replace (&axis->name, "axis");
  axis->has_i = TRUE;
  axis->i = 1;
  snn_test_onnx_replace (&graph->output[0]->name, logits ? "act" : "end");
  snn_test_onnx_write (model, path);
  snn_onnx_message_free (model);
}

static const struct
{
  const gchar *name;
  void (*make) (gboolean logits);
} of_two[] = {
  {"classes", make_of_layer},
  {"made", make_of_activation},
};

/* A Softmax of background and foreground is one mask, of the same probability. */
GST_START_TEST (test_two_channels)
{
  const gchar *name = of_two[__i__].name;
  g_autoptr (SnnNetwork) both = NULL, mask = NULL;
  g_autofree float *logits = NULL, *found = NULL;
  g_autoptr (GError) error = NULL;
  gsize plane;

  of_two[__i__].make (TRUE);
  both = snn_onnx_load (path, NULL, &error);
  fail_unless (both != NULL, "%s", error ? error->message : "");
  fail_unless_equals_int (snn_network_output (both).channels, 2);
  fail_unless (!snn_network_declare_classes (both, "17", &error));
  fail_unless (strstr (error->message, "where an ONNX file ends with their "
          "Softmax"), "%s", error->message);
  g_clear_error (&error);
  of_two[__i__].make (FALSE);
  mask = snn_onnx_load (path, NULL, &error);
  fail_unless (mask != NULL, "%s", error ? error->message : "");
  fail_unless_equals_int (snn_network_output (mask).channels, 1);
  fail_unless (snn_network_declare_classes (mask, "17", &error));

  plane = snn_shape_size (snn_network_output (mask));
  logits = snn_test_onnx_predict (both, name);
  found = snn_test_onnx_predict (mask, name);
  for (gsize v = 0; v < plane; v++) {
    const double expected = (double) logits[plane + v] - logits[v];

    fail_unless (fabs (found[v] - expected) <= 1e-5 * (1. + fabs (expected)),
        "%s: value %" G_GSIZE_FORMAT " is %.9g; expected %.9g", name, v, found[v],
        expected);
  }
}

GST_END_TEST;

/* Lists of files are of channels, too, and ours ascend. */
GST_START_TEST (test_model_file)
{
  g_autoptr (SnnNetwork) network = load ("classes"), read = NULL;
  g_autoptr (GError) error = NULL;

  network->classes = (SnnClasses) {.n = 2,.values = {53, 17} };
  fail_unless (snn_model_save (network, path, NULL));
  read = snn_model_load (path, &error);
  fail_unless (read == NULL);
  fail_unless (g_str_has_prefix (error->message, path)
      && strstr (error->message, "/gst-snn/classes has 17 behind 53; expected "
          "ascending values"), "%s", error->message);
}

GST_END_TEST;

GST_START_TEST (test_metadata)
{
  g_autoptr (SnnNetwork) network = load ("classes"), read = NULL;
  g_autoptr (GError) error = NULL;

  network->classes = (SnnClasses) {.n = 2,.values = {53, 17} };
  fail_unless (snn_onnx_save (network, FALSE, path, NULL));
  read = snn_onnx_load (path, NULL, &error);
  fail_unless (read == NULL);
  fail_unless (g_str_has_prefix (error->message, path)
      && strstr (error->message, "its metadata name the classes 53,17; expected "
          "ascending ones"), "%s", error->message);
}

GST_END_TEST;

static Suite *
onnx_classes_suite (void)
{
  Suite *suite = suite_create ("onnx-classes");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_loop_test (tc, test_order, 0, G_N_ELEMENTS (names));
  tcase_add_loop_test (tc, test_refusals, 0, G_N_ELEMENTS (refusals));
  tcase_add_test (tc, test_ascending);
  tcase_add_test (tc, test_shared);
  tcase_add_loop_test (tc, test_two_channels, 0, G_N_ELEMENTS (of_two));
  tcase_add_test (tc, test_model_file);
  tcase_add_test (tc, test_metadata);
  return suite;
}

GST_CHECK_MAIN (onnx_classes);
