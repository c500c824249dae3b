/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "samplemeta.h"
#include "tensors.h"
#include <snn/base/api.h>

SNN_BEGIN_DECLS

/**
 * GstSnnSpikeTrain:
 * @in_sample: the last chunk did not end its sample
 * @sample, @epoch: which sample the last chunk was of
 * @next: timestep that is due
 *
 * Where in its samples a stream of chunks is. Zeroed at the stream's start and
 * by a flush.
 */
typedef struct
{
  gboolean in_sample;
  guint32 sample;
  guint32 epoch;
  guint next;
} GstSnnSpikeTrain;

/**
 * gst_snn_spike_train_follow:
 * @buffer: the next chunk
 * @tensor: its tensor 0
 * @begins, @ends: (out): whether it is the first, and the last, of its sample
 *
 * What chunk of which sample it is, the sample meta says. Streams without it
 * begin a sample after each MARKER, and are DISCONT within one where something
 * was lost.
 *
 * Returns: %FALSE with SNN_ERROR_MISMATCH where timesteps are missing before
 *   @buffer, or where it is an image that nobody encoded
 */
gboolean gst_snn_spike_train_follow (GstSnnSpikeTrain * train,
    GstBuffer * buffer, const GstSnnTensor * tensor, gboolean * begins,
    gboolean * ends, GError ** error);

/* gst_snn_spike_train_check_whole: whether @buffer holds all timesteps of its
 * sample; SNN_ERROR_MISMATCH where it does not. */
gboolean gst_snn_spike_train_check_whole (GstBuffer * buffer,
    const GstSnnTensor * tensor, GError ** error);

SNN_END_DECLS
