/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <snn/graph/network.h>
#include "core/onnx/message.h"

/* Networks of tests/data/onnx, and files that are made of them. */

/* snn_test_onnx_path: (transfer full): of file @name, such as ".onnx" or ".npy". */
gchar *snn_test_onnx_path (const gchar * name, const gchar * suffix);

/* snn_test_onnx_predict: (transfer full): the logits that @network makes of the input
 * that comes with file @name. */
float *snn_test_onnx_predict (SnnNetwork * network, const gchar * name);

/* snn_test_onnx_read: (transfer full): the message in file @name, to be changed;
 * snn_test_onnx_replace: a text of one by a copy of @by; snn_test_onnx_write: it to a
 * file. */
SnnOnnx__ModelProto *snn_test_onnx_read (const gchar * name);
void snn_test_onnx_replace (gchar ** text, const gchar * by);
void snn_test_onnx_write (const SnnOnnx__ModelProto * model,
    const gchar * path);
