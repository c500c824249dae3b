/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <hdf5.h>
#include <math.h>

#include <snn/files/model-file.h>
#include <snn/run/engine.h>
#include "tests/core/model-networks.h"
#include "tests/folder.h"
#include "tests/npy.h"

/* Files that NIR's own Python package wrote (version 1.0.7), two that nir.py wrote, and
 * what tests/data/nir.py says that they put out. A row is one of them. */
static const struct
{
  const gchar *name;
  guint timesteps;
} files[] = {
  {"w_if", 8},
  {"w_if64", 8},                /* of doubles */
  {"w_2ch", 8},
  {"w_flat1", 8},               /* Flatten with an end_dim */
  {"w_bias", 8},
  {"w_affine", 8},
  {"w_pool", 60},
  {"w_sumpool", 8},
  {"w_dil", 8},                 /* dilation */
  {"w_groups", 8},
  {"w_r", 8},                   /* r is 1e4, the inverse of a timestep */
  {"w_lif", 200},
  {"skip", 8},                  /* two branches into one IF */
  {"made", 8},                  /* Scale; groups, dilated and padded by words; v_reset */
  {"volumes", 8},               /* Conv3d, with groups, and dilated */
  {"m", 8},                     /* metadata: subtracts, and begins at half */
};

#define EVERY 7

static gchar *
path_of (const gchar *name, const gchar *suffix)
{
  g_autofree gchar *file = g_strconcat (name, suffix, NULL);

  return g_build_filename (g_getenv ("SNN_TEST_DATA"), "nir", file, NULL);
}

static SnnNetwork *
load (const gchar *name)
{
  g_autofree gchar *path = path_of (name, ".nir");
  g_autoptr (GError) error = NULL;
  SnnNetwork *network = snn_model_load (path, &error);

  fail_unless (network != NULL, "%s", error ? error->message : "");
  return network;
}

/* spikes() of nir.py; three quarters of them where there are more timesteps than 8. */
static guint8 *
make_spikes (SnnShape shape, guint timesteps)
{
  guint8 *spikes = g_malloc (timesteps * snn_shape_size (shape));
  guint8 *to = spikes;

  for (guint t = 0; t < timesteps; t++)
    for (guint c = 0; c < shape.channels; c++)
      for (guint y = 0; y < snn_shape_rows (shape); y++)
        for (guint x = 0; x < shape.width; x++)
          *to++ = ((7 * t + 5 * c + 3 * y + 11 * x + t * y + x * y) % 4 == 0)
              != (timesteps > 8);
  return spikes;
}

GST_START_TEST (test_outputs)
{
  const gchar *name = files[__i__].name;
  const guint timesteps = files[__i__].timesteps;
  g_autofree gchar *path = path_of (name, ".npy");
  g_autoptr (Npy) expected = npy_load (path, NULL);
  g_autoptr (SnnNetwork) network = load (name);
  g_autoptr (SnnEngine) engine = snn_engine_new (network, 1);
  g_autoptr (SnnState) state = snn_state_new (network);
  g_autofree guint8 *spikes = make_spikes (snn_network_input (network),
      timesteps);
  const gsize n = snn_shape_size (snn_network_output (network));
  g_autofree float *logits = g_new (float, n);
  double largest = 0.;

  fail_unless (expected != NULL && expected->n == (n + EVERY - 1) / EVERY);
  snn_engine_run (engine, 1, &(SnnInput) { spikes, SNN_VALUE_UINT8, timesteps },
      &state, &logits, NULL, NULL);
  for (gsize i = 0; i < expected->n; i++)
    largest = MAX (largest, fabs (expected->values[i]));
  fail_unless (largest > 0., "%s: expects nothing", name);
  /* One spike more or less is more than this. */
  for (gsize i = 0; i < expected->n; i++)
    fail_unless (fabs (logits[i * EVERY] - expected->values[i])
        <= 5e-4 * largest, "%s: value %" G_GSIZE_FORMAT " is %g; expected %g",
        name, i * EVERY, logits[i * EVERY], expected->values[i]);
}

GST_END_TEST;

