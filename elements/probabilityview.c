/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "probabilityview.h"

#include <string.h>

#include <snn/volumes/grid.h>

G_DEFINE_TYPE (GstSnnProbabilityView, gst_snn_probability_view,
    GST_TYPE_AGGREGATOR_PAD);

/* The volume at hand is done with. */
void
gst_snn_probability_view_clear_volume (GstSnnProbabilityView *view)
{
  g_ptr_array_set_size (view->slices, 0);
  g_clear_pointer (&view->received, g_free);
  g_clear_pointer (&view->values, g_free);
  view->n_received = view->n_slices = 0;
  view->chunks_follow = FALSE;
}

void
gst_snn_probability_view_clear (GstSnnProbabilityView *view)
{
  gst_snn_probability_view_clear_volume (view);
  g_queue_clear_full (&view->held, (GDestroyNotify) gst_event_unref);
}

static void
gst_snn_probability_view_finalize (GObject *object)
{
  GstSnnProbabilityView *view = (GstSnnProbabilityView *) object;

  gst_snn_probability_view_clear (view);
  g_ptr_array_unref (view->slices);
  G_OBJECT_CLASS (gst_snn_probability_view_parent_class)->finalize (object);
}

static void
gst_snn_probability_view_class_init (GstSnnProbabilityViewClass *class)
{
  G_OBJECT_CLASS (class)->finalize = gst_snn_probability_view_finalize;
}

static void
gst_snn_probability_view_init (GstSnnProbabilityView *view)
{
  view->slices =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  g_queue_init (&view->held);
}

static const GstSnnSampleMeta *
view_meta (const GstSnnProbabilityView *view)
{
  return gst_buffer_get_snn_sample_meta (g_ptr_array_index (view->slices, 0));
}

gboolean
gst_snn_probability_view_is_whole (const GstSnnProbabilityView *view)
{
  return view->n_slices > 0 && view->n_received == view->n_slices
      && !view->chunks_follow;
}

static const gchar *
subject_of (const GstSnnSampleMeta *meta)
{
  return meta->volume->subject;
}

/* Whether a sample goes on with the volume of which slices have come. */
static gboolean
goes_on (const GstSnnProbabilityView *view, const GstSnnSampleMeta *meta,
    GError **error)
{
  const GstSnnSampleMeta *first = view_meta (view);
  const guint evaluate = GST_SNN_SAMPLE_EVALUATE;

  if (snn_volume_info_same (meta->volume, first->volume)
      && meta->epoch == first->epoch
      && (meta->flags & evaluate) == (first->flags & evaluate)
      && meta->axis == view->axis
      && memcmp (&meta->box, &view->box, sizeof meta->box) == 0)
    return TRUE;
  g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED,
      "%s: only %u of %u slices of %s came before those of %s; expected whole "
      "volumes, one after the other (shuffle=false)", GST_PAD_NAME (view),
      view->n_received, view->n_slices, subject_of (first), subject_of (meta));
  return FALSE;
}

/* The first sample of a volume says how large it is. */
static gboolean
begin (GstSnnProbabilityView *view, const GstSnnSampleMeta *meta,
    GError **error)
{
  const GstSnnTensor *tensor = &view->tensors.tensor[0];
  gsize dims[3], n = tensor->channels;
  gboolean countable = TRUE;

  view->box = meta->box;
  view->axis = meta->axis;
  view->n_slices = (guint) snn_box_slice_dims (&meta->box, meta->axis, dims);
  if (dims[0] != tensor->width || dims[1] != tensor->height
      || dims[2] != tensor->depth) {
    g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT,
        "%s: found predictions of %u x %u x %u for slices of %" G_GSIZE_FORMAT
        " x %" G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT " of %s",
        GST_PAD_NAME (view), tensor->width, tensor->height, tensor->depth,
        dims[0], dims[1], dims[2], subject_of (meta));
    gst_snn_probability_view_clear_volume (view);
    return FALSE;
  }
  for (guint i = 0; i < 3; i++)
    countable = countable && g_size_checked_mul (&n, n, meta->box.size[i]);
  if (countable)
    view->values = g_try_new (float, n);
  if (!view->values) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT,
        "%s: no memory for the predictions of a box of %" G_GSIZE_FORMAT " x %"
        G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT " voxels of %s",
        GST_PAD_NAME (view), meta->box.size[0], meta->box.size[1],
        meta->box.size[2], subject_of (meta));
    gst_snn_probability_view_clear_volume (view);
    return FALSE;
  }
  view->received = g_new0 (guint8, view->n_slices);
  return TRUE;
}

