/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-anninference
 * @title: anninference
 * @short_description: predicts with an analog network
 * @see_also: anntrainer, snninference
 *
 * Puts the prediction of an analog network (ReLU) in place of the image: for
 * each voxel the probability that it belongs to the label. A label that comes
 * with the image goes on untouched.
 *
 * Samples have to be as large as those it was trained on. A network of convolutions
 * takes others with #GstSnnInference:other-size: whole, made larger by their border
 * values where it has to halve them, or in tiles of its own size, which overlap and
 * are blended, their logits by a Gaussian weight as Isensee et al. 2021 (nnU-Net) do.
 * Sources then do not take their size from the network.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 niftisrc location=images label-location=labels ! \
 *   voxelnormalize mode=zero-mean ! anninference model=ann.nir ! \
 *   dicesink location=report.json
 * ]|
 */
#include "anninference.h"

GST_DEBUG_CATEGORY_STATIC (gst_snn_ann_inference_debug);
#define GST_CAT_DEFAULT gst_snn_ann_inference_debug

struct _GstSnnAnnInference
{
  GstSnnInference parent_instance;
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_SNN_IMAGE_CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_SNN_PREDICTION_CAPS));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstSnnAnnInference, gst_snn_ann_inference,
    GST_TYPE_SNN_INFERENCE,
    GST_DEBUG_CATEGORY_INIT (gst_snn_ann_inference_debug, "anninference", 0,
        "Inference with analog networks"));
GST_ELEMENT_REGISTER_DEFINE (anninference, "anninference", GST_RANK_NONE,
    GST_TYPE_SNN_ANN_INFERENCE);

static gboolean
gst_snn_ann_inference_infer (GstSnnInference *inference, SnnEngine *engine,
    GstBuffer **buffers, guint n, guint n_tiles, const SnnInput *inputs,
    float *const *logits, gboolean *skip, GError **error)
{
  SnnOperations effective, dense;

  GST_LOG_OBJECT (inference, "predicting %u samples", n);
  if (!snn_engine_run (engine, n * n_tiles, inputs, NULL, logits,
          gst_snn_batch_transform_cancel_flag (GST_SNN_BATCH_TRANSFORM
              (inference)), error))
    return FALSE;
  if (!gst_snn_inference_counts (inference))
    return TRUE;
  effective = snn_engine_take_operations (engine);
  dense = snn_network_operations (gst_snn_inference_get_network (inference),
      TRUE);
  dense = snn_operations_times (&dense, n * n_tiles);
  gst_snn_inference_add_operations (inference, n, &effective, &dense);
  return TRUE;
}

static void
gst_snn_ann_inference_class_init (GstSnnAnnInferenceClass *class)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);

  gst_element_class_set_static_metadata (element_class,
      "Analog network inference", "Filter/Analyzer/Tensor",
      "Predicts a probability for each voxel with an analog network",
      "gst-snn developers <developers@gst-snn.invalid>");
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  GST_SNN_INFERENCE_CLASS (class)->infer = gst_snn_ann_inference_infer;
}

static void
gst_snn_ann_inference_init (GstSnnAnnInference *self)
{
}
