/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "label.h"

#include <snn/base/error.h>

gboolean
gst_snn_label_check (const SnnLossKind *loss, SnnShape output,
    const GstSnnTensor *found, GError **error)
{
  const SnnShape expected = loss->target (output);
  const guint depth = MAX (expected.depth, 1);

  if (found->width == expected.width && found->height == expected.height
      && found->depth == depth && found->channels == expected.channels
      && found->timesteps == 1 && found->type == SNN_VALUE_UINT8)
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
      "The label is a tensor of %s%u:%u:%u:%u:%u, expected uint8 "
      "%u:%u:%u:%u:1, %s for loss=%s", found->type == SNN_VALUE_UINT8 ? ""
      : "no uint8 ", found->width, found->height, found->depth,
      found->channels, found->timesteps, expected.width, expected.height,
      depth, expected.channels, snn_loss_classifies (output) ? "the class"
      : "a mask as large as the prediction", loss->name.nick);
  return FALSE;
}

gboolean
gst_snn_label_check_values (const SnnLossKind *loss, SnnShape output,
    const guint8 *label, gsize n, guint32 sample, GError **error)
{
  guint limit = loss->n_classes (output);

  for (gsize i = 0; i < n; i++)
    if (label[i] >= limit) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
          "The label of sample %u has the value %u, expected less than %u",
          sample, label[i], limit);
      return FALSE;
    }
  return TRUE;
}
