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
 * Where the network predicts several classes, a mask has the value that the most
 * probable class of each voxel had in the masks that it was trained on, of any
 * size; of a single class that was chosen by its value, this value in place of 1.
 * Probabilities of several classes are a 4D file, whose first volume is the
 * background's. Uncertainty is their entropy, of one class and its complement too.
 *
 * Of a volume in which regionfinder found structures one map is written, of the
 * largest component of each, with the value that the finder knows it by.
 *
 * A volume is written when its last slice has come, at the latest when another
 * sample follows it. What is not complete at the end of an epoch or of the
 * stream is left out with a warning, unless #GstSnnNiftiSink:allow-partial is
 * set. A later epoch replaces an earlier one's files.
 *
 * Files that exist are an error, unless #GstSnnNiftiSink:overwrite or
 * #GstSnnNiftiSink:skip-existing says otherwise, and no file that a source of
 * this process reads, image or mask, is ever replaced.
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

#include <gst/snn/lifecycle.h>
#include <gst/snn/properties.h>
#include <gst/snn/samplemeta.h>
#include <gst/snn/tensors.h>
#include <snn/base/error.h>
#include <snn/base/text.h>
#include <snn/volumes/writer.h>

GST_DEBUG_CATEGORY_STATIC (gst_snn_nifti_sink_debug);
#define GST_CAT_DEFAULT gst_snn_nifti_sink_debug

typedef struct
{
  gchar *location;
  SnnNiftiContent content;
  double cut_off;
  gboolean overwrite;
  gboolean skip_existing;
  gboolean allow_partial;
  gboolean make_folder;
} Settings;

/* A volume of which slices have come. */
typedef struct
{
  SnnVolumeBuilder *builder;
  const gchar *location;        /* of the file that it will be; the writer's */
  guint epoch;
  gboolean evaluate;
} Assembly;

/* A volume of which structures have come, each a volume of its own. */
typedef struct
{
  SnnPartMap *parts;
  const gchar *location;
  guint epoch;
  gboolean evaluate;
  guint n_slices;
} Map;

