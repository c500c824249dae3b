/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include <snn/graph/shape.h>
#include <snn/measure/metrics.h>
#include "samplemeta.h"

G_BEGIN_DECLS

/**
 * GstSnnHeldOut:
 *
 * How good a trainer's network is on the held-out samples of a pass: mean Dice
 * of their subjects, each over all of its slices (of several classes, their
 * mean), or a classifier's accuracy.
 * Zero to begin with; begin() and end() leave it so that nothing is owned.
 */
typedef struct
{
  /*< private > */
  SnnVolumeInfo *volume;        /* whose slices are coming */
  SnnOverlaps overlaps;
  SnnMoments scores;
} GstSnnHeldOut;

void gst_snn_held_out_begin (GstSnnHeldOut * held_out);

/* gst_snn_held_out_count: probabilities, of the network's @output, for @buffer,
 * whose second memory is the label: of a value for each pixel, or the class where
 * it classifies samples. Does nothing where there is no such label. */
void gst_snn_held_out_count (GstSnnHeldOut * held_out, GstBuffer * buffer,
    const float *probability, SnnShape output);

/* gst_snn_held_out_end: the score, NAN of no labelled samples. */
double gst_snn_held_out_end (GstSnnHeldOut * held_out);

G_END_DECLS
