/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include <snn/measure/metrics.h>
#include "samplemeta.h"

G_BEGIN_DECLS

/**
 * GstSnnHeldOut:
 *
 * How good a trainer's network is on the held-out samples of a pass: mean Dice
 * of their subjects, each over all of its slices, or a classifier's accuracy.
 * Zero to begin with; begin() and end() leave it so that nothing is owned.
 */
typedef struct
{
  /*< private > */
  SnnVolumeInfo *volume;        /* whose slices are coming */
  SnnOverlap overlap;
  SnnMoments scores;
} GstSnnHeldOut;

void gst_snn_held_out_begin (GstSnnHeldOut * held_out);

/* gst_snn_held_out_count: a prediction of @n probabilities for @buffer, whose
 * second memory is the label: of @n values, or with @classifies the class. Does
 * nothing where there is no such label. */
void gst_snn_held_out_count (GstSnnHeldOut * held_out, GstBuffer * buffer,
    const float *probability, gsize n, gboolean classifies);

/* gst_snn_held_out_end: the score, NAN of no labelled samples. */
double gst_snn_held_out_end (GstSnnHeldOut * held_out);

G_END_DECLS
