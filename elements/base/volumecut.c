/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "volumecut.h"

#include <snn/base/error.h>
#include <snn/volumes/resample.h>

gboolean
gst_snn_volume_cut_init (GstSnnVolumeCut *cut,
    const GstSnnCutSettings *settings, GError **error)
{
  cut->axis = settings->axis;
  cut->context = (guint) settings->context;
  if (!snn_grid_parse_zooms (settings->spacing, cut->zooms, error))
    return FALSE;
  cut->regions = snn_regions_new (settings->roi, settings->size, error);
  return cut->regions != NULL;
}

void
gst_snn_volume_cut_forget (GstSnnVolumeCut *cut)
{
  g_clear_pointer (&cut->volume, snn_volume_unref);
}

void
gst_snn_volume_cut_clear (GstSnnVolumeCut *cut)
{
  gst_snn_volume_cut_forget (cut);
  g_clear_pointer (&cut->regions, snn_regions_free);
}

/* The box of @subject in @grid. */
static gboolean
find_box (const GstSnnVolumeCut *cut, const gchar *subject, const SnnGrid *grid,
    SnnBox *box, GError **error)
{
  const SnnRegion *region = snn_regions_find (cut->regions, subject, error);

  return region && snn_region_box (region, grid, box, error);
}

gboolean
gst_snn_volume_cut_box (const GstSnnVolumeCut *cut, const gchar *subject,
    SnnGrid *grid, SnnBox *box, GError **error)
{
  return snn_grid_respace (grid, cut->zooms, grid, error)
      && find_box (cut, subject, grid, box, error);
}

guint
gst_snn_volume_cut_fixed_slices (const GstSnnVolumeCut *cut)
{
  return cut->axis == SNN_AXIS_NONE ? 1
      : (guint) snn_regions_extent (cut->regions, cut->axis);
}

static const gchar *
name_of (const SnnVolumeInfo *info)
{
  return info->location ? info->location : info->subject;
}

SnnVolume *
gst_snn_volume_cut_resample (const GstSnnVolumeCut *cut, SnnVolume *own,
    GError **error)
{
  SnnGrid grid;

  snn_grid_from_info (&grid, own->info);
  if (snn_grid_respace (&grid, cut->zooms, &grid, error))
    return snn_volume_resample (own, &grid, NULL, error);
  g_prefix_error (error, "%s: ", name_of (own->info));
  return NULL;
}

gboolean
gst_snn_volume_cut_measure (const GstSnnVolumeCut *cut,
    const SnnVolume *volume, SnnBox *box, GstSnnTensors *tensors,
    GError **error)
{
  const guint channels = volume->info->n_channels * (2 * cut->context + 1);
  gsize dims[3], size = channels * sizeof (float);
  SnnGrid grid;

  snn_grid_from_info (&grid, volume->info);
  if (!find_box (cut, volume->info->subject, &grid, box, error)) {
    g_prefix_error (error, "%s: ", name_of (volume->info));
    return FALSE;
  }
  snn_box_slice_dims (box, cut->axis, dims);
  for (guint i = 0; i < 3; i++)
    if (!g_size_checked_mul (&size, size, dims[i]) || size > G_MAXINT) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED,
          "%s: a slice of %" G_GSIZE_FORMAT "x%" G_GSIZE_FORMAT "x%"
          G_GSIZE_FORMAT " voxels has more than %d bytes",
          volume->info->subject, dims[0], dims[1], dims[2], G_MAXINT);
      return FALSE;
    }
  *tensors = (GstSnnTensors) { 0, };
  tensors->n_tensors = volume->mask ? 2 : 1;
  tensors->tensor[0] = (GstSnnTensor) {
    SNN_VALUE_FLOAT32, dims[0], dims[1], dims[2], channels, 1
  };
  tensors->tensor[1] = tensors->tensor[0];
  tensors->tensor[1].channels = 1;
  tensors->tensor[1].type = SNN_VALUE_UINT8;
  if (volume->mask)
    tensors->classes = cut->classes;
  return TRUE;
}

