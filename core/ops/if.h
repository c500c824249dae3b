/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../hdf5/node-fields.h"
#include "neuron.h"

G_BEGIN_DECLS

/* Fields of NIR's IF in a model file, for all operators that are one. */
gboolean snn_if_read (SnnNodeFields * fields, SnnNode * node);
gboolean snn_if_read_values (SnnNodeFields * fields, SnnNode * node);
void snn_if_write (SnnNodeFields * fields, const SnnNode * node);

G_END_DECLS
