/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

#include "node.h"
#include "../base/classes.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/* A network is a directed acyclic graph. A node with several incoming edges
 * receives their sum, so that a convolution over a concatenation is two
 * convolutions into one node: conv(cat(a, b)) = conv_a(a) + conv_b(b).
 *
 * There is one graph for both kinds of network: an ANN has ReLU nodes where
 * its spiking twin has IF nodes of the same names. */

/* Values that all nodes together may put out for one image: a GiB of floats,
 * some times more than a U-Net of 64 channels on slices of 512 by 512. What
 * asks for more would not be run by any machine that we know, and is a hostile
 * or damaged file. */
#define SNN_LARGEST_FRAMES (G_GUINT64_CONSTANT (1) << 28)

/* How the output layer's summed potential U becomes a logit. */
typedef enum
{
  SNN_READOUT_MEAN,             /* U / T */
  SNN_READOUT_SUM,              /* U */
} SnnReadout;

/**
 * SnnNetwork:
 * @nodes: (element-type SnnNode): in topological order; the first is the input, the last the output
 * @spiking: whether activations are IF (else ReLU)
 * @signed_input: trained on (or converted for) inputs in [-1, 1] rather than
 *   [0, 1]
 * @readout: spiking networks only
 * @initial_membrane: u[0] as a fraction of the threshold, 0 or 0.5
 * @timesteps: the T it was converted or fine-tuned for, 0 when unknown
 * @metadata: (element-type utf8 utf8): what else its file says about it, by
 *   snn_network_set_metadata(); copies and spiking twins have it too
 * @classes: that its output's channels are of, after the background, or its one
 *   channel is of; none: not known, or a mask
 *
 * Reference counted. Weights may be written by one owner while no other
 * thread reads.
 */
typedef struct
{
  GPtrArray *nodes;
  gboolean spiking;
  gboolean signed_input;
  SnnReadout readout;
  double initial_membrane;
  guint timesteps;
  GHashTable *metadata;
  SnnClasses classes;

  /*< private > */
  gatomicrefcount ref_count;
} SnnNetwork;

#define SNN_TYPE_NETWORK (snn_network_get_type ())
GType snn_network_get_type (void);

/* snn_network_new: without nodes. */
SnnNetwork *snn_network_new (void);
SnnNetwork *snn_network_ref (SnnNetwork * network);
/* snn_network_unref: %NULL is fine. */
void snn_network_unref (SnnNetwork * network);
/* snn_network_copy: one of its own weights. */
SnnNetwork *snn_network_copy (const SnnNetwork * network);

/* snn_network_set_metadata: a text that goes where the network goes, into its
 * file and into what is made of it; how it is run does not depend on it. @name
 * and @value are UTF-8; %NULL takes it away. All of them together may have
 * %SNN_LARGEST_METADATA bytes, or the file can't be read again.
 * snn_network_metadata: (nullable): the text; the network's. */
void snn_network_set_metadata (SnnNetwork * network, const gchar * name,
    const gchar * value);
const gchar *snn_network_metadata (const SnnNetwork * network,
    const gchar * name);
/* snn_network_copy_metadata: texts of @from replace those of the same names. */
void snn_network_copy_metadata (SnnNetwork * to, const SnnNetwork * from);
#define SNN_LARGEST_METADATA (1u << 20)

/* Name of the metadata that say "int8" where weights are whole numbers from -127 to
 * 127 times one scale a channel. Training takes it away. */
#define SNN_WEIGHTS_NOTE "weights"

/**
 * snn_network_node:
 *
 * Returns: (transfer none): node @index
 */
SnnNode *snn_network_node (const SnnNetwork * network, guint index);

/**
 * snn_network_find:
 *
 * Returns: (transfer none) (nullable): the node of this name
 */
SnnNode *snn_network_find (const SnnNetwork * network, const gchar * name);

/**
 * snn_network_get_shapes:
 * @input: (out caller-allocates): what it takes
 * @output: (out caller-allocates): what it gives
 *
 * snn_network_input() and snn_network_output() for other languages.
 */
