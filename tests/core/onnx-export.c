/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <string.h>

#include <snn/base/error.h>
#include <snn/graph/builder.h>
#include <snn/onnx/onnx-file.h>
#include <snn/run/engine.h>
#include "core/onnx/message.h"
#include "tests/core/file-fixture.h"

/* Vectors and frames of one pixel, which are the same to our networks and not in
 * ONNX. */

#define SIDE 4

static const gchar *
add_conv (SnnBuilder *b, const gchar *name, guint kernel, const gchar *from)
{
  return snn_builder_add (b, name, (SnnNode) {.op = &snn_op_conv2d,
        .kernel = kernel,.stride = 1,.bias = TRUE,.out = {.channels = 3} },
      from, NULL);
}

/* Frames of one pixel into a Linear layer. */
static const gchar *
linear_of_frames (SnnBuilder *b)
{
  const gchar *at = snn_builder_input (b, "in", (SnnShape) { 1, SIDE, SIDE });

  at = snn_builder_relu (b, "act", add_conv (b, "conv", SIDE, at), NULL);
  return snn_builder_linear (b, "dense", 2, at);
}

/* An input of one pixel, of which a convolution makes frames in any case. */
static const gchar *
input_of_frames (SnnBuilder *b)
{
  const gchar *in = snn_builder_input (b, "in", (SnnShape) { 5, 1, 1 });
  const gchar *at = snn_builder_relu (b, "first", in, NULL);

  at = snn_builder_linear (b, "one", 3, add_conv (b, "conv", 1, at));
  return snn_builder_relu (b, "act", at, snn_builder_linear (b, "two", 3, in));
}

static const gchar *
input_of_vectors (SnnBuilder *b)
{
  return snn_builder_linear (b, "dense", 2, snn_builder_input (b, "in",
          (SnnShape) { 5, 1, 1 }));
}

static const gchar *
sum_of_both (SnnBuilder *b)
{
  const gchar *in = snn_builder_input (b, "in", (SnnShape) { 1, SIDE, SIDE });
  const gchar *frames = add_conv (b, "frames", SIDE, in);

  return snn_builder_relu (b, "sum", frames, snn_builder_linear (b, "vector", 3,
          snn_builder_flatten (b, "flat", in)));
}

static const gchar *
conv_of_vectors (SnnBuilder *b)
{
  return add_conv (b, "conv", 1, input_of_vectors (b));
}

/* How networks are made, and axes of the input in the file and how many Flatten nodes
 * it has, or why it can't be written. */
static const struct
{
  const gchar *(*make) (SnnBuilder * b);
  guint rank;
  guint flattened;
  const gchar *refused;
} cases[] = {
  {linear_of_frames, 4, 1},
  {input_of_frames, 4, 2},
  {input_of_vectors, 2, 0},
  {sum_of_both, .refused = "Node 'sum' receives a vector from 'vector' and frames "
        "of one pixel from 'frames', which ONNX has no sum of"},
  {conv_of_vectors, .refused = "Node 'conv': ONNX has no Conv2d of vectors, such "
        "as 'dense' puts out"},
};

static SnnNetwork *
make (gint which)
{
  SnnBuilder *b = snn_builder_new ();
  g_autoptr (GError) error = NULL;
  SnnNetwork *network = snn_builder_end (b, cases[which].make (b), &error);

  fail_unless (network != NULL, "%s", error ? error->message : "");
  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);

    for (guint p = 0; p < node->n_parameters; p++)
      for (gsize v = 0; v < node->parameters[p].n; v++)
        node->parameters[p].values[v] = 0.25f * (float) ((3 * v + p + i) % 7)
            - 0.5f;
  }
  return network;
}

static void
predict (SnnNetwork *network, float *logits)
{
  float values[SIDE * SIDE];
  g_autoptr (SnnEngine) engine = snn_engine_new (network, 1);

  for (guint v = 0; v < G_N_ELEMENTS (values); v++)
    values[v] = 0.1f * (float) (5 * v % 13);
  snn_engine_run (engine, 1, &(SnnInput) { values, SNN_VALUE_FLOAT32, 1 }, NULL,
      &logits, NULL, NULL);
}

static void
check_message (gint which)
{
  gsize size;
  SnnOnnx__ModelProto *model = snn_onnx_message_read (path, &size, NULL);
  guint flattened = 0;

  fail_unless (model != NULL);
  fail_unless_equals_int (model->graph->input[0]->type->tensor_type->shape->n_dim,
      cases[which].rank);
  for (gsize i = 0; i < model->graph->n_node; i++)
    flattened += g_str_equal (model->graph->node[i]->op_type, "Flatten");
  fail_unless_equals_int (flattened, cases[which].flattened);
  snn_onnx_message_free (model);
}

GST_START_TEST (test_axes)
{
  g_autoptr (SnnNetwork) network = make (__i__), back = NULL;
  g_autoptr (GError) error = NULL;
  float expected[3] = { 0 }, found[3] = { 0 };

  if (cases[__i__].refused) {
    fail_unless (!snn_onnx_save (network, FALSE, path, &error));
    fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED)
        && strstr (error->message, cases[__i__].refused), "says '%s'; expected "
        "'%s'", error->message, cases[__i__].refused);
    return;
  }
  fail_unless (snn_onnx_save (network, FALSE, path, &error));
  check_message (__i__);
  back = snn_onnx_load (path, NULL, &error);
  fail_unless (back != NULL, "%s", error ? error->message : "");
  predict (network, expected);
  predict (back, found);
  fail_unless (memcmp (expected, found, sizeof found) == 0, "%g, %g, %g; expected "
      "%g, %g, %g", found[0], found[1], found[2], expected[0], expected[1],
      expected[2]);
}

GST_END_TEST;

/* Vectors have no size that could be asked for. */
GST_START_TEST (test_size_of_vectors)
{
  static const SnnShape sizes[] = { {0, 1, 0}, {0, 0, 1}, {0, 0, 0, 1} };
  g_autoptr (SnnNetwork) network = make (2);

  fail_unless (snn_onnx_save (network, FALSE, path, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autoptr (GError) error = NULL;

    fail_unless (snn_onnx_load (path, &sizes[i], &error) == NULL, "size %u", i);
    fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_MISMATCH)
        && strstr (error->message, "the input 'input' is of vectors (2 axes), "
            "which have no size"), "size %u: %s", i, error->message);
  }
}

GST_END_TEST;

static Suite *
onnx_export_suite (void)
{
  Suite *suite = suite_create ("onnx-export");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_loop_test (tc, test_axes, 0, G_N_ELEMENTS (cases));
  tcase_add_test (tc, test_size_of_vectors);
  return suite;
}

GST_CHECK_MAIN (onnx_export);
