/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <math.h>
#include <string.h>

#include <snn/base/error.h>
#include <snn/convert/conversion.h>
#include <snn/files/model-file.h>
#include <snn/onnx/onnx-file.h>
#include <snn/run/engine.h>
#include <snn/run/probability.h>
#include "tests/core/file-fixture.h"
#include "tests/core/onnx-files.h"
#include "tests/npy.h"

/* Of conversions. */
#define TIMESTEPS 200

typedef void (*End) (float *values, guint channels, gsize plane);

static void
end_with_sigmoid (float *values, guint channels, gsize plane)
{
  snn_sigmoid (values, channels * plane);
}

/* Files that PyTorch exported, and one made by hand, with what PyTorch predicts:
 * tests/data/onnx-torch.py. A row is one of them: what it ends with, how large its
 * input is where it leaves that open, and a node that has to be there. */
static const struct
{
  const gchar *name;
  End end;
  SnnShape size;
  const gchar *node;
} files[] = {
  {"unet", end_with_sigmoid, {0, 12, 16}, "d1.0.1"},
  {"phantoms", end_with_sigmoid, {0}, "u2"},
  {"classes", snn_softmax, {0}, "e1.0"},
  {"classifier", NULL, {0}, "f1"},
  {"residual", NULL, {0}, "c3"},
  {"made", NULL, {0}, "dense"},
  {"volumes", end_with_sigmoid, {0, 6, 8, 4}, "d1.0.1"},
  {"cubes", NULL, {0}, "c2"},
  {"idioms", NULL, {0}, "all"},
};

static SnnNetwork *
load (guint i)
{
  g_autofree gchar *file = snn_test_onnx_path (files[i].name, ".onnx");
  g_autoptr (GError) error = NULL;
  SnnNetwork *network = snn_onnx_load (file, &files[i].size, &error);

  fail_unless (network != NULL, "%s", error ? error->message : "");
  return network;
}

/* (transfer full): what @network makes of its input in the file. */
static float *
predict (SnnNetwork *network, guint i, End end)
{
  const SnnShape out = snn_network_output (network);
  float *logits = snn_test_onnx_predict (network, files[i].name);

  if (end)
    end (logits, out.channels, snn_shape_rows (out) * out.width);
  return logits;
}

GST_START_TEST (test_outputs)
{
  const gchar *name = files[__i__].name;
  g_autofree gchar *file = snn_test_onnx_path (name, ".npy");
  g_autoptr (Npy) expected = npy_load (file, NULL);
  g_autoptr (SnnNetwork) network = load ((guint) __i__);
  g_autofree float *found = predict (network, (guint) __i__, files[__i__].end);
  double largest = 0.;

  fail_unless (expected != NULL
      && expected->n == snn_shape_size (snn_network_output (network)));
  for (gsize v = 0; v < expected->n; v++)
    largest = MAX (largest, fabs (expected->values[v]));
  for (gsize v = 0; v < expected->n; v++)
    fail_unless (fabs (found[v] - expected->values[v]) <= 1e-5 * largest,
        "%s: value %" G_GSIZE_FORMAT " is %.8g; expected %.8g", name, v,
        found[v], expected->values[v]);
  fail_unless (snn_network_find (network, files[__i__].node) != NULL,
      "%s: there is no node '%s'", name, files[__i__].node);
}

GST_END_TEST;

static void
expect_equal (const float *a, const float *b, gsize n, const gchar *name)
{
  for (gsize v = 0; v < n; v++)
    fail_unless (a[v] == b[v], "%s: value %" G_GSIZE_FORMAT " is %.9g; expected "
        "%.9g", name, v, b[v], a[v]);
}

