/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-niftisink
 * @title: niftisink
 * @short_description: predictions to NIfTI files
 * @see_also: niftisrc, maskoverlay
 *
 * Puts the slices of a prediction back together, on the grid and in the
 * orientation of the file that they came from, and writes each volume to a
 * NIfTI file with the source's exact geometry. Slices may come in any order,
 * those of several volumes mixed. Of several predictions of one slice in a row
 * (chunks) the last one counts. What no slice showed is 0.
 *
 * A volume is written when its last slice has come, at the latest when another
 * sample follows it. What is not complete at the end of an epoch or of the
 * stream is written with a warning. A later epoch replaces an earlier one's
 * files.
 *
 * After each file an element message "niftisink" is posted, with
 * subject (string), location (string), epoch (uint), evaluate (boolean) and
 * slices (uint, how many have come).
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 niftisrc location=images ! voxelnormalize ! \
 *     anninference model=unet.nir ! niftisink location=masks/%s.nii.gz
 * ]|
 */
#include "niftisink.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include <gst/snn/lifecycle.h>
#include <gst/snn/properties.h>
#include <gst/snn/samplemeta.h>
#include <gst/snn/tensors.h>
#include <snn/base/error.h>
#include <snn/volumes/file-pattern.h>
#include <snn/volumes/volume-builder.h>

GST_DEBUG_CATEGORY_STATIC (gst_snn_nifti_sink_debug);
#define GST_CAT_DEFAULT gst_snn_nifti_sink_debug

typedef struct
{
  gchar *location;
  SnnNiftiContent content;
  double cut_off;
  gboolean overwrite;
} Settings;

/* A subject that has come. */
typedef struct
{
  guint number;
  gchar *source;                /* file of its volume; NULL: it has none */
} Subject;

/* A volume of which slices have come. */
typedef struct
{
  SnnVolumeBuilder *builder;
  gchar *location;              /* of the file that it will be */
  guint epoch;
  gboolean evaluate;
} Assembly;

typedef struct
{
  Settings settings;            /* as they were when the stream started */
  gboolean per_subject;         /* the location has a place for the subject */
  GstSnnTensors tensors;
  GPtrArray *assemblies;
  GHashTable *subjects;         /* name to Subject */
  GHashTable *written;          /* set of locations */
  Assembly *complete;           /* but its last slice may come once more */
  guint last_slice;
} State;

struct _GstSnnNiftiSink
{
  GstBaseSink parent_instance;

  Settings settings;
  State state;
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_SNN_IMAGE_CAPS));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstSnnNiftiSink, gst_snn_nifti_sink,
    GST_TYPE_BASE_SINK,
    GST_DEBUG_CATEGORY_INIT (gst_snn_nifti_sink_debug, "niftisink", 0,
        "Predictions to NIfTI files"));
GST_ELEMENT_REGISTER_DEFINE (niftisink, "niftisink", GST_RANK_NONE,
    GST_TYPE_SNN_NIFTI_SINK);

static GType
gst_snn_nifti_sink_content_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    {SNN_NIFTI_MASK, "Mask: uint8, 1 where the probability is above cut-off",
        "mask"},
    {SNN_NIFTI_PROBABILITY, "Probability: float32, as it comes", "probability"},
    {0, NULL, NULL},
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type,
        g_enum_register_static ("GstSnnNiftiSinkContent", values));
  return (GType) type;
}

static gpointer
settings_of (gpointer object)
{
  return &GST_SNN_NIFTI_SINK (object)->settings;
}

