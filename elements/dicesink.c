/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-dicesink
 * @title: dicesink
 * @short_description: measures how well predicted masks agree with true ones
 *
 * Takes labelled predictions and measures Dice, and more on request, for each
 * subject in 3D on its volume's own full grid: padding is not counted, and
 * what a crop cut off the true mask counts as not found. Dice of the slices
 * comes with it, and any number of cut-offs in one pass. docs/metrics.md has
 * the definitions.
 *
 * A pass is an epoch's training or evaluation samples, or all that comes
 * before EOS. Its slices may come in any order, with those of other subjects
 * in between. At the end of every pass the report is written
 * (#GstDiceSink:location, #GstDiceSink:csv-location; docs/formats.md).
 *
 * Where a network sends a prediction for every chunk of a sample, the last one
 * counts; with #GstDiceSink:every-chunk the report also says what Dice is after
 * each chunk, so that one pass shows it against time. The buffers of a sample follow each other, and the last is the one
 * with the MARKER flag or, where there are no flags, the one after which comes
 * another sample, the end of the pass or EOS. A slice that comes back later in
 * the same pass is not counted again. Buffers without #GstSnnSampleMeta all
 * count, as planes of one subject called "stream".
 *
 * Element messages, unless #GstDiceSink:silent: "dice" when a subject is
 * complete, with `subject` (string), `epoch` (uint), `evaluate` (boolean),
 * `dice` and the other chosen metrics, `dice-2d` (double); "dice-summary" at
 * the end of a pass, with `epoch`, `evaluate`, `n` (uint), `mean`, `sd` of
 * Dice, `dice-2d`, `dice-2d-sd` (double). Values that are not defined are left
 * out.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 -m phantomsrc subjects=10 subset=test size=32x56x48 ! voxelnormalize mode=zero-mean ! anninference model=ann.nir ! dicesink location=report.json cut-offs="<0.1,0.2,0.3,0.4,0.48,0.6>"
 * ]|
 */
#include "dicesink.h"

#include "base/samplemeta.h"
#include "base/tensors.h"
#include "core/atomic-file.h"
#include "core/error.h"
#include "core/evaluation.h"

GST_DEBUG_CATEGORY_STATIC (gst_dice_sink_debug);
#define GST_CAT_DEFAULT gst_dice_sink_debug

#define DEFAULT_CUT_OFF 0.5
#define DEFAULT_METRICS (1 << SNN_METRIC_DICE | 1 << SNN_METRIC_IOU \
    | 1 << SNN_METRIC_SENSITIVITY | 1 << SNN_METRIC_PRECISION \
    | 1 << SNN_METRIC_VOLUME_DIFFERENCE)
#define DEFAULT_EVERY_CHUNK FALSE
#define DEFAULT_SILENT FALSE

typedef struct
{
  gchar *location;
  gchar *csv_location;
  GArray *cut_offs;             /* double; the main one first */
  guint metrics;
  gboolean every_chunk;
  gboolean silent;
} Settings;

/* Of the last finished pass, readable as properties. */
typedef struct
{
  guint subjects;
  double dice;
  double dice_sd;
  double dice_2d;
  double dice_2d_sd;
} Values;

typedef struct
{
  GstSnnTensors tensors;
  SnnEvaluation *evaluation;
  GstBuffer *held;              /* counts unless its sample goes on */
  gboolean every_chunk;
  guint chunk;                  /* of the last buffer, in its sample */
  gchar *location;              /* the settings of this stream */
  gchar *csv_location;
  gboolean measured;
} State;

struct _GstDiceSink
{
  GstBaseSink parent_instance;

  Settings settings;
  Values values;
  State state;
};

enum
{
  PROP_0,
  PROP_LOCATION,
  PROP_CSV_LOCATION,
  PROP_CUT_OFF,
  PROP_CUT_OFFS,
  PROP_METRICS,
  PROP_EVERY_CHUNK,
  PROP_SILENT,
  PROP_SUBJECTS,
  PROP_DICE,
  PROP_DICE_SD,
  PROP_DICE_2D,
  PROP_DICE_2D_SD,
};

