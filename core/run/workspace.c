/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "workspace.h"

#include <string.h>

#include "../base/zeros.h"
#include "../ops/neuron.h"
#include "storage.h"

float **
snn_buffers_new (guint n, const gsize *sizes)
{
  float **buffers = g_new0 (float *, n);

  for (guint i = 0; i < n; i++)
    buffers[i] = snn_zeros_new (sizes[i] * sizeof (float));
  return buffers;
}

void
snn_buffers_free (guint n, float **buffers)
{
  for (guint i = 0; buffers && i < n; i++)
    snn_zeros_free (buffers[i]);
  g_free (buffers);
}

float **
snn_plan_buffers_new (const SnnPlan *plan, guint n_frames)
{
  g_autofree gsize *sizes = g_new (gsize, plan->n_frames);

  for (guint i = 0; i < plan->n_frames; i++)
    sizes[i] = plan->frames[i].size * n_frames;
  return snn_buffers_new (plan->n_frames, sizes);
}

static gboolean
same_layout (gconstpointer data, guint i, guint j)
{
  const SnnPlan *plan = data;
  const SnnFrame *a = &plan->frames[i], *b = &plan->frames[j];

  return snn_shape_equal (a->shape, b->shape) && a->pad == b->pad;
}

/* Backward: the last step is the first, and the output's gradient there before it. */
static guint *
find_gradient_storage (const SnnPlan *plan)
{
  g_autofree guint *born = g_new (guint, plan->n_frames);
  g_autofree guint *dies = g_new0 (guint, plan->n_frames);

  for (guint i = 0; i < plan->n_frames; i++)
    born[i] = G_MAXUINT;
  born[plan->output] = 0;
  for (guint i = plan->n_steps; i-- > 0;) {
    const SnnStep *step = &plan->steps[i];
    const guint now = plan->n_steps - i;

    born[step->input] = MIN (born[step->input], now);
    dies[step->input] = dies[step->output] = now;
  }
  return snn_storage_share (plan->n_frames, born, dies, same_layout, plan);
}

/* One after the other, but for the network's input. */
static guint *
find_step_storage (const SnnPlan *plan)
{
  g_autofree guint *times = g_new (guint, plan->n_frames);

  for (guint i = 0; i < plan->n_frames; i++)
    times[i] = i == plan->input ? G_MAXUINT : i;
  return snn_storage_share (plan->n_frames, times, times, same_layout, plan);
}

/* Buffers @i of which have the memory of @storage[i]. */
static float **
shared_buffers_new (const SnnPlan *plan, guint n_frames, const guint *storage)
{
  float **buffers = g_new0 (float *, plan->n_frames);

  for (guint i = 0; i < plan->n_frames; i++)
    if (storage[i] == i)
      buffers[i] = snn_zeros_new (plan->frames[i].size * n_frames
          * sizeof (float));
  for (guint i = 0; i < plan->n_frames; i++)
    buffers[i] = buffers[storage[i]];
  return buffers;
}

float **
snn_plan_gradients_new (const SnnPlan *plan, guint n_frames)
{
  g_autofree guint *storage = find_gradient_storage (plan);

  return shared_buffers_new (plan, n_frames, storage);
}

float **
snn_step_buffers_new (const SnnPlan *plan, guint n_frames)
{
  g_autofree guint *storage = find_step_storage (plan);

  return shared_buffers_new (plan, n_frames, storage);
}

static gboolean
is_first_of (float *const *buffers, guint i)
{
  for (guint before = 0; before < i; before++)
    if (buffers[before] == buffers[i])
      return FALSE;
  return TRUE;
}

void
snn_shared_buffers_free (guint n, float **buffers)
{
  for (guint i = n; buffers && i-- > 0;)
    if (is_first_of (buffers, i))
      snn_zeros_free (buffers[i]);
  g_free (buffers);
}

float **
snn_layer_buffers_new (const SnnPlan *plan, guint n_frames)
{
  g_autofree gsize *sizes = g_new (gsize, plan->n_layers);

  for (guint i = 0; i < plan->n_layers; i++)
    sizes[i] = plan->layer_size[i] * n_frames;
  return snn_buffers_new (plan->n_layers, sizes);
}

gsize
snn_layer_state_size (const SnnPlan *plan, guint layer)
{
  return snn_neuron_state_size (plan->steps[plan->layer_step[layer]].node);
}

float **
snn_state_buffers_new (const SnnPlan *plan)
{
  g_autofree gsize *sizes = g_new (gsize, plan->n_layers);

  for (guint i = 0; i < plan->n_layers; i++)
    sizes[i] = snn_layer_state_size (plan, i);
  return snn_buffers_new (plan->n_layers, sizes);
}

