/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-probabilitymean
 * @title: probabilitymean
 * @short_description: the mean of what several networks predict
 * @see_also: anninference, snninference, niftisink, dicesink
 *
 * Averages the probabilities that several networks give the same voxels: of
 * slices across different axes (three views), or of networks trained with
 * different seeds; or says by the variance where they disagree. Every request pad
 * takes the predictions of one network. They are put together to volumes; once each
 * pad has the whole volume, the slices of the lowest-numbered pad go out, with its
 * labels, facts, timestamps and events, and with the mean as prediction.
 *
 * All pads get the same subjects in the same order, cut out by the same box of the
 * same voxels, and predictions of the same classes; anything else is an error, and
 * seeks are refused. Volumes are not mixed with each other, so that
 * sources don't shuffle. Where pads are fed by one source through a tee, each
 * branch needs a queue that holds a volume.
 *
 * The mean is summed in the order of the pads' numbers, so that the same inputs
 * give the same bits.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 probabilitymean name=mean ! niftisink location=masks/%s.nii.gz \
 *     niftisrc location=images axis=x ! voxelnormalize ! \
 *     anninference model=x.nir ! mean. \
 *     niftisrc location=images axis=y ! voxelnormalize ! \
 *     anninference model=y.nir ! mean.
 * ]|
 */
#include "probabilitymean.h"

#include <string.h>

#include <gst/snn/properties.h>
#include <gst/snn/samplemeta.h>
#include <gst/snn/tensors.h>
#include <snn/base/error.h>
#include <snn/volumes/grid.h>

#include "voxelstatistic.h"

GST_DEBUG_CATEGORY_STATIC (gst_snn_probability_mean_debug);
#define GST_CAT_DEFAULT gst_snn_probability_mean_debug

/* A view: what one network says of the volume at hand. */
typedef struct
{
  GstAggregatorPad parent_instance;

  GstSnnTensors tensors;
  GstSnnFacts facts;
  GPtrArray *slices;            /* GstBuffer, as they came, a slice once */
  guint8 *received;             /* whether, for each slice of the box */
  guint n_received;
  guint n_slices;
  gboolean chunks_follow;       /* of the last slice */
  SnnBox box;
  SnnAxis axis;
  float *values;                /* channels x box, of the whole volume */
  GQueue held;                  /* GstEvent, that came behind the whole volume */
} GstSnnProbabilityView;

typedef struct
{
  GstAggregatorPadClass parent_class;
} GstSnnProbabilityViewClass;

typedef struct
{
  GstSnnVoxelStatisticKind statistic;
} Settings;

struct _GstSnnProbabilityMean
{
  GstAggregator parent_instance;

  Settings settings;
  Settings state;               /* as they were when the stream started */
};

static GstStaticPadTemplate sink_template =
GST_STATIC_PAD_TEMPLATE ("sink_%u", GST_PAD_SINK, GST_PAD_REQUEST,
    GST_STATIC_CAPS (GST_SNN_IMAGE_CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_SNN_IMAGE_CAPS));

static GType gst_snn_probability_view_get_type (void);

G_DEFINE_TYPE (GstSnnProbabilityView, gst_snn_probability_view,
    GST_TYPE_AGGREGATOR_PAD);
G_DEFINE_FINAL_TYPE_WITH_CODE (GstSnnProbabilityMean, gst_snn_probability_mean,
    GST_TYPE_AGGREGATOR,
    GST_DEBUG_CATEGORY_INIT (gst_snn_probability_mean_debug, "probabilitymean",
        0, "The mean of several predictions"));
GST_ELEMENT_REGISTER_DEFINE (probabilitymean, "probabilitymean", GST_RANK_NONE,
    GST_TYPE_SNN_PROBABILITY_MEAN);

static gpointer
settings_of (gpointer object)
{
  return &GST_SNN_PROBABILITY_MEAN (object)->settings;
}

static const GstSnnProperty properties[] = {
  {"statistic", "Statistic",
      "What of the views' probabilities is handed on for each voxel",
      GST_SNN_ENUM, GST_SNN_AT (Settings, statistic),
      .get_type = gst_snn_voxel_statistic_get_type,
      .fallback = GST_SNN_VOXEL_STATISTIC_MEAN},
};

