/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../base/error.h"
#include "../graph/network.h"
#include "message.h"

G_BEGIN_DECLS

/* Reading a graph of ONNX: its nodes one after the other, each by the function
 * that the table of operators has for it, which takes the values that it reads
 * and sets the value that it makes. */

/* Samples, channels, depth, height and width. */
#define SNN_ONNX_MOST_AXES 5

/* What follows the logits. */
typedef enum
{
  SNN_ONNX_END_NONE,
  SNN_ONNX_END_SIGMOID,
  SNN_ONNX_END_SOFTMAX,
} SnnOnnxEnd;

/**
 * SnnOnnxPart:
 * @terms: (element-type guint): indices of nodes in the network, the sum of whose
 *   outputs it is
 * @shape: of it
 */
typedef struct
{
  GArray *terms;
  SnnShape shape;
} SnnOnnxPart;

/**
 * SnnOnnxValue:
 * @name: in the file
 * @readers: how many inputs of nodes it is
 * @tensor: (nullable): a constant of the file
 * @ints: (nullable) (element-type gint64): a small constant that was computed,
 *   such as a shape
 * @parts: (nullable) (element-type SnnOnnxPart): otherwise; the network's values,
 *   concatenated along their channels
 * @vector: whether they have one axis beside that of samples
 * @alone: whether nothing else depends on the nodes in @parts
 * @end: what was applied to them
 * @axes: which axis of a frame, or of a matrix, stands where: 0, 1, 2, 3 and, of
 *   volumes, 4 unless transposed
 */
typedef struct
{
  const gchar *name;
  guint readers;
  const SnnOnnx__TensorProto *tensor;
  GArray *ints;
  GPtrArray *parts;
  gboolean vector;
  gboolean alone;
  SnnOnnxEnd end;
  guint axes[SNN_ONNX_MOST_AXES];
} SnnOnnxValue;

/**
 * SnnOnnxImport:
 * @network: what there is of it so far; every layer with weights has a bias
 * @values: (element-type utf8 SnnOnnxValue): by name
 * @names: (element-type utf8): of nodes, taken
 * @batch: samples of an input, 1 where the file leaves it open
 * @opset: version of the operators
 * @weights_left, @terms_left, @edges_left: what the network may still have
 * @error: the first
 */
typedef struct
{
  const SnnOnnx__GraphProto *graph;
  SnnNetwork *network;
  GHashTable *values;
  GHashTable *names;
  gint64 batch;
  gint64 opset;
  guint64 weights_left;
  guint64 terms_left;
  guint64 edges_left;
  GError *error;
} SnnOnnxImport;

typedef SnnOnnx__NodeProto SnnOnnxNode;

/**
 * SnnOnnxOp:
 * @name: its operator in ONNX
 * @read: (nullable): adds what it is; FALSE and the error where it can't be run
 * @instead: (nullable): of those that are refused, what to do about it
 *
 * A row of the table in operators.c. A new operator is a function that reads it,
 * in the file of its kind, and a row.
 */
typedef struct
{
  const gchar *name;
  gboolean (*read) (SnnOnnxImport * import, const SnnOnnxNode * node);
  const gchar *instead;
} SnnOnnxOp;

/* snn_onnx_op_find: (nullable): in operators.c. */
const SnnOnnxOp *snn_onnx_op_find (const gchar * name);

/* snn_onnx_refuse: notes what is wrong with @node. Returns FALSE. */
gboolean snn_onnx_refuse (SnnOnnxImport * import, const SnnOnnxNode * node,
    SnnError code, const gchar * format, ...) G_GNUC_PRINTF (4, 5);

/* snn_onnx_has_input: whether input @i is given; later ones are optional in many
 * operators. */
gboolean snn_onnx_has_input (const SnnOnnxNode * node, guint i);

/* Input @i of a node: any value; one of the network's, as logits in their usual
 * order of axes; a constant tensor; one of two axes that may be @turned, as it is in the
 * file; a constant tensor's values as they are in the file, which are finite,
 * and their number or, where @n is not 0, @n of them; up to 64 constant integers,
 * as which booleans count.
 * %NULL and the error where it is something else. */
const SnnOnnxValue *snn_onnx_any (SnnOnnxImport * import,
    const SnnOnnxNode * node, guint i);
const SnnOnnxValue *snn_onnx_frames (SnnOnnxImport * import,
    const SnnOnnxNode * node, guint i);
const SnnOnnx__TensorProto *snn_onnx_tensor (SnnOnnxImport * import,
    const SnnOnnxNode * node, guint i);
