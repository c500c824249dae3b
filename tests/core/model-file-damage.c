/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <hdf5.h>
#include <math.h>

#include <snn/base/error.h>
#include <snn/files/model-file.h>
#include <snn/ops/neurons.h>
#include "tests/core/file-fixture.h"
#include "tests/core/model-networks.h"

/* Files that hold no model, or one that can't be run: each is refused by a text
 * that names the file and what is wrong. */

/* Loading @file must fail with @code and a text that names the file and
 * contains @text. */
static void
assert_refused (const gchar *file, SnnError code, const gchar *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SnnNetwork) network = snn_model_load (file, &error);

  fail_unless (network == NULL, "loaded; expected '%s'", text);
  fail_unless (error != NULL);
  fail_unless (error->domain == SNN_ERROR && error->code == (gint) code,
      "code %d: %s", error->code, error->message);
  fail_unless (g_str_has_prefix (error->message, file), "%s", error->message);
  fail_unless (strstr (error->message, text) != NULL, "'%s' lacks '%s'",
      error->message, text);
}

GST_START_TEST (test_no_file)
{
  assert_refused (path, SNN_ERROR_NOT_FOUND, "No such file");
}

GST_END_TEST;

GST_START_TEST (test_folder_for_a_file)
{
  assert_refused (folder, SNN_ERROR_OPEN, "not a regular file");
}

GST_END_TEST;

GST_START_TEST (test_not_hdf5)
{
  fail_unless (g_file_set_contents (path, "some text", -1, NULL));
  assert_refused (path, SNN_ERROR_FORMAT, "not an HDF5 file");
  fail_unless (g_file_set_contents (path, "", -1, NULL));
  assert_refused (path, SNN_ERROR_FORMAT, "not an HDF5 file");
}

GST_END_TEST;

/* Every length that a file may be cut to gives an error, never a network. */
GST_START_TEST (test_truncated)
{
  g_autoptr (SnnNetwork) network = snn_test_small_vgg (TRUE);
  g_autofree gchar *content = NULL;
  gsize n;

  fail_unless (snn_model_save (network, path, NULL));
  fail_unless (g_file_get_contents (path, &content, &n, NULL));
  for (gsize length = 0; length < n; length += 1 + n / 61) {
    g_autoptr (GError) error = NULL;

    fail_unless (g_file_set_contents (path, content, (gssize) length, NULL));
    fail_unless (snn_model_load (path, &error) == NULL);
    fail_unless (error->domain == SNN_ERROR);
    fail_unless (g_str_has_prefix (error->message, path));
  }
}

GST_END_TEST;

/* Damaged bytes give an error or a network, and nothing worse. */
GST_START_TEST (test_damaged)
{
  g_autoptr (SnnNetwork) network = snn_test_small_vgg (TRUE);
  g_autofree gchar *content = NULL;
  gsize n;

  fail_unless (snn_model_save (network, path, NULL));
  fail_unless (g_file_get_contents (path, &content, &n, NULL));
  for (gsize i = 0; i < n; i += 1 + n / 401) {
    g_autoptr (GError) error = NULL;
    g_autoptr (SnnNetwork) loaded = NULL;
    gchar kept = content[i];

    content[i] ^= 0x41;
    fail_unless (g_file_set_contents (path, content, (gssize) n, NULL));
    content[i] = kept;
    loaded = snn_model_load (path, &error);
    fail_unless ((loaded == NULL) == (error != NULL));
  }
}

GST_END_TEST;

/* Changes to a good file, one a case. Values are stored in place of @name;
 * without any, @name is removed. */
typedef enum
{
  REMOVED,
  TEXT,
  INTEGERS,
  REALS,
  PROMISED,                     /* dimensions without stored values */
  SOFT_LINK,
  EXTERNAL_LINK,
  GROUP,
} Change;

typedef struct
{
  const gchar *name;
  Change change;
  const gchar *text;
  guint rank;
  hsize_t dims[4];
  double values[4];
  SnnError code;
  const gchar *expected;
} Case;

