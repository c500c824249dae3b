/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spiking-private.h"

#include <string.h>

#include "../ops/neuron.h"
#include "workspace.h"

static void
load_bytes (const SnnSpikingRun *run)
{
  guint buffer = run->spiking->plan->input;
  const SnnShape shape = run->memory->frames[buffer].shape;
  const gsize rows = snn_shape_rows (shape);
  const guint8 *x = (const guint8 *) run->input->data
      + run->first * snn_shape_size (shape);

  for (guint t = 0; t < run->n_frames; t++)
    for (guint c = 0; c < shape.channels; c++)
      for (gsize y = 0; y < rows; y++, x += shape.width) {
        guint8 *to = snn_spiking_bytes (run, buffer, y, t) + c;

        for (guint i = 0; i < shape.width; i++)
          to[i * shape.channels] = x[i];
      }
  snn_spiking_look_through (run, buffer);
}

SnnBranchRow
snn_spiking_find_row (const SnnSpikingRun *run, const SnnSpikingStep *step,
    const SnnSpikingBranch *branch, gsize y, guint phase)
{
  const SnnByteFrame *frame = &run->memory->frames[branch->frame];
  SnnBranchRow row = {.n_runs = branch->n_runs };

  if (branch->frame != run->spiking->constant)
    branch->node->op->branch_row (branch, frame, step->period, y, phase, &row);
  return row;
}

/* Where the lists of @branch's runs are, if there are any. */
static void
set_lists (const SnnSpikingRun *run, const SnnByteFrame *frame,
    const SnnFrameLists *lists, const SnnBranchRow *row, guint t,
    SnnFireBranch *branch)
{
  const guint channels = frame->shape.channels;

  if (!lists->are_made)
    return;
  branch->packing = SNN_PACKED_FOR_LISTS;
  branch->list = &lists->lists;
  branch->list_row = row->row * run->n_frames + t;
  branch->list_run = run->n_frames;
  branch->list_at = (guint) (branch->at % frame->time / channels);
  branch->list_pixel = (guint) (branch->pixel / channels);
}

/* Bytes from the beginning of its frame to the first input. */
static gsize
row_at (const SnnByteFrame *frame, const SnnBranchRow *row)
{
  return row->row * frame->row + frame->first + row->at;
}

/* The same and their weights from timestep @t on, for the kernels. */
static SnnFireBranch
branch_row (const SnnSpikingRun *run, const SnnSpikingStep *step,
    const SnnSpikingBranch *branch, const SnnBranchRow *found_row, guint panel,
    guint t)
{
  const SnnByteFrame *frame = &run->memory->frames[branch->frame];
  const SnnBranchRow row = *found_row;
  const gsize at = row_at (frame, &row) + t * frame->time;
  SnnFireBranch found = {
    .x = run->memory->bytes[branch->frame] + at,
    .pixel = row.pixel,
    .time = frame->time,
    .run = frame->row,
    .n_runs = row.n_runs,
    .length = branch->length,
    .is_signed = snn_byte_frame_is_signed (run, frame),
    .bits = run->memory->bits[branch->frame],
    .n_planes = snn_spiking_n_planes (run, frame),
    .plane = frame->size / 8,
    .at = at,
    .taps = branch->taps,
    .narrow = branch->narrow,
    .packing = snn_spiking_choose_packing (run, branch),
  };

  set_lists (run, frame, run->memory->lists[branch->frame], &row, t, &found);
  found.weights = snn_spiking_packed (run->spiking, step, branch,
      found.packing, panel, row.phase) + row.first_run
      * (branch->packed[found.packing].size / branch->n_runs);
  return found;
}

/* How many of @n timesteps pass before a branch's input @row sends anything. */
static guint
silence (const SnnSpikingRun *run, const SnnSpikingBranch *branch,
    const SnnBranchRow *row, guint n)
{
  const SnnFrameLists *lists = run->memory->lists[branch->frame];
  const guint32 *sizes;

  if (row->n_runs == 0)
    return n;
  if (!lists->are_counted)
    return 0;
  sizes = lists->lists.sizes + row->row * run->n_frames;
  for (guint i = 0; i < row->n_runs; i++, sizes += run->n_frames)
    for (guint t = 0; t < n; t++)
      if (sizes[t] > 0)
        n = t;
  return n;
}

/* How many of the block's timesteps pass before anything comes to row @y of neurons that
 * rest until then. */
static guint
rest (const SnnSpikingRun *run, const SnnSpikingStep *step, gsize y)
{
  guint n = run->n_frames;

  if (!run->begins || !run->memory->rests
      || (run->distances && run->distances[step->layer]))
    return 0;
  for (guint phase = 0; n > 0 && phase < step->period; phase++)
    for (guint b = 0; n > 0 && b < step->n_branches; b++) {
      const SnnBranchRow row =
          snn_spiking_find_row (run, step, &step->branches[b], y, phase);

      n = silence (run, &step->branches[b], &row, n);
    }
  return n;
}

