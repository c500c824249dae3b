/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "volumesettings.h"

#include <snn/volumes/grid.h>
#include <snn/volumes/region.h>
#include "messages.h"
#include "recipe.h"

GType
gst_snn_volume_src_axis_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    {GST_SNN_AXIS_AUTO, "As the network downstream was trained with; x where it "
        "does not say", "auto"},
    {SNN_AXIS_X, "Sagittal slices: width is y, height is z", "x"},
    {SNN_AXIS_Y, "Coronal slices: width is x, height is z", "y"},
    {SNN_AXIS_Z, "Axial slices: width is x, height is y", "z"},
    {SNN_AXIS_NONE, "Whole volumes", "none"},
    {0, NULL, NULL},
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type,
        g_enum_register_static ("GstSnnVolumeSrcAxis", values));
  return (GType) type;
}

GType
gst_snn_volume_src_subset_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    {SNN_SUBSET_ALL, "All subjects", "all"},
    {SNN_SUBSET_TRAIN, "All but the subjects of the fold", "train"},
    {SNN_SUBSET_TEST, "The subjects of the fold", "test"},
    {0, NULL, NULL},
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type,
        g_enum_register_static ("GstSnnVolumeSrcSubset", values));
  return (GType) type;
}

static GType
gst_snn_volume_src_on_error_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    {GST_SNN_ON_ERROR_STOP, "Stop with an error", "stop"},
    {GST_SNN_ON_ERROR_SKIP, "Leave the subject out, with a warning", "skip"},
    {0, NULL, NULL},
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type,
        g_enum_register_static ("GstSnnVolumeSrcOnError", values));
  return (GType) type;
}

static const GstSnnProperty properties[] = {
  {"axis", "Axis",
      "Across which axis slices are cut; volumes are turned to RAS first, so "
      "that x is left to right, y posterior to anterior, z inferior to "
      "superior",
      GST_SNN_ENUM, GST_SNN_AT (GstSnnVolumeSettings, axis),
      .get_type = gst_snn_volume_src_axis_get_type,
      .fallback = GST_SNN_AXIS_AUTO},
  {"context", "Context",
      "How many neighbouring slices on either side are further channels of a "
      "slice, 2 * context + 1 of each image; -1: as the network downstream was "
      "trained with; 0 where it does not say",
      GST_SNN_INT, GST_SNN_AT (GstSnnVolumeSettings, context), .min = -1,
      .max = GST_SNN_MAX_CONTEXT, .fallback = GST_SNN_CONTEXT_AUTO},
  {"size", "Size",
      "Voxels that each volume is cropped or padded to, centred, as 32x56x48 "
      "in x, y, z; 0 keeps the own extent along an axis, empty along all "
      "three. auto: as the network downstream was trained with; empty where it "
      "does not say",
      GST_SNN_STRING, GST_SNN_AT (GstSnnVolumeSettings, size),
      .text = GST_SNN_SIZE_AUTO},
  {"spacing", "Spacing",
      "Size of voxels in millimetres that volumes and masks are resampled to "
      "before anything else, as 1x1x1 in x, y, z, or one number for all three; 0 "
      "keeps the own along an axis, empty along all three. auto: as those that "
      "the network downstream was trained with; empty where it does not say",
      GST_SNN_STRING, GST_SNN_AT (GstSnnVolumeSettings, spacing),
      .text = GST_SNN_SPACING_AUTO},
  {"roi", "Region of interest",
      "Voxels that are kept before size is applied, as x0:x1,y0:y1,z0:z1, "
      "each up to but not including the second; empty: all",
      GST_SNN_STRING, GST_SNN_AT (GstSnnVolumeSettings, roi), .text = ""},
  {"folds", "Folds",
      "Number of folds that the subjects are split into",
      GST_SNN_UINT, GST_SNN_AT (GstSnnVolumeSettings, folds), .min = 1,
      .max = GST_SNN_MAX_SUBJECTS, .fallback = 5},
  {"fold", "Fold",
      "Which fold is held out, from 0",
      GST_SNN_UINT, GST_SNN_AT (GstSnnVolumeSettings, fold),
      .max = GST_SNN_MAX_SUBJECTS - 1},
  {"subset", "Subset",
      "Which subjects to send",
      GST_SNN_ENUM, GST_SNN_AT (GstSnnVolumeSettings, subset),
      .get_type = gst_snn_volume_src_subset_get_type,
      .fallback = SNN_SUBSET_ALL},
  {"fold-seed", "Fold seed",
      "Seed that subjects are shuffled with before they are split; 0: subject "
      "i in name order belongs to fold i mod folds",
      GST_SNN_UINT64, GST_SNN_AT (GstSnnVolumeSettings, fold_seed)},
  {"group", "Group",
      "Regular expression: subjects in whose names it matches the same text "
      "are scans of one person, and go into one fold; what it does not match "
      "is a person of its own. The default is the subject of BIDS names",
      GST_SNN_STRING, GST_SNN_AT (GstSnnVolumeSettings, group),
      .text = SNN_FOLDS_GROUP},
  {"split", "Split",
      "JSON file that says which subjects are trained on and which are held "
      "out in each fold, as nnU-Net's splits_final.json, in place of folds, "
      "fold-seed and group",
      GST_SNN_STRING, GST_SNN_AT (GstSnnVolumeSettings, split)},
  {"max-subjects", "Maximum of subjects",
      "Send only so many of the subset, the first in name order, and as many "
      "held-out ones; 0: all",
      GST_SNN_UINT, GST_SNN_AT (GstSnnVolumeSettings, max_subjects),
      .max = GST_SNN_MAX_SUBJECTS},
  {"on-error", "On error",
      "What becomes of the stream where a subject can't be used",
      GST_SNN_ENUM, GST_SNN_AT (GstSnnVolumeSettings, on_error),
      .get_type = gst_snn_volume_src_on_error_get_type,
      .fallback = GST_SNN_ON_ERROR_STOP},
  {"cache-size", "Cache size",
      "Bytes of voxels that are kept in memory, so that they need not be read "
      "again",
      GST_SNN_UINT64, GST_SNN_AT (GstSnnVolumeSettings, cache_size),
      .fallback = (G_GUINT64_CONSTANT (1) << 30)},
};

