/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <math.h>
#include <signal.h>
#include <sys/resource.h>

#include <snn/base/error.h>
#include <snn/files/model-file.h>
#include <snn/measure/known-subjects.h>
#include <snn/ops/neurons.h>
#include "tests/core/file-fixture.h"
#include "tests/core/model-networks.h"

/* Model files and checkpoints that are written and read; model-file-damage.c
 * has those that can't be read. */

#define N_MADE 14

/* U-Nets, and VGGs without and with biases, ANNs and spiking; leaky and signed
 * ones, and one that is set to zero; U-Nets of volumes; biases that are 0. */
static SnnNetwork *
make (gint which)
{
  g_autoptr (SnnNetwork) biased = NULL;

  if (which >= 12) {
    SnnNetwork *silent = which == 12 ? snn_test_unet (0, FALSE)
        : snn_test_small_vgg (TRUE);

    snn_network_add_bias (silent);
    return silent;
  }
  if (which >= 10)
    return snn_test_unet (4, which == 11);
  if (which >= 6) {
    SnnNetwork *leaky = which == 6 ? snn_test_unet (0, TRUE)
        : snn_test_small_vgg (TRUE);

    snn_network_set_neurons (leaky, which == 8 ? SNN_NEURON_SIGNED_IF
        : SNN_NEURON_LIF, which == 6 ? 0.9 : 0.3);
    if (which == 9)
      fail_unless (snn_network_set_reset (leaky, SNN_RESET_ZERO, NULL));
    return leaky;
  }
  if (which < 4)
    return which < 2 ? snn_test_unet (0, which == 1)
        : snn_test_small_vgg (which == 3);
  biased = snn_test_small_vgg (FALSE);
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
  snn_test_assert_same (network, loaded);
  fail_unless_equals_int (snn_test_folder_empty (folder), 1);
}

GST_END_TEST;

static gchar *
read_file (gsize *size)
{
  gchar *content;

  fail_unless (g_file_get_contents (path, &content, size, NULL));
  return content;
}

/* Texts go where the network goes, in any order, and of a length that no other
 * text has. */
GST_START_TEST (test_metadata)
{
  g_autoptr (SnnNetwork) ann = snn_test_unet (0, FALSE);
  g_autoptr (SnnNetwork) other = snn_test_unet (0, FALSE);
  g_autoptr (SnnNetwork) loaded = NULL, spiking = NULL;
  g_autofree gchar *long_text = g_strnfill (900000, 'x');
  g_autofree gchar *one = NULL, *two = NULL;
  g_autoptr (GError) error = NULL;
  gsize n_one, n_two;

  snn_network_set_metadata (ann, "name", "brain \xe2\x98\x85\nline 2");
  snn_network_set_metadata (ann, "empty", "");
  snn_network_set_metadata (ann, "gone", "1");
  snn_network_set_metadata (ann, "long", long_text);
  snn_network_set_metadata (ann, "gone", NULL);
  snn_network_set_metadata (other, "long", long_text);
  snn_network_set_metadata (other, "empty", "");
  snn_network_set_metadata (other, "name", "brain \xe2\x98\x85\nline 2");

  fail_unless (snn_model_save (ann, path, NULL));
  one = read_file (&n_one);
  fail_unless (snn_model_save (other, path, NULL));
  two = read_file (&n_two);
  fail_unless (n_one == n_two && memcmp (one, two, n_one) == 0);

  loaded = snn_model_load (path, &error);
  fail_unless (loaded != NULL, "%s", error ? error->message : "");
  spiking = snn_network_to_spiking (loaded);
  fail_unless_equals_int (g_hash_table_size (spiking->metadata), 3);
  fail_unless_equals_string (snn_network_metadata (spiking, "name"),
      "brain \xe2\x98\x85\nline 2");
  fail_unless_equals_string (snn_network_metadata (spiking, "empty"), "");
  fail_unless_equals_string (snn_network_metadata (spiking, "long"), long_text);
  fail_unless (snn_network_metadata (spiking, "gone") == NULL);
}

GST_END_TEST;

static SnnVolumeInfo *
scan (const gchar *name, double shift, guint64 seed)
{
  SnnVolumeInfo *info = snn_volume_info_new (name);

  info->dims[0] = info->dims[1] = info->dims[2] = 5;
  info->affine[0][3] = shift;
  info->seed = seed;
  return info;
}

GST_START_TEST (test_known_subjects)
{
  g_autoptr (SnnNetwork) network = snn_test_unet (0, FALSE);
  g_autoptr (SnnVolumeInfo) other_place = scan ("sub-007", 1., 0);
  g_autoptr (SnnVolumeInfo) other_seed = scan ("sub-007", 0., 3);
  g_autoptr (SnnVolumeInfo) nearly = scan ("sub-007", 1e-9, 0);

  fail_unless_equals_int (snn_known_subjects_count (network), 0);
  fail_if (snn_known_subjects_has (network, nearly));
  for (guint i = 0; i < 300; i++) {
    g_autofree gchar *name = g_strdup_printf ("sub-%03u", i * 7 % 300);
    g_autoptr (SnnVolumeInfo) info = scan (name, 0., 0);

    fail_if (snn_known_subjects_has (network, info), "%s", name);
    fail_unless (snn_known_subjects_add (network, info), "%s", name);
    fail_if (snn_known_subjects_add (network, info), "%s", name);
    fail_unless_equals_int (snn_known_subjects_count (network), i + 1);
  }
  fail_unless (snn_known_subjects_has (network, nearly));
  fail_if (snn_known_subjects_has (network, other_place));
  fail_if (snn_known_subjects_has (network, other_seed));
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
  snn_test_assert_same (snn, loaded);
}

