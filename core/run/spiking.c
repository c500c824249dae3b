/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spiking-private.h"

#include "../base/zeros.h"
#include "../ops/weights.h"
#include "../ops/neuron.h"
#include "memory-stock.h"
#include "workspace.h"

#define ALIGNMENT 64

/* What is read past the last value of a run, in bytes. */
#define SLACK 128

guint
snn_byte_frame_planes (const SnnByteFrame *frame)
{
  return g_bit_storage (frame->largest) + (frame->is_signed ? 1 : 0);
}

static gboolean
has_bytes (const SnnSpiking *spiking, guint buffer)
{
  return spiking->frames[buffer].shape.channels > 0;
}

static void
set_bytes (SnnSpiking *spiking, guint buffer, SnnByteFrame frame)
{
  frame.shape = spiking->plan->frames[buffer].shape;
  spiking->frames[buffer] = frame;
}

static guint
n_branches (const SnnNode *node)
{
  return node->op->n_branches ? node->op->n_branches (node) : 1;
}

static gboolean
add_bias (SnnSpiking *spiking, SnnSpikingStep *step, guint plan_step)
{
  const SnnNode *node = spiking->plan->steps[plan_step].node;
  const float *bias = snn_weights_bias (node);

  if (!bias)
    return TRUE;
  if (step->n_branches == SNN_MAX_BRANCHES)
    return FALSE;
  step->branches[step->n_branches++] = (SnnSpikingBranch) {
    .node = node,
    .values = bias,
    .plan_step = plan_step,
    .frame = spiking->constant,
    .n_runs = 1,
    .length = 1,
    .n_phases = 1,
    .period = 1,
  };
  return TRUE;
}

/* Lists are good for few taps, those that kernels know, of a row that is not too
 * long. All of a frame's readers take them, or none. */
static gboolean
is_listable (const SnnByteFrame *frame, const SnnSpikingBranch *branch)
{
  const guint taps = branch->length / frame->shape.channels;

  return (taps == 1 || taps == 3) && frame->shape.width > 1
      && branch->length <= SNN_LISTED_INPUTS
      && frame->shape.width + 2 * branch->pad <= SNN_LISTED_PIXELS;
}

static void
look_up (SnnByteFrame *frame, const SnnSpikingBranch *branch)
{
  frame->is_listable = is_listable (frame, branch)
      && (!frame->is_looked_up || frame->is_listable);
  frame->is_looked_up = TRUE;
}

/* Branch @part of a layer with weights, the plan's step @index. */
static gboolean
add_branch (SnnSpiking *spiking, SnnSpikingStep *step, guint index, guint part)
{
  const SnnStep *from = &spiking->plan->steps[index];
  const SnnNode *node = from->node;
  SnnByteFrame *frame = &spiking->frames[from->input];
  SnnSpikingBranch *branch = &step->branches[step->n_branches];

  if (step->n_branches == SNN_MAX_BRANCHES)
    return FALSE;
  *branch = (SnnSpikingBranch) {
    .node = node,
    .values = node->weight + part * (node->n_weights / n_branches (node)),
    .part = part,
    .plan_step = index,
    .frame = from->input,
    .n_runs = 1,
    .length = node->in.channels,
    .n_phases = 1,
    .period = 1,
  };
  node->op->branch (node, branch);
  if (branch->period != 1 && step->period != 1
      && step->period != branch->period)
    return FALSE;
  step->period = MAX (step->period, branch->period);
  frame->pad = MAX (frame->pad, branch->pad);
  if (step->type == SNN_SPIKING_FIRE)
    look_up (frame, branch);
  step->n_branches++;
  return TRUE;
}

/* Takes all that adds to buffer @sum before step @end of the plan for
 * branches; FALSE if there is more than layers with weights on bytes. */
