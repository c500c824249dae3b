/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-niftisrc
 * @title: niftisrc
 * @short_description: slices of volumes in NIfTI files
 * @see_also: phantomsrc, niftisink, voxelnormalize
 *
 * Reads NIfTI-1 and -2 files, turns each volume to RAS, and sends its slices,
 * with those of a mask where there is a label-location. An image's mask is the
 * file of the same name there; its grid must be the image's. Subjects are
 * split into folds, slices cut along an axis, cropped or padded, repeated and
 * shuffled as the properties say.
 *
 * What is odd in a file but can be lived with, such as a singular sform or an
 * empty mask, is posted as a warning, once a stream.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 niftisrc location=images label-location=labels \
 *     size=32x56x48 folds=5 fold=0 subset=test ! voxelnormalize ! fakesink
 * ]| The test subjects of a five-fold split.
 * |[
 * gst-launch-1.0 niftisrc location=head.nii.gz axis=z ! \
 *     voxelnormalize ! niftisink location=normalized.nii.gz content=probability
 * ]| One volume, axial slice by slice, and back to a file.
 */
#include "niftisrc.h"

#include <gst/snn/properties.h>
#include <gst/snn/tensors.h>
#include <snn/volumes/dataset.h>
#include <snn/volumes/label-values.h>
#include <snn/base/error.h>
#include <snn/base/input-files.h>
#include <snn/base/remarks.h>
#include <snn/volumes/nifti-read.h>

GST_DEBUG_CATEGORY_STATIC (gst_snn_nifti_src_debug);
#define GST_CAT_DEFAULT gst_snn_nifti_src_debug

typedef struct
{
  gchar *location;
  gchar *channel_locations;
  gchar *label_location;
  gchar *labels;
  SnnNiftiSettings nifti;
} Settings;

typedef struct
{
  Settings settings;            /* as they were when the stream started */
  GPtrArray *items;             /* of SnnDatasetItem */
  gboolean *warned;             /* for each item */
  SnnInputFiles *inputs;        /* so that no sink replaces them */
} State;

struct _GstSnnNiftiSrc
{
  GstSnnVolumeSrc parent_instance;

  Settings settings;
  State state;
};

G_DEFINE_FINAL_TYPE_WITH_CODE (GstSnnNiftiSrc, gst_snn_nifti_src,
    GST_TYPE_SNN_VOLUME_SRC,
    GST_DEBUG_CATEGORY_INIT (gst_snn_nifti_src_debug, "niftisrc", 0,
        "Volumes in NIfTI files"));
GST_ELEMENT_REGISTER_DEFINE (niftisrc, "niftisrc", GST_RANK_NONE,
    GST_TYPE_SNN_NIFTI_SRC);

static gpointer
settings_of (gpointer object)
{
  return &GST_SNN_NIFTI_SRC (object)->settings;
}

static void
init_defaults (gpointer data)
{
  Settings *settings = data;

  settings->nifti = (SnnNiftiSettings) SNN_NIFTI_SETTINGS_INIT;
}

static const GstSnnProperty properties[] = {
  {"location", "Location",
      "NIfTI file to read; or a folder, a pattern with *, ? or [...], or a "
      "list (.txt, .lst, .csv) with a file name a line, for several",
      GST_SNN_STRING, GST_SNN_AT (Settings, location)},
  {"channel-locations", "Channel locations",
      "Further images of each subject, such as T2 beside T1, that are further "
      "channels of its samples: locations like location, with commas between; a "
      "subject's file has the same name, or the same up to the last underscore",
      GST_SNN_STRING, GST_SNN_AT (Settings, channel_locations), .text = ""},
  {"label-location", "Label location",
      "Masks: a file, folder, pattern or list as location's; each image's "
      "mask is the file with its name. Unset: no labels",
      GST_SNN_STRING, GST_SNN_AT (Settings, label_location)},
  {"label-value", "Label value",
      "Which value in the masks is the structure to segment; -1: any but "
      "zero; values are rounded to whole numbers first",
      GST_SNN_INT, GST_SNN_AT (Settings, nifti.label_value),
      .min = SNN_NIFTI_ANY_LABEL, .max = G_MAXINT, .core_default = TRUE},
  {"labels", "Labels",
      "Values in the masks that are classes to tell apart, with commas between, "
      "or all: those that there are in any mask; others are background. Empty: "
      "there is one class, label-value",
      GST_SNN_STRING, GST_SNN_AT (Settings, labels), .text = ""},
  {"volume-index", "Volume index",
      "Which volume to read, from 0, of files with more than three dimensions",
      GST_SNN_UINT, GST_SNN_AT (Settings, nifti.index), .core_default = TRUE},
  {"max-bytes", "Maximum of bytes",
      "Memory that one volume may take, 4 bytes a voxel and one of its mask; a "
      "file that says it has more is refused. 0: no limit",
      GST_SNN_UINT64, GST_SNN_AT (Settings, nifti.max_bytes),
      .core_default = TRUE},
};

