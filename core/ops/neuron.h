/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "activation.h"
#include "bytes.h"

G_BEGIN_DECLS

/* Spiking neurons: what an SnnOp of role SNN_ROLE_ACTIVATION has as @neuron.
 * Everything that happens to a neuron in a timestep is here; which rows of
 * neurons it happens to, and when, is the same for all kinds. A parameter of a
 * kind (the threshold, a leak) is one value a channel in the node, is laid out
 * along a row for the float kernels (SnnPackedLayer) and over whole panels for
 * those of bytes (SnnSpikingStep). */

/**
 * SnnNeuron:
 * @is_signed: whether it sends spikes of -1, too, by its net count
 * @leaks: whether there is a leak, which @pack and @pack_bytes set
 * @pack: parameters and surrogate (nullable) along a row, for floats
 * @pack_bytes: parameters for bytes, in memory of whole panels
 * @reset: initial membranes of one pixel's @channels, from the network's
 *   fraction of the threshold
 * @fire: a timestep of a row; returns the number of spikes
 * @backward: a timestep of a row backward, from u - v
 * @backward_slopes: the same from ds/du and what was sent, @spikes: @gradient is
 *   dL/ds and becomes dL/du, @carry is as in #SnnFireBackward
 * @rate_slopes: d rate / d current of a row at mean currents
 * @fire_bytes: a block of timesteps of a row; returns the number of spikes
 */
struct _SnnNeuron
{
  gboolean is_signed;
  gboolean leaks;
  void (*pack) (const SnnNode * node, const SnnPackedSurrogate * surrogate,
      SnnPackedLayer * layer);
  void (*pack_bytes) (const SnnNode * node, SnnSpikingStep * step);
  void (*reset) (const SnnNode * node, float fraction, float *channels);
    guint (*fire) (const SnnKernels * kernels, const SnnFire * row);
  void (*backward) (const SnnKernels * kernels, const SnnFireBackward * row);
  void (*backward_slopes) (const SnnPackedLayer * layer, gsize n,
      float *gradient, const float *slope, const float *spikes, float *carry);
  void (*rate_slopes) (const SnnPackedLayer * layer, gsize n,
      const float *current, float *slope);
    guint (*fire_bytes) (const SnnSpikingKernels * kernels,
      const SnnFireRow * row);
};

/* snn_neuron_forward, snn_neuron_backward: of SnnOp, for neurons of any kind. */
void snn_neuron_forward (const SnnLayer * layer);
void snn_neuron_backward (const SnnLayer * layer);

/* snn_neuron_pack_threshold: thresholds and resets along a row and the surrogate
 * about them. */
void snn_neuron_pack_threshold (const SnnNode * node,
    const SnnPackedSurrogate * surrogate, SnnPackedLayer * layer);

/* snn_neuron_state_size: values that the neurons of @node keep from one timestep to
 * the next: membranes, and after these, net counts. */
gsize snn_neuron_state_size (const SnnNode * node);

/* What neurons have in common: they hand a row to the kernels, and begin at a
 * fraction of the threshold. */
void snn_neuron_reset (const SnnNode * node, float fraction, float *channels);
void snn_neuron_pack_threshold_bytes (const SnnNode * node,
    SnnSpikingStep * step);
guint snn_neuron_fire (const SnnKernels * kernels, const SnnFire * row);
void snn_neuron_fire_backward (const SnnKernels * kernels,
    const SnnFireBackward * row);
guint snn_neuron_fire_bytes (const SnnSpikingKernels * kernels,
    const SnnFireRow * row);

/* snn_neuron_backward_slopes: of #SnnNeuron; snn_neuron_rate_slopes: for those that
 * don't leak. */
void snn_neuron_backward_slopes (const SnnPackedLayer * layer, gsize n,
    float *gradient, const float *slope, const float *spikes, float *carry);
void snn_neuron_rate_slopes (const SnnPackedLayer * layer, gsize n,
    const float *current, float *slope);

/* snn_neuron_channels: dimensions of a parameter of one value a channel;
 * snn_neuron_reset_channels: of a parameter "reset". */
guint snn_neuron_channels (const SnnNode * node, gsize dims[SNN_MAX_DIMS]);
guint snn_neuron_reset_channels (const SnnNode * node,
    gsize dims[SNN_MAX_DIMS]);

G_END_DECLS
