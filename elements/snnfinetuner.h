/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/snn/trainer.h>

G_BEGIN_DECLS

#define GST_TYPE_SNN_FINETUNER (gst_snn_finetuner_get_type ())
G_DECLARE_FINAL_TYPE (GstSnnFinetuner, gst_snn_finetuner, GST, SNN_FINETUNER,
    GstSnnTrainer)

GST_ELEMENT_REGISTER_DECLARE (snnfinetuner);

G_END_DECLS
