/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <snn/graph/recipe.h>
#include <snn/volumes/volume.h>
#include "properties.h"
#include <snn/base/api.h>

SNN_BEGIN_DECLS

/* What is cut out of a volume, as properties say it, or as a network wants it. */

#define GST_SNN_MAX_CONTEXT SNN_RECIPE_MOST_CONTEXT

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
} GstSnnCutSettings;

GType gst_snn_volume_src_axis_get_type (void);

/* GST_SNN_CUT_PROPERTIES: rows of a table whose @settings have a field cut. */
#define GST_SNN_CUT_PROPERTIES(settings)                                       \
  {"axis", "Axis",                                                             \
      "Across which axis slices are cut; volumes are turned to RAS first, so " \
      "that x is left to right, y posterior to anterior, z inferior to "       \
      "superior",                                                              \
      GST_SNN_ENUM, GST_SNN_AT (settings, cut.axis),                           \
      .get_type = gst_snn_volume_src_axis_get_type,                            \
      .fallback = GST_SNN_AXIS_AUTO},                                          \
  {"context", "Context",                                                       \
      "How many neighbouring slices on either side are further channels of a " \
      "slice, 2 * context + 1 of each image; -1: as the network downstream was "\
      "trained with; 0 where it does not say",                                 \
      GST_SNN_INT, GST_SNN_AT (settings, cut.context), .min = -1,              \
      .max = GST_SNN_MAX_CONTEXT, .fallback = GST_SNN_CONTEXT_AUTO},           \
  {"size", "Size",                                                             \
      "Voxels that each volume is cropped or padded to, centred, as 32x56x48 " \
      "in x, y, z; 0 keeps the own extent along an axis, empty along all "     \
      "three. auto: as the network downstream was trained with; empty where it "\
      "does not say",                                                          \
      GST_SNN_STRING, GST_SNN_AT (settings, cut.size),                         \
      .text = GST_SNN_SIZE_AUTO},                                              \
  {"spacing", "Spacing",                                                       \
      "Size of voxels in millimetres that volumes and masks are resampled to " \
      "before anything else, as 1x1x1 in x, y, z, or one number for all three; 0 "\
      "keeps the own along an axis, empty along all three. auto: as those that "\
      "the network downstream was trained with; empty where it does not say",  \
      GST_SNN_STRING, GST_SNN_AT (settings, cut.spacing),                      \
      .text = GST_SNN_SPACING_AUTO},                                           \
  {"roi", "Region of interest",                                                \
      "Voxels that are kept before size is applied, as x0:x1,y0:y1,z0:z1, "    \
      "each up to but not including the second; or with mm at the end, as "    \
      "-40:-10,-45:5,:20mm, millimetres of the file's world; or a table, .csv "\
      "or .tsv, of subjects and their regions; empty: all",                    \
      GST_SNN_STRING, GST_SNN_AT (settings, cut.roi), .text = ""}

/* gst_snn_cut_settings_choose: makes explicit what @settings leave to the
 * network behind @src. FALSE with an error posted. */
gboolean gst_snn_cut_settings_choose (GstElement * src,
    GstSnnCutSettings * settings);

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
    GstElement * src, const GstSnnCutSettings * settings,
    const gchar * size);

SNN_END_DECLS