typedef struct
{
  Settings settings;            /* as they were when the stream started */
  SnnVolumeWriter *writer;
  GstSnnTensors tensors;
  GstSnnFacts facts;
  GPtrArray *assemblies;
  GPtrArray *maps;
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

static
G_DEFINE_ENUM_TYPE (GstSnnNiftiSinkContent, gst_snn_nifti_sink_content,
    {SNN_NIFTI_MASK, "Mask: uint8, 1 where the probability is above cut-off; "
          "of several classes the value of the most probable one", "mask"},
    {SNN_NIFTI_PROBABILITY, "Probability: float32, as it comes; of several "
          "classes a 4D file with a volume for the background and for each",
          "probability"},
    {SNN_NIFTI_UNCERTAINTY, "Uncertainty: float32, the entropy of a voxel's "
          "probabilities in bits", "uncertainty"})

static gpointer
settings_of (gpointer object)
{
  return &GST_SNN_NIFTI_SINK (object)->settings;
}

static const GstSnnProperty properties[] = {
  {"location", "Location",
      "File to write, .nii or .nii.gz; in its name, not in its folder's, %s "
      "stands for the subject and %d (or %05d) for a running number where "
      "there are several",
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
      "Replace files that exist when the stream starts (never one that a "
      "source reads); else they are an error",
      GST_SNN_BOOLEAN, GST_SNN_AT (Settings, overwrite)},
  {"skip-existing", "Skip existing",
      "Where overwrite is off, keep files that exist and leave their subjects "
      "out: sources don't send them; a mask is an error where content is another",
      GST_SNN_BOOLEAN, GST_SNN_AT (Settings, skip_existing)},
  {"allow-partial", "Allow partial",
      "Write a volume although slices are missing at the end, as zeros",
      GST_SNN_BOOLEAN, GST_SNN_AT (Settings, allow_partial)},
  {"make-folder", "Make folder",
      "Make the folder of location where there is none",
      GST_SNN_BOOLEAN, GST_SNN_AT (Settings, make_folder)},
};

static const GstSnnPropertyTable property_table =
    GST_SNN_TABLE (properties, Settings, settings_of, NULL);

static void
assembly_free (gpointer data)
{
  Assembly *assembly = data;

  snn_volume_builder_free (assembly->builder);
  g_free (assembly);
}

static void
map_free (gpointer data)
{
  Map *map = data;

  snn_part_map_free (map->parts);
  g_free (map);
}

static void
state_clear (GstSnnNiftiSink *self)
{
  State *state = &self->state;

  GST_OBJECT_LOCK (self);
  g_clear_pointer (&state->writer, snn_volume_writer_free);
  GST_OBJECT_UNLOCK (self);
  gst_snn_properties_clear (&property_table, &state->settings);
  g_clear_pointer (&state->assemblies, g_ptr_array_unref);
  g_clear_pointer (&state->maps, g_ptr_array_unref);
  *state = (State) { {NULL}, };
}

/* Takes @error. What is wrong with a name or with two of them is a matter of
 * settings, and what must not be written to is told from what failed. */
static void
refuse (GstSnnNiftiSink *self, GError *error)
{
  switch (error->code) {
    case SNN_ERROR_MISMATCH:
    case SNN_ERROR_FORMAT:
    case SNN_ERROR_UNSUPPORTED:
      error->code = GST_RESOURCE_ERROR_SETTINGS;
      break;
    case SNN_ERROR_WRITE:
      error->code = GST_RESOURCE_ERROR_OPEN_WRITE;
      break;
    default:
      error->code = GST_RESOURCE_ERROR_NOT_FOUND;
      break;
  }
  error->domain = GST_RESOURCE_ERROR;
  gst_snn_element_error (GST_ELEMENT (self), error);
}

static gboolean
start (GstElement *element)
{
  GstSnnNiftiSink *self = GST_SNN_NIFTI_SINK (element);
  State *state = &self->state;
  const Settings *settings = &state->settings;
  GError *error = NULL;

  if (!gst_snn_properties_start (self, &property_table, &state->settings)) {
    state_clear (self);
    return FALSE;
  }
  state->writer = snn_volume_writer_new (settings->location,
      settings->overwrite ? SNN_EXISTING_REPLACED : settings->skip_existing
      ? SNN_EXISTING_KEPT : SNN_EXISTING_REFUSED, settings->content,
      settings->make_folder, &error);
  if (!state->writer) {
    refuse (self, error);
    state_clear (self);
    return FALSE;
  }
  state->assemblies = g_ptr_array_new_with_free_func (assembly_free);
  state->maps = g_ptr_array_new_with_free_func (map_free);
  return TRUE;
}

static gboolean
is_whole (const Assembly *assembly)
{
  guint n_slices;

  return snn_volume_builder_count (assembly->builder, &n_slices) == n_slices;
}

static void
warn_of_partial (GstSnnNiftiSink *self, const Assembly *assembly)
{
  const SnnVolumeInfo *info = snn_volume_builder_info (assembly->builder);
  guint n_slices, n = snn_volume_builder_count (assembly->builder, &n_slices);

  if (self->state.settings.allow_partial)
    GST_SNN_ELEMENT_WARNING (self, STREAM, FAILED,
        ("Only %u of %u slices of %s have come; the others are zero in %s", n,
            n_slices, info->subject, assembly->location), (NULL));
  else
    GST_SNN_ELEMENT_WARNING (self, STREAM, FAILED,
        ("Only %u of %u slices of %s have come; %s is not written", n, n_slices,
            info->subject, assembly->location),
        ("allow-partial=true writes what there is"));
}

static void
post_written (GstSnnNiftiSink *self, const SnnVolumeInfo *info,
    const gchar *written, guint epoch, gboolean evaluate, guint n)
{
  g_autofree gchar *subject = snn_text_valid (info->subject);
  g_autofree gchar *location = snn_text_valid (written);

  GST_INFO_OBJECT (self, "wrote %s", written);
  gst_element_post_message (GST_ELEMENT (self),
      gst_message_new_element (GST_OBJECT (self),
          gst_structure_new ("niftisink",
              "subject", G_TYPE_STRING, subject,
              "location", G_TYPE_STRING, location,
              "epoch", G_TYPE_UINT, epoch,
              "evaluate", G_TYPE_BOOLEAN, evaluate,
              "slices", G_TYPE_UINT, n, NULL)));
}

/* Writes a map, and forgets it. */
static gboolean
finish_map (GstSnnNiftiSink *self, Map *map, GError **error)
{
  gboolean ok = snn_volume_writer_write_map (self->state.writer, map->parts,
      map->location, error);

  if (ok)
    post_written (self, snn_part_map_info (map->parts), map->location,
        map->epoch, map->evaluate, map->n_slices);
  g_ptr_array_remove_fast (self->state.maps, map);
  return ok;
}

/* The map that a structure belongs into, new where it is the first; NULL with an
 * error. */
static Map *
find_map (GstSnnNiftiSink *self, const Assembly *assembly, GError **error)
{
  State *state = &self->state;
  const SnnVolumeInfo *info = snn_volume_builder_info (assembly->builder);
  SnnPartMap *parts;
  Map *map;

  for (guint i = 0; i < state->maps->len; i++) {
    map = g_ptr_array_index (state->maps, i);
    if (map->epoch == assembly->epoch && map->evaluate == assembly->evaluate
        && snn_part_map_takes (map->parts, info))
      return map;
  }
  parts = snn_part_map_new (info, error);
  if (!parts)
    return NULL;
  map = g_new (Map, 1);
  *map = (Map) { parts, assembly->location, assembly->epoch, assembly->evaluate,
    0 };
  g_ptr_array_add (state->maps, map);
  return map;
}

/* Puts a structure into the map of its whole volume, and writes that with the
 * last of them. */
static gboolean
finish_part (GstSnnNiftiSink *self, const Assembly *assembly, GError **error)
{
  Map *map = find_map (self, assembly, error);
  guint n_slices;

  if (!map || !snn_volume_builder_add_to (assembly->builder, map->parts, error))
    return FALSE;
  map->n_slices += snn_volume_builder_count (assembly->builder, &n_slices);
  return !snn_part_map_is_whole (map->parts) || finish_map (self, map, error);
}

static gboolean
finish_volume (GstSnnNiftiSink *self, const Assembly *assembly, GError **error)
{
  const SnnVolumeInfo *info = snn_volume_builder_info (assembly->builder);
  guint n_slices, n = snn_volume_builder_count (assembly->builder, &n_slices);

  if (!snn_volume_writer_write (self->state.writer, assembly->builder,
          assembly->location, error))
    return FALSE;
  post_written (self, info, assembly->location, assembly->epoch,
      assembly->evaluate, n);
  return TRUE;
}

/* Writes a volume, where it may have its name, and forgets it. */
static gboolean
finish (GstSnnNiftiSink *self, Assembly *assembly)
{
  State *state = &self->state;
  const SnnVolumeInfo *info = snn_volume_builder_info (assembly->builder);
  gboolean whole = is_whole (assembly), ok = TRUE;
  GError *error = NULL;

  if (assembly == state->complete)
    state->complete = NULL;
  if (!whole)
    warn_of_partial (self, assembly);
  if (whole || state->settings.allow_partial)
    ok = info->part ? finish_part (self, assembly, &error)
        : finish_volume (self, assembly, &error);
  if (!ok)
    gst_snn_element_error (GST_ELEMENT (self), error);
  g_ptr_array_remove_fast (state->assemblies, assembly);
  return ok;
}

/* What is left of maps when nothing more comes. */
static gboolean
finish_maps (GstSnnNiftiSink *self)
{
  GPtrArray *maps = self->state.maps;
  GError *error = NULL;

  while (maps->len > 0) {
    Map *map = g_ptr_array_index (maps, 0);
    guint n_parts, n = snn_part_map_count (map->parts, &n_parts);

    GST_SNN_ELEMENT_WARNING (self, STREAM, FAILED,
        ("Only %u of %u structures of %s have come; %s is %s", n, n_parts,
            snn_part_map_info (map->parts)->subject, map->location,
            self->state.settings.allow_partial ? "without the others"
            : "not written"), ("allow-partial=true writes what there is"));
    if (!self->state.settings.allow_partial) {
      g_ptr_array_remove_index_fast (maps, 0);
    } else if (!finish_map (self, map, &error)) {
      gst_snn_element_error (GST_ELEMENT (self), error);
      return FALSE;
    }
  }
  return TRUE;
}

/* Of a shuffled stream that ends early there may be hundreds: one line is for
 * them all. */
static void
drop_many_partial (GstSnnNiftiSink *self)
{
  GPtrArray *assemblies = self->state.assemblies;
  const SnnVolumeInfo *info = NULL;
  guint n = 0;

  for (guint i = 0; i < assemblies->len; i++)
    if (!is_whole (g_ptr_array_index (assemblies, i))) {
      const Assembly *assembly = g_ptr_array_index (assemblies, i);

      info = snn_volume_builder_info (assembly->builder);
      n++;
    }
  if (n < 2)
    return;
  GST_SNN_ELEMENT_WARNING (self, STREAM, FAILED,
      ("Not all slices have come of %u subjects, such as %s; their files are "
          "not written", n, info->subject),
      ("allow-partial=true writes what there is"));
  for (guint i = assemblies->len; i-- > 0;)
    if (!is_whole (g_ptr_array_index (assemblies, i)))
      g_ptr_array_remove_index_fast (assemblies, i);
}

static gboolean
finish_all (GstSnnNiftiSink *self)
{
  State *state = &self->state;

  if (!state->assemblies)
    return TRUE;
  state->complete = NULL;       /* it is one of those that go now */
  if (!state->settings.allow_partial)
    drop_many_partial (self);
  while (state->assemblies->len > 0)
    if (!finish (self, g_ptr_array_index (state->assemblies, 0)))
      return FALSE;
  return finish_maps (self);
}

static gboolean
belongs_to (const GstSnnSampleMeta *meta, const Assembly *assembly)
{
  return meta->epoch == assembly->epoch
      && !(meta->flags & GST_SNN_SAMPLE_EVALUATE) == !assembly->evaluate
      && snn_volume_info_same (meta->volume,
      snn_volume_builder_info (assembly->builder));
}

/* The volume that a sample is of, new where it is the first; NULL with an
 * error posted. */
static Assembly *
find_assembly (GstSnnNiftiSink *self, const GstSnnSampleMeta *meta)
{
  State *state = &self->state;
  const gchar *location;
  SnnVolumeBuilder *builder;
  GError *error = NULL;
  Assembly *assembly;

  for (guint i = 0; i < state->assemblies->len; i++)
    if (belongs_to (meta, g_ptr_array_index (state->assemblies, i)))
      return g_ptr_array_index (state->assemblies, i);

  location = snn_volume_writer_name (state->writer,
      snn_volume_info_whole (meta->volume), &error);
  if (!location) {
    refuse (self, error);
    return NULL;
  }
  builder = snn_volume_builder_new (meta->volume, &meta->box, meta->axis,
      state->settings.content, (float) state->settings.cut_off,
      &state->tensors.classes, &error);
  if (!builder) {
    gst_snn_element_error (GST_ELEMENT (self), error);
    return NULL;
  }
  assembly = g_new (Assembly, 1);
  *assembly = (Assembly) { builder, location, meta->epoch,
    (meta->flags & GST_SNN_SAMPLE_EVALUATE) != 0 };
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
    GST_SNN_ELEMENT_ERROR (self, RESOURCE, READ,
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
      &state->tensors, &state->facts, &buffer);
  const GstSnnSampleMeta *meta;
  const SnnVolumeInfo *whole;
  guint n_slices;
  Assembly *assembly;

  if (flow != GST_FLOW_OK)
    return flow;
  meta = gst_buffer_get_snn_sample_meta (buffer);
  if (!meta || !meta->volume) {
    GST_SNN_ELEMENT_ERROR (self, STREAM, FORMAT, ("A sample does not say which "
            "volume it is a slice of; niftisink needs samples that began at "
            "niftisrc or phantomsrc"), (NULL));
    return GST_FLOW_ERROR;
  }
  whole = snn_volume_info_whole (meta->volume);
  if (snn_volume_writer_keeps (state->writer, whole->subject, whole->location))
    return GST_FLOW_OK;
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
  const gboolean as_is = self->state.settings.content == SNN_NIFTI_PROBABILITY;
  GError *error = NULL;

  if ((as_is ? gst_snn_tensors_from_value_caps
          : gst_snn_tensors_from_caps) (&tensors, caps, &error)
      && (tensor->type != SNN_VALUE_FLOAT32 || tensor->timesteps != 1
          || (tensor->channels != snn_classes_n_outputs (&tensors.classes)
              && (tensor->channels > 1 || !as_is))))
    g_set_error (&error, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
        "%u channels and %u timesteps come where one float32 a voxel is expected, "
        "or one for each class and the background, the classes of the caps",
        tensor->channels, tensor->timesteps);
  if (error) {
    gst_snn_element_refuse_caps (GST_ELEMENT (self), caps, error);
    return FALSE;
  }
  /* Images whose labels are of classes are none of them. */
  if (tensor->channels == 1 && as_is)
    tensors.classes.n = 0;
  self->state.tensors = tensors;
  return TRUE;
}

static void
tell_kept (GstSnnNiftiSink *self)
{
  const State *state = &self->state;
  guint n = snn_volume_writer_n_kept (state->writer);

  if (n > 0)
    GST_SNN_ELEMENT_INFO (self, RESOURCE, FAILED,
        ("%u file%s of location %s %s, and %s not made anew", n,
            n > 1 ? "s" : "", state->settings.location, n > 1 ? "exist" : "exists",
            n > 1 ? "are" : "is"), ("overwrite=true replaces what exists"));
}

static gboolean
gst_snn_nifti_sink_query (GstBaseSink *sink, GstQuery *query)
{
  GstSnnNiftiSink *self = GST_SNN_NIFTI_SINK (sink);
  const gchar *subject, *location;

  if (!gst_snn_query_parse_wanted (query, &subject, &location))
    return GST_BASE_SINK_CLASS (gst_snn_nifti_sink_parent_class)->query (sink,
        query);
  GST_OBJECT_LOCK (self);       /* a query may come while the stream stops */
  if (self->state.writer)
    gst_snn_query_answer_wanted (query,
        !snn_volume_writer_keeps (self->state.writer, subject, location));
  GST_OBJECT_UNLOCK (self);
  return FALSE;
}

static gboolean
gst_snn_nifti_sink_event (GstBaseSink *sink, GstEvent *event)
{
  GstSnnNiftiSink *self = GST_SNN_NIFTI_SINK (sink);
  GstSnnEpoch epoch;
  gboolean end, ok = TRUE;

  if (GST_EVENT_TYPE (event) == GST_EVENT_EOS) {
    ok = finish_all (self);
    tell_kept (self);
  } else if (gst_snn_event_parse_epoch (event, &epoch, &end) && end) {
    ok = finish_all (self);
  } else if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP) {
    self->state.complete = NULL;
    g_ptr_array_set_size (self->state.assemblies, 0);
    g_ptr_array_set_size (self->state.maps, 0);
  }
  if (!ok) {
    gst_event_unref (event);
    return FALSE;
  }
  return GST_BASE_SINK_CLASS (gst_snn_nifti_sink_parent_class)
      ->event (sink, event);
}

/* A volume that is complete is written even if the stream did not end; what
 * becomes of others is said. */
static gboolean
stop (GstElement *element)
{
  GstSnnNiftiSink *self = GST_SNN_NIFTI_SINK (element);
  gboolean ok = finish_all (self);

  state_clear (self);
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

  gst_snn_properties_install (class, &property_table);

  gst_element_class_set_static_metadata (element_class,
      "NIfTI sink", "Sink/File",
      "Writes predictions to NIfTI files on the grid of their source",
      "gst-snn developers <developers@gst-snn.invalid>");
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  element_class->change_state = gst_snn_nifti_sink_change_state;
  base_class->set_caps = gst_snn_nifti_sink_set_caps;
  base_class->render = gst_snn_nifti_sink_render;
  base_class->event = gst_snn_nifti_sink_event;
  base_class->query = gst_snn_nifti_sink_query;
}

static void
gst_snn_nifti_sink_init (GstSnnNiftiSink *self)
{
  gst_snn_properties_init (self, &property_table);
  gst_base_sink_set_sync (GST_BASE_SINK (self), FALSE);
}
