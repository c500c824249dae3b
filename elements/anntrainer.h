/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/snn/trainer.h>

G_BEGIN_DECLS

#define GST_TYPE_ANN_TRAINER (gst_ann_trainer_get_type ())
G_DECLARE_FINAL_TYPE (GstAnnTrainer, gst_ann_trainer, GST, ANN_TRAINER,
    GstSnnTrainer)

GST_ELEMENT_REGISTER_DECLARE (anntrainer);

G_END_DECLS
