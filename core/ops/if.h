/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../hdf5/node-fields.h"
#include "neuron.h"

G_BEGIN_DECLS

/* What all operators that are NIR's IF share: their parameters, a threshold and
 * where it is not subtracted a reset, and their fields in a model file. */

#define SNN_IF_N_PARAMETERS 2
extern const SnnParameterSpec snn_if_parameters[SNN_IF_N_PARAMETERS];

gboolean snn_if_read (SnnNodeFields * fields, SnnNode * node);
gboolean snn_if_read_values (SnnNodeFields * fields, SnnNode * node);
void snn_if_write (SnnNodeFields * fields, const SnnNode * node);

G_END_DECLS