#define GST_TYPE_DICE_SINK_METRICS (gst_dice_sink_metrics_get_type ())
static GType
gst_dice_sink_metrics_get_type (void)
{
  static gsize type = 0;
  static const GFlagsValue values[] = {
    {1 << SNN_METRIC_DICE, "Dice coefficient (always measured)", "dice"},
    {1 << SNN_METRIC_IOU, "Intersection over union, Jaccard index", "iou"},
    {1 << SNN_METRIC_SENSITIVITY, "Part of the true mask that was found",
        "sensitivity"},
    {1 << SNN_METRIC_PRECISION, "Part of the prediction that is true",
        "precision"},
    {1 << SNN_METRIC_VOLUME_DIFFERENCE,
        "Predicted minus true volume, over the true one", "volume-difference"},
    {1 << SNN_METRIC_HD95, "95 % Hausdorff distance of the surfaces, in mm",
        "hd95"},
    {1 << SNN_METRIC_ASSD,
        "Average symmetric distance of the surfaces, in mm", "assd"},
    {0, NULL, NULL},
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type,
        g_flags_register_static ("GstDiceSinkMetrics", values));
  return (GType) type;
}

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_SNN_IMAGE_CAPS));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstDiceSink, gst_dice_sink, GST_TYPE_BASE_SINK,
    GST_DEBUG_CATEGORY_INIT (gst_dice_sink_debug, "dicesink", 0,
        "Dice of predictions"));
GST_ELEMENT_REGISTER_DEFINE (dicesink, "dicesink", GST_RANK_NONE,
    GST_TYPE_DICE_SINK);

static void
set_cut_offs (GArray *cut_offs, const GValue *value)
{
  g_array_set_size (cut_offs, 1);
  for (guint i = 0; i < gst_value_array_get_size (value); i++) {
    double cut_off =
        g_value_get_double (gst_value_array_get_value (value, i));

    g_array_append_val (cut_offs, cut_off);
  }
}

static void
get_cut_offs (const GArray *cut_offs, GValue *value)
{
  for (guint i = 1; i < cut_offs->len; i++) {
    GValue item = G_VALUE_INIT;

    g_value_init (&item, G_TYPE_DOUBLE);
    g_value_set_double (&item, g_array_index (cut_offs, double, i));
    gst_value_array_append_and_take_value (value, &item);
  }
}

