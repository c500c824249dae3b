/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-dicesink
 * @title: dicesink
 * @short_description: measures how well predicted masks agree with true ones
 * @see_also: anninference, snninference, accuracysink
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
 * (#GstSnnDiceSink:location, #GstSnnDiceSink:csv-location; docs/formats.md).
 *
 * Where a network sends a prediction for every chunk of a sample, the last one
 * counts; with #GstSnnDiceSink:every-chunk the report also says what Dice is
 * after
 * each chunk, so that one pass shows it against time. The buffers of a sample
 * follow each other, and the last is the one with the MARKER flag or, where
 * there are no flags, the one after which comes another sample, the end of the
 * pass or EOS. A slice that comes back later in the same pass is not counted
 * again. Buffers without #GstSnnSampleMeta all count, as planes of one subject
 * called "stream".
 *
 * Element messages, unless #GstSnnDiceSink:silent: "dice" when a subject is
 * complete, with `subject` (string), `epoch` (uint), `evaluate` (boolean),
 * `dice` and the other chosen metrics, `dice-2d` (double); "dice-summary" at
 * the end of a pass, with `epoch`, `evaluate`, `n` (uint), `mean`, `sd` of
 * Dice, `dice-2d`, `dice-2d-sd` (double). Values that are not defined are left
 * out.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 -m phantomsrc subjects=10 subset=test size=32x56x48 ! \
 *   voxelnormalize mode=zero-mean ! anninference model=ann.nir ! \
 *   dicesink location=report.json cut-offs="<0.1,0.2,0.3,0.4,0.48,0.6>"
 * ]|
 */
#include "dicesink.h"

#include <string.h>

#include <snn/base/atomic-file.h>
#include <snn/measure/evaluation.h>

GST_DEBUG_CATEGORY_STATIC (gst_snn_dice_sink_debug);
#define GST_CAT_DEFAULT gst_snn_dice_sink_debug

#define DEFAULT_CUT_OFF 0.5
#define DEFAULT_METRICS (1 << SNN_METRIC_DICE | 1 << SNN_METRIC_IOU \
    | 1 << SNN_METRIC_SENSITIVITY | 1 << SNN_METRIC_PRECISION \
    | 1 << SNN_METRIC_VOLUME_DIFFERENCE)
#define DEFAULT_EVERY_CHUNK FALSE
#define DEFAULT_SILENT FALSE

typedef struct
{
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
  SnnEvaluation *evaluation;
  gboolean every_chunk;         /* the settings of this stream */
  gchar *csv_location;
} State;

struct _GstSnnDiceSink
{
  GstSnnMeasureSink parent_instance;

  Settings settings;
  Values values;
  State state;
};

enum
{
  PROP_0,
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

#define GST_TYPE_SNN_DICE_SINK_METRICS (gst_snn_dice_sink_metrics_get_type ())
static GType
gst_snn_dice_sink_metrics_get_type (void)
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
        g_flags_register_static ("GstSnnDiceSinkMetrics", values));
  return (GType) type;
}

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_SNN_IMAGE_CAPS));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstSnnDiceSink, gst_snn_dice_sink,
    GST_TYPE_SNN_MEASURE_SINK,
    GST_DEBUG_CATEGORY_INIT (gst_snn_dice_sink_debug, "dicesink", 0,
        "Dice of predictions"));
