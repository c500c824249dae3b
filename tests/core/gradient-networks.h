/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <snn/train/trainer.h>

/* The networks whose gradients are tested, each of which is about one kind of
 * layer. */

#define MAX_NODES 12

typedef struct
{
  const gchar *name;
  const gchar *from[3];
  const SnnOp *op;
  guint channels;
  guint kernel;
  guint stride;
  guint padding;
} NodeSpec;

typedef struct
{
  const gchar *name;
  SnnLoss loss;
  SnnShape input;
  NodeSpec nodes[MAX_NODES];
  gboolean bias;
} NetworkSpec;

static const NetworkSpec specs[] = {
  {"3x3 convolutions", SNN_LOSS_BCE, {2, 5, 6}, {
          {"a", {"input"}, &snn_op_conv2d, 3, 3, 1, 1},
          {"a_act", {"a"}, &snn_op_relu},
          {"b", {"a_act"}, &snn_op_conv2d, 4, 3, 1, 1},
          {"b_act", {"b"}, &snn_op_relu},
          {"c", {"b_act"}, &snn_op_conv2d, 2, 3, 1, 1},
          {"output", {"c"}, &snn_op_output}}},
  {"neurons behind neurons", SNN_LOSS_BCE, {1, 4, 5}, {
          {"a", {"input"}, &snn_op_conv2d, 3, 3, 1, 1},
          {"a_act", {"a"}, &snn_op_relu},
          {"b_act", {"a_act"}, &snn_op_relu},
          {"c", {"b_act"}, &snn_op_conv2d, 2, 3, 1, 1},
          {"output", {"c"}, &snn_op_output}}},
  {"convolutions without padding", SNN_LOSS_DICE, {1, 7, 8}, {
          {"a", {"input"}, &snn_op_conv2d, 3, 3, 1, 0},
          {"a_act", {"a"}, &snn_op_relu},
          {"b", {"a_act"}, &snn_op_conv2d, 2, 2, 1, 0},
          {"b_act", {"b"}, &snn_op_relu},
          {"c", {"b_act"}, &snn_op_conv2d, 1, 1, 1, 0},
          {"output", {"c"}, &snn_op_output}}},
  {"large kernels", SNN_LOSS_BCE_DICE, {2, 6, 5}, {
          {"a", {"input"}, &snn_op_conv2d, 3, 5, 1, 2},
          {"a_act", {"a"}, &snn_op_relu},
          {"b", {"a_act"}, &snn_op_conv2d, 1, 5, 1, 1},
          {"output", {"b"}, &snn_op_output}}},
  {"strided convolutions", SNN_LOSS_BCE, {2, 9, 8}, {
          {"a", {"input"}, &snn_op_conv2d, 3, 3, 2, 1},
          {"a_act", {"a"}, &snn_op_relu},
          {"b", {"a_act"}, &snn_op_conv2d, 3, 3, 2, 1},
          {"b_act", {"b"}, &snn_op_relu},
          {"c", {"b_act"}, &snn_op_conv2d, 2, 2, 1, 1},
          {"output", {"c"}, &snn_op_output}}},
  {"transposed convolutions", SNN_LOSS_DICE, {2, 2, 3}, {
          {"a", {"input"}, &snn_op_conv_transpose2d, 3, 2, 2},
          {"a_act", {"a"}, &snn_op_relu},
          {"b", {"a_act"}, &snn_op_conv_transpose2d, 2, 3, 3},
          {"b_act", {"b"}, &snn_op_relu},
          {"c", {"b_act"}, &snn_op_conv2d, 1, 1, 1, 0},
          {"output", {"c"}, &snn_op_output}}},
  {"average pooling", SNN_LOSS_BCE_DICE, {1, 12, 6}, {
          {"a", {"input"}, &snn_op_conv2d, 3, 3, 1, 1},
          {"a_act", {"a"}, &snn_op_relu},
          {"p", {"a_act"}, &snn_op_avg_pool2d, 0, 2, 2},
          {"b", {"p"}, &snn_op_conv2d, 2, 3, 1, 1},
          {"b_act", {"b"}, &snn_op_relu},
          {"q", {"b_act"}, &snn_op_avg_pool2d, 0, 3, 3},
          {"c", {"q"}, &snn_op_conv2d, 1, 1, 1, 0},
          {"output", {"c"}, &snn_op_output}}},
  {"sum pooling", SNN_LOSS_BCE, {1, 4, 6}, {
          {"a", {"input"}, &snn_op_conv2d, 3, 3, 1, 1},
          {"a_act", {"a"}, &snn_op_relu},
          {"p", {"a_act"}, &snn_op_sum_pool2d, 0, 2, 2},
          {"b", {"p"}, &snn_op_conv2d, 2, 3, 1, 1},
          {"b_act", {"b"}, &snn_op_relu},
          {"c", {"b_act"}, &snn_op_conv2d, 1, 1, 1, 0},
          {"output", {"c"}, &snn_op_output}}},
  {"sums of cubes", SNN_LOSS_BCE, {1, 4, 2, 4}, {
          {"a", {"input"}, &snn_op_conv3d, 2, 3, 1, 1},
          {"a_act", {"a"}, &snn_op_relu},
          {"p", {"a_act"}, &snn_op_sum_pool3d, 0, 2, 2},
          {"b", {"p"}, &snn_op_conv3d, 1, 1, 1, 0},
          {"output", {"b"}, &snn_op_output}}},
  {"linear layers", SNN_LOSS_CROSS_ENTROPY, {2, 3, 4}, {
          {"f", {"input"}, &snn_op_flatten},
          {"a", {"f"}, &snn_op_linear, 9},
          {"a_act", {"a"}, &snn_op_relu},
          {"b", {"a_act"}, &snn_op_linear, 7},
          {"b_act", {"b"}, &snn_op_relu},
          {"c", {"b_act"}, &snn_op_linear, 4},
          {"output", {"c"}, &snn_op_output}}},
  {"flatten after pooling", SNN_LOSS_CROSS_ENTROPY, {1, 6, 8}, {
          {"a", {"input"}, &snn_op_conv2d, 3, 3, 1, 1},
          {"a_act", {"a"}, &snn_op_relu},
          {"p", {"a_act"}, &snn_op_avg_pool2d, 0, 2, 2},
          {"f", {"p"}, &snn_op_flatten},
          {"b", {"f"}, &snn_op_linear, 5},
          {"output", {"b"}, &snn_op_output}}},
  {"sums of branches", SNN_LOSS_BCE, {2, 5, 5}, {
          {"a", {"input"}, &snn_op_conv2d, 3, 3, 1, 1},
          {"a_act", {"a"}, &snn_op_relu},
          {"b", {"a_act"}, &snn_op_conv2d, 3, 3, 1, 1},
          {"c", {"input"}, &snn_op_conv2d, 3, 1, 1, 0},
          {"b_act", {"b", "c"}, &snn_op_relu},
          {"d", {"b_act"}, &snn_op_conv2d, 1, 3, 1, 1},
          {"e", {"a_act"}, &snn_op_conv2d, 1, 1, 1, 0},
          {"output", {"d", "e"}, &snn_op_output}}},
  {"a sum before a convolution", SNN_LOSS_BCE, {2, 4, 6}, {
          {"a", {"input"}, &snn_op_conv2d, 3, 3, 1, 1},
          {"a_act", {"a"}, &snn_op_relu},
          {"b", {"a_act"}, &snn_op_conv2d, 3, 3, 1, 1},
          {"b_act", {"b"}, &snn_op_relu},
          {"c", {"a_act", "b_act"}, &snn_op_conv2d, 2, 3, 1, 1},
          {"output", {"c"}, &snn_op_output}}},
  {"biases", SNN_LOSS_BCE_DICE, {2, 6, 4}, {
          {"a", {"input"}, &snn_op_conv2d, 3, 3, 1, 1},
          {"a_act", {"a"}, &snn_op_relu},
          {"p", {"a_act"}, &snn_op_avg_pool2d, 0, 2, 2},
          {"u", {"p"}, &snn_op_conv_transpose2d, 3, 2, 2},
          {"u_act", {"u"}, &snn_op_relu},
          {"b", {"u_act"}, &snn_op_conv2d, 3, 3, 1, 1},
          {"c", {"a_act"}, &snn_op_conv2d, 3, 3, 1, 1},
          {"b_act", {"b", "c"}, &snn_op_relu},
          {"d", {"b_act"}, &snn_op_conv2d, 1, 1, 1, 0},
          {"output", {"d"}, &snn_op_output}}, TRUE},
  {"classes of pixels", SNN_LOSS_CROSS_ENTROPY, {2, 4, 5}, {
          {"a", {"input"}, &snn_op_conv2d, 3, 3, 1, 1},
          {"a_act", {"a"}, &snn_op_relu},
          {"b", {"a_act"}, &snn_op_conv2d, 4, 1, 1, 0},
          {"output", {"b"}, &snn_op_output}}},
  {"Dice of classes", SNN_LOSS_DICE, {2, 4, 5}, {
          {"a", {"input"}, &snn_op_conv2d, 3, 3, 1, 1},
          {"a_act", {"a"}, &snn_op_relu},
          {"b", {"a_act"}, &snn_op_conv2d, 4, 1, 1, 0},
          {"output", {"b"}, &snn_op_output}}},
  {"cross-entropy and Dice of classes", SNN_LOSS_CE_DICE, {2, 4, 5}, {
          {"a", {"input"}, &snn_op_conv2d, 3, 3, 1, 1},
          {"a_act", {"a"}, &snn_op_relu},
          {"b", {"a_act"}, &snn_op_conv2d, 3, 1, 1, 0},
          {"output", {"b"}, &snn_op_output}}},
  {"biases of linear layers", SNN_LOSS_CROSS_ENTROPY, {2, 3, 3}, {
          {"f", {"input"}, &snn_op_flatten},
          {"a", {"f"}, &snn_op_linear, 6},
          {"a_act", {"a"}, &snn_op_relu},
          {"b", {"a_act"}, &snn_op_linear, 4},
          {"output", {"b"}, &snn_op_output}}, TRUE},
  {"3x3x3 convolutions", SNN_LOSS_BCE, {1, 3, 4, 2}, {
          {"a", {"input"}, &snn_op_conv3d, 2, 3, 1, 1},
          {"a_act", {"a"}, &snn_op_relu},
          {"b", {"a_act"}, &snn_op_conv3d, 1, 3, 1, 1},
          {"output", {"b"}, &snn_op_output}}},
  {"volumes without padding", SNN_LOSS_DICE, {1, 5, 4, 6}, {
          {"a", {"input"}, &snn_op_conv3d, 2, 3, 1, 0},
          {"a_act", {"a"}, &snn_op_relu},
          {"b", {"a_act"}, &snn_op_conv3d, 2, 2, 1, 0},
          {"output", {"b"}, &snn_op_output}}},
  {"strides in volumes", SNN_LOSS_BCE, {1, 5, 4, 6}, {
          {"a", {"input"}, &snn_op_conv3d, 2, 3, 2, 1},
          {"a_act", {"a"}, &snn_op_relu},
          {"b", {"a_act"}, &snn_op_conv3d, 2, 3, 2, 2},
          {"b_act", {"b"}, &snn_op_relu},
          {"c", {"b_act"}, &snn_op_conv3d, 1, 2, 1, 1},
          {"output", {"c"}, &snn_op_output}}},
  {"wide kernels of volumes, as dilated ones are read", SNN_LOSS_BCE, {1, 3, 4, 5}, {
          {"a", {"input"}, &snn_op_conv3d, 1, 2, 1, 1},
          {"a_act", {"a"}, &snn_op_relu},
          {"b", {"a_act"}, &snn_op_conv3d, 1, 5, 1, 2},
          {"output", {"b"}, &snn_op_output}}},
  {"a small U-Net of volumes", SNN_LOSS_BCE_DICE, {1, 4, 4, 2}, {
          {"a", {"input"}, &snn_op_conv3d, 2, 3, 1, 1},
          {"a_act", {"a"}, &snn_op_relu},
          {"p", {"a_act"}, &snn_op_avg_pool3d, 0, 2, 2},
          {"u", {"p"}, &snn_op_conv_transpose3d, 2, 2, 2},
          {"u_act", {"u"}, &snn_op_relu},
          {"b", {"u_act"}, &snn_op_conv3d, 2, 3, 1, 1},
          {"c", {"a_act"}, &snn_op_conv3d, 2, 3, 1, 1},
          {"b_act", {"b", "c"}, &snn_op_relu},
          {"d", {"b_act"}, &snn_op_conv3d, 1, 1, 1, 0},
          {"output", {"d"}, &snn_op_output}}, TRUE},
  {"classes of voxels", SNN_LOSS_CE_DICE, {1, 2, 3, 2}, {
          {"a", {"input"}, &snn_op_conv3d, 2, 3, 1, 1},
          {"a_act", {"a"}, &snn_op_relu},
          {"b", {"a_act"}, &snn_op_conv3d, 3, 1, 1, 0},
          {"output", {"b"}, &snn_op_output}}},
  {"flattened volumes", SNN_LOSS_CROSS_ENTROPY, {1, 2, 4, 2}, {
          {"a", {"input"}, &snn_op_conv3d, 2, 3, 1, 1},
          {"a_act", {"a"}, &snn_op_relu},
          {"p", {"a_act"}, &snn_op_avg_pool3d, 0, 2, 2},
          {"f", {"p"}, &snn_op_flatten},
          {"b", {"f"}, &snn_op_linear, 5},
          {"output", {"b"}, &snn_op_output}}},
  {"vectors", SNN_LOSS_CROSS_ENTROPY, {6, 1, 1}, {
          {"a", {"input"}, &snn_op_linear, 7},
          {"a_act", {"a"}, &snn_op_relu},
          {"b", {"a_act"}, &snn_op_linear, 5},
          {"b_act", {"b"}, &snn_op_relu},
          {"c", {"b_act"}, &snn_op_linear, 4},
          {"output", {"c"}, &snn_op_output}}, TRUE},
};