void
snn_run_load (const SnnRun *run, const SnnInput *input, guint first,
    guint n_frames, guint at)
{
  const SnnFrame *layout = &run->plan->frames[run->plan->input];
  const SnnShape shape = layout->shape;
  const gsize rows = snn_shape_rows (shape);

  for (guint f = 0; f < n_frames; f++)
    for (guint c = 0; c < shape.channels; c++)
      for (gsize row = 0; row < rows; row++) {
        gsize from = (((gsize) (first + f) * shape.channels + c)
            * rows + row) * shape.width;
        float *to = run->values[run->plan->input] + (at + f) * layout->size
            + layout->first + snn_frame_row (layout, row) + c;

        switch (input->type) {
          case SNN_VALUE_FLOAT32:{
            const float *x = (const float *) input->data + from;

            for (guint i = 0; i < shape.width; i++)
              to[i * shape.channels] = x[i];
            break;
          }
          case SNN_VALUE_UINT8:{
            const guint8 *x = (const guint8 *) input->data + from;

            for (guint i = 0; i < shape.width; i++)
              to[i * shape.channels] = x[i];
            break;
          }
          case SNN_VALUE_INT8:{
            const gint8 *x = (const gint8 *) input->data + from;

            for (guint i = 0; i < shape.width; i++)
              to[i * shape.channels] = x[i];
            break;
          }
        }
      }
}

void
snn_run_forward (const SnnRun *run, guint n_steps)
{
  for (guint i = 0; i < n_steps; i++)
    snn_layer_forward (run, &run->plan->steps[i]);
}

void
snn_run_backward (const SnnRun *run, guint n_steps)
{
  for (guint i = n_steps; i-- > 0;) {
    if (run->fetch)
      run->fetch (run, &run->plan->steps[i]);
    snn_layer_backward (run, &run->plan->steps[i]);
  }
}

void
snn_frame_read (const SnnFrame *frame, const float *values, float *dense)
{
  const gsize n = (gsize) frame->shape.width * frame->shape.channels;

  for (gsize row = 0; row < snn_shape_rows (frame->shape); row++)
    memcpy (dense + row * n, values + frame->first + snn_frame_row (frame, row),
        n * sizeof *dense);
}

void
snn_frame_write (const SnnFrame *frame, const float *dense, float *values)
{
  const gsize n = (gsize) frame->shape.width * frame->shape.channels;

  for (gsize row = 0; row < snn_shape_rows (frame->shape); row++)
    memcpy (values + frame->first + snn_frame_row (frame, row), dense + row * n,
        n * sizeof *dense);
}

void
snn_run_read (const SnnRun *run, guint at, guint n_frames, float *potential)
{
  const SnnFrame *layout = &run->plan->frames[run->plan->output];
  const SnnShape shape = layout->shape;
  const gsize rows = snn_shape_rows (shape);

  for (guint f = at; f < at + n_frames; f++) {
    const float *frame = run->values[run->plan->output] + f * layout->size
        + layout->first;
    float *to = potential;

    for (guint c = 0; c < shape.channels; c++)
      for (gsize row = 0; row < rows; row++)
        for (guint i = 0; i < shape.width; i++)
          *to++ += frame[snn_frame_row (layout, row) + i * shape.channels + c];
  }
}

void
snn_run_seed_gradient (const SnnRun *run, guint at, guint n_frames,
    const float *gradient, float factor)
{
  const SnnFrame *layout = &run->plan->frames[run->plan->output];
  const SnnShape shape = layout->shape;
  const gsize rows = snn_shape_rows (shape);

  for (guint f = at; f < at + n_frames; f++) {
    float *frame = run->gradients[run->plan->output] + f * layout->size
        + layout->first;
    const float *from = gradient;

    for (guint c = 0; c < shape.channels; c++)
      for (gsize row = 0; row < rows; row++)
        for (guint i = 0; i < shape.width; i++)
          frame[snn_frame_row (layout, row) + i * shape.channels + c] =
              *from++ * factor;
  }
}

void
snn_reset_membranes (const SnnNetwork *network, float *const *membranes)
{
  float start = (float) network->initial_membrane;
  guint layer = 0;

  for (guint n = 0; n < network->nodes->len; n++) {
    const SnnNode *node = snn_network_node (network, n);
    const gsize size = snn_shape_size (node->out);
    const guint channels = node->out.channels;

    if (!snn_node_is_activation (node))
      continue;
    node->op->neuron->reset (node, start, membranes[layer]);
    for (gsize i = channels; i < size; i += channels)
      memcpy (membranes[layer] + i, membranes[layer],
          channels * sizeof (float));
    for (gsize i = size; i < snn_neuron_state_size (node); i++)
      membranes[layer][i] = 0.f;
    layer++;
  }
}

float
snn_readout_factor (const SnnNetwork *network, guint timesteps)
{
  return network->readout == SNN_READOUT_MEAN ? 1.f / (float) timesteps : 1.f;
}