static const GstSnnPropertyTable property_table =
    GST_SNN_TABLE (properties, Settings, settings_of, init_defaults);

/* All values that there are in any subject's mask, held out or not, so that every
 * fold has the same. */
static gboolean
find_classes (GstSnnNiftiSrc *self, GError **error)
{
  State *state = &self->state;
  g_autoptr (GHashTable) seen = g_hash_table_new (g_double_hash,
      g_double_equal);
  g_autoptr (GPtrArray) masks = g_ptr_array_new_with_free_func
      ((GDestroyNotify) g_array_unref);
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (SnnLabelCount));
  g_autofree gchar *text = NULL;

  for (guint i = 0; i < state->items->len; i++) {
    const SnnDatasetItem *item = g_ptr_array_index (state->items, i);
    GArray *counts = snn_label_values (item->label,
        state->settings.nifti.index, error);

    if (!counts)
      return FALSE;
    g_ptr_array_add (masks, counts);
    for (guint j = 0; j < counts->len; j++) {
      SnnLabelCount *count = &g_array_index (counts, SnnLabelCount, j);

      if (g_hash_table_add (seen, &count->value))
        g_array_append_val (all, *count);
    }
  }
  if (!snn_label_classes (all, &state->settings.nifti.classes, error)) {
    g_prefix_error (error, "labels=all, of %s: ",
        state->settings.label_location);
    return FALSE;
  }
  text = snn_classes_to_text (&state->settings.nifti.classes);
  GST_INFO_OBJECT (self, "labels=all are %s", text);
  return TRUE;
}

/* What the property channel-locations says. */
static gboolean
add_channels (GstSnnNiftiSrc *self, GError **error)
{
  State *state = &self->state;
  const gchar *text = state->settings.channel_locations;
  g_auto (GStrv) locations = g_strsplit (text ? text : "", ",", -1);

  for (guint i = 0; locations[i]; i++)
    if (!snn_dataset_add_channel (state->items, g_strstrip (locations[i]),
            error))
      return FALSE;
  return TRUE;
}

/* What the property labels says. */
static gboolean
choose_classes (GstSnnNiftiSrc *self, GError **error)
{
  Settings *settings = &self->state.settings;
  const gchar *labels = settings->labels;
  const SnnNiftiSettings defaults = SNN_NIFTI_SETTINGS_INIT;

  if (!labels || !*labels)
    return TRUE;
  if (!settings->label_location || !*settings->label_location) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
        "labels=%s are values of masks, and no label-location is set", labels);
    return FALSE;
  }
  if (settings->nifti.label_value != defaults.label_value) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
        "label-value=%d is one class and labels=%s are several; set one of the "
        "two", settings->nifti.label_value, labels);
    return FALSE;
  }
  if (g_str_equal (labels, "all"))
    return find_classes (self, error);
  if (snn_classes_parse (&settings->nifti.classes, labels, error))
    return TRUE;
  g_prefix_error (error, "labels: ");
  return FALSE;
}