static const GstSnnProperty properties[] = {
  {"location", "Location",
      "File to write, .nii or .nii.gz, in a folder that exists; %s stands for "
      "the subject and %d (or %05d) for a running number where there are "
      "several",
      GST_SNN_STRING, GST_SNN_AT (Settings, location)},
  {"content", "Content",
      "What to write",
      GST_SNN_ENUM, GST_SNN_AT (Settings, content),
      .get_type = gst_snn_nifti_sink_content_get_type,
      .fallback = SNN_NIFTI_MASK},
  {"cut-off", "Cut-off",
      "Probability above which a voxel of a mask is 1",
      GST_SNN_DOUBLE, GST_SNN_AT (Settings, cut_off), .max = 1.,
      .fallback = 0.5},
  {"overwrite", "Overwrite",
      "Replace files that exist when the stream starts (never the source "
      "itself)",
      GST_SNN_BOOLEAN, GST_SNN_AT (Settings, overwrite),
      .fallback = TRUE},
};

static const GstSnnPropertyTable property_table =
    GST_SNN_TABLE (properties, Settings, settings_of, NULL);

static void
subject_free (gpointer data)
{
  Subject *subject = data;

  g_free (subject->source);
  g_free (subject);
}

static void
assembly_free (gpointer data)
{
  Assembly *assembly = data;

  g_clear_pointer (&assembly->builder, snn_volume_builder_free);
  g_free (assembly->location);
  g_free (assembly);
}

static void
state_clear (State *state)
{
  gst_snn_properties_clear (&property_table, &state->settings);
  g_clear_pointer (&state->assemblies, g_ptr_array_unref);
  g_clear_pointer (&state->subjects, g_hash_table_unref);
  g_clear_pointer (&state->written, g_hash_table_unref);
  *state = (State) { {NULL}, };
}

/* Finds out at once what would else only fail when the first volume has been
 * predicted. */
static gboolean
check_location (GstSnnNiftiSink *self, State *state)
{
  const gchar *location = state->settings.location;
  g_autofree gchar *folder = NULL;
  g_autoptr (GError) error = NULL;

  if (!location || !*location) {
    GST_ELEMENT_ERROR (self, RESOURCE, NOT_FOUND, ("No location is set: a name "
            "that ends in .nii or .nii.gz is expected, with %%s for the "
            "subject"), (NULL));
    return FALSE;
  }
  if (!snn_file_pattern_check (location, &state->per_subject, &error)) {
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS, ("%s", error->message),
        (NULL));
    return FALSE;
  }
  if (!g_str_has_suffix (location, ".nii")
      && !g_str_has_suffix (location, ".nii.gz")) {
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS, ("Location %s does not end in "
            ".nii or .nii.gz", location), (NULL));
    return FALSE;
  }
  folder = g_path_get_dirname (location);
  if (strchr (folder, '%'))
    return TRUE;
  if (!g_file_test (folder, G_FILE_TEST_IS_DIR)) {
    GST_ELEMENT_ERROR (self, RESOURCE, NOT_FOUND, ("There is no folder %s for "
            "the files of location %s", folder, location), (NULL));
    return FALSE;
  }
  if (g_access (folder, W_OK) != 0) {
    GST_ELEMENT_ERROR (self, RESOURCE, OPEN_WRITE, ("Folder %s, for the files "
            "of location %s, can't be written to", folder, location),
        GST_ERROR_SYSTEM);
    return FALSE;
  }
  return TRUE;
}

static gboolean
start (GstElement *element)
{
  GstSnnNiftiSink *self = GST_SNN_NIFTI_SINK (element);
  State *state = &self->state;

  if (!gst_snn_properties_start (self, &property_table, &state->settings)
      || !check_location (self, state)) {
    state_clear (state);
    return FALSE;
  }
  state->assemblies = g_ptr_array_new_with_free_func (assembly_free);
  state->subjects = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      subject_free);
  state->written = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      NULL);
  return TRUE;
}

