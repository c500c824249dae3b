/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../graph/network.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/* Networks of other tools: ONNX files of operator sets 11 to 17, as PyTorch and
 * others export them. docs/exchange.md says which operators are read, and as what. */

#define SNN_ONNX_OLDEST 11
#define SNN_ONNX_NEWEST 17

/**
 * snn_onnx_load:
 * @size: (nullable): height, width and, of volumes, depth of the input, where the
 *   file leaves them open; 0, as %NULL: as the file says. What the input has no axis
 *   for is refused
 *
 * Reads an ANN. What follows it there as its end, a Sigmoid or Softmax, is left
 * out, since networks of ours put out logits; of frames of two channels, background and
 * foreground, that is one logit, their difference. Metadata that snn_onnx_save() wrote
 * are read, the values of a recipe as they are (volumes/recipe-set.h checks them);
 * other facts, such as classes, are the caller's to set.
 *
 * Sizes are checked against the file before anything is allocated.
 *
 * Returns: (transfer full): a validated network, or %NULL with
 * SNN_ERROR_NOT_FOUND, _OPEN, _READ, _FORMAT, _MISMATCH or _UNSUPPORTED (an
 * operator that can't be run here, by the node's name, with what to do about it)
 */
SnnNetwork *snn_onnx_load (const gchar * path, const SnnShape * size,
    GError ** error);

/**
 * snn_onnx_save:
 * @probabilities: whether a Sigmoid, or of several channels a Softmax, follows the
 *   logits
 * @path: where to; an existing file is replaced
 *
 * Writes an ANN, with its recipe and classes as metadata.
 *
 * Returns: FALSE with SNN_ERROR_UNSUPPORTED for a spiking network, or one that takes
 * vectors for frames of one pixel other than in a Linear node, SNN_ERROR_WRITE or
 * SNN_ERROR_NO_SPACE
 */
gboolean snn_onnx_save (const SnnNetwork * network, gboolean probabilities,
    const gchar * path, GError ** error);

SNN_END_DECLS
