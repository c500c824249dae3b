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
 * after each chunk, so that one pass shows it against time. The buffers of a
 * sample follow each other, and the last is the one with the MARKER flag or, where
 * there are no flags, the one after which comes another sample, the end of the
 * pass or EOS. A slice that comes back later in the same pass is not counted
 * again. Buffers without #GstSnnSampleMeta all count, as planes of one subject
 * called "stream".
 *
 * Where labels are of several classes (the property labels of the sources), the
 * most probable class of a voxel is its prediction, and Dice and all else is
 * measured of each class: values of a subject are then the means of its classes,
 * and the report, the CSV file and the messages have each class as well.
 *
 * Element messages, unless #GstSnnDiceSink:silent: "dice" when a subject is
 * complete, with `subject` (string), `samples` and `expected` (uint; slices that
 * came and that it has, 0: not known), `epoch` (uint), `evaluate` (boolean),
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

#include <gst/snn/model.h>
#include <gst/snn/properties.h>
#include <string.h>

#include <snn/base/atomic-file.h>
#include <snn/base/text.h>
#include <snn/measure/evaluation.h>

GST_DEBUG_CATEGORY_STATIC (gst_snn_dice_sink_debug);
#define GST_CAT_DEFAULT gst_snn_dice_sink_debug

#define DEFAULT_METRICS (1 << SNN_METRIC_DICE | 1 << SNN_METRIC_IOU \
    | 1 << SNN_METRIC_SENSITIVITY | 1 << SNN_METRIC_PRECISION \
    | 1 << SNN_METRIC_VOLUME_DIFFERENCE)

typedef struct
{
  gchar *csv_location;
  double cut_off;
  GArray *cut_offs;             /* double; further ones */
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
  Settings settings;            /* as they were when the stream started */
} State;

struct _GstSnnDiceSink
{
  GstSnnMeasureSink parent_instance;

  Settings settings;
  Values values;
  State state;
};

static
G_DEFINE_FLAGS_TYPE (GstSnnDiceSinkMetrics, gst_snn_dice_sink_metrics,
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
    {1 << SNN_METRIC_CALIBRATION_ERROR, "Expected calibration error: how far the "
          "probabilities are from how often they are right", "calibration-error"})

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_SNN_IMAGE_CAPS));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstSnnDiceSink, gst_snn_dice_sink,
    GST_TYPE_SNN_MEASURE_SINK,
    GST_DEBUG_CATEGORY_INIT (gst_snn_dice_sink_debug, "dicesink", 0,
        "Dice of predictions"));
GST_ELEMENT_REGISTER_DEFINE (dicesink, "dicesink", GST_RANK_NONE,
    GST_TYPE_SNN_DICE_SINK);

static gpointer
settings_of (gpointer object)
{
  return &GST_SNN_DICE_SINK (object)->settings;
}

static const GstSnnProperty properties[] = {
  {"csv-location", "CSV location",
      "CSV file of one line a subject, written like location; with tabs where "
      "its name ends in .tsv",
      GST_SNN_STRING, GST_SNN_AT (Settings, csv_location)},
  {"cut-off", "Cut-off",
      "A voxel belongs to the predicted mask where its probability exceeds "
      "this",
      GST_SNN_DOUBLE, GST_SNN_AT (Settings, cut_off), .max = 1.,
      .fallback = 0.5},
  {"cut-offs", "Cut-offs",
      "Further cut-offs to measure Dice at in the same pass, as in "
      "<0.1,0.2,0.48>",
      GST_SNN_DOUBLES, GST_SNN_AT (Settings, cut_offs),
      .max = 1., .fallback = 0.5},
  {"metrics", "Metrics",
      "What to measure of each subject at cut-off",
      GST_SNN_FLAGS, GST_SNN_AT (Settings, metrics),
      .get_type = gst_snn_dice_sink_metrics_get_type,
      .fallback = DEFAULT_METRICS},
  {"every-chunk", "Every chunk",
      "Report Dice after each chunk of the samples, too, where the network "
      "predicts at every chunk",
      GST_SNN_BOOLEAN, GST_SNN_AT (Settings, every_chunk)},
  {"silent", "Silent",
      "Post no messages of subjects and passes",
      GST_SNN_BOOLEAN, GST_SNN_AT (Settings, silent),
      .mutability = GST_PARAM_MUTABLE_PLAYING},
};

static const GstSnnPropertyTable property_table =
    GST_SNN_TABLE (properties, Settings, settings_of, NULL);

static gpointer
values_of (gpointer object)
{
  return &GST_SNN_DICE_SINK (object)->values;
}

