/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasetransform.h>

#include "samplemeta.h"
#include "tensors.h"
#include <snn/base/api.h>

SNN_BEGIN_DECLS

#define GST_TYPE_SNN_BATCH_TRANSFORM (gst_snn_batch_transform_get_type ())
G_DECLARE_DERIVABLE_TYPE (GstSnnBatchTransform, gst_snn_batch_transform, GST,
    SNN_BATCH_TRANSFORM, GstBaseTransform)

/**
 * GstSnnBatchSettings:
 * @batch_size: samples that are worked on together; 1 unless a subclass has a
 *   property for it
 * @timeout: milliseconds after which a batch that is not full is worked on; 0:
 *   never, unless a subclass has a property for it
 * @threads: that share them; 0: one a processor
 */
typedef struct
{
  guint batch_size;
  guint timeout;
  guint threads;
} GstSnnBatchSettings;

/**
 * GstSnnBatchTransformClass:
 * @set_tensors: new input; fills in @out (memory 0; the label is copied). FALSE
 *   with an error when it can't be worked on: the element error is posted by
 *   the base class
 * @process: works on @n buffers and sets @out[i] (transfer full) for each, or
 *   leaves it %NULL where nothing is to be pushed; polls
 *   gst_snn_batch_transform_cancel_flag() in long work. FALSE with an error.
 * @epoch_begin, @epoch_end: (nullable): an epoch event passes; all samples
 *   before it have been processed
 * @finish: (nullable): EOS, after the last batch, unless work has failed
 * @flush: (nullable): a flush has dropped samples
 * @reset: (nullable): PAUSED to READY: forget the stream
 * @whole_epochs: a part of an epoch is not what it works on: no seeks
 *
 * Base of elements that work on minibatches: collects "batch-size" samples,
 * hands them over, pushes the results one by one. Samples are of one kind in
 * a batch (training or evaluation), and a batch that is not full is worked on
 * before any serialized event (an epoch, new caps, a gap, EOS) goes on; a
 * flush drops it. Memories and their sizes are checked against the caps.
 *
 * Subclasses that need start() chain up, and where they fail after that, to
 * stop(), as there is a thread by then; the errors of all functions are posted by
 * the base class.
 */
struct _GstSnnBatchTransformClass
{
  GstBaseTransformClass parent_class;

  gboolean (*set_tensors) (GstSnnBatchTransform * self,
      const GstSnnTensors * in, GstSnnTensors * out, GError ** error);
  gboolean (*process) (GstSnnBatchTransform * self, GstBuffer ** in, guint n,
      gboolean evaluate, GstBuffer ** out, GError ** error);
  gboolean (*epoch_begin) (GstSnnBatchTransform * self,
      const GstSnnEpoch * epoch, GError ** error);
  gboolean (*epoch_end) (GstSnnBatchTransform * self, const GstSnnEpoch * epoch,
      GError ** error);
  gboolean (*finish) (GstSnnBatchTransform * self, GError ** error);
  void (*flush) (GstSnnBatchTransform * self);
  void (*reset) (GstSnnBatchTransform * self);
  gboolean whole_epochs;

  gpointer _gst_reserved[GST_PADDING];
};

/* gst_snn_batch_transform_cancel_flag: non-zero (atomic) while the pipeline is
 * flushing or being stopped. */
const gint *gst_snn_batch_transform_cancel_flag (GstSnnBatchTransform * self);

/* gst_snn_batch_transform_settings: those of the base class, as the function of
 * a #GstSnnPropertyTable: subclasses whose batches are not of one sample have
 * "batch-size" as a property of theirs. */
gpointer gst_snn_batch_transform_settings (gpointer self);

/* gst_snn_batch_transform_active_settings: as they were when the stream
 * started. */
const GstSnnBatchSettings *gst_snn_batch_transform_active_settings
    (GstSnnBatchTransform * self);

/* The tensors of the stream as last set. */
const GstSnnTensors *gst_snn_batch_transform_get_tensors (GstSnnBatchTransform
    * self);

SNN_END_DECLS