/* Writes a volume and forgets it. */
static gboolean
finish (GstSnnNiftiSink *self, Assembly *assembly)
{
  State *state = &self->state;
  const SnnVolumeInfo *info = snn_volume_builder_info (assembly->builder);
  guint n_slices, n = snn_volume_builder_count (assembly->builder, &n_slices);
  GError *error = NULL;

  if (assembly == state->complete)
    state->complete = NULL;
  if (n < n_slices)
    GST_ELEMENT_WARNING (self, STREAM, FAILED, ("Only %u of %u slices of %s "
            "have come; the others are zero in %s", n, n_slices, info->subject,
            assembly->location), (NULL));
  if (!snn_volume_builder_write (assembly->builder, assembly->location,
          &error)) {
    gst_snn_element_error (GST_ELEMENT (self), error);
    g_ptr_array_remove_fast (state->assemblies, assembly);
    return FALSE;
  }
  GST_INFO_OBJECT (self, "wrote %s", assembly->location);
  g_hash_table_add (state->written, g_strdup (assembly->location));
  gst_element_post_message (GST_ELEMENT (self),
      gst_message_new_element (GST_OBJECT (self),
          gst_structure_new ("niftisink",
              "subject", G_TYPE_STRING, info->subject,
              "location", G_TYPE_STRING, assembly->location,
              "epoch", G_TYPE_UINT, assembly->epoch,
              "evaluate", G_TYPE_BOOLEAN, assembly->evaluate,
              "slices", G_TYPE_UINT, n, NULL)));
  g_ptr_array_remove_fast (state->assemblies, assembly);
  return TRUE;
}

static gboolean
finish_all (GstSnnNiftiSink *self)
{
  State *state = &self->state;

  while (state->assemblies && state->assemblies->len > 0)
    if (!finish (self, g_ptr_array_index (state->assemblies, 0)))
      return FALSE;
  return TRUE;
}

static gboolean
same_file (const gchar *a, const gchar *b)
{
  GStatBuf x, y;

  return g_stat (a, &x) == 0 && g_stat (b, &y) == 0 && x.st_dev == y.st_dev
      && x.st_ino == y.st_ino;
}

/* The subject of a volume, new where it is its first; NULL with an error
 * posted where its file would not be its own. */
static const Subject *
find_subject (GstSnnNiftiSink *self, const SnnVolumeInfo *info)
{
  State *state = &self->state;
  Subject *subject = g_hash_table_lookup (state->subjects, info->subject);

  if (subject) {
    if (g_strcmp0 (subject->source, info->location) == 0)
      return subject;
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS, ("%s and %s are both of "
            "subject %s, and would be written to one file",
            GST_STR_NULL (subject->source), GST_STR_NULL (info->location),
            info->subject), (NULL));
    return NULL;
  }
  if (!state->per_subject && g_hash_table_size (state->subjects) > 0) {
    GHashTableIter iter;
    gpointer first = NULL;

    g_hash_table_iter_init (&iter, state->subjects);
    g_hash_table_iter_next (&iter, &first, NULL);
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS, ("Location %s is one file, "
            "but there are several subjects, such as %s and %s; put %%s (the "
            "subject) or %%d (a number) into its name",
            state->settings.location, (const gchar *) first, info->subject),
        (NULL));
    return NULL;
  }
  subject = g_new0 (Subject, 1);
  subject->number = g_hash_table_size (state->subjects);
  subject->source = g_strdup (info->location);
  g_hash_table_insert (state->subjects, g_strdup (info->subject), subject);
  return subject;
}

/* The name of the file for a volume; NULL with an error posted where it must
 * not be. */
static gchar *
choose_location (GstSnnNiftiSink *self, const SnnVolumeInfo *info)
{
  State *state = &self->state;
  const Subject *subject = find_subject (self, info);
  g_autofree gchar *location = NULL;

  if (!subject)
    return NULL;
  location = snn_file_pattern_expand (state->settings.location, info->subject,
      subject->number);
  if (info->location && same_file (location, info->location)) {
    GST_ELEMENT_ERROR (self, RESOURCE, OPEN_WRITE, ("%s is the file that the "
            "volume was read from, and is not replaced", location), (NULL));
    return NULL;
  }
  if (!state->settings.overwrite
      && !g_hash_table_contains (state->written, location)
      && g_file_test (location, G_FILE_TEST_EXISTS)) {
    GST_ELEMENT_ERROR (self, RESOURCE, OPEN_WRITE, ("%s exists, and overwrite "
            "is off", location), (NULL));
    return NULL;
  }
  return g_steal_pointer (&location);
}