static guint
gst_snn_nifti_src_open (GstSnnVolumeSrc *src, GError **error)
{
  GstSnnNiftiSrc *self = GST_SNN_NIFTI_SRC (src);
  State *state = &self->state;
  const gchar *location, *label_location;

  /* The base class has refused what is out of range. */
  gst_snn_properties_copy (self, &property_table, &state->settings);
  location = state->settings.location;
  label_location = state->settings.label_location;
  if (!location || !*location) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND, "No location is set: a "
        "NIfTI file, a folder, a pattern or a list (.txt, .lst, .csv) is "
        "expected");
    return 0;
  }
  state->items = snn_dataset_list (location,
      label_location && *label_location ? label_location : NULL, error);
  if (!state->items)
    return 0;
  if (!add_channels (self, error) || !choose_classes (self, error))
    return 0;
  state->warned = g_new0 (gboolean, state->items->len);
  state->inputs = snn_input_files_new ();
  for (guint i = 0; i < state->items->len; i++) {
    const SnnDatasetItem *item = g_ptr_array_index (state->items, i);

    for (guint c = 0; item->images[c]; c++)
      snn_input_files_add (state->inputs, item->images[c]);
    if (item->label)
      snn_input_files_add (state->inputs, item->label);
  }
  return state->items->len;
}

static SnnVolume *
gst_snn_nifti_src_load (GstSnnVolumeSrc *src, guint subject, GError **error)
{
  State *state = &GST_SNN_NIFTI_SRC (src)->state;
  const SnnDatasetItem *item = g_ptr_array_index (state->items, subject);
  g_autoptr (GPtrArray) remarks = snn_remarks_new ();
  SnnVolume *volume;

  GST_DEBUG_OBJECT (src, "reading %s, %u channels, label %s", item->image,
      g_strv_length (item->images), GST_STR_NULL (item->label));
  volume = snn_nifti_load_channels ((const gchar * const *) item->images,
      item->label, &state->settings.nifti, remarks, error);
  for (guint i = 0; i < remarks->len && !state->warned[subject]; i++)
    GST_SNN_ELEMENT_WARNING (src, STREAM, DECODE, ("%s",
            (const gchar *) g_ptr_array_index (remarks, i)), (NULL));
  state->warned[subject] = TRUE;
  return volume;
}

static gboolean
gst_snn_nifti_src_grid (GstSnnVolumeSrc *src, guint subject, SnnGrid *grid,
    GError **error)
{
  State *state = &GST_SNN_NIFTI_SRC (src)->state;
  const SnnDatasetItem *item = g_ptr_array_index (state->items, subject);

  return snn_nifti_check_channels ((const gchar * const *) item->images,
      item->label, &state->settings.nifti, grid, error);
}

static gchar *
gst_snn_nifti_src_identify (GstSnnVolumeSrc *src, guint subject,
    const gchar **location)
{
  State *state = &GST_SNN_NIFTI_SRC (src)->state;
  const SnnDatasetItem *item = g_ptr_array_index (state->items, subject);

  *location = item->image;
  return g_strdup (item->subject);
}

static void
gst_snn_nifti_src_classes (GstSnnVolumeSrc *src, SnnClasses *classes)
{
  *classes = GST_SNN_NIFTI_SRC (src)->state.settings.nifti.classes;
}

static void
gst_snn_nifti_src_close (GstSnnVolumeSrc *src)
{
  State *state = &GST_SNN_NIFTI_SRC (src)->state;

  g_clear_pointer (&state->items, g_ptr_array_unref);
  g_clear_pointer (&state->warned, g_free);
  g_clear_pointer (&state->inputs, snn_input_files_free);
  gst_snn_properties_clear (&property_table, &state->settings);
}

static void
gst_snn_nifti_src_class_init (GstSnnNiftiSrcClass *class)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);
  GstSnnVolumeSrcClass *volume_class = GST_SNN_VOLUME_SRC_CLASS (class);

  gst_snn_properties_install (class, &property_table);
  gst_element_class_set_static_metadata (element_class,
      "NIfTI source", "Source/File",
      "Reads medical volumes from NIfTI files, with masks, slice by slice",
      "gst-snn developers <developers@gst-snn.invalid>");
  volume_class->open = gst_snn_nifti_src_open;
  volume_class->load = gst_snn_nifti_src_load;
  volume_class->grid = gst_snn_nifti_src_grid;
  volume_class->identify = gst_snn_nifti_src_identify;
  volume_class->classes = gst_snn_nifti_src_classes;
  volume_class->close = gst_snn_nifti_src_close;
}

static void
gst_snn_nifti_src_init (GstSnnNiftiSrc *self)
{
  gst_snn_properties_init (self, &property_table);
}