static const GstSnnPropertyTable property_table =
    GST_SNN_TABLE (properties, Settings, settings_of, NULL);

static GstSnnProbabilityView *
view_of (gpointer pad)
{
  return pad;
}

/* The volume at hand is done with. */
static void
volume_clear (GstSnnProbabilityView *view)
{
  g_ptr_array_set_size (view->slices, 0);
  g_clear_pointer (&view->received, g_free);
  g_clear_pointer (&view->values, g_free);
  view->n_received = view->n_slices = 0;
  view->chunks_follow = FALSE;
}

static void
view_clear (GstSnnProbabilityView *view)
{
  volume_clear (view);
  g_queue_clear_full (&view->held, (GDestroyNotify) gst_event_unref);
}

static void
gst_snn_probability_view_finalize (GObject *object)
{
  GstSnnProbabilityView *view = view_of (object);

  view_clear (view);
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

static gboolean
is_whole (const GstSnnProbabilityView *view)
{
  return view->n_slices > 0 && view->n_received == view->n_slices
      && !view->chunks_follow;
}

static gint
compare_numbers (gconstpointer a, gconstpointer b)
{
  const gchar *x = strrchr (GST_PAD_NAME (*(gpointer *) a), '_');
  const gchar *y = strrchr (GST_PAD_NAME (*(gpointer *) b), '_');
  guint64 m = x ? g_ascii_strtoull (x + 1, NULL, 10) : 0;
  guint64 n = y ? g_ascii_strtoull (y + 1, NULL, 10) : 0;

  return (m > n) - (m < n);
}

/* (transfer container): the pads in the order of their numbers; they are held. */
static GPtrArray *
list_views (GstSnnProbabilityMean *self)
{
  GPtrArray *views = g_ptr_array_new_with_free_func (gst_object_unref);

  GST_OBJECT_LOCK (self);
  for (GList *l = GST_ELEMENT (self)->sinkpads; l; l = l->next)
    g_ptr_array_add (views, gst_object_ref (l->data));
  GST_OBJECT_UNLOCK (self);
  g_ptr_array_sort (views, compare_numbers);
  return views;
}

static gboolean
is_first (GstSnnProbabilityMean *self, GstAggregatorPad *pad)
{
  g_autoptr (GPtrArray) views = list_views (self);

  return views->len > 0 && g_ptr_array_index (views, 0) == (gpointer) pad;
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
    volume_clear (view);
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
    volume_clear (view);
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

/* Several chunks of one sample are several predictions; the last one counts. */
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

  if (meta->slice >= view->n_slices || (again && !view->chunks_follow)) {
    g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED,
        "%s: found slice %u of %s %s, which has %u", GST_PAD_NAME (view),
        meta->slice, subject_of (meta), again ? "a second time" : "",
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

static GstFlowReturn
take (GstSnnProbabilityMean *self, GstSnnProbabilityView *view,
    GstBuffer *popped)
{
  g_autoptr (GstBuffer) buffer = popped;
  GstFlowReturn flow = gst_snn_element_take_buffer (GST_ELEMENT (self),
      &view->tensors, &view->facts, &buffer);
  const GstSnnSampleMeta *meta;
  GError *error = NULL;

  if (flow != GST_FLOW_OK)
    return flow;
  meta = gst_buffer_get_snn_sample_meta (buffer);
  if (!meta || !meta->volume) {
    GST_SNN_ELEMENT_ERROR (self, STREAM, FORMAT,
        ("%s: a sample does not say which volume it is a slice of; "
            "probabilitymean needs samples that began at a source of volumes",
            GST_PAD_NAME (view)), (NULL));
    return GST_FLOW_ERROR;
  }
  if (!(view->n_slices ? goes_on (view, meta, &error)
          : begin (view, meta, &error))
      || !keep_slice (view, buffer, meta, &error)) {
    gst_snn_element_error (GST_ELEMENT (self), error);
    return GST_FLOW_ERROR;
  }
  return GST_FLOW_OK;
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
static gboolean
check_same (const GstSnnProbabilityView *first,
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

/* The first view's values become the statistic. */
static void
summarise (const GstSnnProbabilityMean *self, GPtrArray *views)
{
  GstSnnProbabilityView *first = view_of (g_ptr_array_index (views, 0));
  const gsize *size = first->box.size;
  gsize n = first->tensors.tensor[0].channels * size[0] * size[1] * size[2];
  const GstSnnVoxelStatistic *statistic =
      gst_snn_voxel_statistic (self->state.statistic);
  g_autofree float **values = g_new (float *, views->len);

  for (guint v = 0; v < views->len; v++)
    values[v] = view_of (g_ptr_array_index (views, v))->values;
  for (gsize i = 0; i < n; i++)
    first->values[i] = statistic->of (values, views->len, i);
}

/* A slice of the statistic in place of the prediction of @buffer. */
static GstBuffer *
cut (const GstSnnProbabilityView *first, GstBuffer *buffer)
{
  const GstSnnTensor *tensor = &first->tensors.tensor[0];
  const GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);
  SnnBox own = own_grid (&first->box);
  gsize volume = own.size[0] * own.size[1] * own.size[2];
  gsize plane = (gsize) tensor->width * tensor->height * tensor->depth;
  gsize size = gst_snn_tensor_size (tensor);
  float *values = g_malloc (size);
  const float outside = 0;

  for (guint c = 0; c < tensor->channels; c++)
    snn_box_cut (&own, first->axis, meta->slice, own.size,
        first->values + c * volume, sizeof (float), &outside,
        values + c * plane);
  return gst_snn_buffer_replace_tensor (buffer,
      gst_memory_new_wrapped (0, values, size, 0, size, values, g_free));
}

static gboolean
set_caps (GstSnnProbabilityMean *self, GstSnnProbabilityView *view,
    GstCaps *caps)
{
  GstSnnTensors tensors;
  const GstSnnTensor *tensor = &tensors.tensor[0];
  GError *error = NULL;

  if (gst_snn_tensors_from_caps (&tensors, caps, &error)
      && (tensor->type != SNN_VALUE_FLOAT32 || tensor->timesteps != 1))
    g_set_error (&error, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
        "%s: found %u timesteps where a probability, one float32, is expected",
        GST_PAD_NAME (view), tensor->timesteps);
  if (error) {
    gst_snn_element_refuse_caps (GST_ELEMENT (self), caps, error);
    return FALSE;
  }
  view->tensors = tensors;
  if (is_first (self, GST_AGGREGATOR_PAD (view))) {
    g_autoptr (GstCaps) out = gst_caps_copy (caps);
    const gchar *field =
        gst_snn_voxel_statistic (self->state.statistic)->field;

    if (field)
      gst_caps_set_simple (out, GST_SNN_CAPS_STATISTIC, G_TYPE_STRING, field,
          NULL);
    GST_DEBUG_OBJECT (self, "going out as %" GST_PTR_FORMAT, out);
    gst_aggregator_set_src_caps (GST_AGGREGATOR (self), out);
  }
  return TRUE;
}

/* What is said of the stream is said once, by the view that goes out. */
static gboolean
take_event (GstSnnProbabilityMean *self, GstSnnProbabilityView *view,
    GstEvent *event)
{
  GstAggregator *aggregator = GST_AGGREGATOR (self);
  GstAggregatorPad *pad = GST_AGGREGATOR_PAD (view);
  const gboolean first = is_first (self, pad);
  const GstSegment *segment;
  GstCaps *caps;

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_CAPS:
      gst_event_parse_caps (event, &caps);
      if (!set_caps (self, view, caps)) {
        gst_event_unref (event);
        return FALSE;
      }
      break;
    case GST_EVENT_SEGMENT:
      gst_event_parse_segment (event, &segment);
      if (first)
        gst_aggregator_update_segment (aggregator, segment);
      break;
    default:
      if (!first) {
        gst_event_unref (event);
        return TRUE;
      }
      break;
  }
  return GST_AGGREGATOR_CLASS (gst_snn_probability_mean_parent_class)
      ->sink_event (aggregator, pad, event);
}

/* What came behind a volume is taken up once it has gone out. */
static GstFlowReturn
go_on (GstSnnProbabilityMean *self, GPtrArray *views)
{
  GstFlowReturn flow = GST_FLOW_OK;
  GstEvent *event;

  for (guint v = 0; v < views->len; v++) {
    GstSnnProbabilityView *view = view_of (g_ptr_array_index (views, v));
    GQueue held = view->held;

    g_queue_init (&view->held);
    volume_clear (view);
    while (flow == GST_FLOW_OK && (event = g_queue_pop_head (&held)))
      if (!take_event (self, view, event))
        flow = GST_FLOW_NOT_NEGOTIATED;
    g_queue_clear_full (&held, (GDestroyNotify) gst_event_unref);
  }
  return flow;
}

static GstFlowReturn
push_mean (GstSnnProbabilityMean *self, GPtrArray *views)
{
  GstSnnProbabilityView *first = view_of (g_ptr_array_index (views, 0));
  GstFlowReturn flow = GST_FLOW_OK;
  GError *error = NULL;

  for (guint v = 1; v < views->len; v++)
    if (!check_same (first, view_of (g_ptr_array_index (views, v)), &error)) {
      gst_snn_element_error (GST_ELEMENT (self), error);
      return GST_FLOW_ERROR;
    }
  GST_LOG_OBJECT (self, "%s: %u views", subject_of (view_meta (first)),
      views->len);
  summarise (self, views);
  for (guint i = 0; i < first->slices->len && flow == GST_FLOW_OK; i++)
    flow = gst_aggregator_finish_buffer (GST_AGGREGATOR (self),
        cut (first, g_ptr_array_index (first->slices, i)));
  return flow == GST_FLOW_OK ? go_on (self, views) : flow;
}

/* Some views have ended: fine where all have, and nothing is left over. */
static GstFlowReturn
end (GstSnnProbabilityMean *self, GPtrArray *views)
{
  const GstSnnProbabilityView *ended = NULL, *left = NULL;

  for (guint v = 0; v < views->len; v++) {
    GstSnnProbabilityView *view = view_of (g_ptr_array_index (views, v));
    gboolean eos = gst_aggregator_pad_is_eos (GST_AGGREGATOR_PAD (view));

    if (eos && view->n_slices > 0 && !is_whole (view)) {
      GST_SNN_ELEMENT_ERROR (self, STREAM, FAILED, ("%s ended after %u of %u "
              "slices of %s", GST_PAD_NAME (view), view->n_received,
              view->n_slices, subject_of (view_meta (view))), (NULL));
      return GST_FLOW_ERROR;
    }
    if (eos && view->n_slices == 0)
      ended = view;
    else if (view->n_slices > 0)
      left = view;
  }
  if (ended && left) {
    GST_SNN_ELEMENT_ERROR (self, STREAM, FAILED,
        ("%s ended where %s goes on with %s; expected the same subjects of all",
            GST_PAD_NAME (ended), GST_PAD_NAME (left),
            subject_of (view_meta (left))), (NULL));
    return GST_FLOW_ERROR;
  }
  for (guint v = 0; v < views->len; v++)
    if (!gst_aggregator_pad_is_eos (g_ptr_array_index (views, v)))
      return GST_AGGREGATOR_FLOW_NEED_DATA;
  return GST_FLOW_EOS;
}

static GstFlowReturn
gst_snn_probability_mean_aggregate (GstAggregator *aggregator,
    gboolean timeout)
{
  GstSnnProbabilityMean *self = GST_SNN_PROBABILITY_MEAN (aggregator);
  g_autoptr (GPtrArray) views = list_views (self);
  gboolean whole = views->len > 0;

  for (guint v = 0; v < views->len; v++) {
    GstSnnProbabilityView *view = view_of (g_ptr_array_index (views, v));

    /* One at a time, so that events between buffers are met in their order. */
    if (!is_whole (view)) {
      GstBuffer *buffer =
          gst_aggregator_pad_pop_buffer (GST_AGGREGATOR_PAD (view));
      GstFlowReturn flow = buffer ? take (self, view, buffer) : GST_FLOW_OK;

      if (flow != GST_FLOW_OK)
        return flow;
    }
    whole = whole && is_whole (view);
  }
  return whole ? push_mean (self, views) : end (self, views);
}

/* What comes behind a whole volume, of another size perhaps, or the end of its pass,
 * stays behind it: other views may not have the volume yet. */
static gboolean
gst_snn_probability_mean_sink_event (GstAggregator *aggregator,
    GstAggregatorPad *pad, GstEvent *event)
{
  GstSnnProbabilityMean *self = GST_SNN_PROBABILITY_MEAN (aggregator);
  GstSnnProbabilityView *view = view_of (pad);

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_CAPS:
    case GST_EVENT_SEGMENT:
    case GST_EVENT_CUSTOM_DOWNSTREAM:
      if (is_whole (view)) {
        g_queue_push_tail (&view->held, event);
        return TRUE;
      }
      return take_event (self, view, event);
    default:
      return GST_AGGREGATOR_CLASS (gst_snn_probability_mean_parent_class)
          ->sink_event (aggregator, pad, event);
  }
}

/* A seek is one in slices here, and views have them across other axes. */
static gboolean
gst_snn_probability_mean_src_event (GstAggregator *aggregator, GstEvent *event)
{
  if (GST_EVENT_TYPE (event) == GST_EVENT_SEEK) {
    GST_INFO_OBJECT (aggregator, "no seeks");
    gst_event_unref (event);
    return FALSE;
  }
  return GST_AGGREGATOR_CLASS (gst_snn_probability_mean_parent_class)
      ->src_event (aggregator, event);
}

static void
forget_all (GstSnnProbabilityMean *self)
{
  g_autoptr (GPtrArray) views = list_views (self);

  for (guint v = 0; v < views->len; v++)
    view_clear (view_of (g_ptr_array_index (views, v)));
}

static GstFlowReturn
gst_snn_probability_mean_flush (GstAggregator *aggregator)
{
  forget_all (GST_SNN_PROBABILITY_MEAN (aggregator));
  return GST_FLOW_OK;
}

static gboolean
gst_snn_probability_mean_stop (GstAggregator *aggregator)
{
  g_autoptr (GPtrArray) views =
      list_views (GST_SNN_PROBABILITY_MEAN (aggregator));

  for (guint v = 0; v < views->len; v++) {
    GstSnnProbabilityView *view = view_of (g_ptr_array_index (views, v));

    view_clear (view);
    view->tensors = (GstSnnTensors) { 0 };
    view->facts = GST_SNN_FACTS_UNKNOWN;
  }
  return TRUE;
}

static gboolean
gst_snn_probability_mean_start (GstAggregator *aggregator)
{
  return gst_snn_properties_start (aggregator, &property_table,
      &GST_SNN_PROBABILITY_MEAN (aggregator)->state);
}

/* The caps of the first view have been passed on when they came. */
static gboolean
gst_snn_probability_mean_negotiate (GstAggregator *aggregator)
{
  return TRUE;
}

static void
gst_snn_probability_mean_class_init (GstSnnProbabilityMeanClass *class)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);
  GstAggregatorClass *aggregator_class = GST_AGGREGATOR_CLASS (class);

  gst_element_class_set_static_metadata (element_class,
      "Mean of probabilities", "Filter/Effect/Tensor",
      "Averages what several networks, or views of a volume, predict, or says "
      "where they disagree",
      "gst-snn developers <developers@gst-snn.invalid>");
  gst_element_class_add_static_pad_template_with_gtype (element_class,
      &sink_template, gst_snn_probability_view_get_type ());
  gst_element_class_add_static_pad_template_with_gtype (element_class,
      &src_template, GST_TYPE_AGGREGATOR_PAD);

  gst_snn_properties_install (class, &property_table);
  aggregator_class->start = gst_snn_probability_mean_start;
  aggregator_class->aggregate = gst_snn_probability_mean_aggregate;
  aggregator_class->sink_event = gst_snn_probability_mean_sink_event;
  aggregator_class->src_event = gst_snn_probability_mean_src_event;
  aggregator_class->flush = gst_snn_probability_mean_flush;
  aggregator_class->stop = gst_snn_probability_mean_stop;
  aggregator_class->negotiate = gst_snn_probability_mean_negotiate;
}

static void
gst_snn_probability_mean_init (GstSnnProbabilityMean *self)
{
  gst_snn_properties_init (self, &property_table);
}