static void
gst_dice_sink_set_property (GObject *object, guint id, const GValue *value,
    GParamSpec *pspec)
{
  Settings *settings = &GST_DICE_SINK (object)->settings;

  GST_OBJECT_LOCK (object);
  switch (id) {
    case PROP_LOCATION:
      g_free (settings->location);
      settings->location = g_value_dup_string (value);
      break;
    case PROP_CSV_LOCATION:
      g_free (settings->csv_location);
      settings->csv_location = g_value_dup_string (value);
      break;
    case PROP_CUT_OFF:
      g_array_index (settings->cut_offs, double, 0) =
          g_value_get_double (value);
      break;
    case PROP_CUT_OFFS:
      set_cut_offs (settings->cut_offs, value);
      break;
    case PROP_METRICS:
      settings->metrics = g_value_get_flags (value);
      break;
    case PROP_EVERY_CHUNK:
      settings->every_chunk = g_value_get_boolean (value);
      break;
    case PROP_SILENT:
      settings->silent = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (object);
}

static void
gst_dice_sink_get_property (GObject *object, guint id, GValue *value,
    GParamSpec *pspec)
{
  GstDiceSink *self = GST_DICE_SINK (object);
  const Settings *settings = &self->settings;

  GST_OBJECT_LOCK (object);
  switch (id) {
    case PROP_LOCATION:
      g_value_set_string (value, settings->location);
      break;
    case PROP_CSV_LOCATION:
      g_value_set_string (value, settings->csv_location);
      break;
    case PROP_CUT_OFF:
      g_value_set_double (value, g_array_index (settings->cut_offs, double,
              0));
      break;
    case PROP_CUT_OFFS:
      get_cut_offs (settings->cut_offs, value);
      break;
    case PROP_METRICS:
      g_value_set_flags (value, settings->metrics);
      break;
    case PROP_EVERY_CHUNK:
      g_value_set_boolean (value, settings->every_chunk);
      break;
    case PROP_SILENT:
      g_value_set_boolean (value, settings->silent);
      break;
    case PROP_SUBJECTS:
      g_value_set_uint (value, self->values.subjects);
      break;
    case PROP_DICE:
      g_value_set_double (value, self->values.dice);
      break;
    case PROP_DICE_SD:
      g_value_set_double (value, self->values.dice_sd);
      break;
    case PROP_DICE_2D:
      g_value_set_double (value, self->values.dice_2d);
      break;
    case PROP_DICE_2D_SD:
      g_value_set_double (value, self->values.dice_2d_sd);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (object);
}

static gboolean
is_silent (GstDiceSink *self)
{
  gboolean silent;

  GST_OBJECT_LOCK (self);
  silent = self->settings.silent;
  GST_OBJECT_UNLOCK (self);
  return silent;
}

/* A report that can't be written is better known before a day of training
 * than after it. */
static gboolean
check_folder (GstDiceSink *self, const gchar *location)
{
  g_autofree gchar *folder = NULL;

  if (!location)
    return TRUE;
  folder = g_path_get_dirname (location);
  if (g_file_test (location, G_FILE_TEST_IS_DIR)) {
    GST_ELEMENT_ERROR (self, RESOURCE, OPEN_WRITE,
        ("Can't write a report to %s: it is a folder, and a file was "
            "expected", location), (NULL));
    return FALSE;
  }
  if (!g_file_test (folder, G_FILE_TEST_IS_DIR)) {
    GST_ELEMENT_ERROR (self, RESOURCE, OPEN_WRITE,
        ("Can't write a report to %s: there is no folder %s", location,
            folder), (NULL));
    return FALSE;
  }
  return TRUE;
}

static gboolean
gst_dice_sink_stop (GstBaseSink *sink)
{
  State *state = &GST_DICE_SINK (sink)->state;

  gst_clear_buffer (&state->held);
  g_clear_pointer (&state->evaluation, snn_evaluation_free);
  g_free (state->location);
  g_free (state->csv_location);
  *state = (State) { 0, };
  return TRUE;
}

static gboolean
gst_dice_sink_start (GstBaseSink *sink)
{
  GstDiceSink *self = GST_DICE_SINK (sink);
  State *state = &self->state;

  GST_OBJECT_LOCK (self);
  state->location = g_strdup (self->settings.location);
  state->csv_location = g_strdup (self->settings.csv_location);
  state->every_chunk = self->settings.every_chunk;
  state->evaluation = snn_evaluation_new
      ((const double *) self->settings.cut_offs->data,
      self->settings.cut_offs->len, self->settings.metrics);
  self->values = (Values) { 0, };
  GST_OBJECT_UNLOCK (self);
  if (check_folder (self, state->location)
      && check_folder (self, state->csv_location))
    return TRUE;
  gst_dice_sink_stop (sink);
  return FALSE;
}

static void
set_double (GstStructure *structure, const gchar *name, double value)
{
  if (value == value)
    gst_structure_set (structure, name, G_TYPE_DOUBLE, value, NULL);
}

static GstStructure *
new_structure (GstDiceSink *self, const gchar *name)
{
  gboolean evaluate;
  guint epoch;

  snn_evaluation_pass (self->state.evaluation, &epoch, &evaluate);
  return gst_structure_new (name, "epoch", G_TYPE_UINT, epoch,
      "evaluate", G_TYPE_BOOLEAN, evaluate, NULL);
}

static void
post_subject (const SnnSubjectResult *subject, gpointer data)
{
  GstDiceSink *self = data;
  GstStructure *structure;

  GST_DEBUG_OBJECT (self, "%s: Dice %g", subject->name,
      subject->metric[SNN_METRIC_DICE]);
  if (is_silent (self))
    return;
  structure = new_structure (self, "dice");
  gst_structure_set (structure, "subject", G_TYPE_STRING, subject->name, NULL);
  for (guint m = 0; m < SNN_N_METRICS; m++) {
    g_autofree gchar *name =
        g_strdelimit (g_strdup (snn_metric_name (m)), "_", '-');

    set_double (structure, name, subject->metric[m]);
  }
  set_double (structure, "dice-2d", snn_moments_mean (&subject->cut->slices));
  gst_element_post_message (GST_ELEMENT (self),
      gst_message_new_element (GST_OBJECT (self), structure));
}

static void
post_summary (GstDiceSink *self, const SnnPass *pass)
{
  const SnnPassCut *cut = pass->cut;
  Values values = {
    .subjects = pass->n_subjects,
    .dice = snn_moments_mean (&cut->dice),
    .dice_sd = snn_moments_deviation (&cut->dice),
    .dice_2d = snn_moments_mean (&cut->slices),
    .dice_2d_sd = snn_moments_deviation (&cut->slices),
  };
  GstStructure *structure;

  GST_INFO_OBJECT (self, "epoch %u: Dice %g of %u subjects", pass->epoch,
      values.dice, values.subjects);
  GST_OBJECT_LOCK (self);
  self->values = values;
  GST_OBJECT_UNLOCK (self);
  if (is_silent (self))
    return;
  structure = new_structure (self, "dice-summary");
  gst_structure_set (structure, "n", G_TYPE_UINT, values.subjects, NULL);
  set_double (structure, "mean", values.dice);
  set_double (structure, "sd", values.dice_sd);
  set_double (structure, "dice-2d", values.dice_2d);
  set_double (structure, "dice-2d-sd", values.dice_2d_sd);
  gst_element_post_message (GST_ELEMENT (self),
      gst_message_new_element (GST_OBJECT (self), structure));
}

static gboolean
write_report (GstDiceSink *self, const gchar *location,
    gchar *(*make) (const SnnEvaluation *evaluation))
{
  g_autofree gchar *text = NULL;
  GError *error = NULL;

  if (!location)
    return TRUE;
  text = make (self->state.evaluation);
  if (snn_file_write (location, text, strlen (text), &error))
    return TRUE;
  gst_snn_element_error (GST_ELEMENT (self), error);
  return FALSE;
}

static gboolean
end_pass (GstDiceSink *self)
{
  State *state = &self->state;
  const SnnPass *pass =
      snn_evaluation_finish (state->evaluation, post_subject, self);

  if (!pass)
    return TRUE;
  state->measured = TRUE;
  post_summary (self, pass);
  return write_report (self, state->location, snn_evaluation_to_json)
      && write_report (self, state->csv_location, snn_evaluation_to_csv);
}

/* Makes the pass that a sample or an event belongs to the open one. */
static gboolean
enter_pass (GstDiceSink *self, guint epoch, gboolean evaluate)
{
  gboolean open_evaluate;
  guint open_epoch;

  snn_evaluation_pass (self->state.evaluation, &open_epoch, &open_evaluate);
  if (open_epoch == epoch && !open_evaluate == !evaluate)
    return TRUE;
  if (!end_pass (self))
    return FALSE;
  snn_evaluation_begin (self->state.evaluation, epoch, evaluate);
  return TRUE;
}

static void
describe_slice (const State *state, const GstSnnSampleMeta *meta,
    SnnLabelledSlice *slice)
{
  const GstSnnTensor *tensor = &state->tensors.tensor[0];

  *slice = (SnnLabelledSlice) {
    .width = tensor->width,
    .height = tensor->height,
    .depth = tensor->depth,
  };
  if (!meta || !meta->volume)
    return;
  slice->volume = meta->volume;
  slice->box = meta->box;
  slice->axis = meta->axis;
  slice->index = meta->slice;
  slice->n_slices = meta->n_slices;
}

/* Counts what was predicted after chunk number @chunk, or for the whole sample
 * where that is negative. */
static gboolean
count_buffer (GstDiceSink *self, GstBuffer *buffer, gint chunk)
{
  SnnEvaluation *evaluation = self->state.evaluation;
  const GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);
  GstMemory *memory[2] = { gst_buffer_peek_memory (buffer, 0),
    gst_buffer_peek_memory (buffer, 1)
  };
  SnnLabelledSlice slice;
  const SnnSubjectResult *completed = NULL;
  GError *error = NULL;
  GstMapInfo probability, mask;
  gboolean counted;

  if (meta && !enter_pass (self, meta->epoch,
          meta->flags & GST_SNN_SAMPLE_EVALUATE))
    return FALSE;
  describe_slice (&self->state, meta, &slice);
  if (!gst_memory_map (memory[0], &probability, GST_MAP_READ))
    goto unreadable;
  if (!gst_memory_map (memory[1], &mask, GST_MAP_READ)) {
    gst_memory_unmap (memory[0], &probability);
    goto unreadable;
  }
  slice.probability = (const float *) probability.data;
  slice.mask = mask.data;
  counted = chunk < 0
      ? snn_evaluation_add (evaluation, &slice, &completed, &error)
      : snn_evaluation_add_chunk (evaluation, (guint) chunk, &slice, &error);
  gst_memory_unmap (memory[1], &mask);
  gst_memory_unmap (memory[0], &probability);
  if (!counted) {
    gst_snn_element_error (GST_ELEMENT (self), error);
    return FALSE;
  }
  if (completed)
    post_subject (completed, self);
  return TRUE;

unreadable:
  GST_ELEMENT_ERROR (self, RESOURCE, READ,
      ("A prediction's memory can't be read"), (NULL));
  return FALSE;
}

static gboolean
count_held (GstDiceSink *self)
{
  g_autoptr (GstBuffer) held = g_steal_pointer (&self->state.held);

  return !held || count_buffer (self, held, -1);
}

/* Whether the buffers are of one sample, chunk after chunk. */
static gboolean
same_sample (GstBuffer *a, GstBuffer *b)
{
  const GstSnnSampleMeta *x = gst_buffer_get_snn_sample_meta (a);
  const GstSnnSampleMeta *y = gst_buffer_get_snn_sample_meta (b);
  const guint evaluate = GST_SNN_SAMPLE_EVALUATE;

  return x && y && x->volume && y->volume && x->slice == y->slice
      && x->epoch == y->epoch && (x->flags & evaluate) == (y->flags & evaluate)
      && (x->volume == y->volume
      || (g_strcmp0 (x->volume->subject, y->volume->subject) == 0
          && g_strcmp0 (x->volume->location, y->volume->location) == 0));
}

static GstFlowReturn
gst_dice_sink_render (GstBaseSink *sink, GstBuffer *buffer)
{
  GstDiceSink *self = GST_DICE_SINK (sink);
  State *state = &self->state;
  GError *error = NULL;

  if (!gst_snn_tensors_check_buffer (&state->tensors, buffer, &error)) {
    gst_snn_element_error (GST_ELEMENT (self), error);
    return GST_FLOW_ERROR;
  }
  if (state->held && same_sample (state->held, buffer)) {
    gst_clear_buffer (&state->held);
    state->chunk++;
  } else {
    state->chunk = 0;
  }
  if (!count_held (self) || (state->every_chunk
          && !count_buffer (self, buffer, (gint) state->chunk)))
    return GST_FLOW_ERROR;
  state->held = gst_buffer_ref (buffer);
  if (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_MARKER)
      && !count_held (self))
    return GST_FLOW_ERROR;
  return GST_FLOW_OK;
}