/* What a row of neurons of one panel does for as long as it rests, which is that nothing
 * is sent, and if it is for the @whole block, how it ends. The first panel does what is
 * to be done for all. */
static void
rest_row (const SnnSpikingRun *run, const SnnSpikingStep *step, guint panel,
    gsize y, guint n, gboolean whole)
{
  const SnnShape shape = step->node->out;
  const gsize row_neurons = (gsize) shape.width * shape.channels;
  float *u = run->membranes[step->layer] + y * row_neurons;

  if (panel > 0)
    return;
  for (guint t = 0; t < n; t++)
    memset (snn_spiking_bytes (run, step->output, y, t), 0, row_neurons);
  if (!whole || run->ends)
    return;
  for (guint x = 0; x < shape.width; x++, u += shape.channels)
    memcpy (u, run->memory->start, shape.channels * sizeof *u);
  u += snn_shape_size (shape) - row_neurons;
  if (step->node->op->neuron->is_signed)
    memset (u, 0, row_neurons * sizeof *u);
}

/* A row of neurons of one panel for timesteps [@t, @t + @n), of @current if that is not
 * %NULL. */
static void
fire_row (const SnnSpikingRun *run, const SnnSpikingStep *step, guint panel,
    gsize y, const float *current, guint t, guint n)
{
  const SnnSpikingKernels *kernels = run->spiking->kernels;
  const SnnByteFrame *out = &run->memory->frames[step->output];
  const SnnFrame *sum = &run->spiking->plan->frames[step->sum];
  const SnnNeuron *kind = step->node->op->neuron;
  const SnnShape shape = step->node->out;
  guint channel = panel * kernels->panel;
  gsize row_neurons = (gsize) shape.width * shape.channels;
  const gboolean starts = run->begins && t == 0;
  const guint rests = current ? 0 : rest (run, step, y);
  guint n_spikes = 0;

  if (rests > 0)
    rest_row (run, step, panel, y, rests, rests == n);
  t += rests;
  n -= rests;
  for (guint phase = 0; n > 0 && phase < step->period; phase++) {
    gsize in_row = (gsize) phase * shape.channels + channel;
    gsize neuron = y * row_neurons + in_row;
    SnnFireBranch branches[SNN_MAX_BRANCHES];
    SnnFireRow row = {
      .timesteps = n,
      .pixels = (shape.width - phase + step->period - 1) / step->period,
      .lanes = MIN (kernels->panel, shape.channels - channel),
      .branches = branches,
      .current_pixel = (gsize) step->period * shape.channels,
      .scale = step->scale + channel,
      .threshold = step->threshold + channel,
      .leak = step->leak ? step->leak + channel : NULL,
      .reset = step->reset ? step->reset + channel : NULL,
      .start = starts ? run->memory->start + channel : NULL,
      .membrane = run->membranes[step->layer] + neuron,
      .ends = run->ends && t + n == run->n_frames,
      .net = kind->is_signed ? run->membranes[step->layer]
          + snn_shape_size (shape) + neuron : NULL,
      .neuron = (gsize) step->period * shape.channels,
      .spikes = snn_spiking_bytes (run, step->output, y, t) + in_row,
      .spikes_pixel = (gsize) step->period * shape.channels,
      .spikes_time = out->time,
      .distance_time = row_neurons,
    };

    for (guint b = 0; !current && b < step->n_branches; b++) {
      const SnnBranchRow at =
          snn_spiking_find_row (run, step, &step->branches[b], y, phase);

      if (at.n_runs > 0)
        branches[row.n_branches++] =
            branch_row (run, step, &step->branches[b], &at, panel, t);
    }
    if (current)
      row.current = current + sum->first + snn_frame_row (sum, y) + in_row;
    if (run->keep)
      row.keep = run->keep[step->layer] + neuron;
    if (run->counts)
      row.counts = run->counts[step->layer] + neuron;
    if (run->distances && run->distances[step->layer])
      row.distance = run->distances[step->layer]
          + (y * run->n_frames + t) * row_neurons + in_row;
    n_spikes += kind->fire_bytes (kernels, &row);
  }
  if (run->spikes)
    run->spikes[step->layer] += n_spikes;
}

/* What is read again, weights for each row or inputs for each panel, had better
 * be what is smaller. */
static gboolean
has_small_weights (const SnnSpikingRun *run, const SnnSpikingStep *step)
{
  const SnnSpiking *spiking = run->spiking;
  const SnnShape shape = step->node->out;
  gsize weights = 0, inputs = 0;

  for (guint b = 0; b < step->n_branches; b++) {
    if (run->memory->lists[step->branches[b].frame]->are_made)
      return FALSE;
    for (guint i = 0; i < SNN_N_PACKINGS; i++)
      weights += step->branches[b].packed[i].size
          * step->branches[b].n_phases;
    inputs += spiking->frames[step->branches[b].frame].size;
  }
  return snn_shape_rows (shape) * weights < inputs;
}

