/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../hdf5/node-fields.h"

G_BEGIN_DECLS

/* Conv2d and Conv3d as files of others have them. What our kernels don't know is read as
 * a dense convolution that gives the same: one of groups has zeros between these, and a
 * dilated one zeros between its taps. Padding may be the text "same" or "valid". */

gboolean snn_conv_read (SnnNodeFields * fields, SnnNode * node);
gboolean snn_conv_read_values (SnnNodeFields * fields, SnnNode * node);

/* snn_conv_check_dense: whether weights that the file does not hold, such as
 * zeros between groups, are few enough to be made up: @taps a pair of the node's
 * channels. */
gboolean snn_conv_check_dense (SnnNodeFields * fields, guint64 taps,
    guint64 in, guint64 out);

G_END_DECLS
