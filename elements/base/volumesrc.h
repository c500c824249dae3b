/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <snn/volumes/grid.h>
#include "samplesrc.h"
#include <snn/base/api.h>

SNN_BEGIN_DECLS

#define GST_TYPE_SNN_VOLUME_SRC (gst_snn_volume_src_get_type ())
G_DECLARE_DERIVABLE_TYPE (GstSnnVolumeSrc, gst_snn_volume_src, GST,
    SNN_VOLUME_SRC,
    GstSnnSampleSrc)

/**
 * GstSnnVolumeSrcClass:
 * @open: finds the subjects and returns their number, 0 with an error
 * @load: (transfer full): the volume of a subject, from 0 in name order;
 *   called in the streaming thread
 * @close: (nullable): forgets what @open found; also called when @open failed
 * @grid: the canonical grid of a subject's volume, as from its header, wherever
 *   it lies; FALSE where anything that can be told without voxels keeps it from being loaded
 * @identify: (transfer full): the name of a subject, as its volume will have
 *   it; (out) (nullable) (transfer none): its file
 * @classes: (nullable): what labels are of, as the mask of each volume has it;
 *   called after @open
 *
 * Base of sources of volumes: picks subjects by folds, cuts slices, keeps
 * loaded volumes in a bounded cache, makes caps and metas. Subclasses only
 * list and load; the base class resamples, and posts their errors.
 *
 * Properties: axis, size, spacing, roi, folds, fold, subset, fold-seed, group, split,
 * max-subjects, cache-size, and those of #GstSnnSampleSrc.
 */
struct _GstSnnVolumeSrcClass
{
  GstSnnSampleSrcClass parent_class;

  guint (*open) (GstSnnVolumeSrc * src, GError ** error);
  SnnVolume *(*load) (GstSnnVolumeSrc * src, guint subject, GError ** error);
  void (*close) (GstSnnVolumeSrc * src);
  gboolean (*grid) (GstSnnVolumeSrc * src, guint subject, SnnGrid * grid,
      GError ** error);
  gchar *(*identify) (GstSnnVolumeSrc * src, guint subject,
      const gchar ** location);
  void (*classes) (GstSnnVolumeSrc * src, SnnClasses * classes);

  gpointer _gst_reserved[GST_PADDING];
};

SNN_END_DECLS
