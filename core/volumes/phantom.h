/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "grid.h"
#include "../base/classes.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/* Phantoms: made-up volumes that look like a T1-weighted scan around one
 * hippocampus, about 36 x 50 x 36 voxels of 1 mm. The labelled body is curved
 * and tapers from head to tail; next to it lie tissues as dark as the
 * ventricle, as bright as white matter and, without a clear border, as grey as
 * itself. Pose, size, shape, contrast, shading and intensity scale (over four
 * orders of magnitude) are each subject's own, and its outline was drawn by an
 * unsteady hand. */

/* snn_phantom_grid: of the phantom of @subject: 31 to 43, 40 to 59 and 24 to 47 voxels
 * of 1 mm. */
void snn_phantom_grid (guint64 seed, guint32 subject, SnnGrid * grid);

/* snn_phantom_name: (transfer full): "phantom-00012" */
gchar *snn_phantom_name (guint32 subject);

/**
 * snn_phantom_new:
 * @seed: of the whole family
 * @subject: which member, which snn_phantom_name() names
 * @noise: standard deviation of the noise, as a fraction of white matter's
 *   intensity
 *
 * Returns: (transfer full): a labelled volume, a pure function of its
 * arguments
 */
SnnVolume *snn_phantom_new (guint64 seed, guint32 subject, double noise);

/* snn_phantom_new_classes: the same volume, whose mask has @classes in place of
 * one: the hippocampus' anterior part, its head, is 1 and the posterior one, body
 * and tail, is 2. What is none of @classes is background. */
SnnVolume *snn_phantom_new_classes (guint64 seed, guint32 subject,
    double noise, const SnnClasses * classes);

SNN_END_DECLS
