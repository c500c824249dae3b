/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include <snn/measure/metrics.h>
#include <snn/train/trainer.h>
#include "samplemeta.h"
#include <snn/base/api.h>

SNN_BEGIN_DECLS

/**
 * GstSnnTrainingReport:
 * @epoch: being trained
 * @n_samples: trained on so far in this epoch
 *
 * What a trainer tells the application about how it gets on, as element
 * messages. Plain data, zero to begin with.
 *
 * "snn-progress", a few a second: "epoch" (from 0), "epochs" (0: without end),
 * "batch" (done in this epoch), "batches" (in an epoch) as uint; "loss" (mean
 * of this epoch so far), "dice" (of the predictions made on the way, pooled
 * over all voxels so far, of several classes their mean; for a classifier
 * "accuracy") and "remaining"
 * (seconds of training left by the speed so far, -1: not known) as double.
 *
 * "snn-epoch", after each: "epoch" and "epochs" as uint; "loss", "dice" or
 * "accuracy", "learning-rate" (that was in force) and "seconds" as double;
 * "rates", an array of double: spikes for each neuron and timestep, layer by
 * layer (spiking networks).
 */
typedef struct
{
  GstSnnEpoch epoch;
  guint n_samples;

  /*< private > */
  SnnShape output;              /* of the network */
  guint batch;
  guint n_batches;
  double loss;                  /* summed over samples */
  SnnOverlaps overlaps;
  guint64 n_right;
  guint64 n_run_batches;        /* since the trainer was started */
  gboolean warned;              /* of silence, since then */
  gint64 run_began;             /* monotonic microseconds */
  gint64 epoch_began;
  gint64 posted;
} GstSnnTrainingReport;

/* gst_snn_training_report_begin: of an epoch. */
void gst_snn_training_report_begin (GstSnnTrainingReport * report,
    const GstSnnEpoch * epoch, guint batch_size);

/* gst_snn_training_report_count: probabilities, of the network's @output, and
 * their label: a value for each pixel, or one class where it classifies
 * samples. */
void gst_snn_training_report_count (GstSnnTrainingReport * report,
    const float *probability, SnnShape output, const guint8 * label);

/* gst_snn_training_report_batch: a batch of @n samples is done; posts
 * "snn-progress" when it is time. */
void gst_snn_training_report_batch (GstSnnTrainingReport * report,
    GstElement * element, guint n, double loss);

/* gst_snn_training_report_end: posts "snn-epoch", and once a warning when after
 * the first epoch no voxel of the masks was predicted. */
void gst_snn_training_report_end (GstSnnTrainingReport * report,
    GstElement * element, const SnnEpoch * done);

SNN_END_DECLS
