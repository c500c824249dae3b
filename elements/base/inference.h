/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <snn/base/api.h>
#include <snn/run/engine.h>

#include "batchtransform.h"

SNN_BEGIN_DECLS

#define GST_TYPE_SNN_INFERENCE (gst_snn_inference_get_type ())
G_DECLARE_DERIVABLE_TYPE (GstSnnInference, gst_snn_inference, GST,
    SNN_INFERENCE, GstSnnBatchTransform)

/**
 * GstSnnInferenceClass:
 * @spiking: which kind of network it runs
 * @set_network: (nullable): the network that is run from now on; another one where
 *   samples become of another size
 * @infer: fills in the logits of a batch: @inputs and @logits as in
 *   snn_engine_run(), @n_tiles of each of @n buffers one after the other; sets
 *   @skip[i] where nothing is to come out for a buffer. FALSE with an error.
 * @statistic: (nullable): of what @infer fills in where that is no logits but a
 *   statistic of what the network's timesteps say, the name that caps say it by;
 *   %NULL where it is logits
 *
 * Base of elements that run a network out of a file: loads and checks the
 * model, and turns logits into what the property "output" says.
 */
struct _GstSnnInferenceClass
{
  GstSnnBatchTransformClass parent_class;

  gboolean spiking;
  void (*set_network) (GstSnnInference * self, SnnNetwork * network);
  gboolean (*infer) (GstSnnInference * self, SnnEngine * engine,
      GstBuffer ** buffers, guint n, guint n_tiles, const SnnInput * inputs,
      float *const *logits, gboolean * skip, GError ** error);
  const gchar *(*statistic) (GstSnnInference * self);

  gpointer _gst_reserved[GST_PADDING];
};

/* gst_snn_inference_get_network: that is run, while started. */
SnnNetwork *gst_snn_inference_get_network (GstSnnInference * self);

/* gst_snn_inference_get_model: the file of the network, while started. */
const gchar *gst_snn_inference_get_model (GstSnnInference * self);

#ifndef __GI_SCANNER__ /* a callback */

/* gst_snn_inference_get_output: what is put out of logits, as the property "output"
 * says, while started; %NULL: they themselves. */
SnnOutputFunction gst_snn_inference_get_output (GstSnnInference * self);

#endif

/* gst_snn_inference_counts: whether operations are to be counted, and
 * gst_snn_inference_add_operations() called with what @n samples took. */
gboolean gst_snn_inference_counts (GstSnnInference * self);
void gst_snn_inference_add_operations (GstSnnInference * self, guint n,
    const SnnOperations * effective, const SnnOperations * dense);

/* gst_snn_inference_end_pass: posts what was counted since the last time, and a
 * warning where the network was measured on what it was trained on; subclasses
 * that have epoch_end or finish methods of their own call it in both. */
void gst_snn_inference_end_pass (GstSnnInference * self);

/* What prediction elements put out. */
#define GST_SNN_PREDICTION_CAPS \
  GST_SNN_TENSORS_CAPS ("float32,\"float32,uint8\"")

SNN_END_DECLS