static gboolean
refuse_caps (GstDiceSink *self, const GstCaps *caps, const gchar *why)
{
  GST_ELEMENT_ERROR (self, CORE, NEGOTIATION,
      ("dicesink compares predictions with masks: %s", why),
      ("caps are %" GST_PTR_FORMAT, caps));
  return FALSE;
}

static gboolean
gst_dice_sink_set_caps (GstBaseSink *sink, GstCaps *caps)
{
  GstDiceSink *self = GST_DICE_SINK (sink);
  const GstSnnTensor *p, *t;
  GstSnnTensors tensors;
  GError *error = NULL;

  if (!count_held (self))
    return FALSE;
  if (!gst_snn_tensors_from_caps (&tensors, caps, &error)) {
    gst_snn_element_error (GST_ELEMENT (self), error);
    return FALSE;
  }
  p = &tensors.tensor[0];
  t = &tensors.tensor[1];
  if (tensors.n_tensors < 2)
    return refuse_caps (self, caps, "the stream has no label; give the source "
        "labels, as with label-location of niftisrc");
  if (p->type != SNN_VALUE_FLOAT32 || p->channels != 1 || p->timesteps != 1)
    return refuse_caps (self, caps, "memory 0 is not a probability of one "
        "float32 channel and one timestep, as a network's prediction is");
  if (t->type != SNN_VALUE_UINT8 || t->width != p->width
      || t->height != p->height || t->depth != p->depth || t->channels != 1
      || t->timesteps != 1)
    return refuse_caps (self, caps, "memory 1 is not a uint8 mask of the "
        "prediction's width, height and depth");
  self->state.tensors = tensors;
  return TRUE;
}

