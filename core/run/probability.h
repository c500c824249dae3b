/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "../base/api.h"

SNN_BEGIN_DECLS

/* From logits to probabilities, and from these to a decision. */

/* snn_sigmoid: p = 1 / (1 + exp(-x)), in place. */
void snn_sigmoid (float *values, gsize n);

/* snn_softmax: p_c = exp (x_c) / sum exp (x), at each of @plane pixels over
 * [channels][plane] values, in place. */
void snn_softmax (float *values, guint channels, gsize plane);

/* snn_largest: the channel with the largest of [channels][plane] values at
 * pixel @at; the first of several. */
guint snn_largest (const float *values, guint channels, gsize plane, gsize at);

SNN_END_DECLS
