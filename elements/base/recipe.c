/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recipe.h"

#include <string.h>

#include <snn/volumes/region.h>
#include "messages.h"
#include "samplemeta.h"

GST_DEBUG_CATEGORY_STATIC (gst_snn_recipe_debug);
#define GST_CAT_DEFAULT gst_snn_recipe_debug

#define RECIPE "GstSnnRecipe"

/* One network and whose it is; an atomic rc box. */
typedef struct
{
  gchar *model;
  SnnNetwork *network;
  GstSnnRecipePurpose purpose;
  gchar *timesteps;             /* as text, or NULL */
} Card;

struct _GstSnnRecipe
{
  GPtrArray *cards;
};

static
G_DEFINE_QUARK (gst-snn-recipe, card);

static void
init_debug (void)
{
  static gsize done = 0;

  if (g_once_init_enter (&done)) {
    GST_DEBUG_CATEGORY_INIT (gst_snn_recipe_debug, "snnrecipe", 0,
        "How networks want to be fed");
    g_once_init_leave (&done, 1);
  }
}

static void
card_clear (gpointer data)
{
  Card *card = data;

  g_free (card->model);
  g_free (card->timesteps);
  snn_network_unref (card->network);
}

static void
card_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, card_clear);
}

static gpointer
card_ref (gpointer card, gpointer unused)
{
  return card ? g_atomic_rc_box_acquire (card) : NULL;
}

/* The line of @lines that says @name, or NULL: its value. */
static const gchar *
find_line (GStrv lines, const gchar *name)
{
  const gsize n = strlen (name);

  for (guint i = 0; lines[i]; i++)
    if (strncmp (lines[i], name, n) == 0 && lines[i][n] == '=')
      return lines[i] + n + 1;
  return NULL;
}

/* (transfer full): @region in words, with the extents that slices across @axis, or
 * volumes, have to have for a network of input @shape. */
static gchar *
fit_size (SnnRegion *region, guint axis, SnnShape shape)
{
  if (axis == SNN_AXIS_NONE) {
    region->size[0] = shape.width;
    region->size[1] = shape.height;
    region->size[2] = shape.depth;
  } else {
    region->size[axis == SNN_AXIS_X ? 1 : 0] = shape.width;
    region->size[axis == SNN_AXIS_Z ? 1 : 2] = shape.height;
  }
  return g_strdup_printf ("%" G_GSIZE_FORMAT "x%" G_GSIZE_FORMAT "x%"
      G_GSIZE_FORMAT, region->size[0], region->size[1], region->size[2]);
}

/* Where size keeps the extents of volumes, a network has them fixed: one of slices
 * within these, though not how many there are. */
static void
complete_size (SnnNetwork *network)
{
  const gchar *axis = snn_network_metadata (network, SNN_RECIPE_AXIS);
  const gchar *text = snn_network_metadata (network, SNN_RECIPE_SIZE);
  g_autofree gchar *full = NULL;
  SnnRegion region = { {0}, };

  if (!axis || !snn_region_parse_size (&region, text, NULL))
    return;
  if (g_str_equal (axis, "none"))
    full = fit_size (&region, SNN_AXIS_NONE, snn_network_input (network));
  else if (strchr ("xyz", *axis) && !axis[1])
    full = fit_size (&region, *axis - 'x', snn_network_input (network));
  else
    return;
  snn_network_set_metadata (network, SNN_RECIPE_SIZE, full);
}

void
gst_snn_recipe_note (SnnNetwork *network, const gchar *description)
{
  g_auto (GStrv) lines = g_strsplit (description ? description : "", "\n", -1);
  guint n;
  const SnnRecipeItem *items = snn_recipe_items (&n);

  for (guint i = 0; i < n; i++) {
    gboolean said = FALSE;

    for (guint j = 0; j < n; j++)
      said |= g_str_equal (items[i].together, items[j].together)
          && find_line (lines, items[j].name);
    if (said) {
      const gchar *value = find_line (lines, items[i].name);

      snn_network_set_metadata (network, items[i].name,
          value && *value ? value : NULL);
    }
  }
  complete_size (network);
}

void
gst_snn_recipe_publish (GstElement *element, const gchar *model,
    SnnNetwork *network, GstSnnRecipePurpose purpose)
{
  Card *card = g_atomic_rc_box_new0 (Card);

  *card = (Card) {
    .model = g_strdup (model),
    .network = snn_network_ref (network),
    .purpose = purpose,
    .timesteps = network->spiking && network->timesteps > 0
        ? g_strdup_printf ("%u", network->timesteps) : NULL,
  };
  g_object_set_qdata_full (G_OBJECT (element), card_quark (), card,
      card_unref);
}