static gboolean
handle_epoch (GstDiceSink *self, const GstSnnEpoch *epoch, gboolean end)
{
  if (!count_held (self)
      || !enter_pass (self, epoch->epoch, epoch->evaluate))
    return FALSE;
  return !end || end_pass (self);
}

static gboolean
handle_eos (GstDiceSink *self)
{
  if (!count_held (self) || !end_pass (self))
    return FALSE;
  if (!self->state.measured)
    GST_ELEMENT_WARNING (self, STREAM, FAILED,
        ("The stream ended without a prediction to measure; no report is "
            "written"), (NULL));
  return TRUE;
}

static gboolean
gst_dice_sink_event (GstBaseSink *sink, GstEvent *event)
{
  GstDiceSink *self = GST_DICE_SINK (sink);
  GstSnnEpoch epoch;
  gboolean end, done = TRUE;
  guint open_epoch;
  gboolean open_evaluate;

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_EOS:
      done = handle_eos (self);
      break;
    case GST_EVENT_FLUSH_STOP:
      gst_clear_buffer (&self->state.held);
      snn_evaluation_pass (self->state.evaluation, &open_epoch, &open_evaluate);
      snn_evaluation_begin (self->state.evaluation, open_epoch, open_evaluate);
      break;
    default:
      if (gst_snn_event_parse_epoch (event, &epoch, &end))
        done = handle_epoch (self, &epoch, end);
      break;
  }
  if (!done) {
    gst_event_unref (event);
    return FALSE;
  }
  return GST_BASE_SINK_CLASS (gst_dice_sink_parent_class)->event (sink, event);
}