static void
get_start (const SnnSpikingRun *run, const SnnSpikingStep *step)
{
  const SnnNetwork *network = run->spiking->plan->network;

  float *start = run->memory->start;

  step->node->op->neuron->reset (step->node,
      (float) network->initial_membrane, start);
  run->memory->rests = !step->leak;
  for (guint o = 0; o < step->node->out.channels; o++)
    /* Not where weights are not finite: then nothing is no number, either. */
    run->memory->rests &= start[o] + 0.f * step->scale[o] <= step->threshold[o];
}

static void
fire_panels (const SnnSpikingRun *run, const SnnSpikingStep *step,
    const float *current, guint t, guint n)
{
  const SnnShape shape = step->node->out;
  const gsize rows = snn_shape_rows (shape);
  guint n_panels = snn_spiking_n_panels (run->spiking, shape.channels);

  if (run->begins && t == 0)
    get_start (run, step);
  if (has_small_weights (run, step)) {
    for (gsize y = 0; y < rows; y++)
      for (guint panel = 0; panel < n_panels; panel++)
        fire_row (run, step, panel, y, current, t, n);
  } else {
    for (guint panel = 0; panel < n_panels; panel++)
      for (gsize y = 0; y < rows; y++)
        fire_row (run, step, panel, y, current, t, n);
  }
}

/* How many timesteps from @t on have the same input. */
static guint
n_equal_frames (const SnnSpikingRun *run, guint t)
{
  gsize size = sizeof (float)
      * snn_shape_size (snn_network_input (run->spiking->plan->network));
  const guint8 *x = (const guint8 *) run->input->data
      + (run->first + t) * size;
  guint n = 1;

  while (t + n < run->n_frames && memcmp (x, x + n * size, size) == 0)
    n++;
  return n;
}

/* Float input: the current is a float product, made once for all timesteps
 * that follow each other and are equal. */
static void
fire_analog (const SnnSpikingRun *run, const SnnSpikingStep *step)
{
  const SnnPlan *plan = run->spiking->plan;
  SnnRun floats = {
    .plan = plan,
    .packed = run->packed,
    .n_frames = 1,
  };
  guint n;

  if (!run->memory->values)
    run->memory->values = snn_plan_buffers_new (plan, 1);
  floats.values = run->memory->values;
  for (guint t = 0; t < run->n_frames; t += n) {
    n = n_equal_frames (run, t);
    snn_run_load (&floats, run->input, run->first + t, 1, 0);
    for (guint b = 0; b < step->n_branches; b++)
      if (step->branches[b].frame != run->spiking->constant
          && step->branches[b].part == 0)
        snn_layer_forward (&floats,
            &plan->steps[step->branches[b].plan_step]);
    fire_panels (run, step, floats.values[step->sum], t, n);
  }
}

/* Whether what leads to @step is analog input, which there are no bytes of. */
static gboolean
reads_analog (const SnnSpikingRun *run, const SnnSpikingStep *step)
{
  return step->from_input && run->input->type == SNN_VALUE_FLOAT32;
}

static void
fire (const SnnSpikingRun *run, const SnnSpikingStep *step)
{
  if (reads_analog (run, step))
    fire_analog (run, step);
  else
    fire_panels (run, step, NULL, 0, run->n_frames);
  snn_spiking_look_through (run, step->output);
}

void
snn_spiking_add_spikes (const SnnSpikingRun *run, guint layer, float *sums)
{
  const SnnPlan *plan = run->spiking->plan;
  guint buffer = plan->steps[plan->layer_step[layer]].output;
  const SnnShape shape = plan->frames[buffer].shape;
  const gsize n = (gsize) shape.width * shape.channels;

  for (gsize y = 0; y < snn_shape_rows (shape); y++, sums += n)
    for (guint t = 0; t < run->n_frames; t++) {
      const guint8 *x = snn_spiking_bytes (run, buffer, y, t);

      if (run->memory->frames[buffer].is_signed)
        for (gsize i = 0; i < n; i++)
          sums[i] += (gint8) x[i];
      else
        for (gsize i = 0; i < n; i++)
          sums[i] += x[i];
    }
}

/* What a byte of 1 stands for. */
static float
byte_factor (const SnnByteFrame *frame, float spike_factor)
{
  return frame->dropped ? frame->share * spike_factor : frame->share;
}

