/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cutsettings.h"

#include <snn/volumes/grid.h>
#include <snn/volumes/region.h>
#include "messages.h"
#include "recipe.h"

G_DEFINE_ENUM_TYPE (GstSnnVolumeSrcAxis, gst_snn_volume_src_axis,
    {GST_SNN_AXIS_AUTO, "As the network downstream was trained with; x where it "
        "does not say", "auto"},
    {SNN_AXIS_X, "Sagittal slices: width is y, height is z", "x"},
    {SNN_AXIS_Y, "Coronal slices: width is x, height is z", "y"},
    {SNN_AXIS_Z, "Axial slices: width is x, height is y", "z"},
    {SNN_AXIS_NONE, "Whole volumes", "none"})

/* Whether slices across an axis (@data) are as large, as far as is known before
 * there is a volume. How many there are makes no difference to a network. */
static gboolean
same_size (const gchar *a, const gchar *b, gconstpointer data)
{
  const gint axis = *(const gint *) data;
  SnnRegion x = { {0}, }, y = { {0}, };

  if (!snn_region_parse_size (&x, a, NULL)
      || !snn_region_parse_size (&y, b, NULL))
    return TRUE;                /* told where it is parsed again */
  for (gint i = 0; i < 3; i++)
    if (i != axis && x.size[i] && y.size[i] && x.size[i] != y.size[i])
      return FALSE;
  return TRUE;
}

/* Chooses the size, once the axis is chosen. A network that does not say its size,
 * from before there were recipes or of others, has that of its slices or volumes
 * fixed all the same. */
static gboolean
choose_size (GstElement *src, const GstSnnRecipe *recipe,
    GstSnnCutSettings *settings)
{
  g_autofree gchar *guess =
      gst_snn_recipe_guess_size (recipe, (guint) settings->axis);
  const GstSnnRecipeItem size = {
    .name = SNN_RECIPE_SIZE,
    .property = "size",
    .must = TRUE,
    .expected = *guess != '\0',
    .same = same_size,
  };
  const gchar *set = settings->size ? settings->size : "";
  gchar *chosen;

  if (!gst_snn_recipe_choose (src, recipe, &size,
          g_str_equal (set, GST_SNN_SIZE_AUTO) ? NULL : set, guess,
          &settings->axis, &chosen))
    return FALSE;
  g_free (settings->size);
  settings->size = chosen;
  return TRUE;
}

static gboolean
same_spacing (const gchar *a, const gchar *b, gconstpointer unused)
{
  double x[3], y[3];

  if (!snn_grid_parse_zooms (a, x, NULL) || !snn_grid_parse_zooms (b, y, NULL))
    return TRUE;                /* told where it is parsed again */
  for (guint i = 0; i < 3; i++)
    if (x[i] != y[i] && !snn_grid_same_zoom (x[i], y[i]))
      return FALSE;
  return TRUE;
}

gboolean
gst_snn_cut_settings_choose (GstElement *src, GstSnnCutSettings *settings)
{
  static const GstSnnRecipeItem axis = {
    .name = SNN_RECIPE_AXIS,
    .property = "axis",
    .must = TRUE,
    .expected = TRUE,
  };
  static const GstSnnRecipeItem context = {
    .name = SNN_RECIPE_CONTEXT,
    .property = "context",
    .must = TRUE,
  };
  static const GstSnnRecipeItem spacing = {
    .name = SNN_RECIPE_SPACING,
    .property = "spacing",
    .same = same_spacing,
  };
  g_autoptr (GstPad) pad = gst_element_get_static_pad (src, "src");
  g_autoptr (GstSnnRecipe) recipe = gst_snn_recipe_ask (pad);
  const gchar *zooms = settings->spacing ? settings->spacing : "";
  double neighbours = settings->context;
  gchar *chosen_zooms;

  if (!gst_snn_recipe_choose_enum (src, recipe, &axis,
          gst_snn_volume_src_axis_get_type (), SNN_AXIS_X, &settings->axis)
      || !gst_snn_recipe_choose_number (src, recipe, &context,
          GST_SNN_MAX_CONTEXT, 0., &neighbours)
      || !choose_size (src, recipe, settings))
    return FALSE;
  settings->context = (gint) neighbours;
  if (settings->context > 0 && settings->axis == SNN_AXIS_NONE) {
    GST_SNN_ELEMENT_ERROR (src, RESOURCE, SETTINGS,
        ("context=%d of axis=none: a whole volume has no neighbouring slices",
            settings->context), (NULL));
    return FALSE;
  }
  if (!gst_snn_recipe_choose (src, recipe, &spacing,
          g_str_equal (zooms, GST_SNN_SPACING_AUTO) ? NULL : zooms, "", NULL,
          &chosen_zooms))
    return FALSE;
  g_free (settings->spacing);
  settings->spacing = chosen_zooms;
  return TRUE;
}

void
gst_snn_volume_cover_note (GstSnnVolumeCover *cover, const gsize dims[3],
    const SnnBox *box)
{
  double part = 1.;

  cover->n++;
  for (guint i = 0; i < 3; i++)
    part *= MIN (1., (double) box->size[i] / (double) dims[i]);
  if (part < 0.5 && cover->n_cut++ == 0)
    for (guint i = 0; i < 3; i++)
      cover->dims[i] = dims[i];
}

void
gst_snn_volume_cover_tell (const GstSnnVolumeCover *cover, GstElement *src,
    const GstSnnCutSettings *settings, const gchar *size)
{
  gboolean left;

  GST_OBJECT_LOCK (src);
  left = settings->size && g_str_equal (settings->size, GST_SNN_SIZE_AUTO)
      && !(settings->roi && *settings->roi);
  GST_OBJECT_UNLOCK (src);
  if (!left || cover->n_cut == 0)
    return;
  GST_SNN_ELEMENT_WARNING (src, RESOURCE, SETTINGS,
      ("Only size=%s, that of the network, is sent of %u of %u volumes, the first of "
          "%" G_GSIZE_FORMAT "x%" G_GSIZE_FORMAT "x%" G_GSIZE_FORMAT " voxels: "
          "what lies outside is not looked at. Set roi, or size where this is "
          "meant", size, cover->n_cut, cover->n, cover->dims[0], cover->dims[1],
          cover->dims[2]), (NULL));
}