static gboolean
add_branches (SnnSpiking *spiking, SnnSpikingStep *step, guint sum, guint end)
{
  const SnnPlan *plan = spiking->plan;

  step->sum = sum;
  step->period = 1;
  step->from_input = TRUE;
  for (guint i = 0; i < end; i++) {
    const SnnStep *from = &plan->steps[i];
    const SnnNode *node = from->node;

    if (from->output != sum)
      continue;
    if (!node || !snn_node_has_weights (node)
        || !has_bytes (spiking, from->input))
      return FALSE;
    for (guint part = 0; part < n_branches (node); part++)
      if (!add_branch (spiking, step, i, part))
        return FALSE;
    step->from_input &= from->input == plan->input;
    if (!add_bias (spiking, step, i))
      return FALSE;
  }
  return step->n_branches > 0;
}

/* Nobody but step @reader (the readout, if it is the end) may read buffer
 * @buffer as it is before that. */
static gboolean
is_read_only_by (const SnnPlan *plan, guint buffer, guint reader)
{
  gboolean in_place = reader < plan->n_steps
      && plan->steps[reader].output == buffer;

  if (buffer == plan->output && !in_place && reader < plan->n_steps)
    return FALSE;
  for (guint i = 0; i < plan->n_steps; i++)
    if (plan->steps[i].input == buffer && i != reader
        && !(in_place && i > reader))
      return FALSE;
  return TRUE;
}

static gboolean
plan_step (SnnSpiking *spiking, guint index)
{
  const SnnPlan *plan = spiking->plan;
  const SnnStep *from = &plan->steps[index];
  const SnnNode *node = from->node;
  SnnSpikingStep *step = &spiking->steps[spiking->n_steps];
  SnnByteFrame frame;

  if (node && snn_node_has_weights (node))
    return TRUE;                /* part of the step that it leads to */
  if (!node || from->accumulate)
    return FALSE;
  *step = (SnnSpikingStep) {
    .node = node,
    .input = from->input,
    .output = from->output,
    .layer = from->layer,
  };
  spiking->n_steps++;
  if (node->op->neuron) {
    step->type = SNN_SPIKING_FIRE;
    set_bytes (spiking, from->output, (SnnByteFrame) {
          .largest = 1,.is_signed = node->op->neuron->is_signed,
          .dropped = TRUE,.share = 1.f });
    return is_read_only_by (plan, from->input, index)
        && add_branches (spiking, step, from->input, index);
  }
  if (!has_bytes (spiking, from->input))
    return FALSE;
  frame = spiking->frames[from->input];
  frame.pad = 0;
  frame.is_looked_up = FALSE;
  if (!node->op->byte_frame || !node->op->byte_frame (node, &frame))
    return FALSE;
  step->type = SNN_SPIKING_PASS;
  set_bytes (spiking, from->output, frame);
  return TRUE;
}

static gboolean
plan_readout (SnnSpiking *spiking)
{
  const SnnPlan *plan = spiking->plan;
  SnnSpikingStep *step = &spiking->steps[spiking->n_steps++];

  *step = (SnnSpikingStep) {
    .type = SNN_SPIKING_READOUT,
    .node = snn_network_node (plan->network, plan->network->nodes->len - 1),
    .output = plan->output,
  };
  return is_read_only_by (plan, plan->output, plan->n_steps)
      && add_branches (spiking, step, plan->output, plan->n_steps);
}

static void
set_room (SnnByteFrame *frame, guint timesteps)
{
  frame->row = frame->time * timesteps;
  frame->size = snn_shape_rows (frame->shape) * frame->row;
}

/* Where a row's last cache line has room for the border of another frame of that
 * shape, the two are laid out alike, so that they can have the same memory. */
static void
widen_borders (SnnSpiking *spiking)
{
  for (guint i = 0; i < spiking->constant; i++)
    for (guint j = 0; j < spiking->constant; j++) {
      const SnnByteFrame *other = &spiking->frames[j];
      SnnByteFrame *frame = &spiking->frames[i];

      if (!snn_shape_equal (frame->shape, other->shape)
          || frame->time != other->time || frame->pad >= other->pad
          || frame->shape.width + 2 * other->pad > SNN_LISTED_PIXELS)
        continue;
      frame->pad = other->pad;
      frame->first = other->first;
    }
}

