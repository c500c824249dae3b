/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <hdf5.h>
#include <math.h>
#include <signal.h>
#include <sys/resource.h>

#include <snn/base/error.h>
#include <snn/files/model-file.h>
#include "tests/folder.h"

static gchar *folder;
static gchar *path;

static void
setup (void)
{
  folder = snn_test_folder_new ();
  path = g_build_filename (folder, "model.nir", NULL);
}

static void
teardown (void)
{
  g_clear_pointer (&folder, snn_test_folder_free);
  g_clear_pointer (&path, g_free);
}

static SnnNetwork *
unet (gboolean spiking)
{
  SnnNetwork *ann = snn_network_new_unet ((SnnShape) { 1, 8, 12 }, 3, 2, 1,
      NULL);
  SnnNetwork *snn;

  fail_unless (ann != NULL);
  snn_network_init_weights (ann, 5);
  if (!spiking)
    return ann;
  snn = snn_network_to_spiking (ann);
  snn_network_unref (ann);
  for (guint i = 0; i < snn->nodes->len; i++) {
    SnnNode *node = snn_network_node (snn, i);

    for (guint c = 0; node->threshold && c < node->out.channels; c++)
      node->threshold[c] = 0.3f + 0.1f * (float) (i + c);
  }
  snn->signed_input = TRUE;
  snn->readout = SNN_READOUT_SUM;
  snn->initial_membrane = 0.5;
  snn->timesteps = 200;
  return snn;
}

/* VGG-5's nodes at a size for tests: fully connected layers as wide as the
 * published ones would be most of a 200 MB file. */
static SnnNetwork *
small_vgg (gboolean spiking)
{
  static const struct
  {
    const gchar *name;
    const gchar *from;
    SnnNode node;
  } nodes[] = {
    {"input", NULL, {.op = &snn_op_input,.out = {3, 8, 8}}},
    {"conv1", "input", {.op = &snn_op_conv2d,.kernel = 3,.stride = 1,
                .padding = 1,.out.channels = 4}},
    {"conv1_act", "conv1", {.op = &snn_op_relu}},
    {"pool1", "conv1_act", {.op = &snn_op_avg_pool2d,.kernel = 2,
                .stride = 2}},
    {"flatten", "pool1", {.op = &snn_op_flatten}},
    {"fc1", "flatten", {.op = &snn_op_linear,.out.channels = 7}},
    {"fc1_act", "fc1", {.op = &snn_op_relu}},
    {"fc2", "fc1_act", {.op = &snn_op_linear,.out.channels = 10}},
    {"output", "fc2", {.op = &snn_op_output}},
  };
  g_autoptr (SnnNetwork) ann = snn_network_new ();

  for (guint i = 0; i < G_N_ELEMENTS (nodes); i++) {
    const gchar *inputs[] = { nodes[i].from, NULL };
    SnnNode node = nodes[i].node;

    node.name = (gchar *) nodes[i].name;
    fail_unless (snn_network_add (ann, &node, i > 0 ? inputs : NULL,
            NULL) >= 0);
  }
  snn_network_init_weights (ann, 6);
  return spiking ? snn_network_to_spiking (ann) : g_steal_pointer (&ann);
}

static void
assert_same (const SnnNetwork *a, const SnnNetwork *b)
{
  fail_unless_equals_int (a->nodes->len, b->nodes->len);
  fail_unless_equals_int (a->spiking, b->spiking);
  fail_unless_equals_int (a->signed_input, b->signed_input);
  fail_unless_equals_int (a->readout, b->readout);
  fail_unless_equals_int (a->timesteps, b->timesteps);
  fail_unless (a->initial_membrane == b->initial_membrane);
  for (guint i = 0; i < a->nodes->len; i++) {
    const SnnNode *x = snn_network_node (a, i);
    const SnnNode *y = snn_network_node (b, i);

    fail_unless_equals_string (x->name, y->name);
    fail_unless (x->op == y->op);
    fail_unless (memcmp (&x->in, &y->in, sizeof x->in) == 0);
    fail_unless (memcmp (&x->out, &y->out, sizeof x->out) == 0);
    fail_unless_equals_int (x->kernel, y->kernel);
    fail_unless_equals_int (x->stride, y->stride);
    fail_unless_equals_int (x->padding, y->padding);
    fail_unless_equals_int (x->n_inputs, y->n_inputs);
    fail_unless (x->n_inputs == 0 || memcmp (x->inputs, y->inputs,
            x->n_inputs * sizeof *x->inputs) == 0);
    fail_unless_equals_int (x->n_weights, y->n_weights);
    fail_unless_equals_int (x->n_parameters, y->n_parameters);
    for (guint p = 0; p < x->n_parameters; p++) {
      const SnnParameter *of_x = &x->parameters[p], *of_y = &y->parameters[p];

      fail_unless_equals_int (of_x->n, of_y->n);
      fail_unless (of_x->n == 0 || memcmp (of_x->values, of_y->values,
              of_x->n * sizeof *of_x->values) == 0, "%s of '%s' differs",
          of_x->name, x->name);
    }
  }
}

