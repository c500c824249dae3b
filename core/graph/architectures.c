/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network.h"

#include "../base/error.h"

/* A network under construction; the first error stops everything after it. */
typedef struct
{
  SnnNetwork *network;
  GError **error;
  gboolean failed;
} Builder;

static const gchar *
add (Builder *b, const gchar *name, SnnNode node, const gchar *from,
    const gchar *also_from)
{
  const gchar *inputs[] = { from, also_from, NULL };
  gint index;

  if (b->failed)
    return "";
  node.name = (gchar *) name;
  index = snn_network_add (b->network, &node, from ? inputs : NULL, b->error);
  b->failed = index < 0;
  return b->failed ? "" : snn_network_node (b->network, (guint) index)->name;
}

static const gchar *
conv (Builder *b, const gchar *name, guint channels, guint kernel,
    const gchar *from)
{
  return add (b, name, (SnnNode) {
        .op = &snn_op_conv2d,.out.channels = channels,.kernel = kernel,
        .stride = 1,.padding = kernel / 2 }, from, NULL);
}

/* Activations are called NAME_act after their layer. */
static const gchar *
activation (Builder *b, const gchar *layer, const gchar *from,
    const gchar *also_from)
{
  g_autofree gchar *name = g_strconcat (layer, "_act", NULL);

  return add (b, name, (SnnNode) {.op = &snn_op_relu }, from, also_from);
}

static const gchar *
conv_act (Builder *b, const gchar *name, guint channels, const gchar *from)
{
  return activation (b, name, conv (b, name, channels, 3, from), NULL);
}

static const gchar *
pool (Builder *b, const gchar *name, const gchar *from)
{
  return add (b, name, (SnnNode) {
        .op = &snn_op_avg_pool2d,.kernel = 2,.stride = 2 }, from, NULL);
}

static SnnNetwork *
finish (Builder *b, const gchar *last)
{
  add (b, "output", (SnnNode) {.op = &snn_op_output }, last, NULL);
  if (b->failed || !snn_network_validate (b->network, b->error))
    g_clear_pointer (&b->network, snn_network_unref);
  return b->network;
}

/* "e" 1 "a" -> e1a */
static const gchar *
layer_name (gchar name[16], const gchar *stage, guint level, const gchar *part)
{
  g_snprintf (name, 16, "%s%u%s", stage, level, part);
  return name;
}

SnnNetwork *
snn_network_new_unet (SnnShape input, guint width, guint depth, guint classes,
    GError **error)
{
  Builder b = {.network = snn_network_new (),.error = error };
  const gchar *skip[16] = { NULL };
  const gchar *at;
  gchar n[16], m[16];

  if (depth < 1 || depth >= G_N_ELEMENTS (skip) || width < 1
      || width > 4096 || classes < 1 || input.height % (1u << depth)
      || input.width % (1u << depth)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "A U-Net of width %u, depth %u and %u classes can't work on slices of "
        "%ux%u (width x height): both must be multiples of 2^depth",
        width, depth, classes, input.width, input.height);
    snn_network_unref (b.network);
    return NULL;
  }

  at = add (&b, "input", (SnnNode) {.op = &snn_op_input,.out = input },
      NULL, NULL);
  for (guint level = 1; level <= depth; level++) {
    guint channels = width << (level - 1);

    at = conv_act (&b, layer_name (n, "e", level, "a"), channels, at);
    at = conv_act (&b, layer_name (n, "e", level, "b"), channels, at);
    skip[level] = at;
    at = pool (&b, layer_name (n, "pool", level, ""), at);
  }
  at = conv_act (&b, "b1", width << depth, at);
  at = conv_act (&b, "b2", width << depth, at);
  for (guint level = depth; level >= 1; level--) {
    guint channels = width << (level - 1);
    const gchar *up, *by;

    at = add (&b, layer_name (n, "u", level, ""), (SnnNode) {
          .op = &snn_op_conv_transpose2d,.out.channels = channels,
          .kernel = 2,.stride = 2 }, at, NULL);
    at = activation (&b, layer_name (n, "u", level, ""), at, NULL);
    up = conv (&b, layer_name (m, "d", level, "a_up"), channels, 3, at);
    by = conv (&b, layer_name (m, "d", level, "a_skip"), channels, 3,
        skip[level]);
    at = activation (&b, layer_name (n, "d", level, "a"), up, by);
    at = conv_act (&b, layer_name (n, "d", level, "b"), channels, at);
  }
  return finish (&b, conv (&b, "out", classes, 1, at));
}

static const gchar *
linear (Builder *b, const gchar *name, guint channels, const gchar *from)
{
  return add (b, name, (SnnNode) {
        .op = &snn_op_linear,.out.channels = channels }, from, NULL);
}

SnnNetwork *
snn_network_new_vgg5 (SnnShape input, guint classes, GError **error)
{
  Builder b = {.network = snn_network_new (),.error = error };
  const gchar *at;

  at = add (&b, "input", (SnnNode) {.op = &snn_op_input,.out = input },
      NULL, NULL);
  at = pool (&b, "pool1", conv_act (&b, "conv1", 64, at));
  at = conv_act (&b, "conv2", 128, at);
  at = pool (&b, "pool2", conv_act (&b, "conv3", 128, at));
  at = add (&b, "flatten", (SnnNode) {.op = &snn_op_flatten }, at, NULL);
  at = activation (&b, "fc1", linear (&b, "fc1", 4096, at), NULL);
  at = activation (&b, "fc2", linear (&b, "fc2", 4096, at), NULL);
  return finish (&b, linear (&b, "fc3", classes, at));
}
