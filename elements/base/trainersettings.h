/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <snn/train/training.h>
#include "enums.h"
#include "trainer.h"

G_BEGIN_DECLS

/* The properties of trainers, apart from what they do; private to trainer.c. */

#define GST_SNN_TRAINER_DEFAULT_BATCH_SIZE 26

typedef struct
{
  gchar *location;
  gchar *model;
  gchar *checkpoint;
  gboolean resume;
  GstSnnArchitecture network;
  guint width;
  guint depth;
  guint classes;
  SnnTrainingSettings training;
} GstSnnTrainerSettings;

/* gst_snn_trainer_install_properties: IDs are private to these functions. */
void gst_snn_trainer_install_properties (GObjectClass * class);

void gst_snn_trainer_settings_init (GstSnnTrainerSettings * settings);
void gst_snn_trainer_settings_clear (GstSnnTrainerSettings * settings);

/* gst_snn_trainer_settings_copy: with the checkpoint's place made explicit, or
 * %NULL where none is wanted. */
GstSnnTrainerSettings gst_snn_trainer_settings_copy (const
    GstSnnTrainerSettings * settings);

/* FALSE where @id is not one of these properties. */
gboolean gst_snn_trainer_settings_set (GstSnnTrainerSettings * settings,
    guint id, const GValue * value);
gboolean gst_snn_trainer_settings_get (const GstSnnTrainerSettings * settings,
    guint id, GValue * value);

G_END_DECLS