/* To ONNX and back, and to a model file and back: the same to the bit. */
GST_START_TEST (test_there_and_back)
{
  const gchar *name = files[__i__].name;
  g_autoptr (SnnNetwork) network = load ((guint) __i__);
  g_autoptr (SnnNetwork) back = NULL, read = NULL;
  g_autofree float *expected = predict (network, (guint) __i__, NULL);
  g_autofree float *found = NULL, *of_model = NULL;
  const gsize n = snn_shape_size (snn_network_output (network));
  g_autoptr (GError) error = NULL;

  snn_network_set_metadata (network, "axis", "y");
  network->signed_input = TRUE;
  fail_unless (snn_onnx_save (network, __i__ % 2 == 0, path, &error));
  back = snn_onnx_load (path, NULL, &error);
  fail_unless (back != NULL, "%s", error ? error->message : "");
  fail_unless_equals_string (snn_network_metadata (back, "axis"), "y");
  fail_unless (back->signed_input);
  found = predict (back, (guint) __i__, NULL);
  expect_equal (expected, found, n, name);

  fail_unless (snn_model_save (network, path, &error));
  read = snn_model_load (path, &error);
  fail_unless (read != NULL, "%s", error ? error->message : "");
  of_model = predict (read, (guint) __i__, NULL);
  expect_equal (expected, of_model, n, name);
}

GST_END_TEST;

/* Every network that was read can be converted, and at many timesteps predicts
 * nearly what the ANN does. */
GST_START_TEST (test_conversion)
{
  const gchar *name = files[__i__].name;
  g_autoptr (SnnNetwork) ann = load ((guint) __i__);
  g_autoptr (SnnNetwork) spiking = NULL;
  g_autoptr (SnnEngine) engine = NULL;
  g_autoptr (SnnState) state = NULL;
  g_autofree gchar *file = snn_test_onnx_path (name, ".input.npy");
  g_autoptr (Npy) input = npy_load (file, NULL);
  g_autofree float *values = g_new (float, input->n);
  g_autofree float *expected = predict (ann, (guint) __i__, NULL);
  const gsize n = snn_shape_size (snn_network_output (ann));
  g_autofree float *logits = g_new (float, n);
  SnnConversionSettings settings;
  g_autoptr (GError) error = NULL;
  double sum = 0., wrong = 0.;

  for (gsize v = 0; v < input->n; v++)
    values[v] = (float) input->values[v];
  snn_conversion_settings_init (&settings);
  settings.percentile = 100.;
  settings.matching_timesteps = 0;
  settings.threads = 1;
  spiking = snn_convert (ann, &settings, 1, &(SnnInput) { values,
        SNN_VALUE_FLOAT32, 1 }, NULL, NULL, NULL, NULL, &error);
  fail_unless (spiking != NULL, "%s", error ? error->message : "");
  engine = snn_engine_new (spiking, 1);
  state = snn_state_new (spiking);
  for (guint t = 0; t < TIMESTEPS; t++)
    snn_engine_run (engine, 1, &(SnnInput) { values, SNN_VALUE_FLOAT32, 1 },
        &state, &logits, NULL, NULL);
  for (gsize v = 0; v < n; v++) {
    sum += expected[v] * expected[v];
    wrong += (logits[v] - expected[v]) * (logits[v] - expected[v]);
  }
  fail_unless (sqrt (wrong / sum) < 0.02, "%s: off by %g of the logits", name,
      sqrt (wrong / sum));
}

GST_END_TEST;

/* What is done to made.onnx, whose node 1 is a convolution, and what is said then. */
typedef struct
{
  SnnOnnx__ModelProto *model;
  SnnOnnx__GraphProto *graph;
  SnnOnnx__NodeProto *conv;
  SnnOnnx__TensorProto *weight;
} Damage;

static void
make_old (Damage *d)
{
  d->model->opset_import[0]->version = 10;
}

static void
make_new (Damage *d)
{
  d->model->opset_import[0]->version = 18;
}

static void
pool_by_maximum (Damage *d)
{
  snn_test_onnx_replace (&d->graph->node[2]->op_type, "MaxPool");
}

static void
use_unknown (Damage *d)
{
  snn_test_onnx_replace (&d->graph->node[2]->op_type, "Cosh");
}

