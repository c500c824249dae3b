/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-labelmapsrc
 * @title: labelmapsrc
 * @short_description: heads made up from label maps
 * @see_also: niftisrc, phantomsrc
 *
 * Sends slices of heads that are made up from maps of where which structure
 * is, after Billot et al. 2023 (SynthSeg): turned, scaled, deformed, each
 * structure with an intensity of its own, blurred, shaded and noisy. Labels
 * are exact, and there are as many heads as one wants. Subject i is made of
 * map i mod the number of maps; the same head-seed gives the same heads.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 labelmapsrc location=labelmaps subjects=16 axis=y ! \
 *   voxelnormalize ! maskoverlay ! videoconvert ! autovideosink
 * ]|
 */
#include "labelmapsrc.h"

#include <gst/snn/properties.h>
#include <gst/snn/tensors.h>
#include <snn/base/error.h>
#include <snn/base/input-files.h>
#include <snn/base/remarks.h>
#include <snn/volumes/grid.h>
#include <snn/volumes/dataset.h>
#include <snn/volumes/labelmap.h>
#include <snn/volumes/nifti-read.h>
#include <snn/volumes/region.h>

GST_DEBUG_CATEGORY_STATIC (gst_snn_label_map_src_debug);
#define GST_CAT_DEFAULT gst_snn_label_map_src_debug

#define MAX_GRID 1024

typedef struct
{
  gchar *location;
  guint subjects;
  guint64 seed;
  gchar *labels;
  gchar *around;
  gchar *grid;
  guint threads;
  SnnHeads heads;
} Settings;

typedef struct
{
  Settings settings;            /* as they were when the stream started */
  SnnHeads heads;               /* with all that strings say */
  GArray *labels;               /* of guint ... */
  GArray *label_classes;        /* ... and the class of each, if they have any */
  SnnClasses classes;
  GArray *around;
  GPtrArray *items;             /* of SnnDatasetItem, a map each */
  SnnInputFiles *inputs;        /* the maps and their list */
  SnnLabelMap **maps;           /* as they are first needed; kept */
  gboolean *checked;
  SnnPool *pool;
} State;

struct _GstSnnLabelMapSrc
{
  GstSnnVolumeSrc parent_instance;

  Settings settings;
  State state;
};

G_DEFINE_FINAL_TYPE_WITH_CODE (GstSnnLabelMapSrc, gst_snn_label_map_src,
    GST_TYPE_SNN_VOLUME_SRC,
    GST_DEBUG_CATEGORY_INIT (gst_snn_label_map_src_debug, "labelmapsrc", 0,
        "Heads made up from label maps"));
GST_ELEMENT_REGISTER_DEFINE (labelmapsrc, "labelmapsrc", GST_RANK_NONE,
    GST_TYPE_SNN_LABEL_MAP_SRC);

static
G_DEFINE_ENUM_TYPE (GstSnnLabelMapSrcContrast, gst_snn_label_map_src_contrast,
    {SNN_CONTRAST_T1, "As in a T1-weighted scan", "t1"},
    {SNN_CONTRAST_RANDOM, "Any, left and right alike", "random"})

static gpointer
settings_of (gpointer object)
{
  return &GST_SNN_LABEL_MAP_SRC (object)->settings;
}

static void
init_defaults (gpointer data)
{
  Settings *settings = data;

  snn_heads_init (&settings->heads);
}

/* A field of SnnHeads, whose default is the core's. */
#define HEADS(field) GST_SNN_AT (Settings, heads.field), .core_default = TRUE

