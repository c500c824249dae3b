/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <snn/volumes/grid.h>
#include <snn/volumes/regions.h>
#include <snn/volumes/slices.h>
#include "cutsettings.h"
#include "samplemeta.h"
#include "tensors.h"

G_BEGIN_DECLS

/* Samples out of volumes, whether these are read or decoded; private to the
 * library. */

/**
 * GstSnnVolumeCut:
 * @context: neighbouring slices on either side that go with one
 * @regions: of interest
 * @zooms: that volumes get; 0: their own
 * @classes: that labels are of
 * @volume: (nullable): what samples are cut from, resampled; with its @box, and
 *   the @tensors of its samples
 */
typedef struct
{
  SnnAxis axis;
  guint context;
  SnnRegions *regions;
  double zooms[3];
  SnnClasses classes;
  SnnVolume *volume;
  SnnBox box;
  GstSnnTensors tensors;
} GstSnnVolumeCut;

/* gst_snn_volume_cut_init: of @settings in which nothing is left to choose.
 * FALSE with SNN_ERROR_FORMAT, or SNN_ERROR_NOT_FOUND or SNN_ERROR_OPEN of a table of
 * regions.
 * gst_snn_volume_cut_forget: lets go of the volume alone. */
gboolean gst_snn_volume_cut_init (GstSnnVolumeCut * cut,
    const GstSnnCutSettings * settings, GError ** error);
void gst_snn_volume_cut_forget (GstSnnVolumeCut * cut);
void gst_snn_volume_cut_clear (GstSnnVolumeCut * cut);

/* gst_snn_volume_cut_box: what is cut from the volume of @subject on @grid, which
 * becomes the one that it is resampled to. FALSE with SNN_ERROR_MISMATCH, what
 * resampling can't do, or SNN_ERROR_NOT_FOUND in a table of regions; the text does
 * not name the volume. */
gboolean gst_snn_volume_cut_box (const GstSnnVolumeCut * cut,
    const gchar * subject, SnnGrid * grid, SnnBox * box, GError ** error);

/* gst_snn_volume_cut_fixed_slices: how many every volume has by the settings
 * alone; 0: each its own. */
guint gst_snn_volume_cut_fixed_slices (const GstSnnVolumeCut * cut);

/* gst_snn_volume_cut_resample: (transfer full): @own with the voxel sizes that
 * are asked for; itself where it has them. */
SnnVolume *gst_snn_volume_cut_resample (const GstSnnVolumeCut * cut,
    SnnVolume * own, GError ** error);

/* gst_snn_volume_cut_measure: @box and @tensors (out) of @volume, which was
 * resampled. gst_snn_volume_cut_take: samples are of @volume (transfer full)
 * from now on. Between the two, caps are negotiated. */
gboolean gst_snn_volume_cut_measure (const GstSnnVolumeCut * cut,
    const SnnVolume * volume, SnnBox * box, GstSnnTensors * tensors,
    GError ** error);
void gst_snn_volume_cut_take (GstSnnVolumeCut * cut, SnnVolume * volume,
    const SnnBox * box, const GstSnnTensors * tensors);

/* gst_snn_volume_cut_make: (transfer full): a sample, with its meta but for the
 * epoch. */
GstBuffer *gst_snn_volume_cut_make (const GstSnnVolumeCut * cut,
    const SnnSlice * slice);

/* gst_snn_volume_is_wanted: whether anybody downstream of @element, which has a
 * pad src, has a use for the volume of @subject. */
gboolean gst_snn_volume_is_wanted (GstElement * element,
    const gchar * subject, const gchar * location);

G_END_DECLS
