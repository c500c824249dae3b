/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../ops/neurons.h"
#include "../run/engine.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/* Stage 2: from a trained ANN to a spiking network.
 *
 * Threshold balancing (Sengupta et al. 2019, as used by Rathi et al. 2020 and
 * Yue et al. 2023) keeps the weights and sets a threshold a layer to the
 * largest weighted input current seen, layer by layer. A layer's rate then
 * means activation / (product of the thresholds so far), and where two
 * branches meet these products differ. Of channels that have thresholds of their
 * own the mean is in the product, and the weights behind them make up for the rest.
 *
 * Branch-aware scaling keeps the thresholds at 1 and takes for each layer (or
 * channel) a scale out of the ANN's activations; each incoming weight is
 * multiplied by (scale of the branch it comes from) / (its own scale), after
 * Rueckauer et al. 2017 generalised to several branches. */

#define SNN_MAX_LEVELS 1024
#define SNN_DEFAULT_LEVELS 4

typedef enum
{
  SNN_CONVERSION_BRANCH_AWARE,
  SNN_CONVERSION_THRESHOLD_BALANCING,
} SnnConversionMethod;

typedef enum
{
  SNN_WEIGHTS_FLOAT32,
  SNN_WEIGHTS_INT8,
} SnnWeights;

typedef enum
{
  SNN_SCALES_PER_LAYER,
  SNN_SCALES_PER_CHANNEL,
} SnnScales;

/**
 * SnnConversionSettings:
 * @scales: of a layer, or of each channel; a channel has at least a tenth of its
 *   layer's largest
 * @percentile: of the positive activations (branch-aware) or input currents
 *   (balancing), in (0, 100]; 100 is the maximum; 0: @levels tells, which count for
 *   nothing otherwise and then have their default, or are 0
 * @levels: where @percentile is 0, scales are those of the least mean square error
 *   after so many timesteps of constant currents, from 1 to SNN_MAX_LEVELS (Li et
 *   al. 2021; histogram.h has the equation), in which errors count (branch-aware) as
 *   much as the output hangs on them (sensitivity.h); 0: @percentile tells
 * @threshold_scale: multiplies all thresholds at the end (balancing; Rathi's
 *   is 0.7), or all scales (branch-aware: a neuron then spikes as if its
 *   threshold were lower, and branches still agree)
 * @initial_membrane: u[0] / v, 0 or 0.5
 * @matching_timesteps: over so many timesteps of analog input, each channel's
 *   mean rate is compared with its mean activation, and what it passes on is
 *   multiplied by the quotient, at most 2 and at least 1/2 (branch-aware; after
 *   Li et al. 2021); a bias of IF neurons takes up the difference of the means
 *   before that; 0: not
 * @calibration_timesteps: over so many timesteps of analog input, each layer's weights
 *   are changed to make up for what rates lose (branch-aware; calibrate.h has the
 *   equation), unless the outputs are closer to the ANN's without; 0: not
 * @neuron: what becomes of activations: %SNN_NEURON_AUTO and %SNN_NEURON_IF are
 *   the same; not %SNN_NEURON_LIF, whose rates are no multiples of activations
 * @weights: %SNN_WEIGHTS_INT8 rounds them at the end to whole numbers from -127 to
 *   127, with one scale for all that meet in a channel, which its threshold takes;
 *   and notes it
 * @timesteps: noted in the model
 */
typedef struct
{
  SnnConversionMethod method;
  SnnScales scales;
  double percentile;
  guint levels;
  double threshold_scale;
  double initial_membrane;
  guint matching_timesteps;
  guint calibration_timesteps;
  SnnReadout readout;
  SnnNeuronKind neuron;
  SnnWeights weights;
  guint timesteps;
  guint threads;
} SnnConversionSettings;

void snn_conversion_settings_init (SnnConversionSettings * settings);

/**
 * snn_conversion_settings_check:
 *
 * What can be said of settings before there is a network: that nothing of them would
 * be passed over, and that there is a conversion to such neurons.
 *
 * Returns: TRUE, or FALSE with SNN_ERROR_MISMATCH
 */
gboolean snn_conversion_settings_check (const SnnConversionSettings * settings,
    GError ** error);

/**
 * snn_convert:
 * @ann: left unchanged
 * @n, @inputs: calibration samples. Threshold balancing wants spikes;
 *   branch-aware scaling takes the mean over a sample's timesteps as the
 *   analog input.
 * @cancel: (nullable): polled between layers
 * @progress: (nullable): called after each layer; the total grows where layers have to
 *   be gone through once more
 * @remarks: (nullable): a remark where the weights are not calibrated because the
 *   network was better off without
 *
 * Returns: (transfer full): a spiking network, or %NULL with
 * SNN_ERROR_MISMATCH (not an ANN, or what snn_conversion_settings_check() refuses),
 * SNN_ERROR_NUMERIC (a layer that never is active, by name), SNN_ERROR_UNSUPPORTED
 * (neurons or an output without weights of their own, or bytes of weights that lead to
 * neither) or SNN_ERROR_CANCELLED
 */
SnnNetwork *snn_convert (SnnNetwork * ann,
    const SnnConversionSettings * settings, guint n, const SnnInput * inputs,
    const gint * cancel, void (*progress) (gpointer data, guint done,
        guint total), gpointer data, GPtrArray * remarks, GError ** error);

SNN_END_DECLS
