/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/snn/trainer.h>

G_BEGIN_DECLS

#define GST_TYPE_SNN_ANN_TRAINER (gst_snn_ann_trainer_get_type ())
G_DECLARE_FINAL_TYPE (GstSnnAnnTrainer, gst_snn_ann_trainer, GST,
    SNN_ANN_TRAINER,
    GstSnnTrainer)

GST_ELEMENT_REGISTER_DECLARE (anntrainer);

G_END_DECLS
