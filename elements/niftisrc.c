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

/* For label-value: every voxel that is not zero is label. */
#define ANY_LABEL (-1)

typedef struct
{
  gchar *location;
  gchar *uri;
  gchar *channel_locations;
  gchar *label_location;
  gint label_value;             /* a class of its own, or ANY_LABEL */
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

static void gst_snn_nifti_src_uri_handler_init (gpointer interface,
    gpointer data);

G_DEFINE_FINAL_TYPE_WITH_CODE (GstSnnNiftiSrc, gst_snn_nifti_src,
    GST_TYPE_SNN_VOLUME_SRC,
    G_IMPLEMENT_INTERFACE (GST_TYPE_URI_HANDLER,
        gst_snn_nifti_src_uri_handler_init)
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
      "NIfTI file to read; or for several a folder, a BIDS dataset, a pattern "
      "with *, ? or [...], or a list (.txt, .lst, .csv, .tsv) with a file name a "
      "line",
      GST_SNN_STRING, GST_SNN_AT (Settings, location)},
  {"uri", "URI",
      "What to read as a file: URI, in place of location",
      GST_SNN_STRING, GST_SNN_AT (Settings, uri)},
  {"channel-locations", "Channel locations",
      "Further images of each subject, such as T2 beside T1, that are further "
      "channels of its samples: locations like location, with commas between; a "
      "subject's file has the same name, or the same up to the last underscore",
      GST_SNN_STRING, GST_SNN_AT (Settings, channel_locations), .text = ""},
  {"label-location", "Label location",
      "Masks: a file, folder, dataset, pattern or list as location's; each "
      "image's mask is the file with its name, nnU-Net's case or its BIDS "
      "entities. Unset: no labels",
      GST_SNN_STRING, GST_SNN_AT (Settings, label_location)},
  {"label-value", "Label value",
      "Which value in the masks is the structure to segment, as labels with this "
      "value alone; -1: any but zero is; values are rounded to whole numbers first",
      GST_SNN_INT, GST_SNN_AT (Settings, label_value), .min = ANY_LABEL,
      .max = G_MAXINT, .fallback = ANY_LABEL},
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
  SnnNiftiSettings *nifti = &state->settings.nifti;
  g_autoptr (GPtrArray) masks = g_ptr_array_new ();
  g_autofree gchar *text = NULL;

  for (guint i = 0; i < state->items->len; i++)
    g_ptr_array_add (masks, ((SnnDatasetItem *) state->items->pdata[i])->label);
  g_ptr_array_add (masks, NULL);
  if (!snn_label_classes_of_files ((const gchar * const *) masks->pdata,
          nifti->index, &nifti->classes, error)) {
    g_prefix_error (error, "labels=all, of %s: ",
        state->settings.label_location);
    return FALSE;
  }
  text = snn_classes_to_text (&nifti->classes);
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

  for (guint i = 0; locations[i]; i++) {
    if (!snn_dataset_add_channel (state->items, g_strstrip (locations[i]),
            error))
      return FALSE;
    snn_input_files_add (state->inputs, locations[i]);
  }
  return TRUE;
}

/* What the properties label-value and labels say. */
static gboolean
choose_classes (GstSnnNiftiSrc *self, GError **error)
{
  Settings *settings = &self->state.settings;
  const gchar *labels = settings->labels;

  if (!labels || !*labels) {
    if (settings->label_value == ANY_LABEL || !settings->label_location)
      return TRUE;
    return snn_classes_set (&settings->nifti.classes, 1, &settings->label_value,
        error);
  }
  if (!settings->label_location || !*settings->label_location) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
        "labels=%s are values of masks, and no label-location is set", labels);
    return FALSE;
  }
  if (settings->label_value != ANY_LABEL) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
        "label-value=%d is one class and labels=%s are several; set one of the "
        "two", settings->label_value, labels);
    return FALSE;
  }
  if (g_str_equal (labels, "all"))
    return find_classes (self, error);
  if (snn_classes_parse (&settings->nifti.classes, labels, error))
    return TRUE;
  g_prefix_error (error, "labels: ");
  return FALSE;
}

