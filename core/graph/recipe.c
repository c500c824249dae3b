/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recipe.h"

#include <string.h>

#include "../base/error.h"

/* To add to a recipe, add a name to the header and a row here, describe the value in
 * gst_snn_query_describe(), and choose it in the element where it is used. */
static const SnnRecipeItem items[] = {
  {SNN_RECIPE_AXIS, "source"},
  {SNN_RECIPE_CONTEXT, "source"},
  {SNN_RECIPE_SIZE, "source"},
  {SNN_RECIPE_SPACING, "source"},
  {SNN_RECIPE_SCALING, "scaling"},
  {SNN_RECIPE_LOWER, "scaling"},
  {SNN_RECIPE_UPPER, "scaling"},
  {SNN_RECIPE_MINIMUM, "scaling"},
  {SNN_RECIPE_MAXIMUM, "scaling"},
  {SNN_RECIPE_ENCODER, "encoder"},
};

const SnnRecipeItem *
snn_recipe_items (guint *n)
{
  *n = G_N_ELEMENTS (items);
  return items;
}

gboolean
snn_recipe_set (SnnNetwork *network, const gchar *text, GError **error)
{
  const gchar *value = strchr (text, '=');
  GString *names = NULL;

  if (value && value[1] != '\0')
    for (guint i = 0; i < G_N_ELEMENTS (items); i++)
      if (strlen (items[i].name) == (gsize) (value - text)
          && g_str_has_prefix (text, items[i].name)) {
        snn_network_set_metadata (network, items[i].name, value + 1);
        return TRUE;
      }
  names = g_string_new (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", items[i].name);
  g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "The recipe has no '%s'; "
      "expected NAME=VALUE, such as axis=y, with one of the names %s", text,
      names->str);
  g_string_free (names, TRUE);
  return FALSE;
}
