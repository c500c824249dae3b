/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include <snn/graph/recipe.h>
#include <snn/base/api.h>

SNN_BEGIN_DECLS

/* How elements learn a network's recipe (core/graph/recipe.h). Those that hold a
 * network answer a query, "GstSnnRecipe", with it; sources, voxelnormalize and
 * encoders ask as they start, and take from the answer what their user has left to
 * them. */

/* Name of a field of the network that is asked for like a recipe's. */
#define GST_SNN_RECIPE_TIMESTEPS "timesteps"

/* Elements with a network */

/* gst_snn_recipe_note: writes into the metadata of @network what @description
 * (nullable), of gst_snn_query_description(), says of its recipe; what that does
 * not speak of stays. */
void gst_snn_recipe_note (SnnNetwork * network, const gchar * description);

/* What a network that answers is there for. */
typedef enum
{
  GST_SNN_RECIPE_RUN,           /* as it was trained */
  GST_SNN_RECIPE_RUN_ANY_SIZE,  /* but on samples of any size */
  GST_SNN_RECIPE_TRAIN,         /* further; who does may choose to feed it otherwise */
} GstSnnRecipePurpose;

/* gst_snn_recipe_publish: from now on @element answers for @network, out of the
 * file @model. gst_snn_recipe_withdraw: not any more; also where it never did. */
void gst_snn_recipe_publish (GstElement * element, const gchar * model,
    SnnNetwork * network, GstSnnRecipePurpose purpose);
void gst_snn_recipe_withdraw (GstElement * element);

/* gst_snn_recipe_answer: adds the answer of @element where @query asks for it, and
 * returns whether it does. The query goes on all the same, and nobody says that it
 * was answered, so that behind a tee all networks are asked; only who feeds those
 * behind it otherwise keeps it. */
gboolean gst_snn_recipe_answer (GstElement * element, GstQuery * query);

/* Elements that feed one */

/* The answers of all networks that were asked. */
typedef struct _GstSnnRecipe GstSnnRecipe;

/* gst_snn_recipe_ask: (transfer full): asks the peer of @pad. */
GstSnnRecipe *gst_snn_recipe_ask (GstPad * pad);
void gst_snn_recipe_free (GstSnnRecipe * recipe);

/* gst_snn_recipe_find: (nullable): what the first network says of @name. */
const gchar *gst_snn_recipe_find (const GstSnnRecipe * recipe,
    const gchar * name);

/* gst_snn_recipe_guess_size: (transfer full): the size for networks that don't say
 * theirs: slices across @axis, or whole volumes, as the first one's input is; empty
 * where there is none, or one of slices for whole volumes. */
gchar *gst_snn_recipe_guess_size (const GstSnnRecipe * recipe, guint axis);

/**
 * GstSnnRecipeItem:
 * @name: in recipes
 * @property: of the element that chooses
 * @must: another value is an error, else a warning. Where the network is being
 *   trained it is a warning, else nothing
 * @expected: where it is not set, a network that says nothing of it is warned of
 * @same: (nullable): whether two values mean the same; @data is the caller's.
 *   By default numbers are compared as such, others as text
 */
typedef struct
{
  const gchar *name;
  const gchar *property;
  gboolean must;
  gboolean expected;
  gboolean (*same) (const gchar * a, const gchar * b, gconstpointer data);
} GstSnnRecipeItem;

/**
 * gst_snn_recipe_choose:
 * @set: (nullable): what the user has set; %NULL: it is left to the network
 * @fallback: where no network says anything
 * @value: (out) (transfer full): what counts
 *
 * Returns: FALSE, with an error posted by @element, where @set contradicts a
 * network, or two networks each other
 */
gboolean gst_snn_recipe_choose (GstElement * element,
    const GstSnnRecipe * recipe, const GstSnnRecipeItem * item,
    const gchar * set, const gchar * fallback, gconstpointer data,
    gchar ** value);

/* gst_snn_recipe_choose_enum, _choose_number: the same for a value of @type,
 * where -1 is left to the network, and for a number from 0 to @largest, where
 * what is negative is. @value has it on entry, and what counts on return. A value
 * of a network that is none is an error. */
gboolean gst_snn_recipe_choose_enum (GstElement * element,
    const GstSnnRecipe * recipe, const GstSnnRecipeItem * item, GType type,
    gint fallback, gint * value);
gboolean gst_snn_recipe_choose_number (GstElement * element,
    const GstSnnRecipe * recipe, const GstSnnRecipeItem * item, double largest,
    double fallback, double *value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstSnnRecipe, gst_snn_recipe_free)

SNN_END_DECLS
