/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * SnnAdam:
 * @m, @v: moments, @n values each
 * @step: updates so far
 * @weight_decay: what an update takes of a weight at rate 1, beside Adam's
 *
 * Adam (Kingma and Ba 2015) with beta 0.9 and 0.999 and epsilon 1e-8, as
 * PyTorch computes it.
 */
typedef struct
{
  gsize n;
  float *m;
  float *v;
  guint64 step;
  double weight_decay;
} SnnAdam;

void snn_adam_init (SnnAdam * adam, gsize n);
void snn_adam_clear (SnnAdam * adam);

/* snn_adam_reset: as if no update had been. */
void snn_adam_reset (SnnAdam * adam);

/* snn_adam_begin: counts an update; snn_adam_update: applies it to @n weights
 * that stand from @first on. */
void snn_adam_begin (SnnAdam * adam);
void snn_adam_update (SnnAdam * adam, double rate, gsize first, gsize n,
    const float *gradient, float *weight);

G_END_DECLS