void
gst_snn_recipe_withdraw (GstElement *element)
{
  g_object_set_qdata (G_OBJECT (element), card_quark (), NULL);
}

/* The array of cards that @query gathers, or NULL where it asks for something
 * else. */
static GPtrArray *
cards_of (GstQuery *query)
{
  const GstStructure *structure;
  gpointer cards = NULL;

  if (GST_QUERY_TYPE (query) != GST_QUERY_CUSTOM)
    return NULL;
  structure = gst_query_get_structure (query);
  if (structure && gst_structure_has_name (structure, RECIPE))
    gst_structure_get (structure, "cards", G_TYPE_POINTER, &cards, NULL);
  return cards;
}

gboolean
gst_snn_recipe_answer (GstElement *element, GstQuery *query)
{
  GPtrArray *cards = cards_of (query);
  gpointer card = cards ? g_object_dup_qdata (G_OBJECT (element),
      card_quark (), card_ref, NULL) : NULL;

  if (card)
    g_ptr_array_add (cards, card);
  return cards != NULL;
}

GstSnnRecipe *
gst_snn_recipe_ask (GstPad *pad)
{
  GstSnnRecipe *recipe = g_new (GstSnnRecipe, 1);
  GstQuery *query;

  init_debug ();
  recipe->cards = g_ptr_array_new_with_free_func (card_unref);
  query = gst_query_new_custom (GST_QUERY_CUSTOM,
      gst_structure_new (RECIPE, "cards", G_TYPE_POINTER, recipe->cards, NULL));
  gst_pad_peer_query (pad, query);
  gst_query_unref (query);
  GST_DEBUG_OBJECT (pad, "%u networks have answered", recipe->cards->len);
  return recipe;
}

void
gst_snn_recipe_free (GstSnnRecipe *recipe)
{
  if (!recipe)
    return;
  g_ptr_array_unref (recipe->cards);
  g_free (recipe);
}

static gboolean
any_size (const Card *card)
{
  return card->purpose == GST_SNN_RECIPE_RUN_ANY_SIZE;
}

static gboolean
trains (const Card *card)
{
  return card->purpose == GST_SNN_RECIPE_TRAIN;
}

/* Files from before there were recipes say at least whether their input has a sign,
 * and one scaling gave that; a network of volumes takes no slices. */
static const gchar *
value_of (const Card *card, const gchar *name)
{
  const gchar *said = snn_network_metadata (card->network, name);

  if (g_str_equal (name, GST_SNN_RECIPE_TIMESTEPS))
    return card->timesteps;
  if (g_str_equal (name, SNN_RECIPE_SIZE) && any_size (card))
    return NULL;
  if (!said && g_str_equal (name, SNN_RECIPE_SCALING)
      && card->network->signed_input)
    return "zero-mean";
  if (!said && g_str_equal (name, SNN_RECIPE_AXIS)
      && snn_network_input (card->network).depth > 0)
    return "none";
  return said;
}

const gchar *
gst_snn_recipe_find (const GstSnnRecipe *recipe, const gchar *name)
{
  const gchar *value = NULL;

  for (guint i = 0; i < recipe->cards->len && !value; i++)
    value = value_of (g_ptr_array_index (recipe->cards, i), name);
  return value;
}

gchar *
gst_snn_recipe_guess_size (const GstSnnRecipe *recipe, guint axis)
{
  SnnRegion region = { {0}, };
  const Card *card = recipe->cards->len > 0
      ? g_ptr_array_index (recipe->cards, 0) : NULL;

  if (!card || any_size (card) || (axis == SNN_AXIS_NONE
          && snn_network_input (card->network).depth == 0))
    return g_strdup ("");
  return fit_size (&region, axis, snn_network_input (card->network));
}

static gboolean
parse_number (const gchar *text, double *value)
{
  gchar *end;

  *value = g_ascii_strtod (text, &end);
  return end > text && *end == '\0';
}

static gboolean
is_same (const GstSnnRecipeItem *item, const gchar *a, const gchar *b,
    gconstpointer data)
{
  double x, y;

  if (item->same)
    return item->same (a, b, data);
  if (parse_number (a, &x) && parse_number (b, &y))
    return x == y;
  return g_str_equal (a, b);
}

/* Two networks behind one stream. */
static void
refuse_both (GstElement *element, const GstSnnRecipeItem *item, const Card *a,
    const Card *b)
{
  GST_SNN_ELEMENT_ERROR (element, RESOURCE, SETTINGS,
      ("%s was made with %s=%s and %s with %s=%s: one stream can't be right "
          "for both", a->model, item->property, value_of (a, item->name),
          b->model, item->property, value_of (b, item->name)), (NULL));
}