/* Rows of a block begin at odd multiples of a cache line, so that those of
 * several timesteps don't fall into the same sets of the cache. */
static void
set_layouts (SnnSpiking *spiking)
{
  for (guint i = 0; i <= spiking->constant; i++) {
    SnnByteFrame *frame = &spiking->frames[i];
    const SnnShape shape = frame->shape;
    gsize lines = (((gsize) shape.width + 2 * frame->pad) * shape.channels
        + ALIGNMENT - 1) / ALIGNMENT;

    frame->time = (lines | 1) * ALIGNMENT;
    frame->first = frame->pad * shape.channels;
    set_room (frame, SNN_BLOCK);
  }
  widen_borders (spiking);
}

static void
set_taps (SnnSpiking *spiking)
{
  for (guint i = 0; i < spiking->n_steps; i++)
    for (guint b = 0; b < spiking->steps[i].n_branches; b++) {
      SnnSpikingBranch *branch = &spiking->steps[i].branches[b];
      const SnnByteFrame *frame = &spiking->frames[branch->frame];

      if (frame->is_listable && spiking->kernels->list)
        branch->taps = branch->length / frame->shape.channels;
    }
}

static gboolean
takes_analog (const SnnSpiking *spiking)
{
  for (guint i = 0; i < spiking->n_steps; i++) {
    const SnnSpikingStep *step = &spiking->steps[i];

    if (step->n_branches == 0 && step->input == spiking->plan->input)
      return FALSE;
    for (guint b = 0; b < step->n_branches; b++)
      if (step->branches[b].frame == spiking->plan->input
          && !(step->from_input && step->type == SNN_SPIKING_FIRE))
        return FALSE;
  }
  return TRUE;
}

/* Memory for what a step has beside packed weights, whose size depends on their values,
 * which come with snn_spiking_update(). */
static void
allocate_weights (SnnSpiking *spiking, SnnSpikingStep *step)
{
  const SnnSpikingKernels *kernels = spiking->kernels;
  guint channels = step->node->out.channels;
  guint n_panels = snn_spiking_n_panels (spiking, channels);

  if (step->n_branches == 0)
    return;
  step->scales = g_new0 (double, channels);
  step->scale = g_new0 (float, (gsize) n_panels * kernels->panel);
  step->threshold = g_new0 (float, (gsize) n_panels * kernels->panel);
  if (step->type == SNN_SPIKING_FIRE && step->node->op->neuron->leaks)
    step->leak = g_new0 (float, (gsize) n_panels * kernels->panel);
  if (step->node->resets)
    step->reset = g_new0 (float, (gsize) n_panels * kernels->panel);
  for (guint b = 0; b < step->n_branches; b++) {
    SnnSpikingBranch *branch = &step->branches[b];

    if (step->type == SNN_SPIKING_READOUT)
      branch->weights = g_new (gint32, (gsize) branch->n_phases
          * branch->n_runs * branch->length * channels);
    else
      branch->packed = g_new0 (SnnPackedBranch, SNN_N_PACKINGS);
    for (guint i = 0; branch->packed && i < SNN_N_PACKINGS; i++)
      branch->packed[i].made = g_new0 (gint, n_panels);
  }
}