/* What computes the sizes of a Resize can't be read either, but isn't the reason. */
static void
resize_behind_unknown (Damage *d)
{
  snn_test_onnx_replace (&d->conv->op_type, "Slice");
  snn_test_onnx_replace (&d->graph->node[2]->op_type, "Resize");
}

static void
use_other_domain (Damage *d)
{
  snn_test_onnx_replace (&d->graph->node[2]->domain, "ai.other");
}

static void
read_nothing (Damage *d)
{
  snn_test_onnx_replace (&d->conv->input[0], "nowhere");
}

static void
claim_more_weights (Damage *d)
{
  d->weight->dims[0] = 1000;
}

static void
claim_endless_weights (Damage *d)
{
  d->weight->dims[0] = d->weight->dims[1] = G_MAXINT32;
}

static void
put_weights_elsewhere (Damage *d)
{
  d->weight->has_data_location = TRUE;
  d->weight->data_location = 1;
}

static void
use_halves (Damage *d)
{
  d->weight->data_type = 10;
}

static void
use_nan (Damage *d)
{
  d->weight->float_data[4] = NAN;
}

static void
use_three_groups (Damage *d)
{
  SnnOnnx__AttributeProto *a = d->conv->attribute[0];

  snn_test_onnx_replace (&a->name, "group");
  a->has_i = TRUE;
  a->i = 3;
}

static void
name_with_noise (Damage *d)
{
  snn_test_onnx_replace (&d->conv->name, "\xff\xfe");
}

static void
end_early (Damage *d)
{
  snn_test_onnx_replace (&d->graph->node[2]->op_type, "Sigmoid");
}

static void
make_twice (Damage *d)
{
  snn_test_onnx_replace (&d->graph->node[3]->output[0], "act");
}

static void
read_backwards (Damage *d)
{
  SnnOnnx__NodeProto *node = d->graph->node[1];

  d->graph->node[1] = d->graph->node[2];
  d->graph->node[2] = node;
}

static void
open_channels (Damage *d)
{
  d->graph->input[0]->type->tensor_type->shape->dim[1]->has_dim_value = FALSE;
}

static void
take_doubles (Damage *d)
{
  d->graph->input[0]->type->tensor_type->elem_type = 11;
}

static void
be_huge (Damage *d)
{
  SnnOnnx__ShapeProto *shape = d->graph->input[0]->type->tensor_type->shape;

  shape->dim[2]->dim_value = shape->dim[3]->dim_value = 1 << 15;
}

/* The activation as an operator of @n inputs, the first as it is, and @output as a
 * second output. */
static void
use_operator (Damage *d, const gchar *type, guint n, const gchar *const *inputs,
    const gchar *output)
{
  SnnOnnx__NodeProto *node = d->graph->node[2];

  snn_test_onnx_replace (&node->op_type, type);
  node->input = realloc (node->input, n * sizeof *node->input);
  for (node->n_input = 1; node->n_input < n; node->n_input++)
    node->input[node->n_input] = strdup (inputs[node->n_input - 1]);
  if (!output)
    return;
  node->output = realloc (node->output, 2 * sizeof *node->output);
  node->output[node->n_output++] = strdup (output);
}

/* As PyTorch's export of a network in training has it in set 13. */
static void
normalise_in_training (Damage *d)
{
  static const gchar *const inputs[] = { "b", "b", "b", "b" };

  d->model->opset_import[0]->version = 13;
  use_operator (d, "BatchNormalization", 5, inputs, "dead_output");
}

/* The shift of the first node becomes a boolean. */
static void
drop_out (Damage *d, gboolean in_training)
{
  static const gchar *const inputs[] = { "", "shift" };
  SnnOnnx__TensorProto *flag = d->graph->initializer[4];

  fail_unless_equals_string (flag->name, "shift");
  flag->data_type = SNN_ONNX_BOOL;
  flag->n_float_data = 0;
  flag->n_int32_data = 1;
  flag->int32_data = malloc (sizeof *flag->int32_data);
  flag->int32_data[0] = in_training;
  use_operator (d, "Dropout", 3, inputs, NULL);
  snn_test_onnx_replace (&d->conv->input[0], "image");
}

