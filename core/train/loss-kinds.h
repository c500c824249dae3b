/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "loss.h"

G_BEGIN_DECLS

/* The losses that there are, for the table in loss.c. */

/* loss-binary.c */
extern const SnnLossKind snn_loss_bce;
extern const SnnLossKind snn_loss_dice;
extern const SnnLossKind snn_loss_bce_dice;

/* loss-classes.c */
extern const SnnLossKind snn_loss_cross_entropy;
extern const SnnLossKind snn_loss_class_dice;
extern const SnnLossKind snn_loss_ce_dice;

G_END_DECLS