/* A bias of 0.1 in the first convolution, and one of zeros in the second, which
 * is none. */
GST_START_TEST (test_bias)
{
  g_autoptr (SnnNetwork) network = load ("w_bias");
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

/* Leaves as many values of a field as @dims have, each the first of several. */
static void
thin_out (hid_t file, const gchar *field, int rank, const hsize_t *dims)
{
  hid_t whole = H5Dopen2 (file, field, H5P_DEFAULT);
  hid_t space = H5Dget_space (whole), of_few = H5Screate (H5S_SCALAR), few;
  const gsize n = (gsize) H5Sget_simple_extent_npoints (space);
  g_autofree float *values = g_new (float, n);
  gsize n_left = 1;

  fail_unless (H5Dread (whole, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT,
          values) >= 0);
  if (rank > 0)
    H5Sset_extent_simple (of_few, rank, dims, NULL);
  for (int d = 0; d < rank; d++)
    n_left *= dims[d];
  for (gsize i = 0; i < n_left; i++)
    values[i] = values[i * (n / n_left)];
  H5Dclose (whole);
  H5Sclose (space);
  fail_unless (H5Ldelete (file, field, H5P_DEFAULT) >= 0);
  few = H5Dcreate2 (file, field, H5T_IEEE_F32LE, of_few, H5P_DEFAULT,
      H5P_DEFAULT, H5P_DEFAULT);
  fail_unless (H5Dwrite (few, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT,
          values) >= 0);
  H5Dclose (few);
  H5Sclose (of_few);
}

/* Fields of neurons that have a value for all, or one a channel. */
static const struct
{
  const gchar *name;
  const gchar *fields[6];
  int rank;
  hsize_t dims[4];
} fewer[] = {
  {"w_lif", {"n1/tau", "n1/r", "n1/v_leak", "n1/v_threshold", "n1/v_reset"}, 0},
  {"w_lif", {"n1/tau", "n1/r", "n1/v_leak", "n1/v_threshold", "n1/v_reset"}, 1,
      {1}},
  {"w_lif", {"n1/tau", "n1/r", "n1/v_leak"}, 3, {8, 1, 1}},
  {"w_if", {"n1/r", "n1/v_threshold"}, 0},
  {"made", {"fire/v_reset"}, 3, {6, 1, 1}},
  {"made", {"scale/scale"}, 1, {4}},
  {"volumes", {"fire/v_threshold"}, 4, {4, 1, 1, 1}},
};

GST_START_TEST (test_fewer_values)
{
  g_autoptr (SnnNetwork) network = load (fewer[__i__].name), read = NULL;
  g_autofree gchar *from = path_of (fewer[__i__].name, ".nir");
  gchar *folder = snn_test_folder_new ();
  g_autofree gchar *path = g_build_filename (folder, "fewer.nir", NULL);
  g_autofree gchar *content = NULL;
  g_autoptr (GError) error = NULL;
  gsize n;
  hid_t file;

  fail_unless (g_file_get_contents (from, &content, &n, NULL)
      && g_file_set_contents (path, content, (gssize) n, NULL));
  file = H5Fopen (path, H5F_ACC_RDWR, H5P_DEFAULT);
  for (guint f = 0; fewer[__i__].fields[f]; f++) {
    g_autofree gchar *field = g_strconcat ("/node/nodes/",
        fewer[__i__].fields[f], NULL);

    thin_out (file, field, fewer[__i__].rank, fewer[__i__].dims);
  }
  H5Fclose (file);
  read = snn_model_load (path, &error);
  fail_unless (read != NULL, "%s", error ? error->message : "");
  snn_test_assert_same (network, read);
  snn_test_folder_free (folder);
}

GST_END_TEST;

static Suite *
nir_files_suite (void)
{
  Suite *suite = suite_create ("nir-files");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_outputs, 0, G_N_ELEMENTS (files));
  tcase_add_test (tc, test_bias);
  tcase_add_loop_test (tc, test_fewer_values, 0, G_N_ELEMENTS (fewer));
  return suite;
}

GST_CHECK_MAIN (nir_files);