GST_ELEMENT_REGISTER_DEFINE (dicesink, "dicesink", GST_RANK_NONE,
    GST_TYPE_SNN_DICE_SINK);

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
gst_snn_dice_sink_set_property (GObject *object, guint id, const GValue *value,
    GParamSpec *pspec)
{
  Settings *settings = &GST_SNN_DICE_SINK (object)->settings;

  GST_OBJECT_LOCK (object);
  switch (id) {
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
gst_snn_dice_sink_get_property (GObject *object, guint id, GValue *value,
    GParamSpec *pspec)
{
  GstSnnDiceSink *self = GST_SNN_DICE_SINK (object);
  const Settings *settings = &self->settings;

  GST_OBJECT_LOCK (object);
  switch (id) {
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
is_silent (GstSnnDiceSink *self)
{
  gboolean silent;

  GST_OBJECT_LOCK (self);
  silent = self->settings.silent;
  GST_OBJECT_UNLOCK (self);
  return silent;
}

static void
gst_snn_dice_sink_stop (GstSnnMeasureSink *sink)
{
  State *state = &GST_SNN_DICE_SINK (sink)->state;

  g_clear_pointer (&state->evaluation, snn_evaluation_free);
  g_free (state->csv_location);
  *state = (State) { 0, };
}

static gboolean
gst_snn_dice_sink_start (GstSnnMeasureSink *sink)
{
  GstSnnDiceSink *self = GST_SNN_DICE_SINK (sink);
  State *state = &self->state;

  GST_OBJECT_LOCK (self);
  state->csv_location = g_strdup (self->settings.csv_location);
  state->every_chunk = self->settings.every_chunk;
  state->evaluation = snn_evaluation_new
      ((const double *) self->settings.cut_offs->data,
      self->settings.cut_offs->len, self->settings.metrics);
  self->values = (Values) { 0, };
  GST_OBJECT_UNLOCK (self);
  return gst_snn_measure_sink_check_file (sink, state->csv_location);
}

static void
set_double (GstStructure *structure, const gchar *name, double value)
{
  if (value == value)
    gst_structure_set (structure, name, G_TYPE_DOUBLE, value, NULL);
}

static void
post_subject (const SnnSubjectResult *subject, gpointer data)
{
  GstSnnDiceSink *self = data;
  GstStructure *structure;

  GST_DEBUG_OBJECT (self, "%s: Dice %g", subject->name,
      subject->metric[SNN_METRIC_DICE]);
  if (is_silent (self))
    return;
  structure = gst_structure_new ("dice", "subject", G_TYPE_STRING,
      subject->name, NULL);
  for (guint m = 0; m < SNN_N_METRICS; m++) {
    g_autofree gchar *name =
        g_strdelimit (g_strdup (snn_metric_name (m)), "_", '-');

    set_double (structure, name, subject->metric[m]);
  }
  set_double (structure, "dice-2d", snn_moments_mean (&subject->cut->slices));
  gst_snn_measure_sink_post (GST_SNN_MEASURE_SINK (self), structure);
}

static void
post_summary (GstSnnDiceSink *self, const SnnPass *pass)
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
  structure = gst_structure_new ("dice-summary", "n", G_TYPE_UINT,
      values.subjects, NULL);
  set_double (structure, "mean", values.dice);
  set_double (structure, "sd", values.dice_sd);
  set_double (structure, "dice-2d", values.dice_2d);
  set_double (structure, "dice-2d-sd", values.dice_2d_sd);
  gst_snn_measure_sink_post (GST_SNN_MEASURE_SINK (self), structure);
}

static gboolean
gst_snn_dice_sink_end_pass (GstSnnMeasureSink *sink)
{
  GstSnnDiceSink *self = GST_SNN_DICE_SINK (sink);
  const SnnPass *pass =
      snn_evaluation_finish (self->state.evaluation, post_subject, self);

  if (pass)
    post_summary (self, pass);
  return pass != NULL;
}

static void
gst_snn_dice_sink_begin_pass (GstSnnMeasureSink *sink, guint epoch,
    gboolean evaluate)
{
  snn_evaluation_begin (GST_SNN_DICE_SINK (sink)->state.evaluation, epoch,
      evaluate);
}

static gchar *
gst_snn_dice_sink_report (GstSnnMeasureSink *sink)
{
  return snn_evaluation_to_json (GST_SNN_DICE_SINK (sink)->state.evaluation);
}

static gboolean
gst_snn_dice_sink_write (GstSnnMeasureSink *sink, GError **error)
{
  const State *state = &GST_SNN_DICE_SINK (sink)->state;
  g_autofree gchar *text = NULL;

  if (!state->csv_location)
    return TRUE;
  text = snn_evaluation_to_csv (state->evaluation);
  return snn_file_write (state->csv_location, text, strlen (text), error);
}

static void
describe_slice (GstSnnMeasureSink *sink, const GstSnnMeasurement *measurement,
    SnnLabelledSlice *slice)
{
  const GstSnnTensor *tensor = &gst_snn_measure_sink_tensors (sink)->tensor[0];
  const GstSnnSampleMeta *meta = measurement->meta;

  *slice = (SnnLabelledSlice) {
    .width = tensor->width,
    .height = tensor->height,
    .depth = tensor->depth,
    .probability = measurement->prediction,
    .mask = measurement->label,
  };
  if (!meta || !meta->volume)
    return;
  slice->volume = meta->volume;
  slice->box = meta->box;
  slice->axis = meta->axis;
  slice->index = meta->slice;
  slice->n_slices = meta->n_slices;
}

static gboolean
gst_snn_dice_sink_count (GstSnnMeasureSink *sink,
    const GstSnnMeasurement *measurement,
    GError **error)
{
  const SnnSubjectResult *completed = NULL;
  SnnLabelledSlice slice;

  describe_slice (sink, measurement, &slice);
  if (!snn_evaluation_add (GST_SNN_DICE_SINK (sink)->state.evaluation, &slice,
          &completed, error))
    return FALSE;
  if (completed)
    post_subject (completed, sink);
  return TRUE;
}

static gboolean
gst_snn_dice_sink_count_chunk (GstSnnMeasureSink *sink,
    const GstSnnMeasurement *measurement, guint chunk, GError **error)
{
  const State *state = &GST_SNN_DICE_SINK (sink)->state;
  SnnLabelledSlice slice;

  if (!state->every_chunk)
    return TRUE;
  describe_slice (sink, measurement, &slice);
  return snn_evaluation_add_chunk (state->evaluation, chunk, &slice, error);
}

static gboolean
gst_snn_dice_sink_same_sample (const GstSnnSampleMeta *a,
    const GstSnnSampleMeta *b)
{
  return a->volume && b->volume && a->slice == b->slice
      && (a->volume == b->volume
      || (g_strcmp0 (a->volume->subject, b->volume->subject) == 0
          && g_strcmp0 (a->volume->location, b->volume->location) == 0));
}

static const gchar *
gst_snn_dice_sink_refusal (GstSnnMeasureSink *sink,
    const GstSnnTensors *tensors)
{
  const GstSnnTensor *p = &tensors->tensor[0], *t = &tensors->tensor[1];

  if (p->type != SNN_VALUE_FLOAT32 || p->channels != 1 || p->timesteps != 1)
    return "memory 0 is not a probability of one float32 channel and one "
        "timestep, as a network's prediction is";
  if (t->type != SNN_VALUE_UINT8 || t->width != p->width
      || t->height != p->height || t->depth != p->depth || t->channels != 1
      || t->timesteps != 1)
    return "memory 1 is not a uint8 mask of the prediction's width, height and "
        "depth";
  return NULL;
}

static void
gst_snn_dice_sink_finalize (GObject *object)
{
  Settings *settings = &GST_SNN_DICE_SINK (object)->settings;

  g_free (settings->csv_location);
  g_array_unref (settings->cut_offs);
  G_OBJECT_CLASS (gst_snn_dice_sink_parent_class)->finalize (object);
}

static void
install_settings (GObjectClass *class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
      | GST_PARAM_MUTABLE_READY;

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
          GST_TYPE_SNN_DICE_SINK_METRICS, DEFAULT_METRICS, flags));
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
        "Sample standard deviation of dice-2d; NaN of one slice"},
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
gst_snn_dice_sink_class_init (GstSnnDiceSinkClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);
  GstSnnMeasureSinkClass *sink_class = GST_SNN_MEASURE_SINK_CLASS (class);

  object_class->set_property = gst_snn_dice_sink_set_property;
  object_class->get_property = gst_snn_dice_sink_get_property;
  object_class->finalize = gst_snn_dice_sink_finalize;
  install_settings (object_class);
  install_values (object_class);

  sink_class->start = gst_snn_dice_sink_start;
  sink_class->stop = gst_snn_dice_sink_stop;
  sink_class->refusal = gst_snn_dice_sink_refusal;
  sink_class->same_sample = gst_snn_dice_sink_same_sample;
  sink_class->begin_pass = gst_snn_dice_sink_begin_pass;
  sink_class->end_pass = gst_snn_dice_sink_end_pass;
  sink_class->count = gst_snn_dice_sink_count;
  sink_class->count_chunk = gst_snn_dice_sink_count_chunk;
  sink_class->report = gst_snn_dice_sink_report;
  sink_class->write = gst_snn_dice_sink_write;

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_set_static_metadata (element_class,
      "Dice sink", "Sink/Analyzer/Tensor",
      "Measures the agreement of predicted with true masks, by subject",
      "gst-snn developers <developers@gst-snn.invalid>");
  gst_type_mark_as_plugin_api (GST_TYPE_SNN_DICE_SINK_METRICS, 0);
}

static void
gst_snn_dice_sink_init (GstSnnDiceSink *self)
{
  const double cut_off = DEFAULT_CUT_OFF;

  self->settings.cut_offs = g_array_new (FALSE, FALSE, sizeof (double));
  g_array_append_val (self->settings.cut_offs, cut_off);
  self->settings.metrics = DEFAULT_METRICS;
  self->settings.every_chunk = DEFAULT_EVERY_CHUNK;
  self->settings.silent = DEFAULT_SILENT;
}
