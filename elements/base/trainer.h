/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "batchtransform.h"
#include <snn/train/trainer.h>
#include <snn/base/api.h>

SNN_BEGIN_DECLS

#define GST_TYPE_SNN_TRAINER (gst_snn_trainer_get_type ())
G_DECLARE_DERIVABLE_TYPE (GstSnnTrainer, gst_snn_trainer, GST, SNN_TRAINER,
    GstSnnBatchTransform)

/**
 * GstSnnTrainerClass:
 * @spiking: which kind of network it trains; samples of a spiking one have to
 *   come as whole trains
 * @prepare: (nullable): (transfer full): makes of an analog network with
 *   random weights (transfer full) the one to be trained
 * @adapt: (nullable): changes a network that training begins with, new or
 *   initial; FALSE with an error where that can't be
 * @configure: (nullable): adds its own properties to the settings
 *
 * Base of elements that train: labelled samples go in, the predictions made on
 * the way come out, weights are updated with each batch. The model file is
 * written after every epoch and at EOS, and a checkpoint after every epoch,
 * from which an interrupted run goes on to the same bits. Samples marked for
 * evaluation are predicted and not trained on.
 *
 * Posts the messages that trainingreport.h describes.
 */
struct _GstSnnTrainerClass
{
  GstSnnBatchTransformClass parent_class;

  gboolean spiking;
  SnnNetwork *(*prepare) (GstSnnTrainer * self, SnnNetwork * ann);
    gboolean (*adapt) (GstSnnTrainer * self, SnnNetwork * network,
      GError ** error);
  void (*configure) (GstSnnTrainer * self, SnnTrainingSettings * settings);

  gpointer _gst_reserved[GST_PADDING];
};

SNN_END_DECLS
