/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../base/api.h"
#include "../graph/network.h"
#include "../volumes/volume.h"

SNN_BEGIN_DECLS

/* The subjects that a network has been trained on, which it takes along in its
 * metadata: what is measured on them says how well it remembers. Names of
 * patients stay at home: a subject is a digest of its name, its grid (extent
 * and affine) and, of a phantom, the seed. Its intensities do not matter, nor whether it was resampled. */

/* snn_known_subjects_add: notes that @network was trained on @volume. Returns:
 * FALSE where it is known already, or there is no more room */
gboolean snn_known_subjects_add (SnnNetwork * network,
    const SnnVolumeInfo * volume);

/* snn_known_subjects_has: whether @network was trained on @volume, as far as is
 * known. */
gboolean snn_known_subjects_has (const SnnNetwork * network,
    const SnnVolumeInfo * volume);

/* snn_known_subjects_count: 0 where nothing is known. */
guint snn_known_subjects_count (const SnnNetwork * network);

SNN_END_DECLS
