/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "loss-kinds.h"

#include "../base/error.h"

/* What each is on one channel, and what on several, which are classes but for
 * the binary ones, to which they are as many masks; %NULL where it is nothing. A
 * new loss adds a row. */
static const struct
{
  const SnnLossKind *mask;
  const SnnLossKind *classes;
} kinds[] = {
  [SNN_LOSS_BCE] = {&snn_loss_bce, &snn_loss_bce},
  [SNN_LOSS_DICE] = {&snn_loss_dice, &snn_loss_class_dice},
  [SNN_LOSS_BCE_DICE] = {&snn_loss_bce_dice, &snn_loss_bce_dice},
  [SNN_LOSS_CROSS_ENTROPY] = {NULL, &snn_loss_cross_entropy},
  [SNN_LOSS_CE_DICE] = {NULL, &snn_loss_ce_dice},
};

const SnnLossKind *
snn_loss_kind (guint loss, SnnShape output, GError **error)
{
  const gboolean classes = output.channels > 1;
  const SnnLossKind *kind;

  g_return_val_if_fail (loss < G_N_ELEMENTS (kinds), NULL);

  kind = classes ? kinds[loss].classes : kinds[loss].mask;
  if (!kind)
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH, "loss=%s is of classes, "
        "found a network of one output channel, which is a mask's: take "
        "loss=dice, bce or bce-dice, or give labels of several classes",
        snn_loss_name (loss)->nick);
  return kind;
}

const SnnName *
snn_loss_name (guint loss)
{
  if (loss >= G_N_ELEMENTS (kinds))
    return NULL;
  return kinds[loss].mask ? &kinds[loss].mask->name
      : &kinds[loss].classes->name;
}

gboolean
snn_loss_classifies (SnnShape output)
{
  return output.channels > 1 && snn_shape_rows (output) == 1
      && output.width == 1;
}
