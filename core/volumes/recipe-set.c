/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recipe-set.h"

#include <math.h>
#include <string.h>

#include "../base/error.h"
#include "grid.h"
#include "region.h"

static gboolean
check_size (const gchar *value, GError **error)
{
  SnnRegion region = { {0}, };

  return snn_region_parse_size (&region, value, error);
}

static gboolean
check_spacing (const gchar *value, GError **error)
{
  double zooms[3];

  return snn_grid_parse_zooms (value, zooms, error);
}

/* @expected says what is checked by whoever calls it. */
static gboolean
expect (gboolean ok, const gchar *expected, GError **error)
{
  if (!ok)
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "expected %s", expected);
  return ok;
}

static gboolean
check_axis (const gchar *value, GError **error)
{
  static const gchar *const axes[] = { "x", "y", "z", "none", NULL };

  return expect (g_strv_contains (axes, value), "x, y, z or none", error);
}

static gboolean
check_scaling (const gchar *value, GError **error)
{
  static const gchar *const modes[] = { "unit", "zero-mean", "z-score",
    "robust", NULL };

  return expect (g_strv_contains (modes, value),
      "unit, zero-mean, z-score or robust", error);
}

static gboolean
check_context (const gchar *value, GError **error)
{
  return expect (g_ascii_string_to_unsigned (value, 10, 0,
          SNN_RECIPE_MOST_CONTEXT, NULL, NULL), "a whole number from 0 to "
      G_STRINGIFY (SNN_RECIPE_MOST_CONTEXT), error);
}

static gboolean
parse_number (const gchar *text, double *number)
{
  gchar *end;

  *number = g_ascii_strtod (text, &end);
  return end > text && *end == '\0' && isfinite (*number);
}

static gboolean
check_percentile (const gchar *value, GError **error)
{
  double number;

  return expect (parse_number (value, &number) && number >= 0.
      && number <= 100., "a number from 0 to 100", error);
}

static gboolean
check_intensity (const gchar *value, GError **error)
{
  double number;

  return expect (parse_number (value, &number), "a number", error);
}

/* Of an encoder, whose name is not taken apart, there is nothing to check: who uses
 * another one is warned. */
static const struct
{
  const gchar *name;
  gboolean (*check) (const gchar * value, GError ** error);
} checks[] = {
  {SNN_RECIPE_AXIS, check_axis},
  {SNN_RECIPE_CONTEXT, check_context},
  {SNN_RECIPE_SIZE, check_size},
  {SNN_RECIPE_SPACING, check_spacing},
  {SNN_RECIPE_SCALING, check_scaling},
  {SNN_RECIPE_LOWER, check_percentile},
  {SNN_RECIPE_UPPER, check_percentile},
  {SNN_RECIPE_MINIMUM, check_intensity},
  {SNN_RECIPE_MAXIMUM, check_intensity},
};

static gboolean
check_value (const gchar *name, const gchar *value, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (checks); i++)
    if (g_str_equal (checks[i].name, name) && !checks[i].check (value, error)) {
      g_prefix_error (error, "The recipe has %s=%s: ", name, value);
      return FALSE;
    }
  return TRUE;
}

gboolean
snn_recipe_set (SnnNetwork *network, const gchar *text, GError **error)
{
  guint n;
  const SnnRecipeItem *items = snn_recipe_items (&n);
  const gchar *value = strchr (text, '=');
  GString *names = NULL;

  if (value && value[1] != '\0')
    for (guint i = 0; i < n; i++)
      if (strlen (items[i].name) == (gsize) (value - text)
          && g_str_has_prefix (text, items[i].name)) {
        if (!check_value (items[i].name, value + 1, error))
          return FALSE;
        snn_network_set_metadata (network, items[i].name, value + 1);
        return TRUE;
      }
  names = g_string_new (NULL);
  for (guint i = 0; i < n; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", items[i].name);
  g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "The recipe has no '%s'; "
      "expected NAME=VALUE, such as axis=y, with one of the names %s", text,
      names->str);
  g_string_free (names, TRUE);
  return FALSE;
}

gboolean
snn_recipe_check (const SnnNetwork *network, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (checks); i++) {
    const gchar *value = snn_network_metadata (network, checks[i].name);

    if (value && !check_value (checks[i].name, value, error))
      return FALSE;
  }
  return TRUE;
}
