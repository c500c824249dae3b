/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../graph/input.h"
#include "../ops/layers.h"
#include "operations.h"

G_BEGIN_DECLS

/* The memory that one worker runs a network in; private to core/. */

/* snn_buffers_new: @n zeroed arrays of @sizes[i] values, aligned for vectors. */
float **snn_buffers_new (guint n, const gsize * sizes);
void snn_buffers_free (guint n, float **buffers);

/* snn_plan_buffers_new: @n_frames frames of each of the plan's buffers. */
float **snn_plan_buffers_new (const SnnPlan * plan, guint n_frames);

/* snn_plan_gradients_new: the same of gradients, of which a buffer has the memory of
 * others of its layout that the backward pass is done with. */
float **snn_plan_gradients_new (const SnnPlan * plan, guint n_frames);

/* snn_step_buffers_new: the same for values that are put there before each step, as
 * SnnRun's @fetch does: all of one layout have one memory, but the network's input. */
float **snn_step_buffers_new (const SnnPlan * plan, guint n_frames);

/* snn_shared_buffers_free: @n buffers, some of which have the same memory. */
void snn_shared_buffers_free (guint n, float **buffers);

/* snn_layer_buffers_new: @n_frames dense frames of each activation. */
float **snn_layer_buffers_new (const SnnPlan * plan, guint n_frames);

/* snn_state_buffers_new: what the neurons of each layer keep from one timestep to
 * the next; snn_layer_state_size: so many values. */
float **snn_state_buffers_new (const SnnPlan * plan);
gsize snn_layer_state_size (const SnnPlan * plan, guint layer);

/* snn_run_load: frames @first and up, run->n_frames of them, of a sample into
 * the plan's input buffer at frame @at. */
void snn_run_load (const SnnRun * run, const SnnInput * input, guint first,
    guint n_frames, guint at);

/* snn_run_forward: the plan's first @n_steps over run->n_frames frames. */
void snn_run_forward (const SnnRun * run, guint n_steps);
void snn_run_backward (const SnnRun * run, guint n_steps);

/* snn_frame_read, snn_frame_write: a buffer's first frame to or from dense values,
 * [rows][width][channels]. */
void snn_frame_read (const SnnFrame * frame, const float *values,
    float *dense);
void snn_frame_write (const SnnFrame * frame, const float *dense,
    float *values);

/* snn_run_count_operations: effective ones, after snn_run_forward(); adds
 * what the spikes that are there now take to pass all synapses. Where the input is
 * @analog, a 1 in it is none. */
void snn_run_count_operations (const SnnRun * run, gboolean analog,
    SnnOperations * operations);

/* snn_run_read: adds @n_frames frames of the output from frame @at, one after
 * the other, to @potential, [channels][height][width] or, of volumes,
 * [channels][depth][height][width]. */
void snn_run_read (const SnnRun * run, guint at, guint n_frames,
    float *potential);

/* snn_run_seed_gradient: sets the output's gradient of @n_frames frames from
 * @at on to @gradient * @factor, @gradient being [channels][height][width]. */
void snn_run_seed_gradient (const SnnRun * run, guint at, guint n_frames,
    const float *gradient, float factor);

/* snn_reset_membranes: of each layer, to their initial value, and all else that
 * neurons keep to 0. */
void snn_reset_membranes (const SnnNetwork * network,
    float *const *membranes);

/* snn_readout_factor: what the summed potential is multiplied by. */
float snn_readout_factor (const SnnNetwork * network, guint timesteps);

G_END_DECLS