static const GstSnnProperty results[] = {
  {"subjects", "Subjects",
      "Number of subjects in the last finished pass",
      GST_SNN_UINT, GST_SNN_AT (Values, subjects), .read_only = TRUE},
  {"dice", "Dice",
      "Mean 3D Dice of the subjects of the last finished pass",
      GST_SNN_DOUBLE, GST_SNN_AT (Values, dice), .max = 1., .read_only = TRUE},
  {"dice-sd", "Dice, standard deviation",
      "Sample standard deviation of dice; NaN of one subject",
      GST_SNN_DOUBLE, GST_SNN_AT (Values, dice_sd), .read_only = TRUE},
  {"dice-2d", "2D Dice",
      "Mean Dice of all slices of the last finished pass",
      GST_SNN_DOUBLE, GST_SNN_AT (Values, dice_2d), .max = 1.,
      .read_only = TRUE},
  {"dice-2d-sd", "2D Dice, standard deviation",
      "Sample standard deviation of dice-2d; NaN of one slice",
      GST_SNN_DOUBLE, GST_SNN_AT (Values, dice_2d_sd), .read_only = TRUE},
};

static const GstSnnPropertyTable result_table =
    GST_SNN_TABLE (results, Values, values_of, NULL);

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
  gst_snn_properties_clear (&property_table, &state->settings);
  *state = (State) { 0, };
}

static gboolean
gst_snn_dice_sink_start (GstSnnMeasureSink *sink)
{
  GstSnnDiceSink *self = GST_SNN_DICE_SINK (sink);
  State *state = &self->state;
  const Settings *settings = &state->settings;
  g_autoptr (GArray) cut_offs = g_array_new (FALSE, FALSE, sizeof (double));

  if (!gst_snn_properties_start (self, &property_table, &state->settings))
    return FALSE;
  /* The main one comes first. */
  g_array_append_val (cut_offs, settings->cut_off);
  if (settings->cut_offs)
    g_array_append_vals (cut_offs, settings->cut_offs->data,
        settings->cut_offs->len);
  state->evaluation = snn_evaluation_new ((const double *) cut_offs->data,
      cut_offs->len, settings->metrics);
  GST_OBJECT_LOCK (self);
  self->values = (Values) { 0, };
  GST_OBJECT_UNLOCK (self);
  return gst_snn_measure_sink_claim_file (sink, settings->csv_location);
}

static void
set_double (GstStructure *structure, const gchar *name, double value)
{
  if (value == value)
    gst_structure_set (structure, name, G_TYPE_DOUBLE, value, NULL);
}

/* Values that classes have in files. */
static void
set_class_values (GstStructure *structure, const SnnClasses *classes)
{
  GValue array = G_VALUE_INIT, value = G_VALUE_INIT;

  gst_value_array_init (&array, classes->n);
  g_value_init (&value, G_TYPE_INT);
  for (guint c = 0; c < classes->n; c++) {
    g_value_set_int (&value, classes->values[c]);
    gst_value_array_append_value (&array, &value);
  }
  gst_structure_take_value (structure, "classes", &array);
}

static void
set_doubles (GstStructure *structure, const gchar *name, guint n,
    const double *values, gsize stride)
{
  GValue array = G_VALUE_INIT;

  gst_value_array_init (&array, n);
  for (guint i = 0; i < n; i++)
    gst_snn_append_double (&array, values[i * stride]);
  gst_structure_take_value (structure, name, &array);
}

/* What a subject's classes are, where there are several. */
static void
set_classes (GstSnnDiceSink *self, GstStructure *structure,
    const SnnSubjectResult *subject)
{
  const SnnEvaluation *of_class =
      snn_evaluation_of_class (self->state.evaluation, 0);

  if (!of_class)
    return;
  set_class_values (structure,
      snn_evaluation_classes (self->state.evaluation));
  for (guint m = 0; m < SNN_N_METRICS; m++) {
    g_autofree gchar *name =
        g_strdelimit (g_strconcat ("class-", snn_metric_name (m), NULL), "_",
        '-');

    if (snn_evaluation_metrics (of_class) & 1 << m)
      set_doubles (structure, name, subject->n_classes,
          subject->class_metric + m, SNN_N_METRICS);
  }
}

/* The same of the pass that has just ended. */
static void
set_class_means (GstSnnDiceSink *self, GstStructure *structure)
{
  const SnnEvaluation *evaluation = self->state.evaluation;
  const SnnClasses *classes = snn_evaluation_classes (evaluation);
  double means[SNN_CLASSES_MAX], deviations[SNN_CLASSES_MAX];
  const SnnEvaluation *one;
  guint n = 0;

  for (; (one = snn_evaluation_of_class (evaluation, n)); n++) {
    const SnnPass *pass = snn_evaluation_get_pass (one,
        snn_evaluation_n_passes (one) - 1);

    means[n] = snn_moments_mean (&pass->cut->dice);
    deviations[n] = snn_moments_deviation (&pass->cut->dice);
  }
  if (n == 0)
    return;
  set_class_values (structure, classes);
  set_doubles (structure, "class-mean", n, means, 1);
  set_doubles (structure, "class-sd", n, deviations, 1);
}