SnnSpikeFrames
snn_spiking_get_frames (const SnnSpikingRun *run, guint buffer,
    float spike_factor)
{
  const SnnByteFrame *frame = &run->memory->frames[buffer];

  if (frame->shape.channels == 0
      || snn_byte_frame_is_signed (run, frame))
    return (SnnSpikeFrames) { .x = NULL };
  return (SnnSpikeFrames) {
    .x = snn_spiking_bytes (run, buffer, 0, 0),
    .row = frame->row,
    .frame = frame->time,
    .factor = byte_factor (frame, spike_factor),
  };
}

void
snn_spiking_get_values (const SnnSpikingRun *run, guint buffer, guint t,
    float spike_factor, float *frame)
{
  const SnnByteFrame *bytes = &run->memory->frames[buffer];
  const SnnPlan *plan = run->spiking->plan;
  const SnnFrame *layout = &plan->frames[buffer];
  const gsize n = (gsize) bytes->shape.width * bytes->shape.channels;
  const float factor = byte_factor (bytes, spike_factor);

  if (buffer == plan->input && run->input->type == SNN_VALUE_FLOAT32)
    return;
  for (gsize y = 0; y < snn_shape_rows (bytes->shape); y++) {
    const guint8 *x = snn_spiking_bytes (run, buffer, y, t);
    float *to = frame + layout->first + snn_frame_row (layout, y);

    if (bytes->is_signed)
      for (gsize i = 0; i < n; i++)
        to[i] = (gint8) x[i] * factor;
    else
      for (gsize i = 0; i < n; i++)
        to[i] = x[i] * factor;
  }
}

/* What reading its input takes @step, while that is still there. */
static void
count_operations (const SnnSpikingRun *run, const SnnSpikingStep *step)
{
  const SnnPlan *plan = run->spiking->plan;

  if (!run->operations)
    return;
  if (step->type == SNN_SPIKING_PASS)
    snn_spiking_count_operations (run, step->node, step->input);
  for (guint b = 0; b < step->n_branches; b++) {
    const SnnSpikingBranch *branch = &step->branches[b];

    if (branch->frame != run->spiking->constant && branch->part == 0)
      snn_spiking_count_operations (run,
          plan->steps[branch->plan_step].node, branch->frame);
  }
}

static void
forward_step (const SnnSpikingRun *run, const SnnSpikingStep *step)
{
  count_operations (run, step);
  switch (step->type) {
    case SNN_SPIKING_FIRE:
      fire (run, step);
      break;
    case SNN_SPIKING_PASS:
      step->node->op->forward_bytes (run, step);
      snn_spiking_look_through (run, step->output);
      break;
    case SNN_SPIKING_READOUT:
      if (run->potential)
        snn_spiking_read (run, 0, run->n_frames, run->potential);
      break;
  }
}

/* Whether each of its neurons reads the whole input. */
static gboolean
is_matrix (const SnnSpikingStep *step)
{
  return step->type == SNN_SPIKING_FIRE
      && step->branches[0].node->op->forward_columns;
}

/* Panel after panel, so that each panel's weights are read from memory once. Those of
 * floats, which analog input passes by, are read sample by sample. */
static void
fire_matrix (guint n, const SnnSpikingRun *runs, const SnnSpikingStep *step)
{
  guint n_panels =
      snn_spiking_n_panels (runs->spiking, step->node->out.channels);

  for (guint i = 0; i < n; i++) {
    count_operations (&runs[i], step);
    if (reads_analog (&runs[i], step))
      fire_analog (&runs[i], step);
    else
      get_start (&runs[i], step);
  }
  for (guint panel = 0; panel < n_panels; panel++)
    for (guint i = 0; i < n; i++)
      if (!reads_analog (&runs[i], step))
        fire_row (&runs[i], step, panel, 0, NULL, 0, runs[i].n_frames);
  for (guint i = 0; i < n; i++)
    snn_spiking_look_through (&runs[i], step->output);
}

void
snn_spiking_forward_group (guint n, const SnnSpikingRun *runs)
{
  const SnnSpiking *spiking = runs->spiking;
  const SnnSpikingKernels *kernels = spiking->kernels;
  guint step = 0;

  for (guint i = 0; i < n; i++)
    if (runs[i].input->type != SNN_VALUE_FLOAT32)
      load_bytes (&runs[i]);
  /* What precedes the first Linear layer is best done sample by sample: then
   * it stays in the cache. */
  while (step < spiking->n_steps) {
    guint end = step;

    while (end < spiking->n_steps && !is_matrix (&spiking->steps[end]))
      end++;
    for (guint i = 0; i < n; i++)
      for (guint s = step; s < end; s++)
        forward_step (&runs[i], &spiking->steps[s]);
    if (end < spiking->n_steps)
      fire_matrix (n, runs, &spiking->steps[end]);
    step = end + 1;
  }
  if (kernels->end)
    kernels->end ();
}

void
snn_spiking_forward (const SnnSpikingRun *run)
{
  snn_spiking_forward_group (1, run);
}
