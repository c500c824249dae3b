/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "packed.h"

#include "neuron.h"
#include "window.h"

/* Offsets of a kernel's taps from its first one. */
static gsize *
make_taps (const SnnNode *node, const SnnFrame *frame)
{
  return snn_window_offsets (node, frame->plane, frame->row,
      frame->shape.channels);
}

/* Where an input's contributions to the output are, seen from its own place
 * there. */
static gssize *
make_spike_taps (const SnnNode *node, const SnnFrame *frame)
{
  g_autofree gsize *from = make_taps (node, frame);
  const gsize n = snn_window_taps (node);
  gssize *taps = g_new (gssize, n);

  for (gsize tap = 0; tap < n; tap++)
    taps[tap] = node->op->spike_tap
        ? node->op->spike_tap (node, frame, from[tap]) : (gssize) from[tap];
  return taps;
}

/* The weights of each of a layer's products are packed one by one. */
static guint
n_packs (const SnnNode *node)
{
  return node->op->n_products ? node->op->n_products (node) : 1;
}

static gsize
pack_rows (const SnnNode *node)
{
  return node->n_weights / node->out.channels / n_packs (node);
}

/* So that they can be packed side by side. */
static void
add_parts (SnnPacked *packed, guint step, guint n, gboolean backward)
{
  for (guint first = 0; first < n;
      first += snn_kernels_panel (packed->kernels, n)) {
    const SnnPackedPart part = { step, backward, first };

    g_array_append_val (packed->parts, part);
  }
}

SnnPacked *
snn_packed_new (const SnnPlan *plan, const SnnKernels *kernels,
    gboolean gradients)
{
  SnnPacked *packed = g_new0 (SnnPacked, 1);

  packed->plan = plan;
  packed->kernels = kernels;
  packed->gradients = gradients;
  packed->packing = g_new (GMutex, 1);
  g_mutex_init (packed->packing);
  packed->steps = g_new0 (SnnPackedStep, plan->n_steps);
  packed->layers = g_new0 (SnnPackedLayer, plan->n_layers);
  packed->parts = g_array_new (FALSE, FALSE, sizeof (SnnPackedPart));
  for (guint i = 0; i < plan->n_steps; i++) {
    const SnnStep *step = &plan->steps[i];
    const SnnNode *node = step->node;
    SnnPackedStep *to = &packed->steps[i];

    if (!node || !snn_node_has_weights (node))
      continue;
    to->input_taps = make_taps (node, &plan->frames[step->input]);
    to->forward = g_new (float, n_packs (node)
        * snn_kernels_packed_size (kernels, pack_rows (node),
            node->out.channels));
    add_parts (packed, i, node->out.channels, FALSE);
    to->output_taps = make_taps (node, &plan->frames[step->output]);
    if (!gradients)
      continue;
    to->spike_taps = make_spike_taps (node, &plan->frames[step->output]);
    to->backward = g_new (float, snn_kernels_packed_size (kernels,
            node->n_weights / node->in.channels, node->in.channels));
    add_parts (packed, i, node->in.channels, TRUE);
  }
  for (guint i = 0; i < plan->n_layers; i++) {
    const SnnNode *node = plan->steps[plan->layer_step[i]].node;
    gsize n = (gsize) node->out.width * node->out.channels;

    if (node->op->neuron && node->op->neuron->leaks)
      packed->layers[i].leak = g_new (float, n);
    if (node->resets)
      packed->layers[i].reset = g_new (float, n);
    packed->layers[i].threshold = g_new (float, n);
    packed->layers[i].scale = g_new (float, n);
    packed->layers[i].slope = g_new (float, n);
  }
  return packed;
}

