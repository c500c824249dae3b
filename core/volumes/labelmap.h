/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../base/pool.h"
#include "volume.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/* Heads made up from label maps, after Billot et al. 2023, "SynthSeg:
 * Segmentation of brain MRI scans of any contrast and resolution without
 * retraining", Medical Image Analysis 86:102789. A map says which structure is
 * where; it is turned, scaled, sheared and deformed, each structure gets an
 * intensity and a texture, and what scanners do to an image is done to it. The
 * labels are exact, whatever the image looks like. */

/**
 * SnnLabelMap:
 *
 * A head as numbers of structures, those of FreeSurfer: below 500 in the brain
 * and around it, 500 and more outside of it, 0 the air. Immutable; safe to
 * share between threads.
 */
typedef struct _SnnLabelMap SnnLabelMap;

/**
 * snn_label_map_load:
 * @location: a NIfTI file
 * @remarks: (nullable): as of snn_nifti_load_labelled()
 *
 * Returns: (transfer full): %NULL with the errors of snn_nifti_load(), and
 * SNN_ERROR_FORMAT where values are no numbers of structures: integers from 0
 * to 65535, at most 256 different ones and not all 0
 */
SnnLabelMap *snn_label_map_load (const gchar * location, GPtrArray * remarks,
    GError ** error);

/* snn_label_map_new: of a volume in memory, whose image holds the numbers.
 * Errors as above. */
SnnLabelMap *snn_label_map_new (const SnnVolume * volume, GError ** error);

void snn_label_map_free (SnnLabelMap * map);

/* snn_label_map_count: voxels of structure @label. */
guint64 snn_label_map_count (const SnnLabelMap * map, guint label);

/* snn_label_map_twin: the number of structure @label on the other side, which takes
 * its place in mirrored heads; @label itself where it has none. */
guint snn_label_map_twin (guint label);

/**
 * SnnContrast:
 * @SNN_CONTRAST_T1: as in a T1-weighted scan: each structure within 0.06 of its
 *   own mean (white matter 0.9, cortex 0.6, ventricles 0.15), left and right
 *   within 0.01 of each other
 * @SNN_CONTRAST_RANDOM: each structure anything from 0 to 1, left and right
 *   alike
 */
typedef enum
{
  SNN_CONTRAST_T1,
  SNN_CONTRAST_RANDOM,
} SnnContrast;

/**
 * SnnHeads:
 * @dims, @zoom: of the grid, which stands upright in RAS: voxels, and their
 *   size in mm
 * @labels, @n_labels: the structures that are the label
 * @classes, @n_classes: the class of each of these, from 1, and how many classes
 *   there are; %NULL and 0: they are one, a mask
 * @around, @n_around: one of these, which is drawn, is in the middle of the
 *   grid, or its twin where the head is mirrored; none, or one that the map does
 *   not have: the middle of the head is
 * @shift: from there, to either side along each axis, in mm
 * @mirror: half of the heads are mirrored, and left and right are exchanged, so
 *   that what is called left stays on the left
 * @rotation: to either side around each axis, in degrees
 * @scale: along each axis, as a fraction: 0.1 is from 1 / 1.1 to 1.1
 * @shear: to either side
 * @deformation, @deformation_distance: standard deviation along each axis of a
 *   smooth deformation, and how far apart it is another, in mm
 * @contrast: intensities of structures
 * @stripped: probability that all outside of the brain is black, as after
 *   skull stripping
 * @texture: standard deviation of the voxels of a structure at most
 * @blur: standard deviation of a Gaussian at most, in mm, and 0.4 of it at
 *   least
 * @low_resolution: factor of voxel sizes at most, along one axis that is drawn
 * @bias: standard deviation of the logarithm of a smooth factor at most
 * @gamma: of intensities: 0.3 is a power from 1 / 1.3 to 1.3
 * @noise: standard deviation of the scanner's noise at most
 *
 * What heads to make; intensities are fractions of the brightest structure.
 */
typedef struct
{
  gsize dims[3];
  double zoom;
  const guint *labels;
  guint n_labels;
  const guint *classes;
  guint n_classes;
  const guint *around;
  guint n_around;
  double shift;
  gboolean mirror;
  double rotation;
  double scale;
  double shear;
  double deformation;
  double deformation_distance;
  SnnContrast contrast;
  double stripped;
  double texture;
  double blur;
  double low_resolution;
  double bias;
  double gamma;
  double noise;
} SnnHeads;

/* snn_heads_init: what suits heads for a network that finds structures in T1
 * scans: 128 x 128 x 128 voxels of 2 mm, no labels. */
void snn_heads_init (SnnHeads * heads);

/* The value of white matter, about, in a head of T1 contrast. */
#define SNN_HEAD_WHITE 1000.

/* snn_head_name: (transfer full): of a subject, as "head-00012". */
gchar *snn_head_name (guint32 subject);

/**
 * snn_head_new:
 * @seed: of the whole family
 * @subject: which member, whose name is snn_head_name()
 * @pool: (nullable): what works on it
 *
 * A voxel that is larger than the map's is the mean of what lies in it, at two
 * or more points along each axis, and labelled where most of these are: with the
 * class that most of them have, the smallest of several.
 *
 * Returns: (transfer full): a labelled volume, a pure function of the other
 * arguments; mask voxels are of the classes, 1 where there are none
 */
SnnVolume *snn_head_new (const SnnLabelMap * map, const SnnHeads * heads,
    guint64 seed, guint32 subject, SnnPool * pool);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnLabelMap, snn_label_map_free)

SNN_END_DECLS
