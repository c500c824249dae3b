/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import.h"

#define WITH_RELU "train with ReLU, which spiking neurons take the place of"
#define WITH_BATCH_NORM "train with batch normalisation, which becomes a part of " \
  "the weights"
#define WITH_TRANSPOSED "train with transposed convolutions of 2x2 and stride 2"

static const SnnOnnxOp ops[] = {
  {"Add", snn_onnx_read_add},
  {"AveragePool", snn_onnx_read_average_pool},
  {"BatchNormalization", snn_onnx_read_batch_norm},
  {"Concat", snn_onnx_read_concat},
  {"Constant", snn_onnx_read_constant},
  {"Conv", snn_onnx_read_conv},
  {"ConvTranspose", snn_onnx_read_conv_transpose},
  {"Div", snn_onnx_read_div},
  {"Dropout", snn_onnx_read_dropout},
  {"Flatten", snn_onnx_read_flatten},
  {"Gather", snn_onnx_read_gather},
  {"Gemm", snn_onnx_read_gemm},
  {"GlobalAveragePool", snn_onnx_read_global_pool},
  {"Identity", snn_onnx_read_identity},
  {"MatMul", snn_onnx_read_matmul},
  {"Mul", snn_onnx_read_mul},
  {"Pad", snn_onnx_read_pad},
  {"ReduceMean", snn_onnx_read_mean},
  {"Relu", snn_onnx_read_relu},
  {"Reshape", snn_onnx_read_reshape},
  {"Shape", snn_onnx_read_shape},
  {"Sigmoid", snn_onnx_read_sigmoid},
  {"Softmax", snn_onnx_read_softmax},
  {"Sub", snn_onnx_read_sub},
  {"Transpose", snn_onnx_read_transpose},
  {"Unsqueeze", snn_onnx_read_unsqueeze},

  {"Celu", NULL, WITH_RELU},
  {"Clip", NULL, WITH_RELU},
  {"Elu", NULL, WITH_RELU},
  {"Erf", NULL, WITH_RELU},
  {"HardSigmoid", NULL, WITH_RELU},
  {"HardSwish", NULL, WITH_RELU},
  {"InstanceNormalization", NULL, WITH_BATCH_NORM},
  {"LayerNormalization", NULL, WITH_BATCH_NORM},
  {"LeakyRelu", NULL, WITH_RELU},
  {"LogSoftmax", NULL, "end with a Softmax, or export the logits"},
  {"MaxPool", NULL, "train with average pooling, which is defined for spikes, "
        "too"},
  {"GlobalMaxPool", NULL, "train with average pooling, which is defined for "
        "spikes, too"},
  {"PRelu", NULL, WITH_RELU},
  {"Resize", NULL, WITH_TRANSPOSED},
  {"Selu", NULL, WITH_RELU},
  {"Softplus", NULL, WITH_RELU},
  {"Squeeze", NULL, "flatten all but samples, as by torch.flatten (x, 1)"},
  {"Tanh", NULL, WITH_RELU},
  {"Upsample", NULL, WITH_TRANSPOSED},
};

const SnnOnnxOp *
snn_onnx_op_find (const gchar *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (ops); i++)
    if (g_strcmp0 (ops[i].name, name) == 0)
      return &ops[i];
  return NULL;
}
