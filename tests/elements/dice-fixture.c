/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/elements/dice-fixture.h"

#include <math.h>

#include <glib/gstdio.h>
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
snn_dice_set_up (SnnDiceFixture *f, const gchar *caps)
{
  GstElement *element = gst_element_factory_make ("dicesink", NULL);

  f->bus = gst_bus_new ();
  gst_element_set_bus (element, f->bus);
  f->folder = snn_test_folder_new ();
  f->json = g_build_filename (f->folder, "report.json", NULL);
  f->csv = g_build_filename (f->folder, "report.csv", NULL);
  g_object_set (element, "location", f->json, "csv-location", f->csv, NULL);
  f->harness = gst_harness_new_with_element (element, "sink", NULL);
  gst_object_unref (element);
  if (caps)
    gst_harness_set_src_caps_str (f->harness, caps);
}

void
snn_dice_tear_down (SnnDiceFixture *f)
{
  gst_element_set_bus (f->harness->element, NULL);
  gst_harness_teardown (f->harness);
  gst_object_unref (f->bus);
  g_unlink (f->json);
  g_unlink (f->csv);
  fail_unless_equals_int (g_rmdir (f->folder), 0);
  g_free (f->json);
  g_free (f->csv);
  g_free (f->folder);
}

void
snn_dice_push (SnnDiceFixture *f, GstBuffer *buffer)
{
  fail_unless_equals_int (gst_harness_push (f->harness, buffer), GST_FLOW_OK);
}

GstMessage *
snn_dice_pop (SnnDiceFixture *f, const gchar *name)
{
  GstMessage *message;

  while ((message = gst_bus_pop_filtered (f->bus, GST_MESSAGE_ELEMENT))) {
    if (gst_message_has_name (message, name))
      return message;
    gst_message_unref (message);
  }
  return NULL;
}

double
snn_dice_value (GstMessage *message, const gchar *name)
{
  double value = NAN;

  gst_structure_get_double (gst_message_get_structure (message), name, &value);
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
