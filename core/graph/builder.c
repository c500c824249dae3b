/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "builder.h"

struct _SnnBuilder
{
  SnnNetwork *network;
  GError *error;
};

SnnBuilder *
snn_builder_new (void)
{
  SnnBuilder *builder = g_new0 (SnnBuilder, 1);

  builder->network = snn_network_new ();
  return builder;
}

const gchar *
snn_builder_add (SnnBuilder *builder, const gchar *name, SnnNode node,
    const gchar *from, const gchar *also_from)
{
  const gchar *inputs[] = { from, also_from, NULL };
  gint index;

  g_return_val_if_fail (builder != NULL && name != NULL, "");

  if (builder->error)
    return "";
  node.name = (gchar *) name;
  index = snn_network_add (builder->network, &node, from ? inputs : NULL,
      &builder->error);
  return index < 0 ? ""
      : snn_network_node (builder->network, (guint) index)->name;
}

const gchar *
snn_builder_input (SnnBuilder *builder, const gchar *name, SnnShape shape)
{
  return snn_builder_add (builder, name, (SnnNode) {
        .op = &snn_op_input,.out = shape }, NULL, NULL);
}

static const gchar *
add_convolution (SnnBuilder *builder, const SnnOp *op, const gchar *name,
    guint channels, guint kernel, const gchar *from)
{
  return snn_builder_add (builder, name, (SnnNode) {
        .op = op,.out.channels = channels,.kernel = kernel,
        .stride = 1,.padding = kernel / 2 }, from, NULL);
}

const gchar *
snn_builder_conv2d (SnnBuilder *builder, const gchar *name, guint channels,
    guint kernel, const gchar *from)
{
  return add_convolution (builder, &snn_op_conv2d, name, channels, kernel, from);
}

const gchar *
snn_builder_conv3d (SnnBuilder *builder, const gchar *name, guint channels,
    guint kernel, const gchar *from)
{
  return add_convolution (builder, &snn_op_conv3d, name, channels, kernel, from);
}

/* Of windows side by side; pooling takes the number of channels from its input. */
static const gchar *
add_blocks (SnnBuilder *builder, const SnnOp *op, const gchar *name,
    guint channels, guint side, const gchar *from)
{
  return snn_builder_add (builder, name, (SnnNode) {
        .op = op,.out.channels = channels,.kernel = side,.stride = side },
      from, NULL);
}

const gchar *
snn_builder_conv_transpose2d (SnnBuilder *builder, const gchar *name,
    guint channels, guint kernel, const gchar *from)
{
  return add_blocks (builder, &snn_op_conv_transpose2d, name, channels, kernel,
      from);
}

const gchar *
snn_builder_conv_transpose3d (SnnBuilder *builder, const gchar *name,
    guint channels, guint kernel, const gchar *from)
{
  return add_blocks (builder, &snn_op_conv_transpose3d, name, channels, kernel,
      from);
}

const gchar *
snn_builder_pool (SnnBuilder *builder, const gchar *name, const gchar *from)
{
  return add_blocks (builder, &snn_op_avg_pool2d, name, 0, 2, from);
}

const gchar *
snn_builder_pool3d (SnnBuilder *builder, const gchar *name, const gchar *from)
{
  return add_blocks (builder, &snn_op_avg_pool3d, name, 0, 2, from);
}

const gchar *
snn_builder_linear (SnnBuilder *builder, const gchar *name, guint channels,
    const gchar *from)
{
  return snn_builder_add (builder, name, (SnnNode) {
        .op = &snn_op_linear,.out.channels = channels }, from, NULL);
}

const gchar *
snn_builder_flatten (SnnBuilder *builder, const gchar *name,
    const gchar *from)
{
  return snn_builder_add (builder, name, (SnnNode) {
        .op = &snn_op_flatten }, from, NULL);
}

const gchar *
snn_builder_relu (SnnBuilder *builder, const gchar *name, const gchar *from,
    const gchar *also_from)
{
  return snn_builder_add (builder, name, (SnnNode) {
        .op = &snn_op_relu }, from, also_from);
}

SnnNetwork *
snn_builder_end (SnnBuilder *builder, const gchar *last, GError **error)
{
  SnnNetwork *network;
  GError *failure;

  g_return_val_if_fail (builder != NULL && last != NULL, NULL);

  snn_builder_add (builder, "output", (SnnNode) {.op = &snn_op_output }, last,
      NULL);
  network = builder->network;
  failure = builder->error;
  g_free (builder);
  if (!failure && snn_network_validate (network, &failure))
    return network;
  g_propagate_error (error, failure);
  snn_network_unref (network);
  return NULL;
}