const SnnOnnx__TensorProto *snn_onnx_matrix (SnnOnnxImport * import,
    const SnnOnnxNode * node, guint i, gboolean * turned);
float *snn_onnx_floats (SnnOnnxImport * import, const SnnOnnxNode * node,
    guint i, guint64 * n);
GArray *snn_onnx_ints (SnnOnnxImport * import, const SnnOnnxNode * node,
    guint i);

/* snn_onnx_is_constant: whether input @i of a node is one. */
gboolean snn_onnx_is_constant (SnnOnnxImport * import,
    const SnnOnnxNode * node, guint i);

/* snn_onnx_part: part @i of a value; snn_onnx_channels: of all of them;
 * snn_onnx_size: values of all of them for a sample. */
const SnnOnnxPart *snn_onnx_part (const SnnOnnxValue * value, guint i);
guint64 snn_onnx_channels (const SnnOnnxValue * value);
guint64 snn_onnx_size (const SnnOnnxValue * value);

/* snn_onnx_space: axes of space that a value has, 0 of vectors, 2 or 3;
 * snn_onnx_same_space: whether @a and @b have the same extent along them;
 * snn_onnx_dims: to @dims, [samples, channels, (depth,) height, width] of a sample,
 * their number, without axes of space for vectors; snn_onnx_is_in_order: whether a
 * value's axes stand so. */
guint snn_onnx_space (const SnnOnnxValue * value);
gboolean snn_onnx_same_space (const SnnOnnxValue * a,
    const SnnOnnxValue * b);
guint snn_onnx_dims (const SnnOnnxImport * import,
    const SnnOnnxValue * value, gint64 dims[SNN_ONNX_MOST_AXES]);
gboolean snn_onnx_is_in_order (const SnnOnnxValue * value);

/* snn_onnx_extent: (transfer full): of a value, such as "8x12" or, of volumes,
 * "4x8x12". */
gchar *snn_onnx_extent (const SnnOnnxValue * value);

/* snn_onnx_value_new: (transfer none) (nullable): the value that output 0 of
 * @node is; the caller sets what it is. snn_onnx_value_like: of the parts of
 * @value, summed with those of @also (nullable) or, where @behind, followed by
 * them. */
SnnOnnxValue *snn_onnx_value_new (SnnOnnxImport * import,
    const SnnOnnxNode * node);
SnnOnnxValue *snn_onnx_value_like (SnnOnnxImport * import,
    const SnnOnnxNode * node, const SnnOnnxValue * value,
    const SnnOnnxValue * also, gboolean behind);

/* snn_onnx_add: adds a node like @like, called @name or nearly so, for @part, as
 * a term of @to. */
gboolean snn_onnx_add (SnnOnnxImport * import, const SnnOnnxNode * node,
    const gchar * name, SnnNode like, const SnnOnnxPart * part,
    GArray * to);

/* snn_onnx_each: @to, %NULL: the value of @node, where a node like @like works on each
 * part of @value. */
gboolean snn_onnx_each (SnnOnnxImport * import, const SnnOnnxNode * node,
    const SnnOnnxValue * value, SnnNode like, SnnOnnxValue * to);

/**
 * SnnOnnxWeights:
 * @like: operator, kernel, stride, padding and output channels
 * @weight: [kernel][kernel][in][out] for all channels of the input, of volumes with
 *   a kernel more
 * @bias: (nullable): one value an output channel
 *
 * A layer with weights.
 */
typedef struct
{
  SnnNode like;
  float *weight;
  const float *bias;
} SnnOnnxWeights;

/* snn_onnx_take_weights: memory for @weights, of @in input channels, with zeros;
 * FALSE where the file does not warrant so many. */
gboolean snn_onnx_take_weights (SnnOnnxImport * import,
    const SnnOnnxNode * node, SnnOnnxWeights * weights, guint64 in);

/* snn_onnx_layer: @to, %NULL: the value of @node, which is @weights of @value: a
 * convolution of concatenated parts is the sum of one of each. Frees
 * weights->weight. */
gboolean snn_onnx_layer (SnnOnnxImport * import, const SnnOnnxNode * node,
    const gchar * name, SnnOnnxWeights * weights,
    const SnnOnnxValue * value, SnnOnnxValue * to);

/* snn_onnx_can_fold: whether changing the weights that a value comes from changes
 * nothing else. */
gboolean snn_onnx_can_fold (const SnnOnnxImport * import,
    const SnnOnnxValue * value);

/* snn_onnx_subtract_first: makes one channel of a value of two and of one part that
 * can be folded: the second less the first. */