void
snn_packed_free (SnnPacked *packed)
{
  if (!packed)
    return;
  for (guint i = 0; i < packed->plan->n_steps; i++) {
    g_free (packed->steps[i].input_taps);
    g_free (packed->steps[i].output_taps);
    g_free (packed->steps[i].spike_taps);
    g_free (packed->steps[i].forward);
    g_free (packed->steps[i].backward);
  }
  for (guint i = 0; i < packed->plan->n_layers; i++) {
    g_free (packed->layers[i].threshold);
    g_free (packed->layers[i].leak);
    g_free (packed->layers[i].reset);
    g_free (packed->layers[i].scale);
    g_free (packed->layers[i].slope);
  }
  g_array_unref (packed->parts);
  g_mutex_clear (packed->packing);
  g_free (packed->packing);
  g_free (packed->steps);
  g_free (packed->layers);
  g_free (packed);
}

/* A panel's columns of all matrices, [tap][in][out] or, where taps are products
 * of their own, [in][out] for each. */
static void
pack_forward (const SnnKernels *kernels, const SnnNode *node, guint first,
    float *packed)
{
  gsize rows = pack_rows (node), out = node->out.channels;
  gsize size = snn_kernels_packed_size (kernels, rows, node->out.channels);

  for (guint i = 0; i < n_packs (node); i++)
    snn_kernels_pack (kernels, rows, node->out.channels, first,
        node->weight + i * rows * out, out, 1,
        packed + i * size + rows * first);
}

/* The transpose, [tap][out][in]. */
static void
pack_backward (const SnnKernels *kernels, const SnnNode *node, guint first,
    float *packed)
{
  gsize in = node->in.channels, out = node->out.channels;
  gsize taps = node->n_weights / in / out;
  gsize width = snn_kernels_panel (kernels, node->in.channels);

  packed += taps * out * first;
  for (gsize tap = 0; tap < taps; tap++) {
    gsize from = node->op->backward_tap
        ? node->op->backward_tap (node, tap) : tap;

    snn_kernels_pack (kernels, out, node->in.channels, first,
        node->weight + from * in * out, 1, out, packed + tap * out * width);
  }
}

static void
pack_part (gpointer data, guint item, guint worker)
{
  const SnnPacked *packed = data;
  const SnnPackedPart *part = &g_array_index (packed->parts, SnnPackedPart,
      item);
  const SnnNode *node = packed->plan->steps[part->step].node;
  const SnnPackedStep *step = &packed->steps[part->step];

  if (part->backward)
    pack_backward (packed->kernels, node, part->first, step->backward);
  else
    pack_forward (packed->kernels, node, part->first, step->forward);
}

static void
pack_layers (SnnPacked *packed, const SnnPackedSurrogate *surrogate)
{
  for (guint i = 0; i < packed->plan->n_layers; i++) {
    const SnnNode *node = packed->plan->steps[packed->plan->layer_step[i]].node;

    if (node->op->neuron)
      node->op->neuron->pack (node, surrogate, &packed->layers[i]);
  }
}

void
snn_packed_update (SnnPacked *packed, SnnPool *pool,
    const SnnPackedSurrogate *surrogate)
{
  snn_pool_run (pool, packed->parts->len, pack_part, packed);
  for (guint i = 0; i < packed->plan->n_steps; i++)
    g_atomic_int_set (&packed->steps[i].made, TRUE);
  pack_layers (packed, surrogate);
}

void
snn_packed_forget (SnnPacked *packed)
{
  for (guint i = 0; i < packed->plan->n_steps; i++)
    g_atomic_int_set (&packed->steps[i].made, FALSE);
  pack_layers (packed, NULL);
}

static void
make_step (const SnnPacked *packed, guint index)
{
  SnnPackedStep *step = &packed->steps[index];

  g_mutex_lock (packed->packing);
  for (guint i = 0; !g_atomic_int_get (&step->made) && i < packed->parts->len;
      i++)
    if (g_array_index (packed->parts, SnnPackedPart, i).step == index)
      pack_part ((gpointer) packed, i, 0);
  g_atomic_int_set (&step->made, TRUE);
  g_mutex_unlock (packed->packing);
}

const SnnPackedStep *
snn_packed_step (const SnnPacked *packed, guint index)
{
  if (!g_atomic_int_get (&packed->steps[index].made))
    make_step (packed, index);
  return &packed->steps[index];
}