static void
gst_dice_sink_finalize (GObject *object)
{
  Settings *settings = &GST_DICE_SINK (object)->settings;

  g_free (settings->location);
  g_free (settings->csv_location);
  g_array_unref (settings->cut_offs);
  G_OBJECT_CLASS (gst_dice_sink_parent_class)->finalize (object);
}

static void
install_settings (GObjectClass *class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
      | GST_PARAM_MUTABLE_READY;

  g_object_class_install_property (class, PROP_LOCATION,
      g_param_spec_string ("location", "Location",
          "JSON file that the report is written to at the end of every pass; "
          "written aside and renamed", NULL, flags));
  g_object_class_install_property (class, PROP_CSV_LOCATION,
      g_param_spec_string ("csv-location", "CSV location",
          "CSV file of one line a subject, written like location", NULL,
          flags));
  g_object_class_install_property (class, PROP_CUT_OFF,
      g_param_spec_double ("cut-off", "Cut-off",
          "A voxel belongs to the predicted mask where its probability "
          "exceeds this", 0., 1., DEFAULT_CUT_OFF, flags));
  g_object_class_install_property (class, PROP_CUT_OFFS,
      gst_param_spec_array ("cut-offs", "Cut-offs",
          "Further cut-offs to measure Dice at in the same pass, as in "
          "<0.1,0.2,0.48>",
          g_param_spec_double ("cut-off", "Cut-off", "Probability", 0., 1.,
              DEFAULT_CUT_OFF, flags), flags));
  g_object_class_install_property (class, PROP_METRICS,
      g_param_spec_flags ("metrics", "Metrics",
          "What to measure of each subject at cut-off",
          GST_TYPE_DICE_SINK_METRICS, DEFAULT_METRICS, flags));
  g_object_class_install_property (class, PROP_EVERY_CHUNK,
      g_param_spec_boolean ("every-chunk", "Every chunk",
          "Report Dice after each chunk of the samples, too, where the network "
          "predicts at every chunk", DEFAULT_EVERY_CHUNK, flags));
  g_object_class_install_property (class, PROP_SILENT,
      g_param_spec_boolean ("silent", "Silent",
          "Post no messages of subjects and passes", DEFAULT_SILENT,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
          | GST_PARAM_MUTABLE_PLAYING));
}