/* Which of location and uri says what to read. */
static gboolean
choose_location (Settings *settings, GError **error)
{
  gboolean located = settings->location && *settings->location;

  if (!settings->uri || !*settings->uri) {
    if (!located)
      g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND, "No location is set: "
          "a NIfTI file, a folder, a pattern or a list (.txt, .lst, .csv) is "
          "expected");
    return located;
  }
  if (located) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
        "location=%s and uri=%s both say what to read; set one of the two",
        settings->location, settings->uri);
    return FALSE;
  }
  g_free (settings->location);
  settings->location = g_filename_from_uri (settings->uri, NULL, error);
  if (settings->location)
    return TRUE;
  (*error)->domain = GST_RESOURCE_ERROR;
  (*error)->code = GST_RESOURCE_ERROR_SETTINGS;
  g_prefix_error (error, "uri: ");
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
  if (!choose_location (&state->settings, error))
    return 0;
  location = state->settings.location;
  label_location = state->settings.label_location;
  state->items = snn_dataset_list (location,
      label_location && *label_location ? label_location : NULL, error);
  if (!state->items)
    return 0;
  /* What is a list is read as well, and made by hand at that. */
  state->inputs = snn_input_files_new ();
  snn_input_files_add (state->inputs, location);
  if (label_location)
    snn_input_files_add (state->inputs, label_location);
  if (!add_channels (self, error) || !choose_classes (self, error))
    return 0;
  state->warned = g_new0 (gboolean, state->items->len);
  snn_dataset_add_inputs (state->items, state->inputs);
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
  /* Subjects may be named by folders. */
  if (volume && !g_str_equal (volume->info->subject, item->subject)) {
    g_free (volume->info->subject);
    volume->info->subject = g_strdup (item->subject);
  }
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

static GstURIType
gst_snn_nifti_src_uri_get_type (GType type)
{
  return GST_URI_SRC;
}

static const gchar *const *
gst_snn_nifti_src_get_protocols (GType type)
{
  static const gchar *const protocols[] = { "file", NULL };

  return protocols;
}

/* Also of a location, where it is one file or folder. */
static gchar *
gst_snn_nifti_src_get_uri (GstURIHandler *handler)
{
  g_autofree gchar *location = NULL;
  g_autofree gchar *uri = NULL;

  g_object_get (handler, "location", &location, "uri", &uri, NULL);
  if (uri && *uri)
    return g_steal_pointer (&uri);
  return location && g_file_test (location, G_FILE_TEST_EXISTS)
      ? gst_filename_to_uri (location, NULL) : NULL;
}

static gboolean
gst_snn_nifti_src_set_uri (GstURIHandler *handler, const gchar *uri,
    GError **error)
{
  g_autofree gchar *location = g_filename_from_uri (uri, NULL, NULL);

  if (!location) {
    g_set_error (error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI,
        "%s is not the URI of a file on this machine", uri);
    return FALSE;
  }
  if (GST_STATE (handler) > GST_STATE_READY) {
    g_set_error (error, GST_URI_ERROR, GST_URI_ERROR_BAD_STATE,
        "the uri can't change while the stream runs");
    return FALSE;
  }
  g_object_set (handler, "uri", uri, "location", NULL, NULL);
  return TRUE;
}

static void
gst_snn_nifti_src_uri_handler_init (gpointer interface, gpointer data)
{
  GstURIHandlerInterface *handler = interface;

  handler->get_type = gst_snn_nifti_src_uri_get_type;
  handler->get_protocols = gst_snn_nifti_src_get_protocols;
  handler->get_uri = gst_snn_nifti_src_get_uri;
  handler->set_uri = gst_snn_nifti_src_set_uri;
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