#define N_MADE 6

/* U-Nets, and VGGs without and with biases; ANNs and spiking. */
static SnnNetwork *
make (gint which)
{
  g_autoptr (SnnNetwork) biased = NULL;

  if (which < 4)
    return which < 2 ? unet (which == 1) : small_vgg (which == 3);
  biased = small_vgg (FALSE);
  snn_network_add_bias (biased);
  snn_network_init_weights (biased, 6);
  return which == 4 ? g_steal_pointer (&biased)
      : snn_network_to_spiking (biased);
}

GST_START_TEST (test_round_trip)
{
  g_autoptr (SnnNetwork) network = make (__i__);
  g_autoptr (SnnNetwork) loaded = NULL;
  g_autoptr (GError) error = NULL;

  fail_unless (snn_model_save (network, path, &error), "%s",
      error ? error->message : "");
  loaded = snn_model_load (path, &error);
  fail_unless (loaded != NULL, "%s", error ? error->message : "");
  assert_same (network, loaded);
  fail_unless_equals_int (snn_test_folder_empty (folder), 1);
}

GST_END_TEST;

GST_START_TEST (test_full_size_vgg5)
{
  g_autoptr (SnnNetwork) ann =
      snn_network_new_vgg5 ((SnnShape) { 3, 4, 4 }, 10, NULL);
  g_autoptr (SnnNetwork) snn = NULL;
  g_autoptr (SnnNetwork) loaded = NULL;

  fail_unless (ann != NULL);
  snn_network_init_weights (ann, 1);
  snn = snn_network_to_spiking (ann);
  fail_unless (snn_model_save (snn, path, NULL));
  loaded = snn_model_load (path, NULL);
  fail_unless (loaded != NULL);
  assert_same (snn, loaded);
}

GST_END_TEST;

GST_START_TEST (test_same_bytes)
{
  g_autoptr (SnnNetwork) network = make (__i__);
  g_autofree gchar *before = NULL, *after = NULL;
  gsize n_before, n_after;

  fail_unless (snn_model_save (network, path, NULL));
  fail_unless (g_file_get_contents (path, &before, &n_before, NULL));
  g_usleep (1100000);
  fail_unless (snn_model_save (network, path, NULL));
  fail_unless (g_file_get_contents (path, &after, &n_after, NULL));
  fail_unless_equals_int (n_before, n_after);
  fail_unless (memcmp (before, after, n_before) == 0);
}

GST_END_TEST;

static SnnCheckpoint *
make_checkpoint (void)
{
  g_autoptr (SnnNetwork) network = unet (TRUE);
  SnnCheckpoint *checkpoint = snn_checkpoint_new (network);
  gsize n = snn_network_n_weights (network);

  g_free (checkpoint->settings);
  checkpoint->settings = g_strdup ("loss=dice\nrate=0.001\n");
  for (gsize i = 0; i < n; i++) {
    checkpoint->first_moment[i] = (float) i * -0.01f;
    checkpoint->second_moment[i] = (float) i * 1e-9f;
  }
  snn_checkpoint_set (checkpoint, "epoch", 7.);
  snn_checkpoint_set (checkpoint, "best", 0.1);
  snn_checkpoint_set (checkpoint, "none", -INFINITY);
  return checkpoint;
}