/* FALSE with an error where @card does not allow for @set. */
static gboolean
check_set (GstElement *element, const GstSnnRecipeItem *item, const Card *card,
    const gchar *set)
{
  const gchar *wanted = value_of (card, item->name);

  if (item->must && !trains (card)) {
    GST_SNN_ELEMENT_ERROR (element, RESOURCE, SETTINGS,
        ("%s=%s contradicts %s, which was made with %s=%s; where %s is not "
            "set, it is taken from there", item->property, set, card->model,
            item->property, wanted, item->property), (NULL));
    return FALSE;
  }
  if (item->must || !trains (card))
    GST_SNN_ELEMENT_WARNING (element, RESOURCE, SETTINGS,
        ("%s=%s is set where %s was made with %s=%s", item->property, set,
            card->model, item->property, wanted), (NULL));
  else
    GST_INFO_OBJECT (element, "%s=%s, %s was made with %s", item->property,
        set, card->model, wanted);
  return TRUE;
}

/* Files of older versions and of others. */
static void
warn_of_silence (GstElement *element, const GstSnnRecipeItem *item,
    const Card *card, const gchar *fallback)
{
  GST_SNN_ELEMENT_WARNING (element, RESOURCE, SETTINGS,
      ("%s does not say with which %s it was made; %s=%s is taken. Set it where "
          "that is not right", card->model, item->property, item->property,
          fallback), (NULL));
}

gboolean
gst_snn_recipe_choose (GstElement *element, const GstSnnRecipe *recipe,
    const GstSnnRecipeItem *item, const gchar *set, const gchar *fallback,
    gconstpointer data, gchar **value)
{
  const Card *first = NULL;

  for (guint i = 0; i < recipe->cards->len; i++) {
    const Card *card = g_ptr_array_index (recipe->cards, i);
    const gchar *wanted = value_of (card, item->name);

    if (!wanted) {
      if (!set && item->expected)
        warn_of_silence (element, item, card, fallback);
      continue;
    }
    if (set && !is_same (item, set, wanted, data)
        && !check_set (element, item, card, set))
      return FALSE;
    if (!first) {
      first = card;
    } else if (!set
        && !is_same (item, value_of (first, item->name), wanted, data)) {
      refuse_both (element, item, first, card);
      return FALSE;
    }
  }
  if (!set && first)
    GST_INFO_OBJECT (element, "%s=%s, as %s was made", item->property,
        value_of (first, item->name), first->model);
  *value = g_strdup (set ? set : first ? value_of (first, item->name)
      : fallback);
  return TRUE;
}

static gboolean
refuse_value (GstElement *element, const GstSnnRecipeItem *item,
    const gchar *value)
{
  GST_SNN_ELEMENT_ERROR (element, RESOURCE, SETTINGS,
      ("The network behind %s says it was made with %s=%s, which is no value "
          "of %s", GST_OBJECT_NAME (element), item->name, value,
          item->property), (NULL));
  return FALSE;
}

gboolean
gst_snn_recipe_choose_enum (GstElement *element, const GstSnnRecipe *recipe,
    const GstSnnRecipeItem *item, GType type, gint fallback, gint *value)
{
  g_autoptr (GTypeClass) class = g_type_class_ref (type);
  GEnumClass *enums = G_ENUM_CLASS (class);
  const GEnumValue *found;
  g_autofree gchar *text = NULL;

  if (!gst_snn_recipe_choose (element, recipe, item, *value == -1 ? NULL
          : g_enum_get_value (enums, *value)->value_nick,
          g_enum_get_value (enums, fallback)->value_nick, NULL, &text))
    return FALSE;
  found = g_enum_get_value_by_nick (enums, text);
  if (!found || found->value == -1)
    return refuse_value (element, item, text);
  *value = found->value;
  return TRUE;
}

gboolean
gst_snn_recipe_choose_number (GstElement *element, const GstSnnRecipe *recipe,
    const GstSnnRecipeItem *item, double largest, double fallback,
    double *value)
{
  gchar set[G_ASCII_DTOSTR_BUF_SIZE], other[G_ASCII_DTOSTR_BUF_SIZE];
  g_autofree gchar *text = NULL;

  g_ascii_formatd (set, sizeof set, "%.15g", *value);
  g_ascii_formatd (other, sizeof other, "%.15g", fallback);
  if (!gst_snn_recipe_choose (element, recipe, item,
          *value < 0. ? NULL : set, other, NULL, &text))
    return FALSE;
  /* What the user has set counts to the bit. */
  if (*value >= 0.)
    return TRUE;
  if (!parse_number (text, value) || !(*value >= 0. && *value <= largest))
    return refuse_value (element, item, text);
  return TRUE;
}