static gboolean
belongs_to (const GstSnnSampleMeta *meta, const Assembly *assembly)
{
  const SnnVolumeInfo *info = snn_volume_builder_info (assembly->builder);

  return meta->epoch == assembly->epoch
      && !(meta->flags & GST_SNN_SAMPLE_EVALUATE) == !assembly->evaluate
      && (meta->volume == info
      || (g_str_equal (meta->volume->subject, info->subject)
          && g_strcmp0 (meta->volume->location, info->location) == 0));
}

/* The volume that a sample is of, new where it is the first; NULL with an
 * error posted. */
static Assembly *
find_assembly (GstSnnNiftiSink *self, const GstSnnSampleMeta *meta)
{
  State *state = &self->state;
  g_autofree gchar *location = NULL;
  SnnVolumeBuilder *builder;
  GError *error = NULL;
  Assembly *assembly;

  for (guint i = 0; i < state->assemblies->len; i++)
    if (belongs_to (meta, g_ptr_array_index (state->assemblies, i)))
      return g_ptr_array_index (state->assemblies, i);

  location = choose_location (self, meta->volume);
  if (!location)
    return NULL;
  builder = snn_volume_builder_new (meta->volume, &meta->box, meta->axis,
      state->settings.content, (float) state->settings.cut_off, &error);
  if (!builder) {
    gst_snn_element_error (GST_ELEMENT (self), error);
    return NULL;
  }
  assembly = g_new0 (Assembly, 1);
  assembly->builder = builder;
  assembly->location = g_steal_pointer (&location);
  assembly->epoch = meta->epoch;
  assembly->evaluate = (meta->flags & GST_SNN_SAMPLE_EVALUATE) != 0;
  g_ptr_array_add (state->assemblies, assembly);
  return assembly;
}

static gboolean
add_slice (GstSnnNiftiSink *self, Assembly *assembly, guint slice,
    GstMemory *memory)
{
  const GstSnnTensor *tensor = &self->state.tensors.tensor[0];
  const gsize dims[3] = { tensor->width, tensor->height, tensor->depth };
  GError *error = NULL;
  GstMapInfo map;
  gboolean added;

  if (!gst_memory_map (memory, &map, GST_MAP_READ)) {
    GST_ELEMENT_ERROR (self, RESOURCE, READ,
        ("A prediction's memory can't be read"), (NULL));
    return FALSE;
  }
  added = snn_volume_builder_add (assembly->builder, slice, dims,
      (const float *) map.data, &error);
  gst_memory_unmap (memory, &map);
  if (!added)
    gst_snn_element_error (GST_ELEMENT (self), error);
  return added;
}

static GstFlowReturn
gst_snn_nifti_sink_render (GstBaseSink *sink, GstBuffer *rendered)
{
  GstSnnNiftiSink *self = GST_SNN_NIFTI_SINK (sink);
  State *state = &self->state;
  g_autoptr (GstBuffer) buffer = gst_buffer_ref (rendered);
  GstFlowReturn flow = gst_snn_element_take_buffer (GST_ELEMENT (self),
      &state->tensors, &buffer);
  const GstSnnSampleMeta *meta;
  guint n_slices;
  Assembly *assembly;

  if (flow != GST_FLOW_OK)
    return flow;
  meta = gst_buffer_get_snn_sample_meta (buffer);
  if (!meta || !meta->volume) {
    GST_ELEMENT_ERROR (self, STREAM, FORMAT, ("A sample does not say which "
            "volume it is a slice of; niftisink needs samples that began at "
            "niftisrc or phantomsrc"), (NULL));
    return GST_FLOW_ERROR;
  }
  if (state->complete && (!belongs_to (meta, state->complete)
          || meta->slice != state->last_slice)
      && !finish (self, state->complete))
    return GST_FLOW_ERROR;

  assembly = find_assembly (self, meta);
  if (!assembly || !add_slice (self, assembly, meta->slice,
          gst_buffer_peek_memory (buffer, 0)))
    return GST_FLOW_ERROR;
  if (snn_volume_builder_count (assembly->builder, &n_slices) == n_slices
      || meta->flags & GST_SNN_SAMPLE_LAST) {
    state->complete = assembly;
    state->last_slice = meta->slice;
    if (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_MARKER)
        && !finish (self, assembly))
      return GST_FLOW_ERROR;
  }
  return GST_FLOW_OK;
}