static const GstSnnProperty properties[] = {
  {"location", "Location",
      "Label map to make heads of, a NIfTI file whose values are FreeSurfer's "
      "numbers of structures; or a folder, a pattern with *, ? or [...], or a "
      "list (.txt, .lst, .csv) with a file name a line, for several",
      GST_SNN_STRING, GST_SNN_AT (Settings, location)},
  {"subjects", "Subjects",
      "How many heads there are, before folds and subset pick some; head i is "
      "made of map i mod the number of maps",
      GST_SNN_UINT, GST_SNN_AT (Settings, subjects), .min = 1, .max = 65535,
      .fallback = 100},
  {"head-seed", "Head seed",
      "Seed of the heads; the same seed gives the same heads",
      GST_SNN_UINT64, GST_SNN_AT (Settings, seed)},
  {"labels", "Labels",
      "Numbers of the structures that are classes to tell apart, with commas "
      "between; with + between they are one class, by the name of its first, or "
      "the mask where there is no other",
      GST_SNN_STRING, GST_SNN_AT (Settings, labels), .text = "17+53"},
  {"around", "Around",
      "Numbers of structures, with commas between: one of them, which is drawn "
      "for each head, is in the middle; empty: the head is",
      GST_SNN_STRING, GST_SNN_AT (Settings, around), .text = ""},
  {"grid", "Grid",
      "Voxels that are made in x, y and z, before roi and size",
      GST_SNN_STRING, GST_SNN_AT (Settings, grid), .text = "128x128x128"},
  {"voxel-size", "Voxel size",
      "Of the grid, in millimetres",
      GST_SNN_DOUBLE, HEADS (zoom), .min = 0.1, .max = 100.},
  {"shift", "Shift",
      "Millimetres that the middle is moved by at most along each axis, to "
      "either side",
      GST_SNN_DOUBLE, HEADS (shift), .max = 1000.},
  {"mirror", "Mirror",
      "Mirror half of the heads, and exchange left and right with it",
      GST_SNN_BOOLEAN, HEADS (mirror)},
  {"rotation", "Rotation",
      "Degrees that a head is turned by at most around each axis, to either "
      "side",
      GST_SNN_DOUBLE, HEADS (rotation), .max = 180.},
  {"scale", "Scale",
      "Part that a head is enlarged by at most along each axis, and as often "
      "made smaller; 0.1: from 1 / 1.1 to 1.1 of its size",
      GST_SNN_DOUBLE, HEADS (scale), .max = 10.},
  {"shear", "Shear",
      "Part of a distance that a head is sheared by at most, to either side",
      GST_SNN_DOUBLE, HEADS (shear), .max = 1.},
  {"deformation", "Deformation",
      "Standard deviation, in millimetres along each axis, of a smooth "
      "deformation; 0: none",
      GST_SNN_DOUBLE, HEADS (deformation), .max = 1000.},
  {"deformation-distance", "Deformation distance",
      "Millimetres after which the deformation is another",
      GST_SNN_DOUBLE, HEADS (deformation_distance), .min = 1., .max = 10000.},
  {"contrast", "Contrast",
      "Intensities of structures",
      GST_SNN_ENUM, HEADS (contrast),
      .get_type = gst_snn_label_map_src_contrast_get_type},
  {"stripped", "Stripped",
      "Part of the heads without what is outside of the brain, as after skull "
      "stripping",
      GST_SNN_DOUBLE, HEADS (stripped), .max = 1.},
  {"texture", "Texture",
      "Standard deviation of the voxels of a structure at most, as a fraction "
      "of the brightest intensity",
      GST_SNN_DOUBLE, HEADS (texture), .max = 1.},
  {"blur", "Blur",
      "Standard deviation of a Gaussian at most, in millimetres, and 0.4 of it "
      "at least; 0: none",
      GST_SNN_DOUBLE, HEADS (blur), .max = 1000.},
  {"low-resolution", "Low resolution",
      "Factor that voxels are enlarged by at most, along one axis that is "
      "drawn, before they are as they were; 1: none",
      GST_SNN_DOUBLE, HEADS (low_resolution), .min = 1., .max = 100.},
  {"bias-field", "Bias field",
      "Standard deviation, at most, of the logarithm of a smooth factor that "
      "shades the head; 0: none",
      GST_SNN_DOUBLE, HEADS (bias), .max = 10.},
  {"gamma", "Gamma",
      "How much contrast is bent: intensities to the power of from "
      "1 / (1 + gamma) to 1 + gamma",
      GST_SNN_DOUBLE, HEADS (gamma), .max = 10.},
  {"noise", "Noise",
      "Standard deviation of the noise at most, as a fraction of the brightest "
      "intensity",
      GST_SNN_DOUBLE, HEADS (noise), .max = 1.},
  GST_SNN_THREADS (Settings, threads),
};