SnnSpiking *
snn_spiking_new (const SnnPlan *plan, const SnnKernels *kernels)
{
  SnnSpiking *spiking;
  gboolean covered = TRUE;

  if (!plan->network->spiking)
    return NULL;
  spiking = g_new0 (SnnSpiking, 1);
  spiking->plan = plan;
  spiking->kernels = kernels->spiking;
  spiking->constant = plan->n_frames;
  spiking->packing = g_new (GMutex, 1);
  g_mutex_init (spiking->packing);
  spiking->stock = snn_memory_stock_new ();
  spiking->frames = g_new0 (SnnByteFrame, plan->n_frames + 1);
  spiking->frames[spiking->constant] = (SnnByteFrame) {
    .shape = {.channels = 1,.height = 1,.width = 1 },
    .largest = 1,
    .share = 1.f,
  };
  spiking->steps = g_new0 (SnnSpikingStep, plan->n_steps + 1);
  set_bytes (spiking, plan->input, (SnnByteFrame) {
        .largest = 1,.is_signed = TRUE,.of_input = TRUE,.share = 1.f });
  for (guint i = 0; covered && i < plan->n_steps; i++)
    covered = plan_step (spiking, i);
  if (!covered || !plan_readout (spiking)) {
    snn_spiking_free (spiking);
    return NULL;
  }
  set_layouts (spiking);
  spiking->storage = snn_spiking_find_storage (spiking);
  set_taps (spiking);
  spiking->takes_analog = takes_analog (spiking);
  for (guint i = 0; i < spiking->n_steps; i++)
    allocate_weights (spiking, &spiking->steps[i]);
  return spiking;
}

static void
free_packed (SnnPackedBranch *packed)
{
  for (guint i = 0; packed && i < SNN_N_PACKINGS; i++) {
    snn_zeros_free (packed[i].panels);
    g_free (packed[i].made);
  }
  g_free (packed);
}

void
snn_spiking_free (SnnSpiking *spiking)
{
  if (!spiking)
    return;
  snn_memory_stock_free (spiking);
  for (guint i = 0; i < spiking->n_steps; i++) {
    for (guint b = 0; b < spiking->steps[i].n_branches; b++) {
      free_packed (spiking->steps[i].branches[b].packed);
      g_free (spiking->steps[i].branches[b].weights);
    }
    g_free (spiking->steps[i].scales);
    g_free (spiking->steps[i].scale);
    g_free (spiking->steps[i].threshold);
    g_free (spiking->steps[i].leak);
    g_free (spiking->steps[i].reset);
  }
  g_mutex_clear (spiking->packing);
  g_free (spiking->packing);
  g_free (spiking->steps);
  g_free (spiking->frames);
  g_free (spiking->storage);
  g_free (spiking);
}

/* Values of the readout's inputs, once summed over a block. */
static gsize
sums_size (const SnnSpiking *spiking)
{
  const SnnSpikingStep *readout = &spiking->steps[spiking->n_steps - 1];
  gsize largest = 0;

  for (guint b = 0; b < readout->n_branches; b++)
    largest = MAX (largest,
        spiking->frames[readout->branches[b].frame].size / SNN_BLOCK);
  return largest;
}

static gsize
most_channels (const SnnSpiking *spiking)
{
  gsize most = 0;

  for (guint i = 0; i < spiking->n_steps; i++)
    most = MAX (most, spiking->steps[i].node->out.channels);
  return most;
}

/* A 1 in every timestep. */
static void
fill_constant (const SnnSpiking *spiking, SnnSpikingMemory *memory)
{
  const SnnByteFrame *frame = &memory->frames[spiking->constant];
  guint8 *bytes = memory->bytes[spiking->constant];

  for (guint t = 0; t < memory->timesteps; t++)
    bytes[frame->first + t * frame->time] = 1;
  if (spiking->kernels->pack_bits)
    spiking->kernels->pack_bits (bytes, frame->size, 0,
        memory->bits[spiking->constant]);
}

/* What frame @i has to itself. */
static void
allocate_frame (const SnnSpiking *spiking, SnnSpikingMemory *memory, guint i)
{
  const SnnByteFrame *frame = &memory->frames[i];

  memory->lists[i] = g_new0 (SnnFrameLists, 1);
  memory->bytes[i] = snn_zeros_new (frame->size + SLACK);
  if (spiking->kernels->pack_bits)
    memory->bits[i] = snn_zeros_new (snn_byte_frame_planes (frame)
        * (frame->size / 8) + SLACK);
}

