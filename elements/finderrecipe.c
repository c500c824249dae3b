/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "finderrecipe.h"

#include <string.h>

#include <gst/snn/recipe.h>
#include <snn/base/error.h>

/* As voxelnormalize has them where a network does not say. */
#define DEFAULT_LOWER 0.5
#define DEFAULT_UPPER 99.5

static gboolean
refuse (GError **error, const gchar *model, const gchar *name,
    const gchar *value, const gchar *expected)
{
  g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH, "%s was made with %s=%s, "
      "where a network that finds structures needs %s", model, name,
      value ? value : "unknown", expected);
  return FALSE;
}

static double
percentile (const SnnNetwork *network, const gchar *name, double fallback)
{
  const gchar *text = snn_network_metadata (network, name);

  return text ? g_ascii_strtod (text, NULL) : fallback;
}

gboolean
gst_snn_finder_recipe_read (const SnnNetwork *network,
    const gchar *model, SnnFinderSettings *finder, GError **error)
{
  static const gchar *const modes[] = { "unit", "zero-mean", "z-score",
    "robust" };
  const gchar *axis = snn_network_metadata (network, SNN_RECIPE_AXIS);
  const gchar *scaling = snn_network_metadata (network, SNN_RECIPE_SCALING);
  const gchar *encoder = snn_network_metadata (network, SNN_RECIPE_ENCODER);
  const gchar *context = snn_network_metadata (network, SNN_RECIPE_CONTEXT);
  guint mode = 0;

  if (!axis || !*axis || !strchr ("xyz", *axis) || axis[1])
    return refuse (error, model, "axis", axis, "x, y or z");
  finder->axis = *axis - 'x';
  while (mode < G_N_ELEMENTS (modes) && g_strcmp0 (scaling, modes[mode]) != 0)
    mode++;
  if (mode == G_N_ELEMENTS (modes)
      || snn_network_metadata (network, SNN_RECIPE_MAXIMUM))
    return refuse (error, model, "scaling", scaling,
        "unit, zero-mean or z-score of percentiles, or robust");
  finder->mode = mode;
  if (network->spiking && encoder && !g_str_equal (encoder, "directencoder"))
    return refuse (error, model, "encoder", encoder, "directencoder");
  if (network->spiking && network->timesteps == 0)
    return refuse (error, model, "timesteps", NULL, "a number of them");
  finder->timesteps = network->timesteps;
  finder->context = context ? (guint) g_ascii_strtoull (context, NULL, 10) : 0;
  finder->lower = percentile (network, SNN_RECIPE_LOWER, DEFAULT_LOWER);
  finder->upper = percentile (network, SNN_RECIPE_UPPER, DEFAULT_UPPER);
  return snn_grid_parse_zooms (snn_network_metadata (network,
          SNN_RECIPE_SPACING), finder->zooms, error);
}
