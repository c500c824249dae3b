/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "operations.h"

#include "../graph/op.h"
#include "spiking.h"
#include "workspace.h"

#define ACCUMULATE_PICOJOULES 0.9
#define MULTIPLY_ACCUMULATE_PICOJOULES 4.6

void
snn_operations_add (SnnOperations *sum, const SnnOperations *more)
{
  sum->accumulates += more->accumulates;
  sum->multiply_accumulates += more->multiply_accumulates;
}

SnnOperations
snn_operations_times (const SnnOperations *operations, guint64 n)
{
  return (SnnOperations) {
    operations->accumulates * n, operations->multiply_accumulates * n
  };
}

double
snn_operations_microjoules (const SnnOperations *operations)
{
  return 1e-6 * (ACCUMULATE_PICOJOULES * (double) operations->accumulates
      + MULTIPLY_ACCUMULATE_PICOJOULES
      * (double) operations->multiply_accumulates);
}

guint64
snn_node_fan_out (const SnnNode *node, guint row, guint x)
{
  return node->op->fan_out ? node->op->fan_out (node, row, x) : 0;
}

/* What @fan_out outputs take for so many values that are not 0. */
static void
count (SnnOperations *operations, const SnnNode *node, guint64 fan_out,
    guint64 spikes, guint64 others)
{
  operations->accumulates += fan_out * spikes;
  if (node->op->only_adds)
    operations->accumulates += fan_out * others;
  else
    operations->multiply_accumulates += fan_out * others;
}

/* Whether all that a node puts out in a spiking network are spikes; nodes
 * without operations of their own pass on what they receive. */
static gboolean
gives_spikes (const SnnNetwork *network, const SnnNode *node, gboolean analog)
{
  if (snn_node_is_neuron (node))
    return TRUE;
  if (node->n_inputs == 0)
    return network->spiking && !analog;
  if (node->op->fan_out)
    return FALSE;
  for (guint i = 0; i < node->n_inputs; i++)
    if (!gives_spikes (network, snn_network_node (network, node->inputs[i]),
            analog))
      return FALSE;
  return TRUE;
}

/* Of each node, whether values of 1 that it sends are spikes: those of neurons or of an
 * input of spikes, by pooling, too. Intensities and sums are of any value. */
static gboolean *
find_spikes (const SnnNetwork *network, gboolean analog)
{
  gboolean *spikes = g_new (gboolean, network->nodes->len);

  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);

    spikes[i] = network->spiking && (snn_node_is_neuron (node)
        || (node->n_inputs == 0 ? !analog : !snn_node_has_weights (node)));
    for (guint j = 0; j < node->n_inputs && !snn_node_is_neuron (node); j++)
      spikes[i] = spikes[i] && spikes[node->inputs[j]];
  }
  return spikes;
}

static gboolean
receives_spikes (const SnnNetwork *network, const SnnNode *node,
    gboolean analog)
{
  for (guint i = 0; i < node->n_inputs; i++)
    if (!gives_spikes (network, snn_network_node (network, node->inputs[i]),
            analog))
      return FALSE;
  return TRUE;
}

SnnOperations
snn_network_operations (const SnnNetwork *network, gboolean analog)
{
  SnnOperations operations = { 0, 0 };

  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);
    gboolean spikes = receives_spikes (network, node, analog);
    guint channels = node->in.channels;
    guint64 n = 0;

    for (guint y = 0; y < snn_shape_rows (node->in); y++)
      for (guint x = 0; x < node->in.width; x++)
        n += snn_node_fan_out (node, y, x);
    count (&operations, node, n, spikes ? channels : 0, spikes ? 0 : channels);
  }
  return operations;
}

