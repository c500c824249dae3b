/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "volumesettings.h"

#include <snn/volumes/grid.h>

G_DEFINE_ENUM_TYPE (GstSnnVolumeSrcSubset, gst_snn_volume_src_subset,
    {SNN_SUBSET_ALL, "All subjects", "all"},
    {SNN_SUBSET_TRAIN, "All but the subjects of the fold", "train"},
    {SNN_SUBSET_TEST, "The subjects of the fold", "test"})

static
G_DEFINE_ENUM_TYPE (GstSnnVolumeSrcOnError, gst_snn_volume_src_on_error,
    {GST_SNN_ON_ERROR_STOP, "Stop with an error", "stop"},
    {GST_SNN_ON_ERROR_SKIP, "Leave the subject out, with a warning", "skip"})

static const GstSnnProperty properties[] = {
  GST_SNN_CUT_PROPERTIES (GstSnnVolumeSettings),
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
      "again where there are several epochs or samples are shuffled",
      GST_SNN_UINT64, GST_SNN_AT (GstSnnVolumeSettings, cache_size),
      .fallback = (G_GUINT64_CONSTANT (1) << 30)},
};

const GstSnnPropertyTable gst_snn_volume_properties =
    GST_SNN_TABLE (properties, GstSnnVolumeSettings,
    gst_snn_volume_src_settings, NULL);

static const gchar *
nick_of (GType type, gint value)
{
  g_autoptr (GTypeClass) class = g_type_class_ref (type);

  return g_enum_get_value ((GEnumClass *) class, value)->value_nick;
}

gchar *
gst_snn_volume_settings_describe (const GstSnnVolumeSettings *settings,
    const double zooms[3], const gchar *roi, const SnnClasses *classes)
{
  g_autofree gchar *spacing = snn_grid_format_zooms (zooms);
  g_autofree gchar *values = snn_classes_to_text (classes);
  g_autofree gchar *context = settings->cut.context > 0
      ? g_strdup_printf ("context=%d\n", settings->cut.context) : g_strdup ("");
  g_autofree gchar *split = settings->split && *settings->split
      ? g_path_get_basename (settings->split) : g_strdup ("");

  return g_strdup_printf ("fold=%u\nfolds=%u\nfold-seed=%" G_GUINT64_FORMAT
      "\nsplit=%s\nsubset=%s\naxis=%s\nsize=%s\nspacing=%s\nroi=%s\n%s%s%s%s",
      settings->fold, settings->folds, settings->fold_seed, split,
      nick_of (gst_snn_volume_src_subset_get_type (), settings->subset),
      nick_of (gst_snn_volume_src_axis_get_type (), settings->cut.axis),
      settings->cut.size ? settings->cut.size : "", spacing,
      roi, context, *values ? "classes=" : "", values, *values ? "\n" : "");
}
