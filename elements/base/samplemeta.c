/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "samplemeta.h"

#include <string.h>

#include <snn/base/text.h>

/* Without tags: they would have elements drop the meta with what they change,
 * and which subject, box and slice it was stays true of a sample that is scaled,
 * drawn or encoded. */
GType
gst_snn_sample_meta_api_get_type (void)
{
  static gsize type = 0;
  static const gchar *tags[] = { NULL };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type,
        gst_meta_api_type_register ("GstSnnSampleMetaAPI", tags));
  return (GType) type;
}

static gboolean
gst_snn_sample_meta_init (GstMeta *meta, gpointer params, GstBuffer *buffer)
{
  GstSnnSampleMeta *sample = (GstSnnSampleMeta *) meta;

  *sample = (GstSnnSampleMeta) {.meta = *meta };
  return TRUE;
}

static void
gst_snn_sample_meta_free (GstMeta *meta, GstBuffer *buffer)
{
  GstSnnSampleMeta *sample = (GstSnnSampleMeta *) meta;

  g_clear_pointer (&sample->volume, snn_volume_info_unref);
}

/* The facts hold for whatever is made of a sample, so every transform keeps
 * them. */
static gboolean
gst_snn_sample_meta_transform (GstBuffer *dest, GstMeta *meta,
    GstBuffer *buffer, GQuark type, gpointer data)
{
  GstSnnSampleMeta *from = (GstSnnSampleMeta *) meta;
  GstSnnSampleMeta *to = gst_buffer_add_snn_sample_meta (dest, from->volume);

  to->box = from->box;
  to->axis = from->axis;
  to->slice = from->slice;
  to->n_slices = from->n_slices;
  to->sample = from->sample;
  to->epoch = from->epoch;
  to->timestep = from->timestep;
  to->timesteps = from->timesteps;
  to->digest = from->digest;
  to->flags = from->flags;
  return TRUE;
}

const GstMetaInfo *
gst_snn_sample_meta_get_info (void)
{
  static const GstMetaInfo *info = NULL;

  if (g_once_init_enter ((GstMetaInfo **) & info)) {
    const GstMetaInfo *made =
        gst_meta_register (gst_snn_sample_meta_api_get_type (),
        "GstSnnSampleMeta", sizeof (GstSnnSampleMeta),
        gst_snn_sample_meta_init, gst_snn_sample_meta_free,
        gst_snn_sample_meta_transform);

    g_once_init_leave ((GstMetaInfo **) & info, (GstMetaInfo *) made);
  }
  return info;
}

GstSnnSampleMeta *
gst_buffer_get_snn_sample_meta (GstBuffer *buffer)
{
  g_return_val_if_fail (GST_IS_BUFFER (buffer), NULL);

  return (GstSnnSampleMeta *) gst_buffer_get_meta (buffer,
      gst_snn_sample_meta_api_get_type ());
}

GstSnnSampleMeta *
gst_buffer_add_snn_sample_meta (GstBuffer *buffer, SnnVolumeInfo *volume)
{
  GstSnnSampleMeta *sample;

  g_return_val_if_fail (GST_IS_BUFFER (buffer), NULL);
  sample = (GstSnnSampleMeta *) gst_buffer_add_meta (buffer,
      gst_snn_sample_meta_get_info (), NULL);
  if (volume)
    sample->volume = snn_volume_info_ref (volume);
  return sample;
}

/* FNV-1a by eight bytes at a time, whose upper half is mixed down: a few
 * gigabytes a second. Never 0. */
static guint64
make_digest (gconstpointer values, gsize size)
{
  const guint8 *bytes = values;
  guint64 digest = 0xcbf29ce484222325;

  while (size > 0) {
    gsize n = MIN (size, sizeof (guint64));
    guint64 word = 0;

    memcpy (&word, bytes, n);
    digest = (digest ^ word) * 0x100000001b3;
    digest ^= digest >> 32;
    bytes += n;
    size -= n;
  }
  return digest ? digest : 1;
}

void
gst_snn_sample_meta_vouch (GstSnnSampleMeta *meta, gconstpointer values,
    gsize size)
{
  meta->digest = make_digest (values, size);
}

gboolean
gst_snn_sample_meta_vouches (const GstSnnSampleMeta *meta,
    gconstpointer values, gsize size)
{
  return meta->digest != 0 && meta->digest == make_digest (values, size);
}

guint
gst_snn_sample_meta_slice_channel (const GstSnnSampleMeta *meta,
    guint channels)
{
  const guint n_images = meta && meta->volume ? meta->volume->n_channels : 0;

  return n_images > 0 && channels % n_images == 0
      ? (channels / n_images - 1) / 2 : 0;
}

void
gst_snn_prefix_sample (GError **error, GstBuffer *buffer, guint number)
{
  const GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);

  if (meta && meta->volume)
    g_prefix_error (error, "%s, slice %u: ", meta->volume->location
        ? meta->volume->location : meta->volume->subject, meta->slice);
  else
    g_prefix_error (error, "Sample %u: ", meta ? meta->sample : number);
}

#define EPOCH_BEGIN "GstSnnEpochBegin"
#define EPOCH_END "GstSnnEpochEnd"