void snn_network_get_shapes (const SnnNetwork * network, SnnShape * input,
    SnnShape * output);

#ifndef __GI_SCANNER__ /* structs by value */

SnnShape snn_network_input (const SnnNetwork * network);
SnnShape snn_network_output (const SnnNetwork * network);

#endif

/* snn_network_n_weights: trained values of all nodes. */
gsize snn_network_n_weights (const SnnNetwork * network);

/**
 * snn_network_add:
 * @like: name, op, kernel, stride, padding, and out.channels (Conv2d,
 *   ConvTranspose2d, Linear) or the whole of out (Input); the rest is inferred
 * @inputs: (nullable) (array zero-terminated=1): names of the nodes it receives
 *   from, %NULL-terminated; all of these must exist and agree in shape
 *
 * Adds a node, with zero weights and unit thresholds.
 *
 * Returns: its index, or -1 with SNN_ERROR_FORMAT or SNN_ERROR_MISMATCH, and
 * SNN_ERROR_UNSUPPORTED for a frame or weights of 2^31 values or more, and for
 * nodes that together put out more than %SNN_LARGEST_FRAMES a sample
 */
gint snn_network_add (SnnNetwork * network, const SnnNode * like,
    const gchar * const *inputs, GError ** error);

/* snn_network_validate: one input, first; one output, last; every node leads
 * to the output; activations all of the kind that @spiking says. */
gboolean snn_network_validate (const SnnNetwork * network, GError ** error);

#ifndef __GI_SCANNER__ /* structs by value */

/**
 * snn_network_new_unet:
 * @input: channels and size of a slice or of a volume, whose height, width and, of a
 *   volume, depth are divisible by 2^@depth
 * @width: channels of the first level, doubled at each pooling
 * @depth: number of poolings
 *
 * The modified U-Net of Yue et al. 2023 (average pooling, no bias, no batch
 * norm): two 3x3 convolutions a level, 2x2 average pooling, 2x2 stride-2
 * transposed convolution, skips, 1x1 output. Of volumes, all of these have an axis
 * more. An ANN with zero weights.
 */
SnnNetwork *snn_network_new_unet (SnnShape input, guint width, guint depth,
    guint classes, GError ** error);

/* snn_network_new_vgg5: the VGG-5 of Rathi et al. 2020: conv64, pool, conv128,
 * conv128, pool, FC 4096, FC 4096, FC @classes. */
SnnNetwork *snn_network_new_vgg5 (SnnShape input, guint classes,
    GError ** error);

#endif

/* snn_network_init_weights: uniform in +-1/sqrt(fan in), PyTorch's default for
 * convolutions and Linear (Kaiming uniform with a = sqrt 5), where branches that
 * meet in a sum share one fan-in; reproducible by seed. */
void snn_network_init_weights (SnnNetwork * network, guint64 seed);

/* snn_network_add_bias: gives each sum of layers with weights a bias of zeros:
 * where branches meet, the first of them has it. Call it before
 * snn_network_init_weights(). */
void snn_network_add_bias (SnnNetwork * network);

/**
 * snn_network_resized:
 * @depth: of its input; 0: as before, as always of slices
 * @height, @width: of its input
 *
 * A network that looks at larger or smaller frames with the same weights, as one
 * of convolutions and poolings only can.
 *
 * Returns: (transfer full): a copy, or %NULL with SNN_ERROR_MISMATCH where a node
 * can't work on frames of this size, and with the errors of snn_network_add()
 */
SnnNetwork *snn_network_resized (const SnnNetwork * network, guint depth,
    guint height, guint width, GError ** error);

#ifndef __GI_SCANNER__ /* a struct by value */

/* snn_network_reduction: by how much its smallest frame is smaller than its
 * input along each axis, which a U-Net's extents are divisible by; 1 along one that
 * there is not. */
SnnShape snn_network_reduction (const SnnNetwork * network);

#endif

/* snn_network_to_spiking: a copy with neurons (IF, thresholds 1) in place of
 * ReLU. */
SnnNetwork *snn_network_to_spiking (const SnnNetwork * ann);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnNetwork, snn_network_unref)

SNN_END_DECLS
