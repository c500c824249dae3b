/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "state.h"
#include "variance.h"

G_BEGIN_DECLS

struct _SnnState
{
  gatomicrefcount ref_count;
  SnnNetwork *network;
  guint n_layers;
  guint timesteps;
  gboolean is_reset;            /* membranes are yet to be set */
  gboolean ends;                /* with the next input */
  gboolean has_ended;           /* membranes hold nothing that goes on */
  float **membranes;            /* made when needed */
  guint64 *spikes;
  SnnOperations operations;
  double *potential;            /* of the output, summed over timesteps */
  SnnVariance *variance;        /* NULL where nobody asks for it */
};

G_END_DECLS
