/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../run/workspace.h"
#include "conversion.h"

G_BEGIN_DECLS

/* What a network does with the calibration samples. */

/* What is measured of a layer: the largest value of each group (the layer, or
 * one of its channels) and, once that is known, a histogram up to it. Maxima
 * and counts come out the same in whatever order samples are looked at. */
typedef struct
{
  guint n_groups;
  float *largest;
  guint32 *bins;
} SnnMeasure;

/* What a pass over the calibration samples looks for. */
typedef enum
{
  SNN_MEASURE_LARGEST,          /* inputs of activations */
  SNN_MEASURE_HISTOGRAM,        /* of the same, up to the largest */
  SNN_MEASURE_SUMS,             /* outputs of activations */
} SnnMeasurePass;

/**
 * SnnConverter:
 * @timesteps: of each sample; 0: its own
 * @first_layer, @end_layer: layers that are measured, the latter not included
 * @n_channels, @sums: of all of these together; [sample][channel]
 * @measures: of each layer
 */
typedef struct
{
  SnnNetwork *network;
  const SnnConversionSettings *settings;
  SnnPlan *plan;
  SnnPacked *packed;
  SnnPool *pool;
  const SnnInput *inputs;
  const gint *cancel;

  SnnMeasurePass pass;
  guint timesteps;
  guint first_layer;
  guint end_layer;
  guint n_channels;
  double *sums;
  SnnMeasure *measures;
  SnnMeasure **worker_measures;
  float ***worker_values;
  float ***worker_membranes;
} SnnConverter;

/* snn_converter_new: for @network and samples @inputs, neither of them owned. */
SnnConverter *snn_converter_new (SnnNetwork * network,
    const SnnConversionSettings * settings, const SnnInput * inputs,
    const gint * cancel);
void snn_converter_free (SnnConverter * c);

/* snn_converter_step: of an activation, by its number; snn_converter_node: the
 * index of a node. */
const SnnStep *snn_converter_step (const SnnConverter * c, guint layer);
guint snn_converter_node (const SnnNetwork * network, const SnnNode * node);

/* snn_converter_is_activation: whether a step of the plan is. */
gboolean snn_converter_is_activation (const SnnConverter * c, guint step);

/* snn_converter_measure: layers [@first, @end) over @n samples: maxima, then
 * histograms where they are needed. */
void snn_converter_measure (SnnConverter * c, guint n, guint first, guint end);

/* snn_converter_scales: (transfer full): one scale for each channel of a layer
 * that is measured, or %NULL with SNN_ERROR_NUMERIC where it never is active. With
 * levels, @histogram says how much each value matters, [group * bins + bin]; %NULL: as
 * much as it is frequent. */
float *snn_converter_scales (const SnnConverter * c, guint layer,
    const double *histogram, GError ** error);

/* snn_converter_mean_inputs: what the network's branches that lead to layer @layer, or
 * to the output where that is the number of layers, are fed with in @timesteps of a
 * sample, and what they make of it together: means over time, whole frames of the plan.
 * @inputs has a place for each of the plan's buffers, and those that aren't %NULL are
 * filled. FALSE where it was cancelled. For any number of workers side by side. */
gboolean snn_converter_mean_inputs (SnnConverter * c, guint sample,
    guint worker, guint layer, float *const *inputs);

/* snn_converter_sum_outputs: (transfer full): what layers [@first, @end) put out
 * in all timesteps of all @n samples, for each channel, layer after layer: the
 * same in whatever order they are worked on. */
double *snn_converter_sum_outputs (SnnConverter * c, guint n, guint first,
    guint end);

G_END_DECLS
