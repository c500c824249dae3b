/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pass.h"

G_BEGIN_DECLS

/* What the passes of spiking networks have in common: forward passes are those
 * of inference, on integers, where the network and the sample allow it, tile
 * after tile of timesteps; backward ones are on floats. */

/* A sample on its way. */
typedef struct
{
  SnnPasses *passes;
  SnnPassWorker *worker;
  SnnRun *run;
  const SnnInput *input;
  gboolean integers;
  SnnSpikingRun spiking;        /* of integers */
} SnnSpikingPass;

/* snn_spiking_pass_init: membranes are not touched. */
void snn_spiking_pass_init (SnnSpikingPass * pass, SnnPasses * passes,
    SnnPassWorker * worker, SnnRun * run, const SnnInput * input);

/* snn_spiking_pass_begin: a forward pass from rest, that counts spikes and sums
 * the output's potential in @trace. snn_spiking_pass_go_on: from where it was. */
void snn_spiking_pass_begin (SnnSpikingPass * pass, SnnTrace * trace);
void snn_spiking_pass_go_on (SnnSpikingPass * pass, SnnTrace * trace);

/* snn_spiking_pass_save, snn_spiking_pass_load: membranes, and what else neurons
 * keep, of all layers in a row: n_states values. */
void snn_spiking_pass_save (const SnnSpikingPass * pass, float *checkpoint);
void snn_spiking_pass_load (const SnnSpikingPass * pass,
    const float *checkpoint);

/* snn_spiking_pass_read_tile: what the backward pass reads of a tile that has just
 * been made on integers: u - v and inputs of layers with weights, which it fetches from
 * @pass as it comes to them. */
void snn_spiking_pass_read_tile (const SnnSpikingPass * pass);

/* snn_spiking_pass_set_tile: before what is done with it. */
void snn_spiking_pass_set_tile (SnnSpikingPass * pass, guint tile);

/* snn_spiking_pass_floats: a tile forward without integers. */
void snn_spiking_pass_floats (const SnnSpikingPass * pass, guint tile);

/* snn_spiking_pass_end: makes logits of the summed potential. */
void snn_spiking_pass_end (const SnnSpikingPass * pass, SnnTrace * trace);

/* snn_spiking_pass_spike_factor: what a spike counts for. */
double snn_spiking_pass_spike_factor (const SnnPasses * passes);

/* snn_spiking_pass_logit_factor: from the output's summed potential to a
 * logit. */
float snn_spiking_pass_logit_factor (const SnnPasses * passes,
    const SnnInput * input);

/* snn_spiking_pass_mean_factor: from the output's potential in a network of mean
 * values to a logit. */
float snn_spiking_pass_mean_factor (const SnnPasses * passes,
    const SnnInput * input);

/* snn_spiking_pass_load_mean: of all timesteps of @input, into frame 0 of @run's
 * input; frame 1 is scratch. */
void snn_spiking_pass_load_mean (const SnnRun * run, const SnnInput * input);

/* snn_spiking_pass_make_worker: what both kinds of gradient need, @frames of
 * surrogates and gradients. */
void snn_spiking_pass_make_worker (const SnnPasses * passes,
    SnnPassWorker * worker, guint frames);

/* snn_spiking_pass_make_trace: a potential. */
void snn_spiking_pass_make_trace (const SnnPasses * passes, SnnTrace * trace);

G_END_DECLS