static const GstSnnPropertyTable property_table =
    GST_SNN_TABLE (properties, Settings, settings_of, init_defaults);

/* "17,53": numbers of structures, between which is @separator. Of a property
 * @name that is @whole. */
static GArray *
parse_numbers (const gchar *name, const gchar *whole, const gchar *text,
    const gchar *separator, GError **error)
{
  g_autoptr (GArray) numbers = g_array_new (FALSE, FALSE, sizeof (guint));
  g_auto (GStrv) words = g_strsplit (text ? text : "", separator, -1);

  for (guint i = 0; words[i]; i++) {
    guint64 parsed;
    guint number;

    if (!g_ascii_string_to_unsigned (g_strstrip (words[i]), 10, 1, 65535,
            &parsed, NULL)) {
      g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
          "%s is \"%s\", where numbers of structures from 1 to 65535 are "
          "expected, with commas between", name, whole);
      return NULL;
    }
    number = (guint) parsed;
    g_array_append_val (numbers, number);
  }
  return g_steal_pointer (&numbers);
}

/* "2+41,17": the structures of each class. A single class of several structures
 * is a mask, as it has no number of its own. */
static gboolean
parse_labels (State *state, GError **error)
{
  const gchar *text = state->settings.labels ? state->settings.labels : "";
  g_auto (GStrv) words = g_strsplit (text, ",", -1);
  g_autoptr (GArray) names = g_array_new (FALSE, FALSE, sizeof (gint));

  state->labels = g_array_new (FALSE, FALSE, sizeof (guint));
  state->label_classes = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; words[i]; i++) {
    g_autoptr (GArray) members =
        parse_numbers ("labels", text, words[i], "+", error);

    if (!members)
      return FALSE;
    /* The name of each, until all are there and its class is known. */
    for (guint j = 0; j < members->len; j++)
      g_array_append_val (state->label_classes,
          g_array_index (members, guint, 0));
    g_array_append_vals (names, members->data, 1);
    g_array_append_vals (state->labels, members->data, members->len);
  }
  if (names->len == 1 && state->labels->len > 1)
    g_array_set_size (names, 0);
  if (!snn_classes_set (&state->classes, names->len,
          (const gint *) (gpointer) names->data, error)) {
    g_prefix_error (error, "labels is \"%s\": ", text);
    return FALSE;
  }
  for (guint i = 0; i < state->label_classes->len; i++) {
    guint *label = &g_array_index (state->label_classes, guint, i);

    *label = names->len == 0 ? 1 : snn_classes_find (&state->classes, *label);
  }
  return TRUE;
}

static gboolean
parse_grid (const gchar *text, gsize dims[3], GError **error)
{
  SnnRegion region = { 0, };

  if (snn_region_parse_size (&region, text, NULL)
      && region.size[0] > 0 && region.size[0] <= MAX_GRID
      && region.size[1] > 0 && region.size[1] <= MAX_GRID
      && region.size[2] > 0 && region.size[2] <= MAX_GRID) {
    for (guint i = 0; i < 3; i++)
      dims[i] = region.size[i];
    return TRUE;
  }
  g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
      "grid is \"%s\", where voxels in x, y and z are expected, each from 1 to "
      "%d, as 128x128x128", text ? text : "", MAX_GRID);
  return FALSE;
}

