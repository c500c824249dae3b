/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../graph/op.h"
#include "hdf5-file.h"

G_BEGIN_DECLS

/* The fields of one node in an open model file, for the operators' functions
 * that read and write them. What fails is kept in the file, under the node's
 * name (see hdf5-file.h). */

/**
 * SnnTimestep:
 * @length: in the unit of time constants; 0: not known so far
 * @name: (transfer none): of the node that has said so, by a time constant of @tau
 *
 * How long a timestep of a file is.
 */
typedef struct
{
  double length;
  const gchar *name;
  double tau;
} SnnTimestep;

/**
 * SnnNodeFields:
 * @name: of the node
 * @from: (nullable): reading, a node that it receives from
 * @timestep: reading, that of the file, as its nodes so far say
 * @vector: writing, whether its output has one axis only
 * @place: where the last field asked for is
 */
struct _SnnNodeFields
{
  SnnHdf5 *h;
  const gchar *name;
  const SnnNode *from;
  SnnTimestep *timestep;
  gboolean vector;
  GString *place;
};

/* snn_fields_at: where field @name of the node is; valid until the next call. */
const gchar *snn_fields_at (SnnNodeFields * fields, const gchar * name);

/* snn_fields_refuse: notes what is wrong with the node. Returns FALSE. */
gboolean snn_fields_refuse (SnnNodeFields * fields, SnnError code,
    const gchar * format, ...) G_GNUC_PRINTF (3, 4);

/* Shapes: (channels, height, width), (channels, depth, height, width) or (values). */
gboolean snn_fields_read_shape (SnnNodeFields * fields, const gchar * name,
    SnnShape * shape);
gboolean snn_fields_check_shape (SnnNodeFields * fields, const gchar * name,
    SnnShape expected);
void snn_fields_write_shape (SnnNodeFields * fields, const gchar * name,
    SnnShape shape, gboolean vector);

/* A number for all axes of space that @node's operator has, or one for each, which
 * must be the same. */
gboolean snn_fields_read_sides (SnnNodeFields * fields, const gchar * name,
    const SnnNode * node, guint * value);
gboolean snn_fields_check_sides (SnnNodeFields * fields, const gchar * name,
    const SnnNode * node, guint expected);
void snn_fields_write_sides (SnnNodeFields * fields, const gchar * name,
    const SnnNode * node, guint value);

/* A value a neuron: a shape's dimensions, channels first, or one dimension where
 * frames are one pixel. snn_fields_check_dims: whether they have the shape @expected;
 * snn_fields_check_values: whether all are @value, which one may say for all, or one
 * for those of a channel. */
gboolean snn_fields_check_dims (SnnNodeFields * fields, const gchar * name,
    SnnShape expected);
gboolean snn_fields_check_values (SnnNodeFields * fields, const gchar * name,
    SnnShape shape, float value);

/* snn_fields_write_values: @value for each neuron of @node. */
void snn_fields_write_values (SnnNodeFields * fields, const gchar * name,
    const SnnNode * node, float value);

/* Values that are the same within a channel: one a channel in memory. Those
 * read must be finite, and positive where @positive; in the file one may be that of
 * all, too, or of those of a channel. */
gboolean snn_fields_read_channels (SnnNodeFields * fields, const gchar * name,
    const SnnNode * node, gboolean positive, float *channels);
void snn_fields_write_channels (SnnNodeFields * fields, const gchar * name,
    const SnnNode * node, const float *channels);

/* A node's weights in PyTorch's order, of @rank dimensions @dims. Those read
 * must be finite. */
gboolean snn_fields_read_weights (SnnNodeFields * fields, SnnNode * node);
void snn_fields_write_weights (SnnNodeFields * fields, const SnnNode * node,
    guint rank, const gsize * dims);

G_END_DECLS
