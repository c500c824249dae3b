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

/* Layers of slices, or of volumes. */
typedef struct
{
  const gchar *(*conv) (SnnBuilder * b, const gchar * name, guint channels,
      guint kernel, const gchar * from);
  const gchar *(*up) (SnnBuilder * b, const gchar * name, guint channels,
      guint kernel, const gchar * from);
  const gchar *(*pool) (SnnBuilder * b, const gchar * name,
      const gchar * from);
} Layers;

static const Layers of_slices = {
  snn_builder_conv2d, snn_builder_conv_transpose2d, snn_builder_pool
};

static const Layers of_volumes = {
  snn_builder_conv3d, snn_builder_conv_transpose3d, snn_builder_pool3d
};

static const gchar *
conv_act (SnnBuilder *b, const Layers *layers, const gchar *name,
    guint channels, const gchar *from)
{
  return activation (b, name, layers->conv (b, name, channels, 3, from), NULL);
}

/* "e" 1 "a" -> e1a */
static const gchar *
layer_name (gchar name[16], const gchar *stage, guint level, const gchar *part)
{
  g_snprintf (name, 16, "%s%u%s", stage, level, part);
  return name;
}

static void
refuse_unet (SnnShape input, guint width, guint depth, guint classes,
    GError **error)
{
  g_autofree gchar *size = input.depth > 0 ? g_strdup_printf (
      "volumes of %ux%ux%u (width x height x depth): all must", input.width,
      input.height, input.depth) : g_strdup_printf (
      "slices of %ux%u (width x height): both must", input.width, input.height);

  g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
      "A U-Net of width %u, depth %u and %u classes can't work on %s be "
      "multiples of 2^depth", width, depth, classes, size);
}

SnnNetwork *
snn_network_new_unet (SnnShape input, guint width, guint depth, guint classes,
    GError **error)
{
  const Layers *layers = input.depth > 0 ? &of_volumes : &of_slices;
  SnnBuilder *b;
  const gchar *skip[16] = { NULL };
  const gchar *at;
  gchar n[16], m[16];

  if (depth < 1 || depth >= G_N_ELEMENTS (skip) || width < 1
      || width > 4096 || classes < 1 || input.depth % (1u << depth)
      || input.height % (1u << depth) || input.width % (1u << depth)) {
    refuse_unet (input, width, depth, classes, error);
    return NULL;
  }

  b = snn_builder_new ();
  at = snn_builder_input (b, "input", input);
  for (guint level = 1; level <= depth; level++) {
    guint channels = width << (level - 1);

    at = conv_act (b, layers, layer_name (n, "e", level, "a"), channels, at);
    at = conv_act (b, layers, layer_name (n, "e", level, "b"), channels, at);
    skip[level] = at;
    at = layers->pool (b, layer_name (n, "pool", level, ""), at);
  }
  at = conv_act (b, layers, "b1", width << depth, at);
  at = conv_act (b, layers, "b2", width << depth, at);
  for (guint level = depth; level >= 1; level--) {
    guint channels = width << (level - 1);
    const gchar *up, *by;

    at = layers->up (b, layer_name (n, "u", level, ""),
        channels, 2, at);
    at = activation (b, layer_name (n, "u", level, ""), at, NULL);
    up = layers->conv (b, layer_name (m, "d", level, "a_up"), channels, 3, at);
    by = layers->conv (b, layer_name (m, "d", level, "a_skip"), channels, 3,
        skip[level]);
    at = activation (b, layer_name (n, "d", level, "a"), up, by);
    at = conv_act (b, layers, layer_name (n, "d", level, "b"), channels, at);
  }
  at = layers->conv (b, "out", classes, 1, at);
  return snn_builder_end (b, at, error);
}

SnnNetwork *
snn_network_new_vgg5 (SnnShape input, guint classes, GError **error)
{
  SnnBuilder *b = snn_builder_new ();
  const gchar *at;

  at = snn_builder_input (b, "input", input);
  at = snn_builder_pool (b, "pool1", conv_act (b, &of_slices, "conv1", 64, at));
  at = conv_act (b, &of_slices, "conv2", 128, at);
  at = snn_builder_pool (b, "pool2", conv_act (b, &of_slices, "conv3", 128, at));
  at = snn_builder_flatten (b, "flatten", at);
  at = activation (b, "fc1", snn_builder_linear (b, "fc1", 4096, at), NULL);
  at = activation (b, "fc2", snn_builder_linear (b, "fc2", 4096, at), NULL);
  return snn_builder_end (b, snn_builder_linear (b, "fc3", classes, at), error);
}
