/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "network.h"

#include "../base/error.h"
#include "builder.h"

/* Activations are called NAME_act after their layer. */
static const gchar *
activation (SnnBuilder *b, const gchar *layer, const gchar *from,
    const gchar *also_from)
{
  g_autofree gchar *name = g_strconcat (layer, "_act", NULL);

  return snn_builder_relu (b, name, from, also_from);
}

static const gchar *
conv_act (SnnBuilder *b, const gchar *name, guint channels, const gchar *from)
{
  return activation (b, name, snn_builder_conv2d (b, name, channels, 3, from),
      NULL);
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
  SnnBuilder *b;
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
    return NULL;
  }

  b = snn_builder_new ();
  at = snn_builder_input (b, "input", input);
  for (guint level = 1; level <= depth; level++) {
    guint channels = width << (level - 1);

    at = conv_act (b, layer_name (n, "e", level, "a"), channels, at);
    at = conv_act (b, layer_name (n, "e", level, "b"), channels, at);
    skip[level] = at;
    at = snn_builder_pool (b, layer_name (n, "pool", level, ""), at);
  }
  at = conv_act (b, "b1", width << depth, at);
  at = conv_act (b, "b2", width << depth, at);
  for (guint level = depth; level >= 1; level--) {
    guint channels = width << (level - 1);
    const gchar *up, *by;

    at = snn_builder_conv_transpose2d (b, layer_name (n, "u", level, ""),
        channels, 2, at);
    at = activation (b, layer_name (n, "u", level, ""), at, NULL);
    up = snn_builder_conv2d (b, layer_name (m, "d", level, "a_up"), channels,
        3, at);
    by = snn_builder_conv2d (b, layer_name (m, "d", level, "a_skip"),
        channels, 3, skip[level]);
    at = activation (b, layer_name (n, "d", level, "a"), up, by);
    at = conv_act (b, layer_name (n, "d", level, "b"), channels, at);
  }
  at = snn_builder_conv2d (b, "out", classes, 1, at);
  return snn_builder_end (b, at, error);
}

SnnNetwork *
snn_network_new_vgg5 (SnnShape input, guint classes, GError **error)
{
  SnnBuilder *b = snn_builder_new ();
  const gchar *at;

  at = snn_builder_input (b, "input", input);
  at = snn_builder_pool (b, "pool1", conv_act (b, "conv1", 64, at));
  at = conv_act (b, "conv2", 128, at);
  at = snn_builder_pool (b, "pool2", conv_act (b, "conv3", 128, at));
  at = snn_builder_flatten (b, "flatten", at);
  at = activation (b, "fc1", snn_builder_linear (b, "fc1", 4096, at), NULL);
  at = activation (b, "fc2", snn_builder_linear (b, "fc2", 4096, at), NULL);
  return snn_builder_end (b, snn_builder_linear (b, "fc3", classes, at), error);
}