void snn_onnx_subtract_first (SnnOnnxImport * import,
    const SnnOnnxValue * value);

/* snn_onnx_scale: the value of @node, which is @value times @scale plus @shift,
 * each of a channel: in the weights before it where these are nobody else's, or
 * as a layer. */
gboolean snn_onnx_scale (SnnOnnxImport * import, const SnnOnnxNode * node,
    const SnnOnnxValue * value, const double *scale, const double *shift);

/* snn_onnx_scale_by_layer: the same, as a layer in any case; @to, %NULL: the value
 * of @node. */
gboolean snn_onnx_scale_by_layer (SnnOnnxImport * import,
    const SnnOnnxNode * node, const SnnOnnxValue * value,
    const double *scale, const double *shift, SnnOnnxValue * to);

/* snn_onnx_as_layer: (nullable): @value in @to, as the output of a layer that changes
 * nothing: one part, of weights that can be scaled. In read-scales.c. */
const SnnOnnxValue *snn_onnx_as_layer (SnnOnnxImport * import,
    const SnnOnnxNode * node, const SnnOnnxValue * value,
    SnnOnnxValue * to);

/* The functions of the table. In read-weights.c: */
gboolean snn_onnx_read_conv (SnnOnnxImport * import,
    const SnnOnnxNode * node);
gboolean snn_onnx_read_conv_transpose (SnnOnnxImport * import,
    const SnnOnnxNode * node);
gboolean snn_onnx_read_gemm (SnnOnnxImport * import,
    const SnnOnnxNode * node);
gboolean snn_onnx_read_matmul (SnnOnnxImport * import,
    const SnnOnnxNode * node);

/* In read-scales.c: */
gboolean snn_onnx_read_batch_norm (SnnOnnxImport * import,
    const SnnOnnxNode * node);
gboolean snn_onnx_read_add (SnnOnnxImport * import, const SnnOnnxNode * node);
gboolean snn_onnx_read_sub (SnnOnnxImport * import, const SnnOnnxNode * node);
gboolean snn_onnx_read_mul (SnnOnnxImport * import, const SnnOnnxNode * node);
gboolean snn_onnx_read_div (SnnOnnxImport * import, const SnnOnnxNode * node);

/* In read-values.c: */
gboolean snn_onnx_read_relu (SnnOnnxImport * import, const SnnOnnxNode * node);
gboolean snn_onnx_read_average_pool (SnnOnnxImport * import,
    const SnnOnnxNode * node);
gboolean snn_onnx_read_global_pool (SnnOnnxImport * import,
    const SnnOnnxNode * node);
gboolean snn_onnx_read_mean (SnnOnnxImport * import, const SnnOnnxNode * node);
gboolean snn_onnx_read_flatten (SnnOnnxImport * import,
    const SnnOnnxNode * node);
gboolean snn_onnx_read_reshape (SnnOnnxImport * import,
    const SnnOnnxNode * node);
gboolean snn_onnx_read_concat (SnnOnnxImport * import,
    const SnnOnnxNode * node);
gboolean snn_onnx_read_sigmoid (SnnOnnxImport * import,
    const SnnOnnxNode * node);
gboolean snn_onnx_read_softmax (SnnOnnxImport * import,
    const SnnOnnxNode * node);
gboolean snn_onnx_read_transpose (SnnOnnxImport * import,
    const SnnOnnxNode * node);

/* In read-constants.c, with what comes and goes without a trace: */
gboolean snn_onnx_read_constant (SnnOnnxImport * import,
    const SnnOnnxNode * node);
gboolean snn_onnx_read_identity (SnnOnnxImport * import,
    const SnnOnnxNode * node);
gboolean snn_onnx_read_dropout (SnnOnnxImport * import,
    const SnnOnnxNode * node);
gboolean snn_onnx_read_unsqueeze (SnnOnnxImport * import,
    const SnnOnnxNode * node);
gboolean snn_onnx_read_pad (SnnOnnxImport * import, const SnnOnnxNode * node);
gboolean snn_onnx_read_shape (SnnOnnxImport * import,
    const SnnOnnxNode * node);
gboolean snn_onnx_read_gather (SnnOnnxImport * import,
    const SnnOnnxNode * node);

/* snn_onnx_has_ints: whether input @i was computed as integers;
 * snn_onnx_multiply_ints: the value of @node, the product of two lists of them. */
gboolean snn_onnx_has_ints (SnnOnnxImport * import, const SnnOnnxNode * node,
    guint i);
gboolean snn_onnx_multiply_ints (SnnOnnxImport * import,
    const SnnOnnxNode * node);

G_END_DECLS