static gboolean
gst_snn_nifti_sink_set_caps (GstBaseSink *sink, GstCaps *caps)
{
  GstSnnNiftiSink *self = GST_SNN_NIFTI_SINK (sink);
  GstSnnTensors tensors;
  const GstSnnTensor *tensor = &tensors.tensor[0];
  GError *error = NULL;

  if (gst_snn_tensors_from_caps (&tensors, caps, &error)
      && (tensor->type != SNN_VALUE_FLOAT32 || tensor->channels != 1
          || tensor->timesteps != 1))
    g_set_error (&error, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
        "%u channels and %u timesteps come where one float32 a voxel is "
        "expected", tensor->channels, tensor->timesteps);
  if (error) {
    gst_snn_element_refuse_caps (GST_ELEMENT (self), caps, error);
    return FALSE;
  }
  self->state.tensors = tensors;
  return TRUE;
}

static gboolean
gst_snn_nifti_sink_event (GstBaseSink *sink, GstEvent *event)
{
  GstSnnNiftiSink *self = GST_SNN_NIFTI_SINK (sink);
  GstSnnEpoch epoch;
  gboolean end, ok = TRUE;

  if (GST_EVENT_TYPE (event) == GST_EVENT_EOS
      || (gst_snn_event_parse_epoch (event, &epoch, &end) && end)) {
    ok = finish_all (self);
  } else if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP) {
    self->state.complete = NULL;
    g_ptr_array_set_size (self->state.assemblies, 0);
  }
  if (!ok) {
    gst_event_unref (event);
    return FALSE;
  }
  return GST_BASE_SINK_CLASS (gst_snn_nifti_sink_parent_class)
      ->event (sink, event);
}

/* A volume that is complete is written even if the stream did not end. */
static gboolean
stop (GstElement *element)
{
  GstSnnNiftiSink *self = GST_SNN_NIFTI_SINK (element);
  gboolean ok = !self->state.complete || finish (self, self->state.complete);

  state_clear (&self->state);
  return ok;
}

static GstStateChangeReturn
gst_snn_nifti_sink_change_state (GstElement *element, GstStateChange transition)
{
  return gst_snn_sink_change_state (element, transition,
      gst_snn_nifti_sink_parent_class, start, stop);
}

static void
gst_snn_nifti_sink_class_init (GstSnnNiftiSinkClass *class)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);
  GstBaseSinkClass *base_class = GST_BASE_SINK_CLASS (class);

  element_class->change_state = gst_snn_nifti_sink_change_state;

  gst_snn_properties_install (class, &property_table);

  gst_element_class_set_static_metadata (element_class,
      "NIfTI sink", "Sink/File",
      "Writes predictions to NIfTI files on the grid of their source",
      "gst-snn developers <developers@gst-snn.invalid>");
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  base_class->set_caps = gst_snn_nifti_sink_set_caps;
  base_class->render = gst_snn_nifti_sink_render;
  base_class->event = gst_snn_nifti_sink_event;

}

static void
gst_snn_nifti_sink_init (GstSnnNiftiSink *self)
{
  gst_snn_properties_init (self, &property_table);
  gst_base_sink_set_sync (GST_BASE_SINK (self), FALSE);
}
