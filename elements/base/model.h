/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include <snn/graph/network.h>
#include "tensors.h"
#include <snn/base/api.h>

SNN_BEGIN_DECLS

/* Models as elements need them: out of a file, and against a stream's caps. */

/**
 * gst_snn_model_load:
 * @path: (nullable): as the property says
 * @spiking: which kind is wanted
 *
 * Returns: (transfer full): or %NULL with GST_RESOURCE_ERROR_SETTINGS where
 * there is no @path, SNN_ERROR_MISMATCH where the file has the other kind of
 * network, and the errors of snn_model_load()
 */
SnnNetwork *gst_snn_model_load (const gchar * path, gboolean spiking,
    GError ** error);

/* gst_snn_model_check: whether @network, out of @path, works on one timestep
 * of @tensor; SNN_ERROR_MISMATCH with both shapes, and with @hint (nullable) where
 * only the extents are others. */
gboolean gst_snn_model_check (const SnnNetwork * network, const gchar * path,
    const GstSnnTensor * tensor, const gchar * hint, GError ** error);

/* gst_snn_model_check_kind: the same, of samples that may have other extents. */
gboolean gst_snn_model_check_kind (const SnnNetwork * network,
    const gchar * path, const GstSnnTensor * tensor, GError ** error);

/* gst_snn_model_output: the prediction of @network: float32, one timestep. */
GstSnnTensor gst_snn_model_output (const SnnNetwork * network);

/**
 * gst_snn_model_check_classes:
 * @tensors: of a stream; what its label is of counts where there is one
 * @classes: (out): that the channels of a prediction are of: the network's, else
 *   the label's, else numbers from 1 on where there are several; none where a
 *   sample as a whole has a class
 *
 * Returns: FALSE with SNN_ERROR_MISMATCH where labels are of other classes than
 * @network, out of @path, predicts
 */
gboolean gst_snn_model_check_classes (const SnnNetwork * network,
    const gchar * path, const GstSnnTensors * tensors, SnnClasses * classes,
    GError ** error);

/* gst_snn_model_warn_of_class: warns, for @element, where masks of one structure flow
 * and either they or @network, out of @path, do not say which it is: what is measured
 * or trained may be another one than the user thinks. */
void gst_snn_model_warn_of_class (GstElement * element,
    const SnnNetwork * network, const gchar * path,
    const GstSnnTensors * tensors);

/* gst_snn_tensor_probability: from logits, in place: a softmax over several channels,
 * a sigmoid of one. gst_snn_model_probability: of what @network puts out. */
void gst_snn_tensor_probability (const GstSnnTensor * prediction,
    float *values);
void gst_snn_model_probability (const SnnNetwork * network, float *values);

/* gst_snn_file_check: snn_file_check() with GST_RESOURCE_ERROR_OPEN_WRITE, as of
 * what is found out before anything is written. */
gboolean gst_snn_file_check (const gchar * path, GError ** error);

/* gst_snn_model_check_writable: whether a model can be written to @path, as
 * @property says; GST_RESOURCE_ERROR_SETTINGS or _OPEN_WRITE. */
gboolean gst_snn_model_check_writable (const gchar * property,
    const gchar * path, GError ** error);

/* gst_snn_model_describe_layers: adds arrays "layers" (names) and
 * "thresholds" (means over channels) of the IF nodes to @structure. */
void gst_snn_model_describe_layers (const SnnNetwork * network,
    GstStructure * structure);

/* gst_snn_append_double: to a GstValueArray. */
void gst_snn_append_double (GValue * array, double value);

SNN_END_DECLS
