/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <snn/base/classes.h>
#include <snn/volumes/folds.h>
#include <snn/volumes/volume.h>
#include "properties.h"

G_BEGIN_DECLS

/* The properties of sources of volumes, apart from what they do; private to
 * volumesrc.c. */

/* The number of a sample has 16 bits for the subject and 16 for the slice,
 * where no property fixes how many slices a volume has. */
#define GST_SNN_MAX_SUBJECTS 65535

#define GST_SNN_MAX_CONTEXT 16

typedef enum
{
  GST_SNN_ON_ERROR_STOP,
  GST_SNN_ON_ERROR_SKIP,
} GstSnnOnError;

/* What is left to the network downstream. */
#define GST_SNN_AXIS_AUTO -1
#define GST_SNN_CONTEXT_AUTO -1
#define GST_SNN_SIZE_AUTO "auto"
#define GST_SNN_SPACING_AUTO "auto"

typedef struct
{
  gint axis;                    /* an SnnAxis, or GST_SNN_AXIS_AUTO */
  gint context;                 /* or GST_SNN_CONTEXT_AUTO */
  gchar *size;
  gchar *spacing;
  gchar *roi;
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

GType gst_snn_volume_src_axis_get_type (void);
GType gst_snn_volume_src_subset_get_type (void);

extern const GstSnnPropertyTable gst_snn_volume_properties;

/* gst_snn_volume_settings_choose: makes explicit what @settings leave to the
 * network behind @src. FALSE with an error posted. */
gboolean gst_snn_volume_settings_choose (GstElement * src,
    GstSnnVolumeSettings * settings);

/* What size leaves out of volumes, where it is the network's and nobody may have
 * thought of it. */
typedef struct
{
  guint n;                      /* volumes, ... */
  guint n_cut;                  /* ... and those of which less than half is sent */
  gsize dims[3];                /* of the first of them */
} GstSnnVolumeCover;

/* gst_snn_volume_cover_note: @box is cut from a volume of @dims.
 * gst_snn_volume_cover_tell: a warning of @src for them all, where @settings,
 * as the user has them, leave size to the network, which has made it @size. */
void gst_snn_volume_cover_note (GstSnnVolumeCover * cover,
    const gsize dims[3], const SnnBox * box);
void gst_snn_volume_cover_tell (const GstSnnVolumeCover * cover,
    GstElement * src, const GstSnnVolumeSettings * settings,
    const gchar * size);

/* gst_snn_volume_settings_describe: (transfer full): what is sent, as lines of
 * name=value, for checkpoints: @zooms that all volumes have (0: they differ), and
 * @classes of labels where there are any. */
gchar *gst_snn_volume_settings_describe (const GstSnnVolumeSettings *
    settings, const double zooms[3], const SnnClasses * classes);

G_END_DECLS
