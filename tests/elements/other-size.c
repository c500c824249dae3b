/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/elements/helpers.h"

#include <string.h>

#include <snn/files/model-file.h>
#include <snn/graph/recipe.h>
#include <snn/run/engine.h>
#include <snn/run/probability.h>
#include <snn/run/tiling.h>

/* Inference on samples of another size than the network's: as a whole and in tiles,
 * held to the core's networks and tiles; and sources, to which size is left then. */

#define SIDE 8
#define N_SAMPLES 5

/* Samples of 12 x 16 are twice and one and a half times as large and can be halved,
 * as can the network's input once; those of 13 x 7 can't, and are smaller in height. */
static const struct
{
  const gchar *element;
  const gchar *model;
  guint width;
  guint height;
  const gchar *other_size;
  gboolean whole;
  double overlap;
} rows[] = {
  {"anninference", "ann.nir", 16, 12, "whole", TRUE, 0.5},
  {"anninference", "ann.nir", 13, 7, "whole", TRUE, 0.5},
  {"anninference", "ann.nir", 16, 12, "tiles", FALSE, 0.5},
  {"anninference", "ann.nir", 13, 7, "tiles overlap=0.25", FALSE, 0.25},
  {"anninference", "ann.nir", 8, 8, "whole", TRUE, 0.5},
  {"anninference", "ann.nir", 8, 8, "tiles", FALSE, 0.5},
  {"snninference", "snn.nir", 16, 12, "whole", TRUE, 0.5},
  {"snninference", "snn.nir", 13, 7, "whole", TRUE, 0.5},
  {"snninference", "snn.nir", 16, 12, "tiles", FALSE, 0.5},
  {"snninference", "snn.nir", 13, 7, "tiles overlap=0.75", FALSE, 0.75},
};

static gchar *folder;

static void
setup (void)
{
  folder = snn_test_folder_new ();
  snn_test_write_dataset (folder, 3);
  snn_test_write_unet (folder, "ann.nir", SIDE, FALSE);
  snn_test_write_unet (folder, "snn.nir", SIDE, TRUE);
  snn_test_write_classifier (folder, "classes.nir", SIDE, 1, 3);
}

static void
teardown (void)
{
  g_clear_pointer (&folder, snn_test_folder_free);
}

static gchar *
caps_of (guint width, guint height, const gchar *type, guint timesteps)
{
  return g_strdup_printf ("other/tensors, format=(string)static, "
      "num_tensors=(int)1, types=(string)%s, "
      "dimensions=(string)\"%u:%u:1:1:%u\", framerate=(fraction)0/1", type, width,
      height, timesteps);
}

/* Logits of one input. */
static void
run_network (SnnNetwork *network, const SnnInput *input, float *logits)
{
  SnnEngine *engine = snn_engine_new (network, 1);
  SnnState *state = network->spiking ? snn_state_new (network) : NULL;

  if (state)
    snn_state_reset (state);
  fail_unless (snn_engine_run (engine, 1, input, state ? &state : NULL,
          &logits, NULL, NULL));
  snn_state_unref (state);
  snn_engine_unref (engine);
}

/* What row @row has to say of @n samples: by one tile at a time. */
static GByteArray *
expect (guint row, guint n)
{
  g_autofree gchar *path = g_build_filename (folder, rows[row].model, NULL);
  g_autoptr (SnnNetwork) own = snn_model_load (path, NULL);
  const guint width = rows[row].width, height = rows[row].height;
  const SnnShape tile = {
    .channels = 1,
    .height = rows[row].whole ? (height + 1) / 2 * 2 : SIDE,
    .width = rows[row].whole ? (width + 1) / 2 * 2 : SIDE,
  };
  g_autoptr (SnnNetwork) network =
      snn_network_resized (own, 0, tile.height, tile.width, NULL);
  g_autoptr (SnnTiling) tiling = snn_tiling_new ((SnnShape) { 1, height, width, 0 },
      tile, rows[row].overlap);
  const guint n_tiles = snn_tiling_n_tiles (tiling);
  const gsize size = tile.height * tile.width;
  g_autofree float *values = g_new (float, width * height);
  g_autofree float *cut = g_new (float, size);
  g_autofree float *said = g_new (float, n_tiles * size);
  g_autofree float **tiles = g_new (float *, n_tiles);
  GByteArray *bytes = g_byte_array_new ();

  for (guint i = 0; i < n; i++) {
    const SnnInput sample = {values, SNN_VALUE_FLOAT32, 1};
    const SnnInput input = {cut, SNN_VALUE_FLOAT32, 1};

    for (guint j = 0; j < width * height; j++)
      values[j] = snn_test_value (i, j);
    for (guint k = 0; k < n_tiles; k++) {
      tiles[k] = said + k * size;
      snn_tiling_cut (tiling, k, &sample, 1, cut);
      run_network (network, &input, tiles[k]);
    }
    fail_unless (snn_tiling_blend (tiling, tiles, 1, values, NULL));
    snn_sigmoid (values, width * height);
    g_byte_array_append (bytes, (guint8 *) values,
        width * height * sizeof (float));
  }
  return bytes;
}