static const Case cases[] = {
  {"/node", REMOVED, .code = SNN_ERROR_FORMAT,
      .expected = "there is no /node"},
  {"/node/type", TEXT, "Group", .code = SNN_ERROR_FORMAT,
      .expected = "'Group'; expected a 'NIRGraph'"},
  {"/node/type", GROUP, .code = SNN_ERROR_FORMAT,
      .expected = "/node/type is not a readable dataset"},
  {"/node/type", REALS, NULL, 0, {0}, {1.}, SNN_ERROR_FORMAT,
      "/node/type does not hold text"},
  {"/node/edges", REMOVED, .code = SNN_ERROR_FORMAT,
      .expected = "there is no /node/edges"},
  {"/node/edges", TEXT, "input", .code = SNN_ERROR_FORMAT,
      .expected = "/node/edges is no list"},
  {"/node/nodes", REMOVED, .code = SNN_ERROR_FORMAT,
      .expected = "there is no /node/nodes"},
  {"/node/nodes/conv1", REMOVED, .code = SNN_ERROR_FORMAT,
      .expected = "an edge names 'conv1'"},
  {"/node/nodes/conv1/type", TEXT, "Conv9d", .code = SNN_ERROR_UNSUPPORTED,
      .expected = "node 'conv1': nodes of type 'Conv9d'"},
  {"/node/nodes/conv1/type", TEXT, "NIRGraph", .code = SNN_ERROR_UNSUPPORTED,
      .expected = "node 'conv1': nodes of type 'NIRGraph'"},
  {"/node/nodes/conv1/type", TEXT, "ReLU", .code = SNN_ERROR_FORMAT,
      .expected = "conv1"},
  {"/node/nodes/conv1/weight", REMOVED, .code = SNN_ERROR_FORMAT,
      .expected = "there is no /node/nodes/conv1/weight"},
  {"/node/nodes/conv1/weight", TEXT, "1", .code = SNN_ERROR_FORMAT,
      .expected = "/node/nodes/conv1/weight does not hold numbers"},
  {"/node/nodes/conv1/weight", REALS, NULL, 1, {4}, {0.}, SNN_ERROR_FORMAT,
      "node 'conv1': weight has 1 dimensions; expected 4"},
  {"/node/nodes/conv1/weight", REALS, NULL, 4, {1, 2, 1, 1}, {0.},
      SNN_ERROR_FORMAT,
      "node 'conv1': weight is for 2 channels; the node receives 3"},
  {"/node/nodes/conv1/weight", REALS, NULL, 4, {1, 3, 1, 1}, {NAN},
      SNN_ERROR_FORMAT, "bias"},
  {"/node/nodes/conv1/weight", PROMISED, NULL, 4, {4, 3, 30000, 30000}, {0.},
      SNN_ERROR_FORMAT, "the file has only 0 bytes for it"},
  {"/node/nodes/conv1/weight", PROMISED, NULL, 4,
        {1u << 30, 1u << 30, 1u << 30, 1u << 30}, {0.}, SNN_ERROR_FORMAT,
      "dimension 2 of /node/nodes/conv1/weight is"},
  {"/node/nodes/conv1/weight", SOFT_LINK, "/node/nodes/fc1/weight",
      .code = SNN_ERROR_UNSUPPORTED, .expected = "soft or external link"},
  {"/node/nodes/conv1/weight", EXTERNAL_LINK, "/etc/passwd",
      .code = SNN_ERROR_UNSUPPORTED, .expected = "soft or external link"},
  {"/node/nodes/conv1/stride", INTEGERS, NULL, 1, {2}, {1, 2},
      SNN_ERROR_UNSUPPORTED, "node 'conv1': stride is 1 by 2"},
  {"/node/nodes/conv1/stride", INTEGERS, NULL, 1, {2}, {0, 0},
      SNN_ERROR_FORMAT, "stride 0"},
  {"/node/nodes/conv1/stride", INTEGERS, NULL, 0, {0}, {-1},
      SNN_ERROR_FORMAT, "node 'conv1': stride is -1"},
  {"/node/nodes/conv1/stride", REALS, NULL, 1, {2}, {1, 1},
      SNN_ERROR_FORMAT, "stride does not hold integers"},
  {"/node/nodes/conv1/padding", INTEGERS, NULL, 1, {3}, {1, 1, 1},
      SNN_ERROR_FORMAT, "node 'conv1': padding has 3 values"},
  {"/node/nodes/conv1/padding", INTEGERS, NULL, 0, {0}, {1e9},
      SNN_ERROR_FORMAT, "node 'conv1': padding is 1000000000"},
  {"/node/nodes/conv1/padding", TEXT, "reflect", .code = SNN_ERROR_UNSUPPORTED,
      .expected = "node 'conv1': padding is 'reflect'"},
  {"/node/nodes/conv1/dilation", INTEGERS, NULL, 0, {0}, {0},
      SNN_ERROR_FORMAT, "node 'conv1': dilation is 0"},
  {"/node/nodes/conv1/dilation", INTEGERS, NULL, 0, {0}, {3000},
      SNN_ERROR_UNSUPPORTED, "node 'conv1': as a dense layer"},
  {"/node/nodes/conv1/groups", INTEGERS, NULL, 0, {0}, {4},
      SNN_ERROR_FORMAT, "node 'conv1': weight is for 12 channels"},
  {"/node/nodes/conv1/groups", INTEGERS, NULL, 0, {0}, {3},
      SNN_ERROR_FORMAT, "node 'conv1': groups is 3; expected a divisor of 4"},
  {"/node/nodes/conv1/bias", REALS, NULL, 1, {4}, {0., 0., NAN, 0.},
      SNN_ERROR_FORMAT, "node 'conv1': bias has a value of nan"},
  {"/node/nodes/conv1/bias", REALS, NULL, 1, {3}, {0.}, SNN_ERROR_FORMAT,
      "node 'conv1': bias has 1 dimensions and 3 values"},
  {"/node/nodes/conv1/input_shape", INTEGERS, NULL, 1, {2}, {8, 9},
      SNN_ERROR_FORMAT, "input_shape is 8x9; the node receives 8x8"},
  {"/node/nodes/input/shape", INTEGERS, NULL, 1, {3}, {3, 8, 9},
      SNN_ERROR_FORMAT, "input_shape is 8x8; the node receives 8x9"},
  {"/node/nodes/input/shape", INTEGERS, NULL, 1, {2}, {8, 8},
      SNN_ERROR_UNSUPPORTED, "node 'input': shape has 2 dimensions"},
  {"/node/nodes/input/shape", INTEGERS, NULL, 1, {3}, {3, -8, 8},
      SNN_ERROR_FORMAT, "node 'input': shape has a size of -8"},
  {"/node/nodes/input/shape", INTEGERS, NULL, 1, {3}, {2e9, 2e9, 2e9},
      SNN_ERROR_UNSUPPORTED, "2^31"},
  {"/node/nodes/output/shape", INTEGERS, NULL, 1, {1}, {11},
      SNN_ERROR_FORMAT, "node 'output': shape is 11x1x1; expected 10x1x1"},
  {"/node/nodes/output/type", TEXT, "Input", .code = SNN_ERROR_FORMAT,
      .expected = "output"},
  {"/node/nodes/pool1/kernel_size", INTEGERS, NULL, 1, {2}, {3, 3},
      SNN_ERROR_FORMAT, "input of 4x8x8 (channels, height, width); expected "
        "windows side by side, without padding, that fill the input"},
  {"/node/nodes/flatten/start_dim", INTEGERS, NULL, 0, {0}, {1},
      SNN_ERROR_UNSUPPORTED, "node 'flatten': flattens dimensions 1 to -1"},
  {"/node/nodes/fc1/weight", REALS, NULL, 2, {2, 2}, {0.}, SNN_ERROR_FORMAT,
      "node 'fc1': weight is for 2 channels; the node receives 64"},
  {"/node/nodes/fc1_act/v_threshold", REALS, NULL, 1, {4}, {1.},
      SNN_ERROR_FORMAT, "node 'fc1_act': v_threshold has 1 dimensions"},
  {"/node/nodes/conv1_act/v_threshold", PROMISED, NULL, 3, {4, 8, 8}, {0.},
      SNN_ERROR_FORMAT, "the file has only 0 bytes for it"},
  {"/gst-snn/spiking", INTEGERS, NULL, 0, {0}, {0}, SNN_ERROR_FORMAT, "IF"},
  {"/gst-snn/spiking", INTEGERS, NULL, 0, {0}, {7}, SNN_ERROR_FORMAT,
      "/gst-snn/spiking is 7"},
  {"/gst-snn/spiking", SOFT_LINK, "/version", .code = SNN_ERROR_UNSUPPORTED,
      .expected = "soft or external link"},
  {"/gst-snn/readout", TEXT, "first", .code = SNN_ERROR_UNSUPPORTED,
      .expected = "/gst-snn/readout is 'first'"},
  {"/gst-snn/initial_membrane", REALS, NULL, 1, {1}, {NAN},
      SNN_ERROR_FORMAT, "/gst-snn/initial_membrane is nan"},
  {"/gst-snn/timesteps", INTEGERS, NULL, 0, {0}, {-1}, SNN_ERROR_FORMAT,
      "/gst-snn/timesteps is -1"},
};

