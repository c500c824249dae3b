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

#include "probabilityview.h"
#include "voxelstatistic.h"

GST_DEBUG_CATEGORY_STATIC (gst_snn_probability_mean_debug);
#define GST_CAT_DEFAULT gst_snn_probability_mean_debug

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

static GstFlowReturn
take (GstSnnProbabilityMean *self, GstSnnProbabilityView *view,
    GstBuffer *popped)
{
  g_autoptr (GstBuffer) buffer = popped;
  GstFlowReturn flow = gst_snn_element_take_buffer (GST_ELEMENT (self),
      &view->tensors, &view->facts, &buffer);
  GError *error = NULL;

  if (flow != GST_FLOW_OK)
    return flow;
  if (!gst_snn_probability_view_add (view, buffer, &error)) {
    gst_snn_element_error (GST_ELEMENT (self), error);
    return GST_FLOW_ERROR;
  }
  return GST_FLOW_OK;
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
  /* The volume's memory is as large as the caps of its first slice said. */
  if (!error && view->n_slices > 0
      && !gst_snn_tensors_equal (&tensors, &view->tensors))
    g_set_error (&error, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT,
        "%s: the caps change after %u of %u slices of %s; expected the same for "
        "all of a volume", GST_PAD_NAME (view), view->n_received, view->n_slices,
        gst_snn_probability_view_subject (view));
  if (error) {
    gst_snn_element_refuse_caps (GST_ELEMENT (self), caps, error);
    /* The base class goes on with what is queued behind them. */
    view->tensors.n_tensors = 0;
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
    gst_snn_probability_view_clear_volume (view);
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
    if (!gst_snn_probability_view_check (first,
            view_of (g_ptr_array_index (views, v)), &error)) {
      gst_snn_element_error (GST_ELEMENT (self), error);
      return GST_FLOW_ERROR;
    }
  GST_LOG_OBJECT (self, "%s: %u views", gst_snn_probability_view_subject (first),
      views->len);
  summarise (self, views);
  for (guint i = 0; i < first->slices->len && flow == GST_FLOW_OK; i++)
    flow = gst_aggregator_finish_buffer (GST_AGGREGATOR (self),
        gst_snn_probability_view_cut (first, g_ptr_array_index (first->slices, i)));
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

    if (eos && view->n_slices > 0 && !gst_snn_probability_view_is_whole (view)) {
      GST_SNN_ELEMENT_ERROR (self, STREAM, FAILED, ("%s ended after %u of %u "
              "slices of %s", GST_PAD_NAME (view), view->n_received,
              view->n_slices, gst_snn_probability_view_subject (view)), (NULL));
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
            gst_snn_probability_view_subject (left)), (NULL));
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
    if (!gst_snn_probability_view_is_whole (view)) {
      GstBuffer *buffer =
          gst_aggregator_pad_pop_buffer (GST_AGGREGATOR_PAD (view));
      GstFlowReturn flow = buffer ? take (self, view, buffer) : GST_FLOW_OK;

      if (flow != GST_FLOW_OK)
        return flow;
    }
    whole = whole && gst_snn_probability_view_is_whole (view);
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
      if (gst_snn_probability_view_is_whole (view)) {
        g_queue_push_tail (&view->held, event);
        return TRUE;
      }
      return take_event (self, view, event);
    case GST_EVENT_GAP:
      /* The base class would make an empty buffer of it, which is no sample. */
      gst_event_unref (event);
      return TRUE;
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
    gst_snn_probability_view_clear (view_of (g_ptr_array_index (views, v)));
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

    gst_snn_probability_view_clear (view);
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

  gst_snn_properties_install (class, &property_table);

  gst_element_class_set_static_metadata (element_class,
      "Mean of probabilities", "Filter/Effect/Tensor",
      "Averages what several networks, or views of a volume, predict, or says "
      "where they disagree",
      "gst-snn developers <developers@gst-snn.invalid>");
  gst_element_class_add_static_pad_template_with_gtype (element_class,
      &sink_template, gst_snn_probability_view_get_type ());
  gst_element_class_add_static_pad_template_with_gtype (element_class,
      &src_template, GST_TYPE_AGGREGATOR_PAD);
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