static void
drop_out_in_training (Damage *d)
{
  drop_out (d, TRUE);
}

/* The shift of the first node is [1,1,1,1,1]. */
static void
shift_more_axes (Damage *d)
{
  SnnOnnx__TensorProto *shift = d->graph->initializer[4];

  fail_unless_equals_string (shift->name, "shift");
  shift->n_dims = 5;
  shift->dims = malloc (shift->n_dims * sizeof *shift->dims);
  for (guint axis = 0; axis < shift->n_dims; axis++)
    shift->dims[axis] = 1;
}

/* One value for each of the convolution's channels, which are not the third of the
 * sum's five axes. */
static void
multiply_more_axes (Damage *d)
{
  static const gchar *const inputs[] = { "b" };
  SnnOnnx__TensorProto *b = d->graph->initializer[1];

  use_operator (d, "Mul", 2, inputs, NULL);
  d->conv->n_input = 2;
  free (d->conv->input[2]);
  b->n_dims = 5;
  b->dims = realloc (b->dims, b->n_dims * sizeof *b->dims);
  for (guint axis = 0; axis < b->n_dims; axis++)
    b->dims[axis] = axis == 2 ? 3 : 1;
}

static void
end_with_softmax_of_one (Damage *d)
{
  SnnOnnx__NodeProto *node = d->graph->node[0];

  snn_test_onnx_replace (&node->op_type, "Softmax");
  node->n_input = 1;
  free (node->input[1]);
  node->attribute = malloc (sizeof *node->attribute);
  node->attribute[node->n_attribute++] = d->conv->attribute[--d->conv->n_attribute];
  snn_test_onnx_replace (&node->attribute[0]->name, "axis");
  node->attribute[0]->has_i = TRUE;
  node->attribute[0]->i = 1;
}

static const struct
{
  void (*damage) (Damage * d);
  const gchar *says;
} damages[] = {
  {make_old, "of set 10; expected 11 to 17"},
  {make_new, "of set 18; expected 11 to 17"},
  {pool_by_maximum, "(MaxPool): such operators are not supported: train with "
        "average pooling"},
  {use_unknown, "(Cosh): such operators are not supported"},
  {resize_behind_unknown, "(Resize): such operators are not supported: train with "
        "transposed convolutions"},
  {use_other_domain, "(Relu): operators of 'ai.other' are not supported; expected "
        "those of ONNX itself"},
  {read_nothing, "node 'conv' (Conv): reads 'nowhere', which nothing before it"},
  {claim_more_weights, "'w' is of data type 1; expected 1, float, as many as"},
  {claim_endless_weights, "'w' is of data type 1; expected 1, float, as many as"},
  {put_weights_elsewhere, "expected all in one file"},
  {use_halves, "'w' is of data type 10; expected 1"},
  {use_nan, "'w' has a value of nan"},
  {use_three_groups, "its weights are for 3 channels; it receives 1"},
  {name_with_noise, "not UTF-8"},
  {end_early, "is of 3 channels; expected one, a mask"},
  {make_twice, "makes 'act', which is there before it"},
  {read_backwards, "(Relu): reads 'conv', which nothing before it makes"},
  {open_channels, "number of channels is left open"},
  {take_doubles, "of element type 11; expected 1, float"},
  {normalise_in_training, "(BatchNormalization): is in training mode; export the "
        "network for evaluation"},
  {drop_out_in_training, "(Dropout): 'shift' sets training mode; export the "
        "network for evaluation"},
  {shift_more_axes, "(Add): 'shift' has 5 axes; expected at most 4, those of "
        "'image'"},
  {multiply_more_axes, "(Mul): 'b' has 5 axes; expected at most 4, those of "
        "'conv'"},
  {end_with_softmax_of_one, "(Softmax): is over one channel, of which it makes 1 "
        "whatever comes; expected a Sigmoid"},
  {be_huge, "at most 268435456 are supported"},
};

