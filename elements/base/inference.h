/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "batchtransform.h"

G_BEGIN_DECLS

#define GST_TYPE_INFERENCE (gst_inference_get_type ())
G_DECLARE_DERIVABLE_TYPE (GstInference, gst_inference, GST,
    INFERENCE, GstBatchTransform)

/**
 * GstInferenceClass:
 * @spiking: which kind of network it runs
 * @infer: fills in the logits of a batch: @inputs and @logits as in
 *   snn_engine_run(); sets @skip[i] where nothing is to come out for a buffer.
 *   FALSE with an error.
 *
 * Base of elements that run a network out of a file: loads and checks the
 * model, and turns logits into what the property "output" says.
 */
struct _GstInferenceClass
{
  GstBatchTransformClass parent_class;

  gboolean spiking;
  gboolean (*infer) (GstInference * self, SnnEngine * engine,
      GstBuffer ** buffers, guint n, const SnnInput * inputs,
      float *const *logits, gboolean * skip, GError ** error);

  gpointer _gst_reserved[GST_PADDING];
};

/* gst_inference_get_network: while started. */
SnnNetwork *gst_inference_get_network (GstInference * self);

/* gst_inference_counts: whether operations are to be counted, and
 * gst_inference_add_operations() called for each sample. */
gboolean gst_inference_counts (GstInference * self);
void gst_inference_add_operations (GstInference * self,
    const SnnOperations * operations);

/* gst_inference_post_energy: posts what was counted since the last time;
 * subclasses that have epoch_end or finish methods of their own call it
 * there. */
void gst_inference_post_energy (GstInference * self);

/* What prediction elements put out. */
#define GST_SNN_PREDICTION_CAPS \
  GST_SNN_TENSORS_CAPS ("float32,\"float32,uint8\"")

G_END_DECLS
