/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recipe.h"

/* To add to a recipe, add a name to the header and a row here, describe the value in
 * gst_snn_query_describe(), choose it in the element where it is used, and check it in
 * volumes/recipe-set.c. */
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
