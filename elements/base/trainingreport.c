/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trainingreport.h"

#include <snn/run/probability.h>
#include "model.h"

#define POST_INTERVAL (G_USEC_PER_SEC / 4)
#define CUT_OFF 0.5

void
gst_snn_training_report_begin (GstSnnTrainingReport *report,
    const GstSnnEpoch *epoch, guint batch_size)
{
  const gint64 now = g_get_monotonic_time ();

  *report = (GstSnnTrainingReport) {
    .epoch = *epoch,
    .output = report->output,
    .n_batches = epoch->n_samples / batch_size
        + (epoch->n_samples % batch_size > 0),
    .n_run_batches = report->n_run_batches,
    .warned = report->warned,
    .run_began = report->run_began ? report->run_began : now,
    .epoch_began = now,
    .posted = report->posted,
  };
}

void
gst_snn_training_report_count (GstSnnTrainingReport *report,
    const float *probability, SnnShape output, const guint8 *label)
{
  report->output = output;
  if (snn_loss_classifies (output))
    report->n_right += snn_largest (probability, output.channels, 1, 0)
        == *label;
  else
    snn_overlaps_count (&report->overlaps, output.channels, probability, label,
        snn_shape_rows (output) * output.width, CUT_OFF);
}

/* Seconds until the last epoch is done, by what a batch took so far. */
static double
remaining_seconds (const GstSnnTrainingReport *report)
{
  double elapsed = (double) (g_get_monotonic_time () - report->run_began)
      / G_USEC_PER_SEC;
  double left;

  if (report->epoch.epochs == 0 || report->batch > report->n_batches)
    return -1.;
  left = (double) (report->epoch.epochs - report->epoch.epoch)
      * report->n_batches - report->batch;
  return elapsed / (double) report->n_run_batches * left;
}

static GstStructure *
new_structure (const GstSnnTrainingReport *report, const gchar *name,
    double loss)
{
  gboolean classifier = snn_loss_classifies (report->output);

  return gst_structure_new (name,
      "epoch", G_TYPE_UINT, report->epoch.epoch,
      "epochs", G_TYPE_UINT, report->epoch.epochs,
      "loss", G_TYPE_DOUBLE, loss,
      classifier ? "accuracy" : "dice", G_TYPE_DOUBLE, classifier
      ? (double) report->n_right / MAX (report->n_samples, 1)
      : snn_overlaps_metric (&report->overlaps, SNN_METRIC_DICE), NULL);
}

static void
post (GstElement *element, GstStructure *structure)
{
  gst_element_post_message (element,
      gst_message_new_element (GST_OBJECT (element), structure));
}

void
gst_snn_training_report_batch (GstSnnTrainingReport *report,
    GstElement *element, guint n, double loss)
{
  gint64 now = g_get_monotonic_time ();
  GstStructure *structure;

  report->n_samples += n;
  report->loss += loss * n;
  report->batch++;
  report->n_run_batches++;
  if (report->posted && now - report->posted < POST_INTERVAL)
    return;
  report->posted = now;
  structure = new_structure (report, "snn-progress",
      report->loss / report->n_samples);
  gst_structure_set (structure,
      "batch", G_TYPE_UINT, report->batch,
      "batches", G_TYPE_UINT, MAX (report->n_batches, report->batch),
      "remaining", G_TYPE_DOUBLE, remaining_seconds (report), NULL);
  post (element, structure);
}

/* A network that has fallen silent has no gradient, and Dice none to speak of
 * where nothing is predicted: whoever waits for it to learn waits in vain. */
static void
warn_of_silence (GstSnnTrainingReport *report, GstElement *element)
{
  const SnnOverlap overlap = snn_overlaps_total (&report->overlaps);

  if (report->warned || report->epoch.epoch == 0 || overlap.predicted > 0
      || overlap.truth == 0)
    return;
  report->warned = TRUE;
  GST_SNN_ELEMENT_WARNING (element, STREAM, FAILED,
      ("Not one of %" G_GUINT64_FORMAT " voxels of the masks was predicted in "
          "epoch %u. If that goes on, the network has fallen silent and does not "
          "learn any more: start again with another seed, a lower "
          "learning-rate, or loss=bce-dice", overlap.truth,
          report->epoch.epoch), (NULL));
}

void
gst_snn_training_report_end (GstSnnTrainingReport *report,
    GstElement *element, const SnnEpoch *done)
{
  GstStructure *structure = new_structure (report, "snn-epoch", done->loss);
  GValue rates = G_VALUE_INIT;

  gst_value_array_init (&rates, done->n_rates);
  for (guint i = 0; i < done->n_rates; i++)
    gst_snn_append_double (&rates, done->rates[i]);
  gst_structure_set (structure,
      "learning-rate", G_TYPE_DOUBLE, done->learning_rate,
      "seconds", G_TYPE_DOUBLE,
      (double) (g_get_monotonic_time () - report->epoch_began)
      / G_USEC_PER_SEC, NULL);
  gst_structure_take_value (structure, "rates", &rates);
  post (element, structure);
  warn_of_silence (report, element);
}