static hid_t
stored_type (Change change)
{
  hid_t type;

  if (change == INTEGERS)
    return H5Tcopy (H5T_STD_I64LE);
  if (change != TEXT)
    return H5Tcopy (H5T_IEEE_F32LE);
  type = H5Tcopy (H5T_C_S1);
  H5Tset_size (type, H5T_VARIABLE);
  return type;
}

static void
put_dataset (hid_t file, const Case *c)
{
  hid_t type = stored_type (c->change);
  hid_t space = c->rank > 0 ? H5Screate_simple ((int) c->rank, c->dims, NULL)
      : H5Screate (H5S_SCALAR);
  hid_t dataset = H5Dcreate2 (file, c->name, type, space, H5P_DEFAULT,
      H5P_DEFAULT, H5P_DEFAULT);

  fail_unless (dataset >= 0);
  if (c->change == TEXT)
    H5Dwrite (dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &c->text);
  else if (c->change != PROMISED)
    H5Dwrite (dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT,
        c->values);
  H5Dclose (dataset);
  H5Sclose (space);
  H5Tclose (type);
}

static void
apply (const Case *c)
{
  hid_t file = H5Fopen (path, H5F_ACC_RDWR, H5P_DEFAULT);

  fail_unless (file >= 0);
  fail_unless (H5Ldelete (file, c->name, H5P_DEFAULT) >= 0);
  if (c->change == SOFT_LINK)
    H5Lcreate_soft (c->text, file, c->name, H5P_DEFAULT, H5P_DEFAULT);
  else if (c->change == EXTERNAL_LINK)
    H5Lcreate_external (c->text, "/", file, c->name, H5P_DEFAULT,
        H5P_DEFAULT);
  else if (c->change == GROUP)
    H5Gclose (H5Gcreate2 (file, c->name, H5P_DEFAULT, H5P_DEFAULT,
            H5P_DEFAULT));
  else if (c->change != REMOVED)
    put_dataset (file, c);
  fail_unless (H5Fclose (file) >= 0);
}