static GstEvent *
epoch_event (const gchar *name, const GstSnnEpoch *epoch)
{
  return gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM,
      gst_structure_new (name,
          "epoch", G_TYPE_UINT, epoch->epoch,
          "epochs", G_TYPE_UINT, epoch->epochs,
          "evaluate", G_TYPE_BOOLEAN, epoch->evaluate,
          "samples", G_TYPE_UINT, epoch->n_samples, NULL));
}

GstEvent *
gst_snn_event_new_epoch_begin (const GstSnnEpoch *epoch)
{
  return epoch_event (EPOCH_BEGIN, epoch);
}

GstEvent *
gst_snn_event_new_epoch_end (const GstSnnEpoch *epoch)
{
  return epoch_event (EPOCH_END, epoch);
}

gboolean
gst_snn_event_parse_epoch (GstEvent *event, GstSnnEpoch *epoch, gboolean *end)
{
  const GstStructure *structure;

  if (GST_EVENT_TYPE (event) != GST_EVENT_CUSTOM_DOWNSTREAM)
    return FALSE;
  structure = gst_event_get_structure (event);
  if (!structure)
    return FALSE;
  *end = gst_structure_has_name (structure, EPOCH_END);
  if (!*end && !gst_structure_has_name (structure, EPOCH_BEGIN))
    return FALSE;
  return gst_structure_get (structure,
      "epoch", G_TYPE_UINT, &epoch->epoch,
      "epochs", G_TYPE_UINT, &epoch->epochs,
      "evaluate", G_TYPE_BOOLEAN, &epoch->evaluate,
      "samples", G_TYPE_UINT, &epoch->n_samples, NULL);
}

#define RESUME "GstSnnResume"

GstQuery *
gst_snn_query_new_resume (void)
{
  return gst_query_new_custom (GST_QUERY_CUSTOM,
      gst_structure_new (RESUME, "epoch", G_TYPE_UINT, 0,
          "evaluated", G_TYPE_BOOLEAN, TRUE, NULL));
}

gboolean
gst_snn_query_is_resume (GstQuery *query)
{
  const GstStructure *structure = gst_query_get_structure (query);

  return GST_QUERY_TYPE (query) == GST_QUERY_CUSTOM && structure
      && gst_structure_has_name (structure, RESUME);
}

void
gst_snn_query_set_resume (GstQuery *query, guint epoch, gboolean evaluated)
{
  gst_structure_set (gst_query_writable_structure (query),
      "epoch", G_TYPE_UINT, epoch, "evaluated", G_TYPE_BOOLEAN, evaluated, NULL);
}

guint
gst_snn_query_parse_resume (GstQuery *query, gboolean *evaluated)
{
  const GstStructure *structure = gst_query_get_structure (query);
  guint epoch = 0;

  gst_structure_get (structure, "epoch", G_TYPE_UINT, &epoch, "evaluated",
      G_TYPE_BOOLEAN, evaluated, NULL);
  return epoch;
}

void
gst_snn_query_describe (GstQuery *query, const gchar *lines)
{
  const gchar *before = gst_snn_query_description (query);
  g_autofree gchar *valid = snn_text_valid (lines);
  g_autofree gchar *all = g_strconcat (before ? before : "", valid, NULL);

  gst_structure_set (gst_query_writable_structure (query),
      "data", G_TYPE_STRING, all, NULL);
}

const gchar *
gst_snn_query_description (GstQuery *query)
{
  return gst_structure_get_string (gst_query_get_structure (query), "data");
}

/* Names are pointers in it, as those of files need not be UTF-8, which a string
 * of a structure has to be. */
#define WANTED "GstSnnWanted"

GstQuery *
gst_snn_query_new_wanted (const gchar *subject, const gchar *location)
{
  return gst_query_new_custom (GST_QUERY_CUSTOM,
      gst_structure_new (WANTED,
          "subject", G_TYPE_POINTER, subject,
          "location", G_TYPE_POINTER, location,
          "yes", G_TYPE_BOOLEAN, FALSE, "no", G_TYPE_BOOLEAN, FALSE, NULL));
}

gboolean
gst_snn_query_parse_wanted (GstQuery *query, const gchar **subject,
    const gchar **location)
{
  const GstStructure *structure;

  if (GST_QUERY_TYPE (query) != GST_QUERY_CUSTOM)
    return FALSE;
  structure = gst_query_get_structure (query);
  if (!structure || !gst_structure_has_name (structure, WANTED))
    return FALSE;
  return gst_structure_get (structure, "subject", G_TYPE_POINTER, subject,
      "location", G_TYPE_POINTER, location, NULL);
}

void
gst_snn_query_answer_wanted (GstQuery *query, gboolean wanted)
{
  gst_structure_set (gst_query_writable_structure (query),
      wanted ? "yes" : "no", G_TYPE_BOOLEAN, TRUE, NULL);
}

gboolean
gst_snn_query_is_wanted (GstQuery *query)
{
  const GstStructure *structure = gst_query_get_structure (query);
  gboolean yes = FALSE, no = FALSE;

  gst_structure_get_boolean (structure, "yes", &yes);
  gst_structure_get_boolean (structure, "no", &no);
  return yes || !no;
}