/* How many of @n values are spikes, and how many other than 0 and no spikes. */
static void
count_values (const float *values, gsize n, guint64 *spikes, guint64 *others)
{
  guint64 n_spikes = 0, n_zeros = 0;

  for (gsize i = 0; i < n; i++) {
    n_spikes += values[i] == 1.f || values[i] == -1.f;
    n_zeros += values[i] == 0.f;
  }
  *spikes = n_spikes;
  *others = n - n_spikes - n_zeros;
}

static void
count_step (const SnnRun *run, const SnnStep *step, const gboolean *sends_spikes,
    SnnOperations *operations)
{
  const SnnNode *node = step->node;
  gboolean may_spike = TRUE;
  const SnnFrame *frame = &run->plan->frames[step->input];
  guint channels = frame->shape.channels;

  for (guint j = 0; j < node->n_inputs; j++)
    may_spike = may_spike && sends_spikes[node->inputs[j]];
  for (guint y = 0; y < snn_shape_rows (frame->shape); y++)
    for (guint x = 0; x < frame->shape.width; x++) {
      guint64 fan_out = snn_node_fan_out (node, y, x);

      for (guint f = 0; fan_out && f < run->n_frames; f++) {
        const float *values = run->values[step->input] + f * frame->size
            + frame->first + snn_frame_row (frame, y) + (gsize) x * channels;
        guint64 spikes, others;

        count_values (values, channels, &spikes, &others);
        /* A 1 that is no spike, as of an ANN, is a value as any other. */
        if (!may_spike) {
          others += spikes;
          spikes = 0;
        }
        count (operations, node, fan_out, spikes, others);
      }
    }
}

void
snn_run_count_operations (const SnnRun *run, gboolean analog,
    SnnOperations *operations)
{
  g_autofree gboolean *sends_spikes = find_spikes (run->plan->network, analog);

  for (guint i = 0; i < run->plan->n_steps; i++)
    if (run->plan->steps[i].node)
      count_step (run, &run->plan->steps[i], sends_spikes, operations);
}

static void
count_bytes (const SnnSpikingRun *run, const SnnNode *node, guint buffer)
{
  const SnnByteFrame *frame = &run->memory->frames[buffer];
  const guint channels = frame->shape.channels;
  const gint spike = (gint) (1.f / frame->share + 0.5f);

  for (guint y = 0; y < snn_shape_rows (frame->shape); y++)
    for (guint x = 0; x < frame->shape.width; x++) {
      guint64 fan_out = snn_node_fan_out (node, y, x);
      guint64 spikes = 0, others = 0;

      for (guint t = 0; fan_out && t < run->n_frames; t++) {
        const guint8 *bytes = snn_spiking_bytes (run, buffer, y, t)
            + (gsize) x * channels;

        for (guint c = 0; c < channels; c++) {
          gint value = ABS (frame->is_signed ? (gint8) bytes[c] : bytes[c]);

          spikes += value == spike;
          others += value != 0 && value != spike;
        }
      }
      count (run->operations, node, fan_out, spikes, others);
    }
}

/* Analog input is not among the bytes, and an intensity of 1 is no spike. */
static void
count_analog (const SnnSpikingRun *run, const SnnNode *node)
{
  const SnnShape shape = node->in;
  const gsize rows = snn_shape_rows (shape);

  for (guint t = 0; t < run->n_frames; t++)
    for (guint c = 0; c < shape.channels; c++)
      for (guint y = 0; y < rows; y++) {
        const float *row = (const float *) run->input->data
            + (((gsize) (run->first + t) * shape.channels + c) * rows + y)
            * shape.width;

        for (guint x = 0; x < shape.width; x++)
          count (run->operations, node, snn_node_fan_out (node, y, x), 0,
              row[x] != 0.f);
      }
}

void
snn_spiking_count_operations (const SnnSpikingRun *run, const SnnNode *node,
    guint buffer)
{
  if (buffer == run->spiking->plan->input
      && run->input->type == SNN_VALUE_FLOAT32)
    count_analog (run, node);
  else
    count_bytes (run, node, buffer);
}