/* Neither batches nor threads change a bit. */
GST_START_TEST (test_sizes)
{
  static const gchar *const ways[] = { "batch-size=1 threads=1",
    "batch-size=3 threads=2", "batch-size=64 threads=2" };
  const gsize n = (gsize) rows[__i__].width * rows[__i__].height;
  g_autofree gchar *caps =
      caps_of (rows[__i__].width, rows[__i__].height, "float32", 1);
  g_autoptr (GByteArray) expected = expect (__i__, N_SAMPLES);

  for (guint w = 0; w < G_N_ELEMENTS (ways); w++) {
    g_autofree gchar *description = g_strdup_printf ("%s model=#/%s "
        "batch-timeout=0 other-size=%s %s", rows[__i__].element,
        rows[__i__].model, rows[__i__].other_size, ways[w]);
    g_autoptr (GByteArray) got = g_byte_array_new ();
    SnnTestElement e;

    snn_test_element_init (&e, description, folder, caps);
    for (guint i = 0; i < N_SAMPLES; i++)
      snn_test_element_push (&e, snn_test_sample (i, n, 0), GST_FLOW_OK);
    snn_test_element_eos (&e);
    fail_unless (snn_test_element_pull (&e, got) == N_SAMPLES, "row %d, %s",
        __i__, description);
    fail_unless (got->len == expected->len
        && memcmp (got->data, expected->data, got->len) == 0,
        "row %d, %s: %u and %u bytes", __i__, description, got->len,
        expected->len);
    snn_test_element_clear (&e);
  }
}

GST_END_TEST;

/* Samples of several sizes in one stream, one of them the network's own. */
GST_START_TEST (test_size_changes)
{
  static const guint order[] = { 6, 7, 6 };
  g_autoptr (GByteArray) got = g_byte_array_new ();
  g_autoptr (GByteArray) expected = g_byte_array_new ();
  GstStructure *rates;
  const GValue *values;
  SnnTestElement e;
  guint64 n = 0;

  snn_test_element_init (&e, "snninference model=#/snn.nir other-size=whole "
      "batch-size=2 count-operations=true", folder, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (order); i++) {
    const guint row = order[i];
    g_autofree gchar *caps =
        caps_of (rows[row].width, rows[row].height, "float32", 1);
    g_autoptr (GByteArray) some = expect (row, 3);

    gst_harness_set_src_caps_str (e.harness, caps);
    for (guint j = 0; j < 3; j++)
      snn_test_element_push (&e,
          snn_test_sample (j, rows[row].width * rows[row].height, 0),
          GST_FLOW_OK);
    g_byte_array_append (expected, some->data, some->len);
  }
  snn_test_element_eos (&e);
  fail_unless_equals_int (snn_test_element_pull (&e, got), 9);
  fail_unless (got->len == expected->len
      && memcmp (got->data, expected->data, got->len) == 0);
  rates = snn_test_element_structure (&e, "snn-rates");
  fail_unless (gst_structure_get_uint64 (rates, "samples", &n));
  fail_unless_equals_uint64 (n, 9);
  values = gst_structure_get_value (rates, "rates");
  for (guint i = 0; i < gst_value_array_get_size (values); i++) {
    double rate = g_value_get_double (gst_value_array_get_value (values, i));

    fail_unless (rate >= 0. && rate < 1. && (i > 0 || rate > 0.),
        "layer %u: %g", i, rate);
  }
  gst_structure_free (rates);
  snn_test_element_clear (&e);
}

GST_END_TEST;

/* Each tile keeps its membranes from chunk to chunk. */
GST_START_TEST (test_chunks)
{
  static const gchar *const sizes[] = { "whole", "tiles" };
  static const guint batches[] = { 1, 3, 64 };
  const gsize n = 13 * 7;
  const guint timesteps = 6;
  g_autofree gchar *whole_caps = caps_of (13, 7, "int8", timesteps);
  g_autofree gchar *chunk_caps = caps_of (13, 7, "int8", timesteps / 3);

  for (guint b = 0; b < G_N_ELEMENTS (batches); b++) {
    g_autofree gchar *description = g_strdup_printf ("snninference "
        "model=#/snn.nir batch-timeout=0 batch-size=%u other-size=%s", batches[b],
        sizes[__i__]);
    g_autoptr (GByteArray) whole = g_byte_array_new ();
    g_autoptr (GByteArray) chunks = g_byte_array_new ();
    SnnTestElement e;

    snn_test_element_init (&e, description, folder, whole_caps);
    for (guint round = 0; round < 2; round++) {
      const guint n_chunks = round == 0 ? 1 : 3;
      const gsize size = n * timesteps / n_chunks;

      if (round == 1)
        snn_test_element_restart (&e, chunk_caps);
      for (guint i = 0; i < N_SAMPLES * n_chunks; i++) {
        gint8 *spikes = g_new (gint8, size);
        GstBuffer *buffer = gst_buffer_new_wrapped (spikes, size);

        for (gsize j = 0; j < size; j++)
          spikes[j] = snn_test_value (i / n_chunks, i % n_chunks * size + j)
              > 0.4f;
        if (i % n_chunks == 0)
          GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
        if (i % n_chunks == n_chunks - 1)
          GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_MARKER);
        snn_test_element_push (&e, buffer, GST_FLOW_OK);
      }
      snn_test_element_eos (&e);
      fail_unless (snn_test_element_pull (&e, round == 0 ? whole : chunks)
          == N_SAMPLES, "%s, %u chunks", description, n_chunks);
    }
    fail_unless (whole->len == chunks->len
        && memcmp (whole->data, chunks->data, whole->len) == 0, "%s",
        description);
    snn_test_element_clear (&e);
  }
}