/* A box as a grid of its own, so that padding around a volume is kept, too. */
static SnnBox
own_grid (const SnnBox *box)
{
  SnnBox own = *box;

  memset (own.origin, 0, sizeof own.origin);
  return own;
}

/* Whether a slice that has come is that of the last chunk, which awaits more. */
static gboolean
is_next_chunk (const GstSnnProbabilityView *view, guint slice)
{
  const guint last = view->slices->len - 1;

  return view->chunks_follow && gst_buffer_get_snn_sample_meta
      (g_ptr_array_index (view->slices, last))->slice == slice;
}

static gboolean
keep_slice (GstSnnProbabilityView *view, GstBuffer *buffer,
    const GstSnnSampleMeta *meta, GError **error)
{
  const GstSnnTensor *tensor = &view->tensors.tensor[0];
  GstMemory *memory = gst_buffer_peek_memory (buffer, 0);
  SnnBox own = own_grid (&view->box);
  gsize volume = own.size[0] * own.size[1] * own.size[2];
  gsize plane = (gsize) tensor->width * tensor->height * tensor->depth;
  gboolean again = meta->slice < view->n_slices && view->received[meta->slice];
  GstMapInfo map;

  if (meta->slice >= view->n_slices
      || (again && !is_next_chunk (view, meta->slice))) {
    g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED,
        "%s: found slice %u of %s%s, which has %u", GST_PAD_NAME (view),
        meta->slice, subject_of (meta), again ? " a second time" : "",
        view->n_slices);
    return FALSE;
  }
  if (!gst_memory_map (memory, &map, GST_MAP_READ)) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
        "A prediction's memory can't be read");
    return FALSE;
  }
  for (guint c = 0; c < tensor->channels; c++)
    snn_box_paste (&own, view->axis, meta->slice, own.size,
        view->values + c * volume, sizeof (float),
        (const float *) map.data + c * plane);
  gst_memory_unmap (memory, &map);
  if (again)
    g_ptr_array_set_size (view->slices, view->slices->len - 1);
  g_ptr_array_add (view->slices, gst_buffer_ref (buffer));
  view->received[meta->slice] = TRUE;
  view->n_received += !again;
  view->chunks_follow = meta->timesteps > 0
      && !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_MARKER);
  return TRUE;
}

gboolean
gst_snn_probability_view_add (GstSnnProbabilityView *view, GstBuffer *buffer,
    GError **error)
{
  const GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);

  if (!meta || !meta->volume) {
    g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT,
        "%s: a sample does not say which volume it is a slice of; probabilitymean "
        "needs samples that began at a source of volumes", GST_PAD_NAME (view));
    return FALSE;
  }
  return (view->n_slices ? goes_on (view, meta, error)
      : begin (view, meta, error)) && keep_slice (view, buffer, meta, error);
}

const gchar *
gst_snn_probability_view_subject (const GstSnnProbabilityView *view)
{
  return subject_of (view_meta (view));
}

