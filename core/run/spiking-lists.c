/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spiking-private.h"

/* What kernels read of a frame's bytes: lists of its spikes where these are few, or
 * their bits. */

/* Lists pay in blocks of no more timesteps than these. */
#define FEW_TIMESTEPS 8

static guint
padded_width (const SnnByteFrame *frame)
{
  return frame->shape.width + 2 * frame->pad;
}

/* Memory for a block of as many of @timesteps as are listed, of which one has up to
 * @most places. */
static void
allocate_lists (const SnnByteFrame *frame, guint timesteps, gsize most,
    SnnSpikeList *lists)
{
  const gsize n = snn_shape_rows (frame->shape) * MIN (timesteps, FEW_TIMESTEPS);

  if (lists->places)
    return;
  lists->places = g_new (guint32, most * MIN (timesteps, FEW_TIMESTEPS)
      + SNN_LIST_SLACK);
  lists->first = g_new (guint32, n * (lists->pixels + 1));
}

/* A row and timestep of a buffer. */
static SnnListRow
list_row (const SnnSpikingRun *run, guint buffer, gsize y, guint t)
{
  const SnnByteFrame *frame = &run->memory->frames[buffer];

  return (SnnListRow) {
    .bytes = run->memory->bytes[buffer] + y * frame->row + t * frame->time,
    .pixels = padded_width (frame),
    .channels = frame->shape.channels,
    .largest = (gint) frame->largest,
    .is_signed = snn_byte_frame_is_signed (run, frame),
  };
}

/* The sizes of all rows of a buffer that has just been written; returns their sum. */
static gsize
count_spikes (const SnnSpikingRun *run, guint buffer)
{
  const SnnByteFrame *frame = &run->memory->frames[buffer];
  const gsize rows = snn_shape_rows (frame->shape);
  SnnSpikeList *lists = &run->memory->lists[buffer]->lists;
  guint32 *size;
  gsize n = 0;

  lists->pixels = padded_width (frame);
  if (!lists->sizes)
    lists->sizes = g_new (guint32, rows
        * MIN (run->memory->timesteps, FEW_TIMESTEPS));
  size = lists->sizes;
  for (gsize y = 0; y < rows; y++)
    for (guint t = 0; t < run->n_frames; t++, size++) {
      const SnnListRow row = list_row (run, buffer, y, t);

      *size = run->spiking->kernels->count (&row);
      n += *size;
    }
  return n;
}

/* Places of a timestep at most, where spikes are few: theirs, and what fills up those of
 * each pixel. */
static gsize
most_places (const SnnSpikingRun *run, const SnnByteFrame *frame)
{
  return snn_shape_size (frame->shape) / run->spiking->kernels->dense + 1
      + snn_shape_rows (frame->shape) * padded_width (frame)
      * (SNN_TOGETHER - 1);
}

/* Lists the spikes of a buffer, which have been counted and are few. */
static void
list_spikes (const SnnSpikingRun *run, guint buffer)
{
  const SnnByteFrame *frame = &run->memory->frames[buffer];
  const gsize rows = snn_shape_rows (frame->shape);
  const SnnSpikingKernels *kernels = run->spiking->kernels;
  SnnSpikeList *lists = &run->memory->lists[buffer]->lists;
  guint32 n = 0;
  gsize at = 0;

  for (gsize y = 0; y < rows; y++)
    for (guint t = 0; t < run->n_frames; t++, at++) {
      SnnListRow row;

      if (lists->sizes[at] == 0)
        continue;
      row = list_row (run, buffer, y, t);
      row.places = lists->places;
      row.first = lists->first + at * (lists->pixels + 1);
      n = kernels->list (&row, n);
    }
}

guint
snn_spiking_n_planes (const SnnSpikingRun *run, const SnnByteFrame *frame)
{
  return g_bit_storage (frame->largest)
      + (snn_byte_frame_is_signed (run, frame) ? 1 : 0);
}

SnnPacking
snn_spiking_choose_packing (const SnnSpikingRun *run,
    const SnnSpikingBranch *branch)
{
  const SnnSpikingKernels *kernels = run->spiking->kernels;
  const SnnByteFrame *frame = &run->memory->frames[branch->frame];

  return kernels->choose ? kernels->choose (run->n_frames,
      snn_spiking_n_planes (run, frame), branch->narrow)
      : SNN_PACKED_FOR_BITS;
}

static gboolean
wants_bits (const SnnSpikingRun *run, guint buffer)
{
  const SnnSpiking *spiking = run->spiking;

  for (guint i = 0; i < spiking->n_steps; i++) {
    const SnnSpikingStep *step = &spiking->steps[i];

    for (guint b = 0; step->type == SNN_SPIKING_FIRE && b < step->n_branches;
        b++)
      if (step->branches[b].frame == buffer
          && snn_spiking_choose_packing (run, &step->branches[b])
          == SNN_PACKED_FOR_BITS)
        return TRUE;
  }
  return FALSE;
}

static void
pack_bits (const SnnSpikingRun *run, guint buffer)
{
  const SnnByteFrame *frame = &run->memory->frames[buffer];
  const SnnSpikingKernels *kernels = run->spiking->kernels;

  if (!kernels->pack_bits || !wants_bits (run, buffer))
    return;
  for (guint plane = 0; plane < snn_byte_frame_planes (frame); plane++)
    for (gsize y = 0; y < snn_shape_rows (frame->shape); y++) {
      const gsize at = y * frame->row;

      kernels->pack_bits (run->memory->bytes[buffer] + at,
          run->n_frames * frame->time, plane,
          run->memory->bits[buffer] + (plane * frame->size + at) / 8);
    }
}

/* Whether @n spikes of a buffer are as few that lists pay. */
static gboolean
are_few (const SnnSpikingRun *run, guint buffer, gsize n)
{
  const SnnSpikingKernels *kernels = run->spiking->kernels;

  return n <= snn_shape_size (run->memory->frames[buffer].shape) * run->n_frames
      / (run->spiking->frames[buffer].is_narrow ? kernels->narrow_dense
      : kernels->dense);
}

void
snn_spiking_look_through (const SnnSpikingRun *run, guint buffer)
{
  const SnnByteFrame *frame = &run->memory->frames[buffer];
  SnnFrameLists *lists = run->memory->lists[buffer];

  lists->are_counted = lists->are_made = FALSE;
  if (!frame->is_looked_up)
    return;
  if (run->n_frames <= FEW_TIMESTEPS && run->spiking->kernels->count) {
    const gsize n = count_spikes (run, buffer);

    /* Whether they are few or not, so that memory does not depend on it. */
    if (frame->is_listable)
      allocate_lists (frame, run->memory->timesteps, most_places (run, frame),
          &lists->lists);
    lists->are_counted = TRUE;
    lists->are_made = frame->is_listable && are_few (run, buffer, n);
  }
  if (lists->are_made)
    list_spikes (run, buffer);
  else
    pack_bits (run, buffer);
}