const GstSnnPropertyTable gst_snn_volume_properties =
    GST_SNN_TABLE (properties, GstSnnVolumeSettings,
    gst_snn_volume_src_settings, NULL);

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
gst_snn_volume_settings_choose (GstElement *src,
    GstSnnVolumeSettings *settings)
{
  static const GstSnnRecipeItem axis = {
    .name = GST_SNN_RECIPE_AXIS,
    .property = "axis",
    .must = TRUE,
  };
  static const GstSnnRecipeItem context = {
    .name = GST_SNN_RECIPE_CONTEXT,
    .property = "context",
    .must = TRUE,
  };
  static const GstSnnRecipeItem size = {
    .name = GST_SNN_RECIPE_SIZE,
    .property = "size",
    .must = TRUE,
    .same = same_size,
  };
  static const GstSnnRecipeItem spacing = {
    .name = GST_SNN_RECIPE_SPACING,
    .property = "spacing",
    .same = same_spacing,
  };
  g_autoptr (GstPad) pad = gst_element_get_static_pad (src, "src");
  g_autoptr (GstSnnRecipe) recipe = gst_snn_recipe_ask (pad);
  const gchar *set = settings->size ? settings->size : "";
  const gchar *zooms = settings->spacing ? settings->spacing : "";
  double neighbours = settings->context;
  gchar *chosen, *chosen_zooms;

  if (!gst_snn_recipe_choose_enum (src, recipe, &axis,
          gst_snn_volume_src_axis_get_type (), SNN_AXIS_X, &settings->axis)
      || !gst_snn_recipe_choose_number (src, recipe, &context,
          GST_SNN_MAX_CONTEXT, 0., &neighbours)
      || !gst_snn_recipe_choose (src, recipe, &size,
          g_str_equal (set, GST_SNN_SIZE_AUTO) ? NULL : set, "",
          &settings->axis, &chosen))
    return FALSE;
  settings->context = (gint) neighbours;
  if (settings->context > 0 && settings->axis == SNN_AXIS_NONE) {
    GST_SNN_ELEMENT_ERROR (src, RESOURCE, SETTINGS,
        ("context=%d of axis=none: a whole volume has no neighbouring slices",
            settings->context), (NULL));
    return FALSE;
  }
  g_free (settings->size);
  settings->size = chosen;
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
    const GstSnnVolumeSettings *settings, const gchar *size)
{
  gboolean left;

  GST_OBJECT_LOCK (src);
  left = settings->size && g_str_equal (settings->size, GST_SNN_SIZE_AUTO)
      && !(settings->roi && *settings->roi);
  GST_OBJECT_UNLOCK (src);
  if (!left || cover->n_cut == 0)
    return;
  GST_SNN_ELEMENT_WARNING (src, LIBRARY, SETTINGS,
      ("Only size=%s, that of the network, is sent of %u of %u volumes, the first of "
          "%" G_GSIZE_FORMAT "x%" G_GSIZE_FORMAT "x%" G_GSIZE_FORMAT " voxels: "
          "what lies outside is not looked at. Set roi, or size where this is "
          "meant", size, cover->n_cut, cover->n, cover->dims[0], cover->dims[1],
          cover->dims[2]), (NULL));
}

static const gchar *
nick_of (GType type, gint value)
{
  g_autoptr (GTypeClass) class = g_type_class_ref (type);

  return g_enum_get_value ((GEnumClass *) class, value)->value_nick;
}

gchar *
gst_snn_volume_settings_describe (const GstSnnVolumeSettings *settings,
    const double zooms[3], const SnnClasses *classes)
{
  g_autofree gchar *spacing = snn_grid_format_zooms (zooms);
  g_autofree gchar *values = snn_classes_to_text (classes);
  g_autofree gchar *context = settings->context > 0
      ? g_strdup_printf ("context=%d\n", settings->context) : g_strdup ("");
  g_autofree gchar *split = settings->split && *settings->split
      ? g_path_get_basename (settings->split) : g_strdup ("");

  return g_strdup_printf ("fold=%u\nfolds=%u\nfold-seed=%" G_GUINT64_FORMAT
      "\nsplit=%s\nsubset=%s\naxis=%s\nsize=%s\nspacing=%s\nroi=%s\n%s%s%s%s",
      settings->fold, settings->folds, settings->fold_seed, split,
      nick_of (gst_snn_volume_src_subset_get_type (), settings->subset),
      nick_of (gst_snn_volume_src_axis_get_type (), settings->axis),
      settings->size ? settings->size : "", spacing,
      settings->roi ? settings->roi : "", context, *values ? "classes=" : "", values,
      *values ? "\n" : "");
}