GST_END_TEST;

/* Weights of all kinds of layers that are read in parts. */
GST_START_TEST (test_wide_unet)
{
  const SnnShape input = { 1, 8, 8 };
  g_autoptr (SnnNetwork) network = snn_network_new_unet (input, 96, 2, 1, NULL);
  g_autoptr (SnnNetwork) loaded = NULL;

  snn_network_init_weights (network, 7);
  fail_unless (snn_model_save (network, path, NULL));
  loaded = snn_model_load (path, NULL);
  fail_unless (loaded != NULL);
  snn_test_assert_same (network, loaded);
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
  g_autoptr (SnnNetwork) network = snn_test_unet (0, TRUE);
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
  snn_test_assert_same (checkpoint->network, loaded->network);
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
  snn_test_assert_same (checkpoint->network, loaded);
}

GST_END_TEST;

GST_START_TEST (test_no_space_keeps_the_old_model)
{
  g_autoptr (SnnNetwork) network = snn_test_unet (0, FALSE);
  g_autoptr (SnnNetwork) other = snn_test_unet (0, TRUE);
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
  snn_test_assert_same (network, loaded);
  fail_unless_equals_int (snn_test_folder_empty (folder), 1);
}

GST_END_TEST;

GST_START_TEST (test_save_into_no_folder)
{
  g_autoptr (SnnNetwork) network = snn_test_unet (0, FALSE);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *file = g_build_filename (folder, "none", "m.nir", NULL);

  fail_if (snn_model_save (network, file, &error));
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_WRITE));
  fail_unless (strstr (error->message, file) != NULL);
}

GST_END_TEST;

GST_START_TEST (test_model_for_a_checkpoint)
{
  g_autoptr (SnnNetwork) network = snn_test_unet (0, FALSE);
  g_autoptr (GError) error = NULL;

  fail_unless (snn_model_save (network, path, NULL));
  fail_unless (snn_checkpoint_load (path, &error) == NULL);
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_FORMAT));
  fail_unless (strstr (error->message, "expected a checkpoint") != NULL);
}

GST_END_TEST;

/* By an independent reader, of the fields that NIR's own reader wants. */
static void
check_layout (void)
{
  g_autofree gchar *script = g_build_filename (g_getenv ("SNN_TEST_DATA"),
      "..", "core", "nir_check.py", NULL);
  const gchar *arguments[] = { "/usr/bin/python3", script, path, NULL };
  g_autofree gchar *output = NULL, *errors = NULL;
  g_autoptr (GError) error = NULL;
  gint status;

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

GST_START_TEST (test_nir_layout)
{
  g_autoptr (SnnNetwork) network = make (__i__);

  fail_unless (snn_model_save (network, path, NULL));
  check_layout ();
}

GST_END_TEST;

/* Frames of one pixel are vectors here and not in NIR: of branches that meet in a
 * Linear node, and of two such nodes behind one. */
GST_START_TEST (test_linear_of_frames)
{
  static const struct
  {
    const gchar *name;
    const gchar *from[3];
    SnnNode node;
  } nodes[] = {
    {"input", {NULL}, {.op = &snn_op_input,.out = {2, 4, 4}}},
    {"pool", {"input"}, {.op = &snn_op_avg_pool2d,.kernel = 4,.stride = 4}},
    {"pool.flat", {"pool"}, {.op = &snn_op_relu}},
    {"one", {"pool", "pool.flat"}, {.op = &snn_op_linear,.out.channels = 3}},
    {"two", {"pool"}, {.op = &snn_op_linear,.out.channels = 3}},
    {"output", {"one", "two"}, {.op = &snn_op_output}},
  };
  g_autoptr (SnnNetwork) network = snn_network_new (), read = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (nodes); i++) {
    SnnNode node = nodes[i].node;

    node.name = (gchar *) nodes[i].name;
    fail_unless (snn_network_add (network, &node, i > 0 ? nodes[i].from : NULL,
            NULL) >= 0);
  }
  snn_network_init_weights (network, 3);
  fail_unless (snn_model_save (network, path, NULL));
  check_layout ();
  read = snn_model_load (path, &error);
  fail_unless (read != NULL, "%s", error ? error->message : "");
  fail_unless_equals_int (read->nodes->len, network->nodes->len + 2);
  fail_unless (snn_network_find (read, "pool.flat_2")->op == &snn_op_flatten);
  for (guint i = 3; i < 5; i++) {
    const SnnNode *node = snn_network_find (read, nodes[i].name);

    fail_unless (memcmp (node->weight, snn_network_node (network, i)->weight,
            node->n_weights * sizeof (float)) == 0);
  }
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
  tcase_add_test (tc, test_metadata);
  tcase_add_test (tc, test_known_subjects);
  tcase_add_test (tc, test_full_size_vgg5);
  tcase_add_test (tc, test_wide_unet);
  tcase_add_loop_test (tc, test_same_bytes, 1, N_MADE);
  tcase_add_test (tc, test_checkpoint_round_trip);
  tcase_add_test (tc, test_checkpoint_is_a_model);
  tcase_add_test (tc, test_no_space_keeps_the_old_model);
  tcase_add_test (tc, test_save_into_no_folder);
  tcase_add_test (tc, test_model_for_a_checkpoint);
  tcase_add_loop_test (tc, test_nir_layout, 0, N_MADE);
  tcase_add_test (tc, test_linear_of_frames);
  return suite;
}

GST_CHECK_MAIN (model_file);
