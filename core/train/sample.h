/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../base/api.h"
#include "../graph/input.h"

SNN_BEGIN_DECLS

/**
 * SnnSample:
 * @input: a whole sample, all its timesteps
 * @target: its label, of the shape that the loss wants, a byte a value
 * @id, @epoch: of the dropout draw
 *
 * What networks are trained on. Not owned.
 */
typedef struct
{
  SnnInput input;
  const guint8 *target;
  guint32 id;
  guint32 epoch;
} SnnSample;

SNN_END_DECLS
