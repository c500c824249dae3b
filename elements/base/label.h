/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <snn/train/loss.h>
#include "tensors.h"

G_BEGIN_DECLS

/* Whether labels are what a loss needs beside a network with this output. */

/* gst_snn_label_check: of caps; FALSE with SNN_ERROR_MISMATCH. */
gboolean gst_snn_label_check (const SnnLossKind * loss, SnnShape output,
    const GstSnnTensor * found, GError ** error);

/* gst_snn_label_check_values: of one sample, @n bytes, for the error its number
 * @sample. */
gboolean gst_snn_label_check_values (const SnnLossKind * loss,
    SnnShape output, const guint8 * label, gsize n, guint32 sample,
    GError ** error);

G_END_DECLS