static void
post_subject (const SnnSubjectResult *subject, gpointer data)
{
  GstSnnDiceSink *self = data;
  g_autofree gchar *valid = snn_text_valid (subject->name);
  GstStructure *structure;

  GST_DEBUG_OBJECT (self, "%s: Dice %g", subject->name,
      subject->metric[SNN_METRIC_DICE]);
  if (subject->n_samples < subject->n_expected)
    GST_SNN_ELEMENT_WARNING (self, STREAM, FAILED,
        ("Only %u of %u slices of %s have come; what is measured is measured "
            "on these", subject->n_samples, subject->n_expected,
            subject->name), (NULL));
  if (is_silent (self))
    return;
  structure = gst_structure_new ("dice", "subject", G_TYPE_STRING, valid,
      "samples", G_TYPE_UINT, subject->n_samples,
      "expected", G_TYPE_UINT, subject->n_expected, NULL);
  for (guint m = 0; m < SNN_N_METRICS; m++) {
    g_autofree gchar *name =
        g_strdelimit (g_strdup (snn_metric_name (m)), "_", '-');

    set_double (structure, name, subject->metric[m]);
  }
  set_double (structure, "dice-2d", snn_moments_mean (&subject->cut->slices));
  set_classes (self, structure, subject);
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
  gst_snn_properties_notify (self, &result_table);
  if (is_silent (self))
    return;
  structure = gst_structure_new ("dice-summary", "n", G_TYPE_UINT,
      values.subjects, NULL);
  set_double (structure, "mean", values.dice);
  set_double (structure, "sd", values.dice_sd);
  set_double (structure, "dice-2d", values.dice_2d);
  set_double (structure, "dice-2d-sd", values.dice_2d_sd);
  set_class_means (self, structure);
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

  if (!state->settings.csv_location)
    return TRUE;
  text = snn_evaluation_to_table (state->evaluation,
      state->settings.csv_location, FALSE);
  return snn_file_write (state->settings.csv_location, text, strlen (text),
      error);
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

/* Tells the evaluation what the stream is of. */
static gboolean
use_classes (GstSnnMeasureSink *sink, GError **error)
{
  const State *state = &GST_SNN_DICE_SINK (sink)->state;
  const SnnClasses *classes = &gst_snn_measure_sink_tensors (sink)->classes;

  if (snn_classes_equal (classes, snn_evaluation_classes (state->evaluation)))
    return TRUE;
  if (classes->n > 1 && (state->settings.cut_off != 0.5
          || (state->settings.cut_offs && state->settings.cut_offs->len > 0)))
    GST_SNN_ELEMENT_WARNING (sink, RESOURCE, SETTINGS, ("cut-off and cut-offs are of "
            "masks, and are not looked at: of several classes the most probable "
            "one is taken"), (NULL));
  return snn_evaluation_set_classes (state->evaluation, classes, error);
}

static gboolean
gst_snn_dice_sink_count (GstSnnMeasureSink *sink,
    const GstSnnMeasurement *measurement, GError **error)
{
  const SnnSubjectResult *completed = NULL;
  SnnLabelledSlice slice;

  describe_slice (sink, measurement, &slice);
  if (!use_classes (sink, error))
    return FALSE;
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

  if (!state->settings.every_chunk)
    return TRUE;
  describe_slice (sink, measurement, &slice);
  return use_classes (sink, error)
      && snn_evaluation_add_chunk (state->evaluation, chunk, &slice, error);
}

static gboolean
gst_snn_dice_sink_same_sample (const GstSnnSampleMeta *a,
    const GstSnnSampleMeta *b)
{
  return a->volume && b->volume && a->slice == b->slice
      && snn_volume_info_same (a->volume, b->volume);
}

static const gchar *
gst_snn_dice_sink_refusal (GstSnnMeasureSink *sink,
    const GstSnnTensors *tensors)
{
  const GstSnnTensor *p = &tensors->tensor[0], *t = &tensors->tensor[1];

  if (p->type != SNN_VALUE_FLOAT32 || p->timesteps != 1
      || p->channels != snn_classes_n_outputs (&tensors->classes))
    return "memory 0 is not a probability of one float32 channel and one "
        "timestep, as a network's prediction is, or of one for each class and "
        "the background, as the field classes of the caps would say";
  if (t->type != SNN_VALUE_UINT8 || t->width != p->width
      || t->height != p->height || t->depth != p->depth || t->channels != 1
      || t->timesteps != 1)
    return "memory 1 is not a uint8 mask of the prediction's width, height and "
        "depth";
  return NULL;
}

static void
gst_snn_dice_sink_class_init (GstSnnDiceSinkClass *class)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);
  GstSnnMeasureSinkClass *sink_class = GST_SNN_MEASURE_SINK_CLASS (class);

  gst_snn_properties_install (class, &property_table);
  gst_snn_properties_install (class, &result_table);

  gst_element_class_set_static_metadata (element_class,
      "Dice sink", "Sink/Analyzer/Tensor",
      "Measures the agreement of predicted with true masks, by subject",
      "gst-snn developers <developers@gst-snn.invalid>");
  gst_element_class_add_static_pad_template (element_class, &sink_template);
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
}

static void
gst_snn_dice_sink_init (GstSnnDiceSink *self)
{
  gst_snn_properties_init (self, &property_table);
  gst_snn_properties_init (self, &result_table);
}
