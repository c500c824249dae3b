/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <snn/base/classes.h>
#include <snn/volumes/folds.h>
#include "cutsettings.h"

G_BEGIN_DECLS

/* The properties of sources of volumes, apart from what they do; private to
 * volumesrc.c. */

/* The number of a sample has 16 bits for the subject and 16 for the slice,
 * where no property fixes how many slices a volume has. */
#define GST_SNN_MAX_SUBJECTS 65535

typedef enum
{
  GST_SNN_ON_ERROR_STOP,
  GST_SNN_ON_ERROR_SKIP,
} GstSnnOnError;

typedef struct
{
  GstSnnCutSettings cut;
  guint folds;
  guint fold;
  SnnSubset subset;
  guint64 fold_seed;
  gchar *group;
  gchar *split;
  guint max_subjects;
  GstSnnOnError on_error;
  guint64 cache_size;
} GstSnnVolumeSettings;

/* gst_snn_volume_src_settings: those of a source; of volumesrc.c. */
gpointer gst_snn_volume_src_settings (gpointer self);

GType gst_snn_volume_src_subset_get_type (void);

extern const GstSnnPropertyTable gst_snn_volume_properties;

/* gst_snn_volume_settings_describe: (transfer full): what is sent, as lines of
 * name=value, for checkpoints: @zooms that all volumes have (0: they differ), @roi
 * as snn_regions_describe() has it, and @classes of labels where there are any. */
gchar *gst_snn_volume_settings_describe (const GstSnnVolumeSettings *
    settings, const double zooms[3], const gchar * roi,
    const SnnClasses * classes);

G_END_DECLS