GST_START_TEST (test_checkpoint_round_trip)
{
  g_autoptr (SnnCheckpoint) checkpoint = make_checkpoint ();
  g_autoptr (SnnCheckpoint) loaded = NULL;
  gsize bytes = snn_network_n_weights (checkpoint->network) * sizeof (float);

  fail_unless (snn_checkpoint_save (checkpoint, path, NULL));
  loaded = snn_checkpoint_load (path, NULL);
  fail_unless (loaded != NULL);
  assert_same (checkpoint->network, loaded->network);
  fail_unless_equals_string (loaded->settings, checkpoint->settings);
  fail_unless_equals_int (g_hash_table_size (loaded->values), 3);
  fail_unless (snn_checkpoint_get (loaded, "epoch", 0.) == 7.);
  fail_unless (snn_checkpoint_get (loaded, "best", 0.) == 0.1);
  fail_unless (snn_checkpoint_get (loaded, "none", 0.) == -INFINITY);
  fail_unless (snn_checkpoint_get (loaded, "other", 3.) == 3.);
  fail_unless (memcmp (loaded->first_moment, checkpoint->first_moment,
          bytes) == 0);
  fail_unless (memcmp (loaded->second_moment, checkpoint->second_moment,
          bytes) == 0);
}

GST_END_TEST;

GST_START_TEST (test_checkpoint_is_a_model)
{
  g_autoptr (SnnCheckpoint) checkpoint = make_checkpoint ();
  g_autoptr (SnnNetwork) loaded = NULL;

  fail_unless (snn_checkpoint_save (checkpoint, path, NULL));
  loaded = snn_model_load (path, NULL);
  fail_unless (loaded != NULL);
  assert_same (checkpoint->network, loaded);
}

GST_END_TEST;

GST_START_TEST (test_no_space_keeps_the_old_model)
{
  g_autoptr (SnnNetwork) network = unet (FALSE);
  g_autoptr (SnnNetwork) other = unet (TRUE);
  g_autoptr (SnnNetwork) loaded = NULL;
  g_autoptr (GError) error = NULL;
  struct rlimit before, limit;
  gboolean saved;

  fail_unless (snn_model_save (network, path, NULL));
  signal (SIGXFSZ, SIG_IGN);
  fail_unless (getrlimit (RLIMIT_FSIZE, &before) == 0);
  limit = before;
  limit.rlim_cur = 8192;
  fail_unless (setrlimit (RLIMIT_FSIZE, &limit) == 0);
  saved = snn_model_save (other, path, &error);
  fail_unless (setrlimit (RLIMIT_FSIZE, &before) == 0);
  fail_if (saved);
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_NO_SPACE));
  fail_unless (strstr (error->message, path) != NULL);
  loaded = snn_model_load (path, NULL);
  fail_unless (loaded != NULL);
  assert_same (network, loaded);
  fail_unless_equals_int (snn_test_folder_empty (folder), 1);
}

GST_END_TEST;

GST_START_TEST (test_save_into_no_folder)
{
  g_autoptr (SnnNetwork) network = unet (FALSE);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *file = g_build_filename (folder, "none", "m.nir", NULL);

  fail_if (snn_model_save (network, file, &error));
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_WRITE));
  fail_unless (strstr (error->message, file) != NULL);
}

GST_END_TEST;

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

GST_START_TEST (test_model_for_a_checkpoint)
{
  g_autoptr (SnnNetwork) network = unet (FALSE);
  g_autoptr (GError) error = NULL;

  fail_unless (snn_model_save (network, path, NULL));
  fail_unless (snn_checkpoint_load (path, &error) == NULL);
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_FORMAT));
  fail_unless (strstr (error->message, "expected a checkpoint") != NULL);
}

GST_END_TEST;

/* Every length that a file may be cut to gives an error, never a network. */
GST_START_TEST (test_truncated)
{
  g_autoptr (SnnNetwork) network = small_vgg (TRUE);
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
  g_autoptr (SnnNetwork) network = small_vgg (TRUE);
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
  {"/node/nodes/conv1/padding", TEXT, "same", .code = SNN_ERROR_FORMAT,
      .expected = "padding does not hold numbers"},
  {"/node/nodes/conv1/dilation", INTEGERS, NULL, 0, {0}, {2},
      SNN_ERROR_UNSUPPORTED, "node 'conv1': dilation is 2"},
  {"/node/nodes/conv1/groups", INTEGERS, NULL, 0, {0}, {4},
      SNN_ERROR_UNSUPPORTED, "node 'conv1': groups is 4"},
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
      SNN_ERROR_FORMAT, "'pool1'"},
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