static void
install_values (GObjectClass *class)
{
  static const struct
  {
    guint id;
    const gchar *name;
    const gchar *nick;
    const gchar *blurb;
  } values[] = {
    {PROP_DICE, "dice", "Dice",
        "Mean 3D Dice of the subjects of the last finished pass"},
    {PROP_DICE_SD, "dice-sd", "Dice, standard deviation",
        "Sample standard deviation of dice; NaN of one subject"},
    {PROP_DICE_2D, "dice-2d", "2D Dice",
        "Mean Dice of all slices of the last finished pass"},
    {PROP_DICE_2D_SD, "dice-2d-sd", "2D Dice, standard deviation",
        "Sample standard deviation of dice-2d"},
  };
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  g_object_class_install_property (class, PROP_SUBJECTS,
      g_param_spec_uint ("subjects", "Subjects",
          "Number of subjects in the last finished pass", 0, G_MAXUINT, 0,
          flags));
  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    g_object_class_install_property (class, values[i].id,
        g_param_spec_double (values[i].name, values[i].nick, values[i].blurb,
            0., 1., 0., flags));
}

static void
gst_dice_sink_class_init (GstDiceSinkClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);
  GstBaseSinkClass *sink_class = GST_BASE_SINK_CLASS (class);

  object_class->set_property = gst_dice_sink_set_property;
  object_class->get_property = gst_dice_sink_get_property;
  object_class->finalize = gst_dice_sink_finalize;
  install_settings (object_class);
  install_values (object_class);

  sink_class->start = gst_dice_sink_start;
  sink_class->stop = gst_dice_sink_stop;
  sink_class->set_caps = gst_dice_sink_set_caps;
  sink_class->event = gst_dice_sink_event;
  sink_class->render = gst_dice_sink_render;

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_set_static_metadata (element_class,
      "Dice of predictions", "Sink/Analyzer",
      "Measures the agreement of predicted with true masks, by subject",
      "gst-snn developers <developers@gst-snn.invalid>");
  gst_type_mark_as_plugin_api (GST_TYPE_DICE_SINK_METRICS, 0);
}

static void
gst_dice_sink_init (GstDiceSink *self)
{
  const double cut_off = DEFAULT_CUT_OFF;

  self->settings.cut_offs = g_array_new (FALSE, FALSE, sizeof (double));
  g_array_append_val (self->settings.cut_offs, cut_off);
  self->settings.metrics = DEFAULT_METRICS;
  self->settings.every_chunk = DEFAULT_EVERY_CHUNK;
  self->settings.silent = DEFAULT_SILENT;
  gst_base_sink_set_sync (GST_BASE_SINK (self), FALSE);
}
