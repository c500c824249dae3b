/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../hdf5/node-fields.h"

G_BEGIN_DECLS

/* What becomes of the potential of a neuron that spikes, in model files. NIR's
 * neurons are set to v_reset; those that subtract their threshold say so in
 * metadata/reset. Files of ours from before that field subtract, too, and are
 * known by their group /gst-snn. */

/* snn_reset_read: sets @node->resets. */
gboolean snn_reset_read (SnnNodeFields * fields, SnnNode * node);

/* snn_reset_read_values: the parameter "reset" from v_reset, which has to be 0 of
 * neurons that subtract. */
gboolean snn_reset_read_values (SnnNodeFields * fields, SnnNode * node);
void snn_reset_write (SnnNodeFields * fields, const SnnNode * node);

G_END_DECLS