GST_START_TEST (test_changed)
{
  g_autoptr (SnnNetwork) network = small_vgg (TRUE);

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
  g_autoptr (SnnNetwork) network = small_vgg (TRUE);
  g_autoptr (SnnNetwork) loaded = NULL;

  fail_unless (snn_model_save (network, path, NULL));
  put_edges (8, chain);
  loaded = snn_model_load (path, NULL);
  fail_unless (loaded != NULL);
  assert_same (network, loaded);
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
  g_autoptr (SnnNetwork) network = small_vgg (TRUE);
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

static void
put_value (const gchar *name, gsize index, float value)
{
  hid_t file = H5Fopen (path, H5F_ACC_RDWR, H5P_DEFAULT);
  hid_t dataset = H5Dopen2 (file, name, H5P_DEFAULT);
  float values[4 * 8 * 8];

  fail_unless (H5Dread (dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL,
          H5P_DEFAULT, values) >= 0);
  values[index] = value;
  fail_unless (H5Dwrite (dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL,
          H5P_DEFAULT, values) >= 0);
  H5Dclose (dataset);
  H5Fclose (file);
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
    {"r", 2.f, SNN_ERROR_UNSUPPORTED, "node 'conv1_act': r has the value 2"},
    {"v_reset", 0.5f, SNN_ERROR_UNSUPPORTED, "v_reset has the value 0.5"},
  };
  g_autoptr (SnnNetwork) network = small_vgg (TRUE);

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

/* An independent reader, of the fields that NIR's own reader wants. */
GST_START_TEST (test_nir_layout)
{
  g_autoptr (SnnNetwork) network = make (__i__);
  g_autofree gchar *script = g_build_filename (g_getenv ("SNN_TEST_DATA"),
      "..", "core", "nir_check.py", NULL);
  const gchar *arguments[] = { "/usr/bin/python3", script, path, NULL };
  g_autofree gchar *output = NULL, *errors = NULL;
  g_autoptr (GError) error = NULL;
  gint status;

  fail_unless (snn_model_save (network, path, NULL));
  if (!g_spawn_sync (NULL, (gchar **) arguments, NULL, G_SPAWN_DEFAULT, NULL,
          NULL, &output, &errors, &status, &error))
    ck_abort_msg ("%s", error->message);
  if (WIFEXITED (status) && WEXITSTATUS (status) == 77) {
    g_print ("skipped: %s", output);
    return;
  }
  fail_unless (g_spawn_check_wait_status (status, NULL), "%s%s", output,
      errors);
}

GST_END_TEST;

static Suite *
model_file_suite (void)
{
  Suite *suite = suite_create ("model-file");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_loop_test (tc, test_round_trip, 0, N_MADE);
  tcase_add_test (tc, test_full_size_vgg5);
  tcase_add_loop_test (tc, test_same_bytes, 1, N_MADE);
  tcase_add_test (tc, test_checkpoint_round_trip);
  tcase_add_test (tc, test_checkpoint_is_a_model);
  tcase_add_test (tc, test_no_space_keeps_the_old_model);
  tcase_add_test (tc, test_save_into_no_folder);
  tcase_add_test (tc, test_no_file);
  tcase_add_test (tc, test_folder_for_a_file);
  tcase_add_test (tc, test_not_hdf5);
  tcase_add_test (tc, test_model_for_a_checkpoint);
  tcase_add_test (tc, test_truncated);
  tcase_add_test (tc, test_damaged);
  tcase_add_loop_test (tc, test_changed, 0, G_N_ELEMENTS (cases));
  tcase_add_test (tc, test_edges_in_any_order);
  tcase_add_loop_test (tc, test_bad_edges, 0, G_N_ELEMENTS (edges));
  tcase_add_test (tc, test_neurons_that_we_can_not_run);
  tcase_add_test (tc, test_error_printing_is_restored);
  tcase_add_loop_test (tc, test_nir_layout, 0, N_MADE);
  return suite;
}

GST_CHECK_MAIN (model_file);
