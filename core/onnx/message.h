/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "onnx.pb-c.h"

G_BEGIN_DECLS

/* The messages of an ONNX file, and what a message says. */

/* Element types of tensors, and types of attributes, as ONNX numbers them. */
enum
{
  SNN_ONNX_FLOAT = 1,
  SNN_ONNX_INT32 = 6,
  SNN_ONNX_INT64 = 7,
  SNN_ONNX_BOOL = 9,
};

enum
{
  SNN_ONNX_ATTRIBUTE_FLOAT = 1,
  SNN_ONNX_ATTRIBUTE_INT = 2,
  SNN_ONNX_ATTRIBUTE_TENSOR = 4,
  SNN_ONNX_ATTRIBUTE_INTS = 7,
};

/* What names of ours begin with in the metadata of an ONNX file. */
#define SNN_ONNX_PREFIX "gst-snn."

/**
 * snn_onnx_message_read:
 * @size: (out): of the file
 *
 * What is in @path, with no more memory taken than some times its size. All texts
 * in it are UTF-8 and short.
 *
 * Returns: (transfer full): or %NULL with SNN_ERROR_NOT_FOUND, _OPEN, _READ,
 * _FORMAT or _UNSUPPORTED
 */
SnnOnnx__ModelProto *snn_onnx_message_read (const gchar * path, gsize * size,
    GError ** error);

/* snn_onnx_message_free: %NULL is fine. */
void snn_onnx_message_free (SnnOnnx__ModelProto * model);

/* snn_onnx_attribute: (nullable): of this name. */
const SnnOnnx__AttributeProto *snn_onnx_attribute (const SnnOnnx__NodeProto *
    node, const gchar * name);
gint64 snn_onnx_int (const SnnOnnx__NodeProto * node, const gchar * name,
    gint64 fallback);
float snn_onnx_float (const SnnOnnx__NodeProto * node, const gchar * name,
    float fallback);

/* snn_onnx_is_text: whether an attribute that is a text, or the fallback where
 * there is none, is @text. */
gboolean snn_onnx_is_text (const SnnOnnx__NodeProto * node,
    const gchar * name, const gchar * fallback, const gchar * text);

/* snn_onnx_tensor_count: values by its dimensions; FALSE where these are
 * negative or more than 2^31. */
gboolean snn_onnx_tensor_count (const SnnOnnx__TensorProto * tensor,
    guint64 * n);

/* snn_onnx_tensor_floats: (transfer full): its @n values, of float; %NULL
 * where it has others, or not so many. snn_onnx_tensor_ints: likewise, of
 * int32 or int64, or of bool, as 0 and 1. */
float *snn_onnx_tensor_floats (const SnnOnnx__TensorProto * tensor,
    guint64 n);
gint64 *snn_onnx_tensor_ints (const SnnOnnx__TensorProto * tensor, guint64 n);

G_END_DECLS
