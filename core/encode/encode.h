/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include "../base/api.h"

SNN_BEGIN_DECLS

/* Encoders: from analog values in [-1, 1] to a train of spikes over T
 * timesteps. What is written is always [steps][n], for the timesteps @first to
 * @first + @steps - 1 of T, and is the same however T is cut into chunks.
 * Spikes are -1, 0 or 1; from values in [0, 1] they are 0 or 1, and the bytes
 * can be taken for unsigned ones. */

/* How far beyond +-1 a value may be by rounding. */
#define SNN_ENCODE_TOLERANCE 1e-6

/**
 * snn_encode_check:
 * @lowest: -1 for ternary spikes, 0 for binary ones
 *
 * Returns: FALSE with SNN_ERROR_NUMERIC when one of @n values is not a number
 * in [@lowest, 1]; the text has the value and its index
 */
gboolean snn_encode_check (const float *values, gsize n, double lowest,
    GError ** error);

/* snn_encode_check_finite: whether @n values are finite; as above. */
gboolean snn_encode_check_finite (const float *values, gsize n,
    GError ** error);

/**
 * snn_encode_poisson:
 * @seed: of the encoder
 * @sample, @epoch: which sample it is
 * @values: @n analog values, checked
 *
 * Rate coding by Bernoulli draws, the Poisson generator of Rathi et al. 2020:
 * value i has a spike at timestep t, with its sign, where u <= |value|, with
 * u = (r + 1) / 2^32 and r uniform over 32 bits. So 0 never has a spike and
 * +-1 has one at every timestep.
 *
 * The upper 16 bits of r are half i mod 2 (the lower first) of word
 * i mod 128 / 32 of the Philox block of counter { i / 128 * 16 + i mod 32 / 2,
 * t, @sample, @epoch } under the key of (@seed, SNN_RANDOM_ENCODER). They
 * decide but for one draw in 65536, where they equal |value|'s; then the lower
 * ones are drawn as well, the upper half of word 0 of { i, t, @sample, @epoch }
 * under the key of (@seed, SNN_RANDOM_ENCODER_TIES).
 */
void snn_encode_poisson (guint64 seed, guint32 sample, guint32 epoch,
    const float *values, gsize n, guint first, guint steps, gint8 * spikes);

/* snn_encode_poisson_plain: the same, spike by spike; what the fast one is
 * tested against. */
void snn_encode_poisson_plain (guint64 seed, guint32 sample, guint32 epoch,
    const float *values, gsize n, guint first, guint steps, gint8 * spikes);

/**
 * snn_encode_regular:
 *
 * Evenly spaced spikes: at timestep t, floor (|x| (t + 1) + 1/2) -
 * floor (|x| t + 1/2) with the sign of x. After any number of timesteps the
 * count is the nearest integer to what the value asks for. Works on |x| in
 * units of 2^-32, so that no rounding accumulates.
 */
void snn_encode_regular (const float *values, gsize n, guint first,
    guint steps, gint8 * spikes);

/* snn_encode_direct: the analog values themselves, at every timestep. */
void snn_encode_direct (const float *values, gsize n, guint steps,
    float *currents);

SNN_END_DECLS
