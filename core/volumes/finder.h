/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../graph/network.h"
#include "grid.h"
#include "normalize.h"
#include "volume.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/* SnnFinder: finds structures in whole volumes by a network that predicts, slice
 * by slice of a coarse copy, where they are. */
typedef struct _SnnFinder SnnFinder;

/**
 * SnnFinderSettings:
 * @axis: slices are cut across it; not SNN_AXIS_NONE
 * @zooms: voxels that the network was trained on, in mm; 0: the volume's
 * @mode, @lower, @upper: how intensities are scaled (normalize.h), percentiles
 * @context: neighbours to each side that are channels of a slice
 * @timesteps: of a spiking network, which gets currents
 * @cut_off: probability above which a voxel may belong to a structure
 * @least: mm3 that a structure has at least; less is taken for nothing
 * @threads: 0 is one a processor
 */
typedef struct
{
  SnnAxis axis;
  double zooms[3];
  SnnNormalizeMode mode;
  double lower;
  double upper;
  guint context;
  guint timesteps;
  float cut_off;
  double least;
  guint threads;
} SnnFinderSettings;

/**
 * SnnFinding:
 * @found: whether there is such a structure
 * @centre: of it, in mm of the world
 * @mm3: how large it looks, also where that is too little
 * @probability: its voxels' mean
 */
typedef struct
{
  gboolean found;
  double centre[3];
  double mm3;
  double probability;
} SnnFinding;

/* snn_finder_new: keeps references to @network, which has convolutions and
 * poolings only; SNN_ERROR_MISMATCH where it wants volumes, or other channels than slices
 * with their context have. */
SnnFinder *snn_finder_new (SnnNetwork * network,
    const SnnFinderSettings * settings, GError ** error);
void snn_finder_free (SnnFinder * finder);

/* snn_finder_n_structures: those that the network tells apart. */
guint snn_finder_n_structures (const SnnFinder * finder);

/**
 * snn_finder_find:
 * @values: of a volume on @grid, x fastest
 * @fill: what lies around it
 * @findings: (out): of each structure
 * @cancel: (nullable): looked at now and then; work stops when it is not 0
 *
 * The largest component of each structure counts. Slices are as large as the
 * volume, with @fill around it where the network's poolings want more.
 *
 * Returns: FALSE with SNN_ERROR_CANCELLED, SNN_ERROR_READ where memory does not
 * suffice, or the errors of snn_network_resized() and snn_resample_image()
 */
gboolean snn_finder_find (SnnFinder * finder, const SnnGrid * grid,
    const float *values, float fill, SnnFinding * findings,
    const gint * cancel, GError ** error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnFinder, snn_finder_free)

SNN_END_DECLS
