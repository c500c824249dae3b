/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <snn/train/trainer.h>
#include "enums.h"
#include "properties.h"
#include "tensors.h"
#include "trainer.h"

G_BEGIN_DECLS

/* The properties of trainers, apart from what they do; private to trainer.c. */

typedef struct
{
  gchar *location;
  gchar *model;
  gchar *checkpoint;
  gchar *best;
  gboolean resume;
  GstSnnArchitecture network;
  guint width;
  guint depth;
  guint classes;
  gboolean bias;
  SnnTrainingSettings training;
} GstSnnTrainerSettings;

/* gst_snn_trainer_settings: those of a trainer; of trainer.c. */
gpointer gst_snn_trainer_settings (gpointer self);

extern const GstSnnPropertyTable gst_snn_trainer_properties;
extern const GstSnnPropertyTable gst_snn_trainer_batch_properties;

/* gst_snn_trainer_settings_choose_places: makes the files beside the model
 * explicit, %NULL where none is wanted. */
void gst_snn_trainer_settings_choose_places (GstSnnTrainerSettings * settings);

/* gst_snn_trainer_settings_prepare: that too; FALSE with SNN_ERROR_MISMATCH
 * where a property is set that the schedule does not look at, and with the errors
 * of gst_snn_model_check_writable(). */
gboolean gst_snn_trainer_settings_prepare (GstSnnTrainerSettings * settings,
    GError ** error);

/* gst_snn_trainer_new_network: (transfer full): with random weights, for samples
 * like @tensors; an ANN. %NULL with SNN_ERROR_MISMATCH where settings and labels
 * ask for different ones, and the errors of the architecture. */
SnnNetwork *gst_snn_trainer_new_network (const GstSnnTrainerSettings *
    settings, const GstSnnTensors * tensors, GError ** error);

G_END_DECLS