/* The address of a group's names, of which HDF5 1.10 makes a crash. Files of ours
 * keep names otherwise, those of h5py as here. */
GST_START_TEST (test_heaps)
{
  guint n = 1;

  for (guint k = 0; k < n; k++) {
    hid_t file = H5Fcreate (path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    g_autofree gchar *content = NULL;
    gsize length;

    H5Gclose (H5Gcreate2 (file, "/node", H5P_DEFAULT, H5P_DEFAULT,
            H5P_DEFAULT));
    H5Gclose (H5Gcreate2 (file, "/node/nodes", H5P_DEFAULT, H5P_DEFAULT,
            H5P_DEFAULT));
    H5Fclose (file);
    fail_unless (g_file_get_contents (path, &content, &length, NULL));
    n = 0;
    for (gsize i = 0; i + 32 < length; i++)
      if (memcmp (content + i, "HEAP\0\0\0", 8) == 0 && n++ == k)
        content[i + 29] = 5;
    fail_unless (g_file_set_contents (path, content, (gssize) length, NULL));
    assert_refused (path, SNN_ERROR_FORMAT, "outside of the file");
  }
  fail_unless_equals_int (n, 3);
}

GST_END_TEST;

GST_START_TEST (test_changed)
{
  g_autoptr (SnnNetwork) network = snn_test_small_vgg (TRUE);

  fail_unless (snn_model_save (network, path, NULL));
  apply (&cases[__i__]);
  assert_refused (path, cases[__i__].code, cases[__i__].expected);
}

GST_END_TEST;

static void
put_edges (guint n, const gchar *const *ends)
{
  const hsize_t dims[2] = { n, 2 };
  hid_t file = H5Fopen (path, H5F_ACC_RDWR, H5P_DEFAULT);
  hid_t type = stored_type (TEXT);
  hid_t space = H5Screate_simple (2, dims, NULL);
  hid_t dataset;

  H5Ldelete (file, "/node/edges", H5P_DEFAULT);
  dataset = H5Dcreate2 (file, "/node/edges", type, space, H5P_DEFAULT,
      H5P_DEFAULT, H5P_DEFAULT);
  fail_unless (H5Dwrite (dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT,
          ends) >= 0);
  H5Dclose (dataset);
  H5Sclose (space);
  H5Tclose (type);
  H5Fclose (file);
}

static const gchar *const chain[] = {
  "fc2", "output", "input", "conv1", "pool1", "flatten", "conv1",
  "conv1_act", "flatten", "fc1", "conv1_act", "pool1", "fc1_act", "fc2",
  "fc1", "fc1_act", NULL, NULL
};

GST_START_TEST (test_edges_in_any_order)
{
  g_autoptr (SnnNetwork) network = snn_test_small_vgg (TRUE);
  g_autoptr (SnnNetwork) loaded = NULL;

  fail_unless (snn_model_save (network, path, NULL));
  put_edges (8, chain);
  loaded = snn_model_load (path, NULL);
  fail_unless (loaded != NULL);
  snn_test_assert_same (network, loaded);
}

GST_END_TEST;

/* A ninth edge for the chain, or a first one in place of its own. */
static const struct
{
  const gchar *from, *to;
  gboolean first;
  const gchar *expected;
} edges[] = {
  {"fc1_act", "fc1", FALSE, "cycle"},
  {"conv1", "conv1", FALSE, "cycle"},
  {"output", "input", FALSE, "cycle"},
  {"input", "nowhere", FALSE, "an edge names 'nowhere'"},
  {"nowhere", "fc1", FALSE, "an edge names 'nowhere'"},
  {"input", "conv1", FALSE, "is there twice"},
  {"input", "fc2", FALSE, "'fc2'"},
  {"fc1/weight", "fc2", FALSE, "an edge names 'fc1/weight'"},
  {".", "fc2", FALSE, "an edge names '.'"},
  {"", "fc2", FALSE, "an edge names ''"},
  {"fc1_act", "output", TRUE, "node 'output': shape is 10x1x1; expected 7x1x1"},
};

GST_START_TEST (test_bad_edges)
{
  g_autoptr (SnnNetwork) network = snn_test_small_vgg (TRUE);
  const gchar *ends[G_N_ELEMENTS (chain)];
  guint place = edges[__i__].first ? 0 : 16;

  fail_unless (snn_model_save (network, path, NULL));
  memcpy (ends, chain, sizeof chain);
  ends[place] = edges[__i__].from;
  ends[place + 1] = edges[__i__].to;
  put_edges (edges[__i__].first ? 8 : 9, ends);
  assert_refused (path, SNN_ERROR_FORMAT, edges[__i__].expected);
}

GST_END_TEST;

/* @n values from @first on of the first activation of a small VGG. */
static void
put_values (const gchar *name, gsize first, gsize n, float value)
{
  hid_t file = H5Fopen (path, H5F_ACC_RDWR, H5P_DEFAULT);
  hid_t dataset = H5Dopen2 (file, name, H5P_DEFAULT);
  float values[4 * 8 * 8];

  fail_unless (H5Dread (dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL,
          H5P_DEFAULT, values) >= 0);
  for (gsize i = first; i < first + n; i++)
    values[i] = value;
  fail_unless (H5Dwrite (dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL,
          H5P_DEFAULT, values) >= 0);
  H5Dclose (dataset);
  H5Fclose (file);
}

static void
put_value (const gchar *name, gsize index, float value)
{
  put_values (name, index, 1, value);
}

GST_START_TEST (test_neurons_that_we_can_not_run)
{
  static const struct
  {
    const gchar *field;
    float value;
    SnnError code;
    const gchar *expected;
  } values[] = {
    {"v_threshold", 2.f, SNN_ERROR_UNSUPPORTED,
        "node 'conv1_act': v_threshold differs within channel 1"},
    {"v_threshold", 0.f, SNN_ERROR_FORMAT, "v_threshold has a value of 0"},
    {"v_threshold", NAN, SNN_ERROR_FORMAT, "v_threshold has a value of nan"},
    {"r", 2.f, SNN_ERROR_UNSUPPORTED, "node 'conv1_act': r differs within"},
    {"v_reset", 0.5f, SNN_ERROR_UNSUPPORTED, "v_reset has the value 0.5"},
  };
  g_autoptr (SnnNetwork) network = snn_test_small_vgg (TRUE);

  for (guint i = 0; i < G_N_ELEMENTS (values); i++) {
    g_autofree gchar *name =
        g_strconcat ("/node/nodes/conv1_act/", values[i].field, NULL);

    fail_unless (snn_model_save (network, path, NULL));
    put_value (name, 64 + 9, values[i].value);
    assert_refused (path, values[i].code, values[i].expected);
  }
  fail_unless (snn_model_save (network, path, NULL));
  put_value ("/node/nodes/conv1/weight", 5, INFINITY);
  assert_refused (path, SNN_ERROR_FORMAT,
      "node 'conv1': weight has a value of inf");
}

GST_END_TEST;

/* A LIF neuron's fields, all of one value, where ours are of leak 0.9: r = tau =
 * 10; and what comes of them, a text that refuses them or a time constant and
 * how often the threshold is what it was. */
static const struct
{
  float tau;
  float r;
  float v_leak;
  const gchar *refused;
  float expected_tau;
  float factor;
} leaky[] = {
  {10.f, 10.f, 0.f, NULL, 10.f, 1.f},
  {4.f, 4.f, 0.f, NULL, 4.f, 1.f},
  {10.f, 5.f, 0.f, NULL, 10.f, 2.f},    /* currents count half */
  {2.f, 1.f, 0.f, NULL, 2.f, 2.f},      /* SpikingJelly's decay_input */
  {1e-3f, 10.f, 0.f, NULL, 10.f, 1.f},  /* snnTorch's beta of 0.9 */
  {10.f, 10.f, 0.5f, "v_leak has the value 0.5"},
  {0.01f, 1.f, 0.f, NULL, 100.f, 100.f},        /* seconds; currents count 0.01 */
  {1.f, 1.f, 0.f, "tau is 1; expected"},
  {1e-5f, 1.f, 0.f, "tau is 1e-05; expected"},
  {INFINITY, 1.f, 0.f, "tau has a value of inf"},
  {10.f, -1.f, 0.f, "r has a value of -1"},
};

GST_START_TEST (test_leaky_neurons)
{
  g_autoptr (SnnNetwork) network = snn_test_small_vgg (TRUE);
  g_autoptr (SnnNetwork) loaded = NULL;
  g_autoptr (GError) error = NULL;
  const SnnNode *node;

  snn_network_set_neurons (network, SNN_NEURON_LIF, 0.9);
  fail_unless (snn_model_save (network, path, NULL));
  put_values ("/node/nodes/conv1_act/tau", 0, 256, leaky[__i__].tau);
  put_values ("/node/nodes/fc1_act/tau", 0, 7, leaky[__i__].tau);
  put_values ("/node/nodes/conv1_act/r", 0, 256, leaky[__i__].r);
  put_values ("/node/nodes/conv1_act/v_leak", 0, 256, leaky[__i__].v_leak);
  loaded = snn_model_load (path, &error);
  if (leaky[__i__].refused) {
    fail_unless (loaded == NULL, "row %d is read", __i__);
    fail_unless (strstr (error->message, leaky[__i__].refused)
        && strstr (error->message, "conv1_act"), "row %d: %s", __i__,
        error->message);
    return;
  }
  fail_unless (loaded != NULL, "row %d: %s", __i__,
      error ? error->message : "");
  node = snn_network_find (loaded, "conv1_act");
  fail_unless (fabsf (node->threshold[2] / leaky[__i__].factor - 1.f) < 1e-6f,
      "row %d: %g", __i__, node->threshold[2]);
  fail_unless (fabsf (snn_node_parameter (node, "tau")->values[1]
          / leaky[__i__].expected_tau - 1.f) < 1e-6f, "row %d: %g", __i__,
      snn_node_parameter (node, "tau")->values[1]);
}

GST_END_TEST;

/* Seconds and timesteps in one file: of two channels of a node, and of two nodes. */
GST_START_TEST (test_units_of_time)
{
  g_autoptr (SnnNetwork) network = snn_test_small_vgg (TRUE);

  snn_network_set_neurons (network, SNN_NEURON_LIF, 0.9);
  fail_unless (snn_model_save (network, path, NULL));
  put_values ("/node/nodes/fc1_act/tau", 0, 7, 0.5f);
  assert_refused (path, SNN_ERROR_UNSUPPORTED, "node 'fc1_act': tau is 0.5, and 10 "
      "in node 'conv1_act'; expected all of a file to be more than 1");
  put_values ("/node/nodes/conv1_act/tau", 0, 128, 0.5f);
  put_values ("/node/nodes/conv1_act/tau", 128, 128, 1.5f);
  assert_refused (path, SNN_ERROR_UNSUPPORTED, "node 'conv1_act': tau is 1.5, and "
      "0.5 in node 'conv1_act'");
}

GST_END_TEST;

/* What neurons say of their reset, and what of ours is left of the file, NULL for
 * nothing to be taken away: files from before the field subtract, and files of others
 * are set to v_reset, which is 0.25 of channels from the second on. */
static const struct
{
  SnnNeuronKind kind;
  const gchar *removed;
  const gchar *also_removed;
  const gchar *refused;
  gboolean resets;
} resets[] = {
  {SNN_NEURON_IF, NULL, NULL, "v_reset has the value 0.25"},
  {SNN_NEURON_IF, "metadata/reset", NULL, "v_reset has the value 0.25"},
  {SNN_NEURON_IF, "metadata/reset", "/gst-snn", NULL, TRUE},
  {SNN_NEURON_LIF, "metadata", "/gst-snn", NULL, TRUE},
  {SNN_NEURON_SIGNED_IF, NULL, NULL, "v_reset has the value 0.25"},
  {SNN_NEURON_SIGNED_IF, "metadata/reset", "/gst-snn", "v_reset has the value"},
};

static void
remove_field (const gchar *name)
{
  hid_t file = H5Fopen (path, H5F_ACC_RDWR, H5P_DEFAULT);

  fail_unless (H5Ldelete (file, name, H5P_DEFAULT) >= 0);
  H5Fclose (file);
}

GST_START_TEST (test_resets)
{
  g_autoptr (SnnNetwork) network = snn_test_small_vgg (TRUE);
  g_autoptr (SnnNetwork) loaded = NULL;
  g_autoptr (GError) error = NULL;
  const SnnNode *node;

  snn_network_set_neurons (network, resets[__i__].kind, 0.9);
  fail_unless (snn_model_save (network, path, NULL));
  put_values ("/node/nodes/conv1_act/v_reset", 64, 3 * 64, 0.25f);
  if (resets[__i__].removed) {
    g_autofree gchar *field = g_strconcat ("/node/nodes/conv1_act/",
        resets[__i__].removed, NULL);

    remove_field (field);
  }
  if (resets[__i__].also_removed)
    remove_field (resets[__i__].also_removed);
  loaded = snn_model_load (path, &error);
  if (resets[__i__].refused) {
    fail_unless (loaded == NULL, "row %d is read", __i__);
    fail_unless (strstr (error->message, resets[__i__].refused)
        && strstr (error->message, "conv1_act"), "row %d: %s", __i__,
        error->message);
    return;
  }
  fail_unless (loaded != NULL, "row %d: %s", __i__,
      error ? error->message : "");
  node = snn_network_find (loaded, "conv1_act");
  fail_unless_equals_int (node->resets, resets[__i__].resets);
  fail_unless (snn_node_parameter (node, "reset")->values[0] == 0.f);
  fail_unless (snn_node_parameter (node, "reset")->values[3] == 0.25f);
  /* The other neurons still say that they subtract. */
  fail_unless (!snn_network_find (loaded, "fc1_act")->resets);
}

GST_END_TEST;

/* Without our group, neurons say where they begin, all of them the same. */
GST_START_TEST (test_membranes)
{
  g_autoptr (SnnNetwork) network = snn_test_small_vgg (TRUE);
  g_autoptr (SnnNetwork) loaded = NULL;

  network->initial_membrane = 0.5;
  fail_unless (snn_model_save (network, path, NULL));
  remove_field ("/gst-snn");
  loaded = snn_model_load (path, NULL);
  fail_unless (loaded != NULL && loaded->initial_membrane == 0.5);
  fail_unless (!snn_network_find (loaded, "fc1_act")->resets);
  remove_field ("/node/nodes/fc1_act/metadata/initial_membrane");
  assert_refused (path, SNN_ERROR_UNSUPPORTED, "begins with 0.5");
}

GST_END_TEST;

/* HDF5's printing is quiet while we work and as it was afterwards. */
GST_START_TEST (test_error_printing_is_restored)
{
  H5E_auto2_t before = NULL, after = NULL;
  void *data_before = NULL, *data_after = NULL;

  H5Eget_auto2 (H5E_DEFAULT, &before, &data_before);
  fail_unless (before != NULL);
  fail_unless (snn_model_load (path, NULL) == NULL);
  H5Eget_auto2 (H5E_DEFAULT, &after, &data_after);
  fail_unless (before == after && data_before == data_after);
}

GST_END_TEST;

static Suite *
model_file_damage_suite (void)
{
  Suite *suite = suite_create ("model-file-damage");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_no_file);
  tcase_add_test (tc, test_folder_for_a_file);
  tcase_add_test (tc, test_not_hdf5);
  tcase_add_test (tc, test_truncated);
  tcase_add_test (tc, test_damaged);
  tcase_add_test (tc, test_heaps);
  tcase_add_loop_test (tc, test_changed, 0, G_N_ELEMENTS (cases));
  tcase_add_test (tc, test_edges_in_any_order);
  tcase_add_loop_test (tc, test_bad_edges, 0, G_N_ELEMENTS (edges));
  tcase_add_test (tc, test_neurons_that_we_can_not_run);
  tcase_add_loop_test (tc, test_leaky_neurons, 0, G_N_ELEMENTS (leaky));
  tcase_add_test (tc, test_units_of_time);
  tcase_add_loop_test (tc, test_resets, 0, G_N_ELEMENTS (resets));
  tcase_add_test (tc, test_membranes);
  tcase_add_test (tc, test_error_printing_is_restored);
  return suite;
}

GST_CHECK_MAIN (model_file_damage);