static void
gst_snn_label_map_src_close (GstSnnVolumeSrc *src)
{
  State *state = &GST_SNN_LABEL_MAP_SRC (src)->state;

  for (guint i = 0; state->maps && i < state->items->len; i++)
    g_clear_pointer (&state->maps[i], snn_label_map_free);
  g_clear_pointer (&state->maps, g_free);
  g_clear_pointer (&state->checked, g_free);
  g_clear_pointer (&state->items, g_ptr_array_unref);
  g_clear_pointer (&state->inputs, snn_input_files_free);
  g_clear_pointer (&state->labels, g_array_unref);
  g_clear_pointer (&state->label_classes, g_array_unref);
  state->classes.n = 0;
  g_clear_pointer (&state->around, g_array_unref);
  g_clear_pointer (&state->pool, snn_pool_free);
  gst_snn_properties_clear (&property_table, &state->settings);
}

static guint
gst_snn_label_map_src_open (GstSnnVolumeSrc *src, GError **error)
{
  GstSnnLabelMapSrc *self = GST_SNN_LABEL_MAP_SRC (src);
  State *state = &self->state;
  const Settings *settings = &state->settings;
  SnnHeads *heads = &state->heads;

  /* The base class has refused what is out of range. */
  gst_snn_properties_copy (self, &property_table, &state->settings);
  *heads = settings->heads;
  if (!settings->location || !*settings->location) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND, "No location is set: "
        "label maps, as a NIfTI file, a folder, a pattern or a list (.txt, "
        ".lst, .csv), are expected");
    return 0;
  }
  if (!parse_grid (settings->grid, heads->dims, error))
    return 0;
  if (!parse_labels (state, error))
    return 0;
  state->around = parse_numbers ("around", settings->around, settings->around,
      ",", error);
  if (!state->around)
    return 0;
  state->items = snn_dataset_list (settings->location, NULL, error);
  if (!state->items)
    return 0;
  state->inputs = snn_input_files_new ();
  snn_input_files_add (state->inputs, settings->location);
  snn_dataset_add_inputs (state->items, state->inputs);
  heads->labels = (const guint *) (gpointer) state->labels->data;
  heads->n_labels = state->labels->len;
  heads->classes = (const guint *) (gpointer) state->label_classes->data;
  heads->n_classes = state->classes.n;
  heads->around = (const guint *) (gpointer) state->around->data;
  heads->n_around = state->around->len;
  state->maps = g_new0 (SnnLabelMap *, state->items->len);
  state->checked = g_new0 (gboolean, state->items->len);
  state->pool = snn_pool_new (settings->threads);
  GST_INFO_OBJECT (self, "%u heads of %u maps", settings->subjects,
      state->items->len);
  return settings->subjects;
}

/* What is to be in the middle has to be there, on the other side as well, which is
 * where it comes from in mirrored heads: these would be around the middle of the
 * head, and without a label. */
static gboolean
check_around (GstSnnLabelMapSrc *self, const SnnLabelMap *map,
    const gchar *location, GError **error)
{
  const SnnHeads *heads = &self->state.heads;

  for (guint i = 0; i < heads->n_around; i++) {
    const guint label = heads->around[i], twin = snn_label_map_twin (label);

    if (snn_label_map_count (map, label) == 0) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH, "%s has no structure "
          "%u to be in the middle (around=%s)", location, label,
          self->state.settings.around);
      return FALSE;
    }
    if (heads->mirror && snn_label_map_count (map, twin) == 0) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH, "%s has no structure "
          "%u to be in the middle of mirrored heads, where it becomes %u "
          "(around=%s); expected a map of both sides, or mirror=false", location,
          twin, label, self->state.settings.around);
      return FALSE;
    }
  }
  return TRUE;
}

/* What is wanted has to be there, but a map without a label makes heads without
 * one. */
