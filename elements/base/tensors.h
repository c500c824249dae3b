/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include <snn/base/api.h>
#include <snn/base/classes.h>
#include <snn/graph/input.h>
#include <snn/graph/shape.h>
#include "messages.h"

SNN_BEGIN_DECLS

/* Tensor caps, after NNStreamer's convention: other/tensors with
 * format=static, num_tensors, and two strings that list the tensors' types
 * and dimensions. Dimensions are innermost first and always written with rank
 * 5, W:H:D:C:T (width, height, depth, channels, timesteps). NNStreamer writes
 * ',' between tensors and also reads '.'; so do we. Caps are parsed and then
 * compared as numbers: "48:56" and "48:56:1:1:1" are the same. */

#define GST_SNN_TENSORS_MAX 2

typedef struct
{
  SnnValueType type;
  guint width;
  guint height;
  guint depth;
  guint channels;
  guint timesteps;
} GstSnnTensor;

/**
 * GstSnnTensors:
 * @n_tensors: 1, or 2 with a label; 0 while nothing is negotiated
 * @tensor: 0 is the image, the spikes or the prediction; 1 the label: a mask
 *   of uint8, or one uint8 for a class
 * @classes: that voxels of the label, and channels of a prediction, are of; none:
 *   labels are 0 or not. In caps it is a field that is missing then
 * @statistic: (nullable): what is told of several predictions in place of one, the
 *   field GST_SNN_CAPS_STATISTIC; a string that stays
 */
typedef struct
{
  guint n_tensors;
  GstSnnTensor tensor[GST_SNN_TENSORS_MAX];
  SnnClasses classes;
  const gchar *statistic;
} GstSnnTensors;

#define GST_SNN_TENSORS_CAPS(types) \
  "other/tensors, format=(string)static, num_tensors=(int)[1,2], " \
  "types=(string){" types "}, framerate=(fraction)[0/1,2147483647/1]"

/* What the pads of our elements accept, for pad templates. */
#define GST_SNN_IMAGE_TYPES "float32,\"float32,uint8\",\"float32.uint8\""
#define GST_SNN_SPIKE_TYPES "int8,uint8,\"int8,uint8\",\"uint8,uint8\"," \
  "\"int8.uint8\",\"uint8.uint8\""
#define GST_SNN_IMAGE_CAPS GST_SNN_TENSORS_CAPS (GST_SNN_IMAGE_TYPES)
#define GST_SNN_SPIKE_CAPS GST_SNN_TENSORS_CAPS (GST_SNN_SPIKE_TYPES)
/* Spikes, or an analog current (directencoder's). */
#define GST_SNN_CURRENT_CAPS \
  GST_SNN_TENSORS_CAPS (GST_SNN_IMAGE_TYPES "," GST_SNN_SPIKE_TYPES)

/**
 * gst_snn_tensors_from_caps:
 * @tensors: (out caller-allocates): what fixed @caps say
 *
 * Returns: %FALSE with SNN_ERROR_FORMAT and a text that quotes what was found,
 *   and no tensors
 */
gboolean gst_snn_tensors_from_caps (GstSnnTensors * tensors,
    const GstCaps * caps, GError ** error);

/* A field of caps: what is told of several predictions in place of a probability,
 * such as "variance". gst_snn_tensors_from_caps() refuses it, so that nobody cuts a
 * mask from what is none; gst_snn_tensors_from_value_caps(), of who takes values as
 * they are, does not. */
#define GST_SNN_CAPS_STATISTIC "statistic"

gboolean gst_snn_tensors_from_value_caps (GstSnnTensors * tensors,
    const GstCaps * caps, GError ** error);

/* gst_snn_tensors_to_caps: (transfer full): without frame rate, 0/1 */
GstCaps *gst_snn_tensors_to_caps (const GstSnnTensors * tensors);

/* gst_snn_tensors_to_any_caps: (transfer full): in all words for the same
 * tensors, ours first, as NNStreamer compares strings: '.' between tensors,
 * trailing ones of dimensions left out, or as many as its versions write.
 * @framerate (nullable: any) */
GstCaps *gst_snn_tensors_to_any_caps (const GstSnnTensors * tensors,
    const GValue * framerate);

gboolean gst_snn_tensors_equal (const GstSnnTensors * a,
    const GstSnnTensors * b);

/* gst_snn_tensor_size: in bytes. */
gsize gst_snn_tensor_size (const GstSnnTensor * tensor);

#ifndef __GI_SCANNER__ /* a struct by value */

/* gst_snn_tensor_shape: of one timestep; without an axis of depth where that is 1,
 * which is a slice's. */
SnnShape gst_snn_tensor_shape (const GstSnnTensor * tensor);

#endif

/* gst_snn_tensors_check_buffer: whether @buffer has the memories and sizes
 * that @tensors says; SNN_ERROR_MISMATCH with both numbers. */
gboolean gst_snn_tensors_check_buffer (const GstSnnTensors * tensors,
    GstBuffer * buffer, GError ** error);

#ifndef __GI_SCANNER__ /* of use to elements only */

/**
 * gst_snn_buffer_replace_tensor:
 * @memory: (transfer full): the new memory 0
 *
 * Returns: (transfer full): a buffer with @memory in front, the label of
 * @buffer by reference, and all its metas, flags and timestamps. @buffer is
 * left alone.
 */
GstBuffer *gst_snn_buffer_replace_tensor (GstBuffer * buffer,
    GstMemory * memory);

/* GstSnnFacts: what is known about the samples of a stream, beside its caps:
 * no sample meta, one, or one with a volume. A stream has one kind. */
typedef enum
{
  GST_SNN_FACTS_UNKNOWN,
  GST_SNN_FACTS_NONE,
  GST_SNN_FACTS_SAMPLE,
  GST_SNN_FACTS_VOLUME,
} GstSnnFacts;

/**
 * gst_snn_element_take_buffer:
 * @tensors: what was negotiated, if anything was
 * @facts: (inout): of the stream's samples; UNKNOWN as it starts
 * @buffer: (inout) (transfer full): becomes a buffer with a memory for each
 *   tensor, or %NULL where it is refused
 *
 * The way of every buffer into an element, before anything of it is mapped.
 * Whoever maps a whole buffer merges its memories, and so does whoever writes
 * it out and reads it in again; tensors are then found by their sizes, as in
 * NNStreamer. Where samples are known and unknown in one stream, those that
 * are not would be taken for others.
 *
 * Returns: %GST_FLOW_OK; %GST_FLOW_NOT_NEGOTIATED where no caps came before
 *   it, %GST_FLOW_ERROR where it is not as large as the caps say or of other
 *   @facts, with a message posted
 */
GstFlowReturn gst_snn_element_take_buffer (GstElement * element,
    const GstSnnTensors * tensors, GstSnnFacts * facts, GstBuffer ** buffer);

#endif

SNN_END_DECLS