/* Whether the voxels of two views are at the same places. */
static gboolean
check_place (const GstSnnProbabilityView *first, const GstSnnProbabilityView *view,
    GError **error)
{
  const GstSnnSampleMeta *a = view_meta (first), *b = view_meta (view);
  const gsize *x = a->box.size, *y = b->box.size;
  SnnGrid here, there;

  if (memcmp (&first->box, &view->box, sizeof first->box)) {
    g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED,
        "%s sends a box of %" G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT " x %"
        G_GSIZE_FORMAT " voxels of %s where %s sends one of %" G_GSIZE_FORMAT
        " x %" G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT ", or at another place; "
        "expected the same size and roi of all sources", GST_PAD_NAME (view),
        y[0], y[1], y[2], subject_of (b), GST_PAD_NAME (first), x[0], x[1],
        x[2]);
    return FALSE;
  }
  snn_grid_from_info (&here, a->volume);
  snn_grid_from_info (&there, b->volume);
  if (snn_grid_equal (&here, &there))
    return TRUE;
  g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED,
      "%s sends %s with voxel 0 at (%.4g, %.4g, %.4g) mm where %s has it at (%.4g, "
      "%.4g, %.4g) mm, or with voxels of another size or direction; expected views of "
      "one volume", GST_PAD_NAME (view), subject_of (b), there.affine[0][3],
      there.affine[1][3], there.affine[2][3], GST_PAD_NAME (first),
      here.affine[0][3], here.affine[1][3], here.affine[2][3]);
  return FALSE;
}

/* Whether what they predict is the same. */
static gboolean
check_classes (const GstSnnProbabilityView *first, const GstSnnProbabilityView *view,
    GError **error)
{
  const SnnClasses *a = &first->tensors.classes, *b = &view->tensors.classes;
  g_autofree gchar *here = NULL, *there = NULL;

  if (first->tensors.tensor[0].channels != view->tensors.tensor[0].channels) {
    g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
        "%s has %u channels where %s has %u", GST_PAD_NAME (view),
        view->tensors.tensor[0].channels, GST_PAD_NAME (first),
        first->tensors.tensor[0].channels);
    return FALSE;
  }
  if (a->n == 0 || b->n == 0 || snn_classes_equal (a, b))
    return TRUE;
  here = snn_classes_to_text (a);
  there = snn_classes_to_text (b);
  g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
      "%s sends predictions of the classes %s where %s sends those of %s",
      GST_PAD_NAME (view), there, GST_PAD_NAME (first), here);
  return FALSE;
}

/* Whether two views are of one volume, and of the same part of it. */
gboolean
gst_snn_probability_view_check (const GstSnnProbabilityView *first,
    const GstSnnProbabilityView *view, GError **error)
{
  const GstSnnSampleMeta *a = view_meta (first), *b = view_meta (view);
  const guint evaluate = GST_SNN_SAMPLE_EVALUATE;

  if (!g_str_equal (subject_of (a), subject_of (b)) || a->epoch != b->epoch
      || (a->flags & evaluate) != (b->flags & evaluate)) {
    g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED,
        "%s sends %s (epoch %u%s) where %s sends %s (epoch %u%s); expected the "
        "same subjects in the same order", GST_PAD_NAME (view), subject_of (b),
        b->epoch, b->flags & evaluate ? ", held out" : "", GST_PAD_NAME (first),
        subject_of (a), a->epoch, a->flags & evaluate ? ", held out" : "");
    return FALSE;
  }
  return check_classes (first, view, error) && check_place (first, view, error);
}

/* A slice of the statistic in place of the prediction of @buffer. */
GstBuffer *
gst_snn_probability_view_cut (const GstSnnProbabilityView *view,
    GstBuffer *buffer)
{
  const GstSnnTensor *tensor = &view->tensors.tensor[0];
  const GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);
  SnnBox own = own_grid (&view->box);
  gsize volume = own.size[0] * own.size[1] * own.size[2];
  gsize plane = (gsize) tensor->width * tensor->height * tensor->depth;
  gsize size = gst_snn_tensor_size (tensor);
  float *values = g_malloc (size);
  const float outside = 0;

  for (guint c = 0; c < tensor->channels; c++)
    snn_box_cut (&own, view->axis, meta->slice, own.size,
        view->values + c * volume, sizeof (float), &outside,
        values + c * plane);
  return gst_snn_buffer_replace_tensor (buffer,
      gst_memory_new_wrapped (0, values, size, 0, size, values, g_free));
}
