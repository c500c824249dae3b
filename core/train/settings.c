/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "settings.h"

static const SnnName gradients[] = {
  [SNN_GRADIENT_BPTT] = {"bptt",
      "Exact backpropagation through all timesteps"},
  [SNN_GRADIENT_RATE] = {"rate", "One backward pass of time-averaged rates"},
  [SNN_GRADIENT_QCFS] = {"qcfs",
      "One pass of quantised rates forward and backward, without spikes"},
  [SNN_GRADIENT_FPTT] = {"fptt",
      "Forward propagation through time: an update at each timestep"},
};

const SnnName *
snn_gradient_name (guint gradient)
{
  return gradient < G_N_ELEMENTS (gradients) ? &gradients[gradient] : NULL;
}

void
snn_training_settings_init (SnnTrainingSettings *settings)
{
  *settings = (SnnTrainingSettings) {
    .loss = SNN_LOSS_DICE,
    .learning_rate = 1e-3,
    .schedule = SNN_SCHEDULE_COSINE,
    .patience = 3,
    .factor = 0.1,
    .decay = 1.,
    .initialisation = SNN_INITIALISATION_HE,
    .gradient = SNN_GRADIENT_BPTT,
    .surrogate = SNN_SURROGATE_RELATIVE,
    .alpha = 0.3,
    .regularisation = 0.5,
    .logit_gain = 1.,
    .kept_bytes = 1u << 30,
  };
}