static gboolean
check_map (GstSnnLabelMapSrc *self, const SnnLabelMap *map,
    const gchar *location, GError **error)
{
  const SnnHeads *heads = &self->state.heads;
  guint64 labelled = 0;

  if (!check_around (self, map, location, error))
    return FALSE;
  for (guint i = 0; i < heads->n_labels; i++)
    labelled += snn_label_map_count (map, heads->labels[i]);
  if (labelled == 0)
    GST_SNN_ELEMENT_WARNING (self, STREAM, DECODE,
        ("%s has none of the structures that are the label (labels=%s): its "
            "heads have none", location, self->state.settings.labels), (NULL));
  return TRUE;
}

static const SnnLabelMap *
get_map (GstSnnLabelMapSrc *self, guint index, GError **error)
{
  State *state = &self->state;
  const SnnDatasetItem *item = g_ptr_array_index (state->items, index);
  g_autoptr (GPtrArray) remarks = snn_remarks_new ();
  g_autoptr (SnnLabelMap) map = NULL;

  if (state->maps[index])
    return state->maps[index];
  GST_DEBUG_OBJECT (self, "reading %s", item->image);
  map = snn_label_map_load (item->image, remarks, error);
  if (!map || !check_map (self, map, item->image, error))
    return NULL;
  for (guint i = 0; i < remarks->len; i++)
    GST_SNN_ELEMENT_WARNING (self, STREAM, DECODE, ("%s",
            (const gchar *) g_ptr_array_index (remarks, i)), (NULL));
  state->maps[index] = g_steal_pointer (&map);
  return state->maps[index];
}

static SnnVolume *
gst_snn_label_map_src_load (GstSnnVolumeSrc *src, guint subject,
    GError **error)
{
  GstSnnLabelMapSrc *self = GST_SNN_LABEL_MAP_SRC (src);
  State *state = &self->state;
  const SnnLabelMap *map = get_map (self, subject % state->items->len, error);

  if (!map)
    return NULL;
  GST_DEBUG_OBJECT (self, "making subject %u", subject);
  return snn_head_new (map, &state->heads, state->settings.seed, subject,
      state->pool);
}

static gboolean
gst_snn_label_map_src_grid (GstSnnVolumeSrc *src, guint subject,
    SnnGrid *grid, GError **error)
{
  State *state = &GST_SNN_LABEL_MAP_SRC (src)->state;
  const guint index = subject % state->items->len;
  const SnnDatasetItem *item = g_ptr_array_index (state->items, index);
  const SnnNiftiSettings settings = SNN_NIFTI_SETTINGS_INIT;
  SnnGrid own;

  if (!state->checked[index]
      && !snn_nifti_check (item->image, NULL, &settings, &own, error))
    return FALSE;
  state->checked[index] = TRUE;
  snn_grid_centred (grid, state->heads.dims, state->heads.zoom);
  return TRUE;
}

static gchar *
gst_snn_label_map_src_identify (GstSnnVolumeSrc *src, guint subject,
    const gchar **location)
{
  *location = NULL;
  return snn_head_name (subject);
}

static void
gst_snn_label_map_src_classes (GstSnnVolumeSrc *src, SnnClasses *classes)
{
  *classes = GST_SNN_LABEL_MAP_SRC (src)->state.classes;
}

static void
gst_snn_label_map_src_class_init (GstSnnLabelMapSrcClass *class)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);
  GstSnnVolumeSrcClass *volume_class = GST_SNN_VOLUME_SRC_CLASS (class);

  gst_snn_properties_install (class, &property_table);

  gst_element_class_set_static_metadata (element_class,
      "Label map source", "Source/Test",
      "Makes heads up from label maps, with structures of choice as the label",
      "gst-snn developers <developers@gst-snn.invalid>");
  volume_class->open = gst_snn_label_map_src_open;
  volume_class->load = gst_snn_label_map_src_load;
  volume_class->close = gst_snn_label_map_src_close;
  volume_class->grid = gst_snn_label_map_src_grid;
  volume_class->identify = gst_snn_label_map_src_identify;
  volume_class->classes = gst_snn_label_map_src_classes;
}

static void
gst_snn_label_map_src_init (GstSnnLabelMapSrc *self)
{
  gst_snn_properties_init (self, &property_table);
}