static void
expect_refusal (const gchar *file, const gchar *says)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SnnNetwork) network = snn_onnx_load (file, NULL, &error);

  fail_unless (network == NULL, "is read, where '%s' is expected", says);
  fail_unless (error != NULL && error->domain == SNN_ERROR);
  fail_unless (g_str_has_prefix (error->message, file)
      && strstr (error->message, says) != NULL, "says '%s'; expected '%s'",
      error->message, says);
}

GST_START_TEST (test_refusals)
{
  Damage d = {.model = snn_test_onnx_read ("made") };

  d.graph = d.model->graph;
  d.conv = d.graph->node[1];
  d.weight = d.graph->initializer[0];
  damages[__i__].damage (&d);
  snn_test_onnx_write (d.model, path);
  expect_refusal (path, damages[__i__].says);
  snn_onnx_message_free (d.model);
}

GST_END_TEST;

/* Dropout that says that it is not in training changes nothing. */
GST_START_TEST (test_dropout)
{
  g_autoptr (SnnNetwork) network = NULL;
  g_autoptr (GError) error = NULL;
  Damage d = {.model = snn_test_onnx_read ("made") };

  d.graph = d.model->graph;
  d.conv = d.graph->node[1];
  drop_out (&d, FALSE);
  snn_test_onnx_write (d.model, path);
  network = snn_onnx_load (path, NULL, &error);
  fail_unless (network != NULL, "%s", error ? error->message : "");
  snn_onnx_message_free (d.model);
}

GST_END_TEST;

/* MaxPool by the name that PyTorch gives it, an input of open size, and what is no
 * file or no ONNX. */
GST_START_TEST (test_files_refused)
{
  g_autofree gchar *pooled = snn_test_onnx_path ("maxpool", ".onnx");
  g_autofree gchar *open = snn_test_onnx_path ("unet", ".onnx");
  g_autofree gchar *other = snn_test_onnx_path ("made", ".npy");
  g_autofree gchar *fixed = snn_test_onnx_path ("made", ".onnx");
  g_autofree gchar *deep = snn_test_onnx_path ("volumes", ".onnx");
  g_autoptr (GError) error = NULL;

  expect_refusal (pooled, "/MaxPool' (MaxPool): such operators are not "
      "supported: train with average pooling");
  expect_refusal (open, "height is left open; expected a size");
  expect_refusal (other, "is no ONNX file");
  expect_refusal ("nowhere.onnx", "can't open");
  expect_refusal (deep, "depth is left open; expected a size");
  fail_unless (snn_onnx_load (fixed, &(SnnShape) { 0, 8, 6 }, &error) == NULL);
  fail_unless (strstr (error->message, "height is 6 in the file; 8 was asked"));
  g_clear_error (&error);
  fail_unless (snn_onnx_load (open, &(SnnShape) { 0, 12, 16, 4 }, &error)
      == NULL);
  fail_unless (strstr (error->message, "is of slices (4 axes); a depth of 4 was "
          "asked for"), "%s", error->message);
}

GST_END_TEST;

/* What is short in a file and large in memory: a graph of nothing but empty nodes,
 * and one in which the values that are joined double. */