/* @storage (transfer full): of each frame, one that has memory before it. */
static SnnSpikingMemory *
memory_new (const SnnSpiking *spiking, guint timesteps, guint *storage)
{
  const guint n_frames = spiking->constant + 1;
  SnnSpikingMemory *memory = g_new0 (SnnSpikingMemory, 1);

  memory->timesteps = timesteps;
  memory->storage = storage;
  memory->frames = g_memdup2 (spiking->frames,
      n_frames * sizeof *spiking->frames);
  memory->bytes = g_new0 (guint8 *, n_frames);
  memory->bits = g_new0 (guint8 *, n_frames);
  memory->lists = g_new0 (SnnFrameLists *, n_frames);
  memory->sums = g_new0 (gint16, sums_size (spiking));
  memory->start = g_new (float, most_channels (spiking));
  for (guint i = 0; i < n_frames; i++) {
    set_room (&memory->frames[i], timesteps);
    if (storage[i] == i && has_bytes (spiking, i))
      allocate_frame (spiking, memory, i);
  }
  for (guint i = 0; i < n_frames; i++) {
    memory->bytes[i] = memory->bytes[storage[i]];
    memory->bits[i] = memory->bits[storage[i]];
    memory->lists[i] = memory->lists[storage[i]];
  }
  fill_constant (spiking, memory);
  return memory;
}

SnnSpikingMemory *
snn_spiking_memory_new (const SnnSpiking *spiking, guint timesteps)
{
  guint *storage = g_new (guint, spiking->constant + 1);

  for (guint i = 0; i <= spiking->constant; i++)
    storage[i] = i;
  return memory_new (spiking, timesteps, storage);
}

SnnSpikingMemory *
snn_spiking_memory_new_shared (const SnnSpiking *spiking, guint timesteps)
{
  return memory_new (spiking, timesteps, g_memdup2 (spiking->storage,
          (spiking->constant + 1) * sizeof *spiking->storage));
}

static void
lists_free (SnnFrameLists *lists)
{
  if (!lists)
    return;
  g_free (lists->lists.sizes);
  g_free (lists->lists.places);
  g_free (lists->lists.first);
  g_free (lists);
}

void
snn_spiking_memory_free (const SnnSpiking *spiking, SnnSpikingMemory *memory)
{
  if (!memory)
    return;
  for (guint i = 0; i <= spiking->constant; i++) {
    if (memory->storage[i] != i)
      continue;
    snn_zeros_free (memory->bytes[i]);
    snn_zeros_free (memory->bits[i]);
    lists_free (memory->lists[i]);
  }
  snn_buffers_free (spiking->plan->n_frames, memory->values);
  snn_buffers_free (spiking->plan->n_layers, memory->membranes);
  g_free (memory->frames);
  g_free (memory->storage);
  g_free (memory->bytes);
  g_free (memory->bits);
  g_free (memory->lists);
  g_free (memory->sums);
  g_free (memory->start);
  g_free (memory);
}

guint
snn_spiking_block (guint timesteps)
{
  guint n_blocks = (timesteps + SNN_BLOCK - 1) / SNN_BLOCK;

  return (timesteps + n_blocks - 1) / n_blocks;
}

gboolean
snn_spiking_takes (const SnnSpiking *spiking, const SnnInput *input)
{
  const guint8 *x = input->data;
  gsize n = input->timesteps
      * snn_shape_size (snn_network_input (spiking->plan->network));
  guint8 beyond = 0;

  if (input->type == SNN_VALUE_FLOAT32)
    return spiking->takes_analog;
  /* Of int8, -1, 0 and 1 become 0, 1 and 2. */
  for (gsize i = 0; input->type == SNN_VALUE_INT8 && i < n; i++)
    beyond |= (guint8) (x[i] + 1) > 2;
  for (gsize i = 0; input->type == SNN_VALUE_UINT8 && i < n; i++)
    beyond |= x[i] > 1;
  return !beyond;
}
