/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../graph/network.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/* Model files: HDF5 in the layout of NIR (Pedersen et al. 2024): groups
 * /node/nodes/NAME with `type` and parameters, /node/edges, /version.
 * ConvTranspose2d and ReLU are extensions; docs/formats.md has the whole.
 * A checkpoint is a model file with a /training group.
 *
 * Files are written aside and renamed: a reader sees the old or the new one,
 * and a full disk (SNN_ERROR_NO_SPACE) loses nothing. */

/**
 * snn_model_save:
 * @path: where to; an existing file is replaced
 *
 * Where a Linear node takes frames of one pixel, a Flatten node is written between,
 * since NIR's Linear nodes are of vectors; a network out of the file has it, too.
 *
 * Returns: FALSE with SNN_ERROR_WRITE or SNN_ERROR_NO_SPACE
 */
gboolean snn_model_save (const SnnNetwork * network, const gchar * path,
    GError ** error);

/**
 * snn_model_load:
 *
 * Sizes are checked against the file before anything is allocated.
 *
 * Returns: (transfer full): a validated network, or %NULL with
 * SNN_ERROR_NOT_FOUND, _OPEN, _READ, _FORMAT or _UNSUPPORTED (a node type or
 * parameter that we can't run, by its name)
 */
SnnNetwork *snn_model_load (const gchar * path, GError ** error);

#ifndef __GI_SCANNER__ /* of trainers only */

/**
 * SnnCheckpoint:
 * @network: weights and thresholds
 * @settings: what the run was made with, as canonical text; a run with other
 *   settings must not continue from here
 * @values: named scalars (epoch, step, learning rate, scheduler state ...),
 *   gchar* to double*; doubles are kept to the bit
 * @first_moment, @second_moment: Adam's, in the order of the network's nodes,
 *   snn_network_n_weights() values each
 * @average: (nullable): averaged weights, likewise
 */
typedef struct
{
  SnnNetwork *network;
  gchar *settings;
  GHashTable *values;
  float *first_moment;
  float *second_moment;
  float *average;
} SnnCheckpoint;

/* snn_checkpoint_new: keeps a reference to @network; empty settings, no values
 * and moments of zero, for the caller to fill in. */
SnnCheckpoint *snn_checkpoint_new (SnnNetwork * network);
void snn_checkpoint_free (SnnCheckpoint * checkpoint);
void snn_checkpoint_set (SnnCheckpoint * checkpoint, const gchar * name,
    double value);
double snn_checkpoint_get (const SnnCheckpoint * checkpoint,
    const gchar * name, double fallback);

gboolean snn_checkpoint_save (const SnnCheckpoint * checkpoint,
    const gchar * path, GError ** error);
SnnCheckpoint *snn_checkpoint_load (const gchar * path, GError ** error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnCheckpoint, snn_checkpoint_free)

#endif

SNN_END_DECLS
