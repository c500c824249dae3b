/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "loss-kinds.h"

static const SnnLossKind *const kinds[] = {
  [SNN_LOSS_BCE] = &snn_loss_bce,
  [SNN_LOSS_DICE] = &snn_loss_dice,
  [SNN_LOSS_BCE_DICE] = &snn_loss_bce_dice,
  [SNN_LOSS_CROSS_ENTROPY] = &snn_loss_cross_entropy,
};

const SnnLossKind *
snn_loss_kind (guint loss)
{
  return loss < G_N_ELEMENTS (kinds) ? kinds[loss] : NULL;
}

const SnnName *
snn_loss_name (guint loss)
{
  return loss < G_N_ELEMENTS (kinds) ? &kinds[loss]->name : NULL;
}
