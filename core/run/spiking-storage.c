/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spiking-private.h"

#include "storage.h"

/* Frames whose values are no longer read leave their memory to others: of a U-Net
 * only the skips live long. Borders are zeros that nobody writes again, so that memory
 * goes on only between frames that have them at the same places. */

static gboolean
same_layout (gconstpointer data, guint i, guint j)
{
  const SnnSpiking *spiking = data;
  const SnnByteFrame *a = &spiking->frames[i], *b = &spiking->frames[j];

  return snn_shape_equal (a->shape, b->shape) && a->pad == b->pad
      && a->time == b->time && a->largest == b->largest
      && a->is_signed == b->is_signed && a->of_input == b->of_input;
}

/* The input and the constant are there before the first step, and are left alone. */
guint *
snn_spiking_find_storage (const SnnSpiking *spiking)
{
  const guint n = spiking->constant + 1;
  g_autofree guint *born = g_new (guint, n);
  g_autofree guint *dies = g_new0 (guint, n);

  for (guint i = 0; i < n; i++)
    born[i] = G_MAXUINT;
  for (guint s = 0; s < spiking->n_steps; s++) {
    const SnnSpikingStep *step = &spiking->steps[s];

    if (step->type == SNN_SPIKING_PASS)
      dies[step->input] = s;
    for (guint b = 0; b < step->n_branches; b++)
      dies[step->branches[b].frame] = s;
    if (step->type != SNN_SPIKING_READOUT)
      born[step->output] = dies[step->output] = s;
  }
  return snn_storage_share (n, born, dies, same_layout, spiking);
}
