/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/elements/dice-fixture.h"

#include <math.h>

#include <snn/base/random.h>

SnnVolumeInfo *
snn_dice_volume (const gchar *name)
{
  SnnVolumeInfo *volume = snn_volume_info_new (name);

  volume->dims[0] = WIDTH;
  volume->dims[1] = HEIGHT;
  volume->dims[2] = SLICES;
  volume->labelled = TRUE;
  volume->n_label_voxels = 2 * HEIGHT * SLICES;
  return volume;
}

GstBuffer *
snn_dice_slice (SnnVolumeInfo *volume, guint slice, guint columns, float rest)
{
  float *probability = g_new (float, N);
  guint8 *mask = g_new (guint8, N);
  GstBuffer *buffer = gst_buffer_new_wrapped (probability,
      N * sizeof (float));
  GstSnnSampleMeta *meta;

  for (guint i = 0; i < N; i++) {
    probability[i] = i % WIDTH < columns ? 1.f : rest;
    mask[i] = i % WIDTH < 2;
  }
  gst_buffer_append_memory (buffer,
      gst_memory_new_wrapped (0, mask, N, 0, N, mask, g_free));
  if (!volume)
    return buffer;
  meta = gst_buffer_add_snn_sample_meta (buffer, volume);
  meta->box.size[0] = WIDTH;
  meta->box.size[1] = HEIGHT;
  meta->box.size[2] = SLICES;
  meta->axis = SNN_AXIS_Z;
  meta->slice = slice;
  meta->n_slices = SLICES;
  return buffer;
}

GstBuffer *
snn_dice_evaluation_slice (SnnVolumeInfo *volume, guint slice, guint columns,
    guint epoch)
{
  GstBuffer *buffer = snn_dice_slice (volume, slice, columns, 0.f);
  GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);

  meta->epoch = epoch;
  meta->flags = GST_SNN_SAMPLE_EVALUATE;
  return buffer;
}

void
snn_dice_set_up (SnnDiceFixture *f, const gchar *settings, const gchar *caps)
{
  g_autofree gchar *description = g_strconcat ("dicesink location=#/report.json "
      "csv-location=#/report.csv ", settings, NULL);

  f->folder = snn_test_folder_new ();
  f->json = g_build_filename (f->folder, "report.json", NULL);
  f->csv = g_build_filename (f->folder, "report.csv", NULL);
  snn_test_element_init (&f->e, description, f->folder, caps);
}

void
snn_dice_tear_down (SnnDiceFixture *f)
{
  snn_test_element_clear (&f->e);
  g_unlink (f->json);
  g_unlink (f->csv);
  /* Nothing was left beside the reports. */
  fail_unless_equals_int (snn_test_folder_empty (f->folder), 0);
  g_free (f->json);
  g_free (f->csv);
  snn_test_folder_free (f->folder);
}

void
snn_dice_push (SnnDiceFixture *f, GstBuffer *buffer)
{
  snn_test_element_push (&f->e, buffer, GST_FLOW_OK);
}

double
snn_dice_value (SnnDiceFixture *f, const gchar *name, const gchar *field)
{
  g_autoptr (GstStructure) structure = snn_test_element_structure (&f->e, name);
  double value = NAN;

  fail_unless (structure != NULL, "no message %s", name);
  gst_structure_get_double (structure, field, &value);
  return value;
}

JsonObject *
snn_dice_load (JsonParser *parser, const gchar *path)
{
  GError *error = NULL;

  json_parser_load_from_file (parser, path, &error);
  g_assert_no_error (error);
  return json_node_get_object (json_parser_get_root (parser));
}

double
snn_dice_mean (JsonObject *object, const gchar *member)
{
  return json_object_get_double_member (json_object_get_object_member (object,
          member), "mean");
}

void
snn_dice_push_interleaved (SnnDiceFixture *f, guint seed)
{
  const guint columns[] = { 2, 1, 3 };
  SnnVolumeInfo *volumes[3];
  guint32 order[3 * SLICES];
  SnnRandom random;

  for (guint i = 0; i < 3; i++) {
    g_autofree gchar *name = g_strdup_printf ("subject-%u", i);

    volumes[i] = snn_dice_volume (name);
  }
  for (guint i = 0; i < 3 * SLICES; i++)
    order[i] = i;
  snn_random_init (&random, seed, SNN_RANDOM_SHUFFLE, 0);
  snn_random_shuffle (&random, order, 3 * SLICES);
  for (guint i = 0; i < 3 * SLICES; i++)
    snn_dice_push (f, snn_dice_slice (volumes[order[i] % 3], order[i] / 3,
            columns[order[i] % 3], 0.f));
  for (guint i = 0; i < 3; i++)
    snn_volume_info_unref (volumes[i]);
}