GST_END_TEST;

static const struct
{
  const gchar *settings;
  const gchar *dimensions;
  const gchar *text;
} refused[] = {
  {"model=#/ann.nir", "16:12:1:1:1",
      "found 16x12 with 1 channels: other-size=whole or tiles is for others"},
  {"model=#/ann.nir other-size=tiles", "16:12:1:2:1",
      "found 16x12 with 2 channels: images (channel-locations"},
  {"model=#/ann.nir other-size=whole", "16:12:3:1:1",
      "found 16x12x3 with 1 channels: a source sends whole volumes"},
  {"model=#/classes.nir other-size=tiles", "16:12:1:1:1",
      "predicts 1x1 values for 8x8, expected one a voxel"},
  {"model=#/classes.nir other-size=whole", "16:12:1:1:1",
      "classes.nir can't work on whole samples of 16x12: "},
};

GST_START_TEST (test_refused)
{
  g_autofree gchar *description =
      g_strconcat ("anninference ", refused[__i__].settings, NULL);
  g_autofree gchar *caps = g_strdup_printf ("other/tensors, "
      "format=(string)static, num_tensors=(int)1, types=(string)float32, "
      "dimensions=(string)\"%s\", framerate=(fraction)0/1",
      refused[__i__].dimensions);
  SnnTestElement e;

  snn_test_element_init (&e, description, folder, caps);
  snn_test_element_push (&e, snn_test_sample (0, 1, 0), GST_FLOW_NOT_NEGOTIATED);
  snn_test_pop_error (e.bus, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
      refused[__i__].text);
  snn_test_element_clear (&e);
}

GST_END_TEST;

/* A recipe's size is that of slices it was trained on. Where samples may be of any
 * size, the source sends slices as they are, or of a size that is set, without a word
 * of warning, and the map is as large as the volume. */
GST_START_TEST (test_source)
{
  static const gchar *const sources[] = { "", "size=0x20x11 " };
  static const gchar *const networks[] = {
    "anninference model=#/told.nir other-size=whole",
    "anninference model=#/told.nir other-size=tiles",
  };
  g_autofree gchar *path = g_build_filename (folder, "ann.nir", NULL);
  g_autofree gchar *told = g_build_filename (folder, "told.nir", NULL);
  g_autoptr (SnnNetwork) network = snn_model_load (path, NULL);

  snn_network_set_metadata (network, SNN_RECIPE_AXIS, "x");
  snn_network_set_metadata (network, SNN_RECIPE_SIZE, "0x8x8");
  snn_network_set_metadata (network, SNN_RECIPE_SCALING, "unit");
  fail_unless (snn_model_save (network, told, NULL));
  for (guint s = 0; s < G_N_ELEMENTS (sources); s++)
    for (guint n = 0; n < G_N_ELEMENTS (networks); n++) {
      g_autofree gchar *description = g_strdup_printf ("niftisrc "
          "location=#/images %s! voxelnormalize ! %s ! niftisink "
          "location=#/maps/%%s.nii make-folder=true overwrite=true", sources[s],
          networks[n]);
      SnnTestRun run;

      snn_test_expect_eos (description, folder, &run);
      fail_unless (run.n_warnings == 0, "%s: %s", description, run.warning);
      snn_test_run_clear (&run);
      fail_unless (snn_test_exists (folder, "maps/s0.nii"), "%s", description);
    }
  snn_test_expect_error ("niftisrc location=#/images size=0x20x11 "
      "! voxelnormalize ! anninference model=#/told.nir ! fakesink", folder,
      GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
      "size=0x20x11 contradicts");
}

GST_END_TEST;

static Suite *
other_size_suite (void)
{
  Suite *suite = suite_create ("other-size");
  TCase *tcase = tcase_create ("other-size");

  suite_add_tcase (suite, tcase);
  tcase_add_unchecked_fixture (tcase, setup, teardown);
  tcase_add_loop_test (tcase, test_sizes, 0, G_N_ELEMENTS (rows));
  tcase_add_test (tcase, test_size_changes);
  tcase_add_loop_test (tcase, test_chunks, 0, 2);
  tcase_add_loop_test (tcase, test_refused, 0, G_N_ELEMENTS (refused));
  tcase_add_test (tcase, test_source);
  return suite;
}

GST_CHECK_MAIN (other_size);