GST_START_TEST (test_growth)
{
  const gsize n = 1 << 20;
  g_autofree gchar *empty = g_malloc0 (n);
  SnnOnnx__ModelProto *model = snn_test_onnx_read ("made");
  SnnOnnx__NodeProto joins[40], *all[G_N_ELEMENTS (joins) + 1];
  gchar *names[G_N_ELEMENTS (joins)], *inputs[G_N_ELEMENTS (joins)][2];
  SnnOnnx__NodeProto **before = model->graph->node;
  const gsize n_before = model->graph->n_node;

  /* Field 7 of the model, the graph, of n - 8 bytes, is fields 1 of no bytes. */
  for (gsize i = 0; i < n; i += 2)
    empty[i] = 0x0a;
  memcpy (empty, "\x3a\xfc\xff\x3f", 4);
  fail_unless (g_file_set_contents (path, empty, (gssize) n, NULL));
  expect_refusal (path, "takes more memory than a file of 1048576 bytes");

  for (guint i = 0; i < G_N_ELEMENTS (joins); i++) {
    snn_onnx__node_proto__init (&joins[i]);
    names[i] = g_strdup_printf ("join%u", i);
    inputs[i][0] = inputs[i][1] = i == 0 ? (gchar *) "image" : names[i - 1];
    joins[i].op_type = (gchar *) "Concat";
    joins[i].n_input = 2;
    joins[i].input = inputs[i];
    joins[i].n_output = 1;
    joins[i].output = &names[i];
    all[i] = &joins[i];
  }
  all[G_N_ELEMENTS (joins)] = before[1];
  free (before[1]->input[0]);
  before[1]->input[0] = strdup ("join39");
  free (model->graph->output[0]->name);
  model->graph->output[0]->name = strdup ("conv");
  model->graph->node = all;
  model->graph->n_node = G_N_ELEMENTS (all);
  snn_test_onnx_write (model, path);
  expect_refusal (path, "more values are summed or concatenated");
  model->graph->node = before;
  model->graph->n_node = n_before;
  for (guint i = 0; i < G_N_ELEMENTS (joins); i++)
    g_free (names[i]);
  snn_onnx_message_free (model);
}

GST_END_TEST;

GST_START_TEST (test_save_refused)
{
  g_autoptr (SnnNetwork) ann = load (0);
  g_autoptr (SnnNetwork) spiking = snn_network_to_spiking (ann);
  g_autoptr (GError) error = NULL;

  fail_unless (!snn_onnx_save (spiking, FALSE, "never.onnx", &error));
  fail_unless (strstr (error->message, "no operator for a IF"), "%s",
      error->message);
  fail_unless (!g_file_test ("never.onnx", G_FILE_TEST_EXISTS));
}

GST_END_TEST;

/* As many values as a Gemm has outputs, but one a sample, are no bias. */
GST_START_TEST (test_bias_of_samples)
{
  SnnOnnx__ModelProto *model = snn_test_onnx_read ("classifier");
  const SnnOnnx__GraphProto *graph = model->graph;
  SnnOnnx__TensorProto *bias = NULL;
  gint64 n;

  for (guint i = 0; i < graph->n_node; i++)
    for (guint t = 0; t < graph->n_initializer && !bias; t++)
      if (g_str_equal (graph->node[i]->op_type, "Gemm")
          && g_str_equal (graph->initializer[t]->name, graph->node[i]->input[2]))
        bias = graph->initializer[t];
  fail_unless (bias != NULL && bias->n_dims == 1 && bias->dims[0] > 1);
  n = bias->dims[0];
  bias->dims = realloc (bias->dims, 2 * sizeof *bias->dims);
  bias->n_dims = 2;
  for (guint along = 0; along < 2; along++) {
    g_autoptr (SnnNetwork) network = NULL;

    bias->dims[along] = n;
    bias->dims[1 - along] = 1;
    snn_test_onnx_write (model, path);
    if (along == 1) {
      network = snn_onnx_load (path, NULL, NULL);
      fail_unless (network != NULL);
    } else {
      expect_refusal (path, "along axis 0, a value a sample; expected a bias");
    }
  }
  snn_onnx_message_free (model);
}

GST_END_TEST;

static Suite *
onnx_suite (void)
{
  Suite *suite = suite_create ("onnx");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_loop_test (tc, test_outputs, 0, G_N_ELEMENTS (files));
  tcase_add_loop_test (tc, test_there_and_back, 0, G_N_ELEMENTS (files));
  tcase_add_loop_test (tc, test_conversion, 0, G_N_ELEMENTS (files));
  tcase_add_loop_test (tc, test_refusals, 0, G_N_ELEMENTS (damages));
  tcase_add_test (tc, test_dropout);
  tcase_add_test (tc, test_bias_of_samples);
  tcase_add_test (tc, test_files_refused);
  tcase_add_test (tc, test_growth);
  tcase_add_test (tc, test_save_refused);
  return suite;
}

GST_CHECK_MAIN (onnx);
