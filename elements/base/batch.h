/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include <snn/base/api.h>
#include <snn/graph/input.h>
#include "tensors.h"

SNN_BEGIN_DECLS

/**
 * GstSnnBatch:
 * @n: number of buffers
 * @inputs: their tensor 0, mapped
 * @logits: a new output for each, mapped
 *
 * The memories of a minibatch as the core wants them.
 */
typedef struct
{
  guint n;
  SnnInput *inputs;
  float **logits;

  /*< private > */
  GstBuffer *const *buffers;
  GstMapInfo *in_maps;
  GstMapInfo *out_maps;
} GstSnnBatch;

/**
 * gst_snn_batch_map:
 * @buffers: (array length=n): stay the caller's, and alive
 * @in: what tensor 0 of each is
 * @out: what is to be made of it, float32
 *
 * Returns: FALSE with an error, and nothing mapped, where memory can't be read
 */
gboolean gst_snn_batch_map (GstSnnBatch * batch, GstBuffer * const *buffers,
    guint n, const GstSnnTensor * in, const GstSnnTensor * out,
    GError ** error);

/**
 * gst_snn_batch_finish:
 * @out: (array) (nullable): receives for each buffer one with the output in
 *   place of tensor 0; %NULL: outputs are given up
 *
 * Unmaps everything.
 */
void gst_snn_batch_finish (GstSnnBatch * batch, GstBuffer ** out);

SNN_END_DECLS