void
gst_snn_volume_cut_take (GstSnnVolumeCut *cut, SnnVolume *volume,
    const SnnBox *box, const GstSnnTensors *tensors)
{
  gst_snn_volume_cut_forget (cut);
  cut->volume = volume;
  cut->box = *box;
  cut->tensors = *tensors;
}

/* Whether the one slice is the volume as it lies in memory. */
static gboolean
is_whole (const GstSnnVolumeCut *cut)
{
  const SnnBox *box = &cut->box;

  if (cut->axis != SNN_AXIS_NONE)
    return FALSE;
  for (guint i = 0; i < 3; i++)
    if (box->origin[i] != 0 || box->size[i] != cut->volume->info->dims[i])
      return FALSE;
  return TRUE;
}

/* Slice @index of the image, with its neighbours, or of the mask. That of a whole
 * head has 160 MB, which are not copied: who writes into it makes a copy. */
static GstMemory *
cut_slice (const GstSnnVolumeCut *cut, guint index, guint tensor)
{
  SnnVolume *volume = cut->volume;
  const guint8 unlabelled = 0;
  const gsize size = gst_snn_tensor_size (&cut->tensors.tensor[tensor]);
  GstMemory *memory;
  GstMapInfo map;

  if (is_whole (cut))
    return gst_memory_new_wrapped (GST_MEMORY_FLAG_READONLY,
        tensor == 0 ? (gpointer) volume->image : volume->mask, size, 0, size,
        snn_volume_ref (volume), (GDestroyNotify) snn_volume_unref);
  memory = gst_allocator_alloc (NULL, size, NULL);
  gst_memory_map (memory, &map, GST_MAP_WRITE);
  if (tensor == 0)
    snn_volume_cut (volume, &cut->box, cut->axis, index, cut->context,
        (gpointer) map.data);
  else
    snn_box_cut (&cut->box, cut->axis, index, volume->info->dims, volume->mask,
        1, &unlabelled, map.data);
  gst_memory_unmap (memory, &map);
  return memory;
}

GstBuffer *
gst_snn_volume_cut_make (const GstSnnVolumeCut *cut, const SnnSlice *slice)
{
  SnnVolume *volume = cut->volume;
  guint fixed = gst_snn_volume_cut_fixed_slices (cut);
  GstBuffer *buffer = gst_buffer_new ();
  GstSnnSampleMeta *meta;
  GstMapInfo image;

  gst_buffer_append_memory (buffer, cut_slice (cut, slice->slice, 0));
  if (volume->mask)
    gst_buffer_append_memory (buffer, cut_slice (cut, slice->slice, 1));

  meta = gst_buffer_add_snn_sample_meta (buffer, volume->info);
  meta->box = cut->box;
  meta->axis = cut->axis;
  meta->slice = slice->slice;
  meta->n_slices = cut->axis == SNN_AXIS_NONE ? 1 : cut->box.size[cut->axis];
  meta->sample = slice->subject * (fixed ? fixed : SNN_REGION_MAX + 1)
      + slice->slice;
  if (slice->last)
    meta->flags |= GST_SNN_SAMPLE_LAST;
  if (gst_buffer_map_range (buffer, 0, 1, &image, GST_MAP_READ)) {
    gst_snn_sample_meta_vouch (meta, image.data, image.size);
    gst_buffer_unmap (buffer, &image);
  }
  return buffer;
}

gboolean
gst_snn_volume_is_wanted (GstElement *element, const gchar *subject,
    const gchar *location)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, "src");
  GstQuery *query = gst_snn_query_new_wanted (subject, location);
  gboolean wanted;

  gst_pad_peer_query (pad, query);
  wanted = gst_snn_query_is_wanted (query);
  gst_query_unref (query);
  if (!wanted)
    GST_INFO_OBJECT (element, "nobody downstream wants %s", subject);
  return wanted;
}
