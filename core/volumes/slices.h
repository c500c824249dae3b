/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../base/random.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/**
 * SnnSlice:
 * @subject: index of its volume
 * @slice: index along the axis
 * @last: whether no other slice of the volume follows in the list
 */
typedef struct
{
  guint32 subject;
  guint32 slice;
  gboolean last;
} SnnSlice;

/**
 * snn_slices_list:
 * @n_subjects, @subjects: whose slices, in this order
 * @counts: how many slices each of these has
 * @random: (nullable): shuffles the slices of all subjects together; %NULL
 *   keeps them in order
 * @n: (out): how many there are, less than 2^32
 *
 * Returns: (transfer full): the slices of one pass over a dataset
 */
SnnSlice *snn_slices_list (guint n_subjects, const guint32 * subjects,
    const guint32 * counts, SnnRandom * random, gsize * n);

SNN_END_DECLS
