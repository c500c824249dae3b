/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../graph/network.h"
#include "../hdf5/hdf5-file.h"

G_BEGIN_DECLS

/* A network within an open file; not installed. */

/* Of nodes that are neurons: potential at the start as a part of the threshold.
 * NIR's tools keep it, where they drop what is in /gst-snn. */
#define SNN_MODEL_MEMBRANE "metadata/initial_membrane"

/* snn_model_write: failures are kept in @h. @flatten: write a Flatten node between
 * frames of one pixel and a Linear node, which NIR has none of; else the nodes are
 * just those of @network. */
void snn_model_write (SnnHdf5 * h, const SnnNetwork * network,
    gboolean flatten);

/* snn_model_read: (transfer full): a validated network, or %NULL, the failure
 * being kept in @h. */
SnnNetwork *snn_model_read (SnnHdf5 * h);

G_END_DECLS
