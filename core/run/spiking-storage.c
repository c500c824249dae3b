/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spiking-private.h"

/* Frames whose values are no longer read leave their memory to others: of a U-Net
 * only the skips live long. Borders are zeros that nobody writes again, so that memory
 * goes on only between frames that have them at the same places. */

static gboolean
same_layout (const SnnByteFrame *a, const SnnByteFrame *b)
{
  return snn_shape_equal (a->shape, b->shape) && a->pad == b->pad
      && a->time == b->time && a->largest == b->largest
      && a->is_signed == b->is_signed && a->of_input == b->of_input;
}

/* The last step that reads each frame; of what nobody reads, that which writes it. */
static guint *
find_last_reads (const SnnSpiking *spiking)
{
  guint *last = g_new0 (guint, spiking->constant + 1);

  for (guint s = 0; s < spiking->n_steps; s++) {
    const SnnSpikingStep *step = &spiking->steps[s];

    if (step->type == SNN_SPIKING_PASS)
      last[step->input] = s;
    for (guint b = 0; b < step->n_branches; b++)
      last[step->branches[b].frame] = s;
    if (step->type != SNN_SPIKING_READOUT)
      last[step->output] = s;
  }
  return last;
}

guint *
snn_spiking_find_storage (const SnnSpiking *spiking)
{
  g_autofree guint *busy = find_last_reads (spiking);
  guint *storage = g_new (guint, spiking->constant + 1);

  for (guint i = 0; i <= spiking->constant; i++)
    storage[i] = i;
  for (guint s = 0; s + 1 < spiking->n_steps; s++) {
    const guint frame = spiking->steps[s].output;

    for (guint before = 0; before < s && storage[frame] == frame; before++) {
      const guint other = spiking->steps[before].output;

      if (storage[other] != other || busy[other] >= s || !same_layout
          (&spiking->frames[frame], &spiking->frames[other]))
        continue;
      storage[frame] = other;
      busy[other] = busy[frame];
    }
  }
  return storage;
}
