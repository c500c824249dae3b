/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How often positive values were seen: @SNN_HISTOGRAM_BINS counts of equal width
 * from 0 to the largest. Two ways to find a scale in it, a value that a neuron's
 * full rate stands for. */

#define SNN_HISTOGRAM_BINS 8192

/* snn_histogram_percentile: in (0, 100), interpolated in its bin. */
float snn_histogram_percentile (const guint32 * bins, float largest,
    double percentile);

/* snn_histogram_least_error: the edge of a bin v for which the mean square of
 * a - v min (floor (L a / v + u0), L) / L is the least over all values a, each taken
 * for the middle of its bin and as often as @bins says; the lowest of several. After so many timesteps L of a
 * constant current a, a neuron of threshold v that began with the membrane potential
 * u0 v has spiked floor (L a / v + u0) times: what is cut off and what is rounded
 * are weighed against each other (Li et al. 2021, "A free lunch from ANN", who do it
 * for u0 = 0). @levels is L, at least 1. */
float snn_histogram_least_error (const double * bins, float largest,
    guint levels, double initial_membrane);

G_END_DECLS
