/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <snn/graph/network.h>

/* Networks to write into model files. */

/* snn_test_unet: of slices, or with a @depth of volumes. */
SnnNetwork *snn_test_unet (guint depth, gboolean spiking);

/* snn_test_small_vgg: VGG-5's nodes at a size for tests: fully connected layers
 * as wide as the published ones would be most of a 200 MB file. */
SnnNetwork *snn_test_small_vgg (gboolean spiking);

/* snn_test_assert_same: that they are equal to the bit. */
void snn_test_assert_same (const SnnNetwork * a, const SnnNetwork * b);
