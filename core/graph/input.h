/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include "../base/api.h"

SNN_BEGIN_DECLS

typedef enum
{
  SNN_VALUE_FLOAT32,
  SNN_VALUE_UINT8,              /* binary spikes, or a mask */
  SNN_VALUE_INT8,               /* ternary spikes */
} SnnValueType;

/**
 * SnnInput:
 * @data: [timesteps][channels][height][width] values
 * @timesteps: 1 for an ANN
 *
 * One sample, or a chunk of one, in a spiking network. Not owned.
 */
typedef struct
{
  gconstpointer data;
  SnnValueType type;
  guint timesteps;
} SnnInput;

/* snn_value_size: bytes a value. */
static inline gsize
snn_value_size (SnnValueType type)
{
  return type == SNN_VALUE_FLOAT32 ? sizeof (float) : 1;
}

SNN_END_DECLS
