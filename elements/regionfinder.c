/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-regionfinder
 * @title: regionfinder
 * @short_description: finds structures in whole volumes, and sends what is around
 * @see_also: niftisrc, snninference, niftisink
 *
 * Takes whole volumes (axis=none of the source) and hands on slices of boxes, one
 * around each structure that the network in #GstSnnRegionFinder:model finds. The
 * boxes have the voxels, the extent and the axis that the network behind wants, so
 * that behind this element is what stands behind a source of crops. niftisink puts
 * all structures of a volume into one map on the volume's own grid.
 *
 * The network that finds, spiking or analog, was trained on slices of whole
 * volumes with a class for each structure. It says itself how it wants to be fed;
 * a spiking one is fed with currents (directencoder). Of each class the largest
 * component counts.
 *
 * A structure that is not found is a warning that names the file, or an error.
 * A volume in which none is found is left out, and an element message
 * "snn-skipped" says so. After each volume there is an element message
 * "regionfinder": subject (string), and arrays classes (int), found (boolean),
 * x, y, z (double, the centre in millimetres of the world), mm3 (double) and
 * probability (double).
 *
 * Labels of the volumes are not handed on. Seeks are refused.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 niftisrc location=t1.nii.gz ! regionfinder model=finder.nir ! \
 *   voxelnormalize ! directencoder ! snninference model=hippocampus.nir ! \
 *   niftisink location=hippocampi.nii.gz
 * ]|
 */
#include "regionfinder.h"
#include "findermessage.h"
#include "finderrecipe.h"
#include "regioncutout.h"

#include <gst/snn/cutsettings.h>
#include <gst/snn/lifecycle.h>
#include <gst/snn/properties.h>
#include <gst/snn/recipe.h>
#include <gst/snn/samplemeta.h>
#include <gst/snn/tensors.h>
#include <snn/base/error.h>
#include <snn/base/input-files.h>
#include <snn/files/model-file.h>
#include <snn/volumes/finder.h>
#include <snn/volumes/part.h>
#include <snn/volumes/region.h>

GST_DEBUG_CATEGORY_STATIC (gst_snn_region_finder_debug);
#define GST_CAT_DEFAULT gst_snn_region_finder_debug

/* Where no network behind says anything: a box that holds any hippocampus. */
#define DEFAULT_SIZE "32x56x48"
#define DEFAULT_SPACING "1x1x1"

typedef enum
{
  ON_MISSING_WARN,
  ON_MISSING_STOP,
} OnMissing;

typedef struct
{
  gchar *model;
  gint axis;
  gchar *size;
  gchar *spacing;
  double cut_off;
  double least;
  OnMissing on_missing;
  guint threads;
} Settings;

typedef struct
{
  Settings settings;            /* as they were when the stream started */
  SnnInputFiles *inputs;        /* the model */
  SnnFinder *finder;
  SnnPool *pool;
  SnnClasses classes;
  SnnAxis axis;                 /* of the slices that are sent */
  guint context;
  SnnBox box;                   /* of a part, all of it */
  double zooms[3];
  GstSnnTensors tensors;        /* that come */
  GstSnnFacts facts;
  GstSnnTensors sent;
  guint64 offset;               /* of the next slice */
} State;

struct _GstSnnRegionFinder
{
  GstElement parent_instance;

  GstPad *sink;
  GstPad *src;
  GstSnnCancel cancel;
  Settings settings;
  State state;
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_SNN_IMAGE_CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (GST_SNN_TENSORS_CAPS ("float32")));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstSnnRegionFinder, gst_snn_region_finder,
    GST_TYPE_ELEMENT,
    GST_DEBUG_CATEGORY_INIT (gst_snn_region_finder_debug, "regionfinder", 0,
        "Structures found in volumes"));
GST_ELEMENT_REGISTER_DEFINE (regionfinder, "regionfinder", GST_RANK_NONE,
    GST_TYPE_SNN_REGION_FINDER);

static
G_DEFINE_ENUM_TYPE (GstSnnRegionFinderOnMissing,
    gst_snn_region_finder_on_missing,
    {ON_MISSING_WARN, "A warning, and the map is without it", "warn"},
    {ON_MISSING_STOP, "An error", "stop"})

static gpointer
settings_of (gpointer object)
{
  return &GST_SNN_REGION_FINDER (object)->settings;
}

static const GstSnnProperty properties[] = {
  {"model", "Model",
      "File of the network that finds, spiking or analog: HDF5 in NIR's layout",
      GST_SNN_STRING, GST_SNN_AT (Settings, model)},
  {"axis", "Axis",
      "Across which axis the slices that are sent are cut",
      GST_SNN_ENUM, GST_SNN_AT (Settings, axis),
      .get_type = gst_snn_volume_src_axis_get_type,
      .fallback = GST_SNN_AXIS_AUTO},
  {"size", "Size",
      "Voxels of a box in x, y, z. auto: as the network downstream was trained "
      "with; " DEFAULT_SIZE " where it does not say",
      GST_SNN_STRING, GST_SNN_AT (Settings, size), .text = GST_SNN_SIZE_AUTO},
  {"spacing", "Spacing",
      "Size of these voxels in millimetres, as 1x1x1, or one number for all "
      "three. auto: as the network downstream was trained with; " DEFAULT_SPACING
      " where it does not say",
      GST_SNN_STRING, GST_SNN_AT (Settings, spacing),
      .text = GST_SNN_SPACING_AUTO},
  {"cut-off", "Cut-off",
      "Probability above which a voxel may belong to a structure",
      GST_SNN_DOUBLE, GST_SNN_AT (Settings, cut_off), .max = 1.,
      .fallback = 0.5},
  {"least-volume", "Least volume",
      "Cubic millimetres that a structure has at least; what is smaller is taken "
      "for none",
      GST_SNN_DOUBLE, GST_SNN_AT (Settings, least), .max = 1e9,
      .fallback = 300.},
  {"on-missing", "On missing",
      "What becomes of a volume in which a structure is not found",
      GST_SNN_ENUM, GST_SNN_AT (Settings, on_missing),
      .get_type = gst_snn_region_finder_on_missing_get_type,
      .fallback = ON_MISSING_WARN},
  GST_SNN_THREADS (Settings, threads),
};

static const GstSnnPropertyTable property_table =
    GST_SNN_TABLE (properties, Settings, settings_of, NULL);

static void
state_clear (State *state)
{
  gst_snn_properties_clear (&property_table, &state->settings);
  g_clear_pointer (&state->inputs, snn_input_files_free);
  g_clear_pointer (&state->finder, snn_finder_free);
  g_clear_pointer (&state->pool, snn_pool_free);
  *state = (State) { {NULL}, };
}

/* What elements ahead of us are asked for: whole volumes as they are. */
static void
publish (GstSnnRegionFinder *self, SnnNetwork *network)
{
  g_autoptr (SnnNetwork) whole = snn_network_copy (network);

  g_hash_table_remove_all (whole->metadata);
  snn_network_set_metadata (whole, SNN_RECIPE_AXIS, "none");
  gst_snn_recipe_publish (GST_ELEMENT (self), self->state.settings.model, whole,
      GST_SNN_RECIPE_RUN);
}

static gboolean
load_finder (GstSnnRegionFinder *self, GError **error)
{
  State *state = &self->state;
  const Settings *settings = &state->settings;
  SnnFinderSettings finder = {
    .cut_off = (float) settings->cut_off,
    .least = settings->least,
    .threads = settings->threads,
  };
  g_autoptr (SnnNetwork) network = NULL;
  guint n;

  if (!settings->model || !*settings->model) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
        "The property \"model\" is not set; expected the file of a network that "
        "finds structures");
    return FALSE;
  }
  network = snn_model_load (settings->model, error);
  if (!network || !gst_snn_finder_recipe_read (network, settings->model, &finder,
          error))
    return FALSE;
  state->inputs = snn_input_files_new ();
  snn_input_files_add (state->inputs, settings->model);
  state->finder = snn_finder_new (network, &finder, error);
  if (!state->finder) {
    g_prefix_error (error, "%s: ", settings->model);
    return FALSE;
  }
  n = snn_finder_n_structures (state->finder);
  state->classes = network->classes;
  if (state->classes.n != n) {
    for (guint i = 0; i < MIN (n, SNN_CLASSES_MAX); i++)
      state->classes.values[i] = (gint) i + 1;
    state->classes.n = MIN (n, SNN_CLASSES_MAX);
  }
  publish (self, network);
  return TRUE;
}

/* Slices as the network behind wants them. */
static gboolean
choose_slices (GstSnnRegionFinder *self)
{
  State *state = &self->state;
  GstSnnCutSettings chosen = {
    .axis = state->settings.axis,
    .context = GST_SNN_CONTEXT_AUTO,
    .size = g_strdup (state->settings.size),
    .spacing = g_strdup (state->settings.spacing),
  };
  const gboolean ok = gst_snn_cut_settings_choose (GST_ELEMENT (self),
      &chosen);
  g_autofree gchar *size = chosen.size, *spacing = chosen.spacing;
  g_autoptr (GError) error = NULL;
  SnnRegion region = { {0}, };

  if (!ok)
    return FALSE;
  if (!snn_region_parse_size (&region, size && *size ? size : DEFAULT_SIZE,
          &error)
      || !snn_grid_parse_zooms (spacing && *spacing ? spacing : DEFAULT_SPACING,
          state->zooms, &error)) {
    GST_SNN_ELEMENT_ERROR (self, RESOURCE, SETTINGS, ("%s", error->message),
        (NULL));
    return FALSE;
  }
  for (guint i = 0; i < 3; i++)
    if (region.size[i] == 0) {
      GST_SNN_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
          ("size=%s leaves an extent open, where boxes need all three", size),
          (NULL));
      return FALSE;
    } else {
      state->box.size[i] = region.size[i];
    }
  state->axis = chosen.axis;
  state->context = (guint) chosen.context;
  return TRUE;
}

static gboolean
start (GstSnnRegionFinder *self)
{
  State *state = &self->state;
  GError *error = NULL;
  gsize dims[3];

  if (!gst_snn_properties_start (self, &property_table, &state->settings)
      || !choose_slices (self))
    return FALSE;
  if (!load_finder (self, &error)) {
    gst_snn_element_error (GST_ELEMENT (self), error);
    return FALSE;
  }
  state->pool = snn_pool_new (state->settings.threads);
  snn_box_slice_dims (&state->box, state->axis, dims);
  state->sent.n_tensors = 1;
  state->sent.tensor[0] = (GstSnnTensor) {
    SNN_VALUE_FLOAT32, dims[0], dims[1], dims[2], 2 * state->context + 1, 1
  };
  return TRUE;
}

static void
stop (GstSnnRegionFinder *self)
{
  gst_snn_recipe_withdraw (GST_ELEMENT (self));
  state_clear (&self->state);
}

static GstStateChangeReturn
gst_snn_region_finder_change_state (GstElement *element,
    GstStateChange transition)
{
  GstSnnRegionFinder *self = GST_SNN_REGION_FINDER (element);
  GstStateChangeReturn change;

  gst_snn_cancel_state_change (&self->cancel, transition);
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !start (self)) {
    stop (self);
    return GST_STATE_CHANGE_FAILURE;
  }
  change = GST_ELEMENT_CLASS (gst_snn_region_finder_parent_class)
      ->change_state (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY
      || (transition == GST_STATE_CHANGE_READY_TO_PAUSED
          && change == GST_STATE_CHANGE_FAILURE))
    stop (self);
  return change;
}

static const gchar *
name_of (const SnnVolumeInfo *info)
{
  return info->location ? info->location : info->subject;
}

/* Counts what was found, and says what was not; FALSE where that is an error. */
static gboolean
check_findings (GstSnnRegionFinder *self, const SnnVolumeInfo *info,
    const SnnFinding *findings, guint *n_found)
{
  const State *state = &self->state;

  *n_found = 0;
  for (guint s = 0; s < state->classes.n; s++) {
    const SnnFinding *finding = &findings[s];
    g_autofree gchar *text = NULL;

    GST_INFO_OBJECT (self, "%s: %d %s at %g, %g, %g mm, %g mm3 of probability "
        "%g", info->subject, state->classes.values[s], finding->found ? "found"
        : "not found", finding->centre[0], finding->centre[1],
        finding->centre[2], finding->mm3, finding->probability);
    *n_found += finding->found;
    if (finding->found)
      continue;
    text = g_strdup_printf ("%s: structure %d was not found: %.0f mm3 hang "
        "together where at least %.0f were expected (least-volume)",
        name_of (info), state->classes.values[s], finding->mm3,
        state->settings.least);
    if (state->settings.on_missing == ON_MISSING_STOP) {
      GST_SNN_ELEMENT_ERROR (self, STREAM, FAILED, ("%s", text), (NULL));
      return FALSE;
    }
    GST_SNN_ELEMENT_WARNING (self, STREAM, FAILED, ("%s; its map is without it",
            text), (NULL));
  }
  return TRUE;
}

static GstBuffer *
make_slice (const State *state, const GstSnnRegionCutout *part, guint index)
{
  const gsize size = gst_snn_tensor_size (&state->sent.tensor[0]);
  float *values = g_malloc (size);
  GstBuffer *buffer = gst_buffer_new ();
  GstSnnSampleMeta *meta;
  SnnBox box = state->box;

  if (state->context > 0)
    box.origin[state->axis] += state->context;
  snn_volume_cut (part->volume, &box, state->axis, index, state->context,
      values);
  gst_buffer_append_memory (buffer, gst_memory_new_wrapped (0, values, size, 0,
          size, values, g_free));
  meta = gst_buffer_add_snn_sample_meta (buffer, part->info);
  meta->box = state->box;
  meta->axis = state->axis;
  meta->slice = index;
  gst_snn_sample_meta_vouch (meta, values, size);
  return buffer;
}

static guint
n_slices_of (const State *state)
{
  return state->axis == SNN_AXIS_NONE ? 1
      : (guint) state->box.size[state->axis];
}

static GstFlowReturn
push_part (GstSnnRegionFinder *self, const GstSnnRegionCutout *part,
    const GstSnnSampleMeta *whole)
{
  State *state = &self->state;
  const guint n = n_slices_of (state);
  const guint first = (whole->sample * state->classes.n
      + part->info->part->which) * n;
  GstFlowReturn flow = GST_FLOW_OK;

  for (guint i = 0; i < n && flow == GST_FLOW_OK; i++) {
    GstBuffer *buffer = make_slice (state, part, i);
    GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);

    meta->n_slices = n;
    meta->sample = first + i;
    meta->epoch = whole->epoch;
    meta->flags = whole->flags & GST_SNN_SAMPLE_EVALUATE;
    if (i + 1 == n)
      meta->flags |= GST_SNN_SAMPLE_LAST;
    GST_BUFFER_OFFSET (buffer) = state->offset;
    GST_BUFFER_OFFSET_END (buffer) = ++state->offset;
    flow = gst_pad_push (self->src, buffer);
  }
  return flow;
}

/* Cuts out what was found, and sends it. The volume itself is let go of before
 * the network behind begins to work. */
static GstFlowReturn
send_parts (GstSnnRegionFinder *self, GstBuffer *buffer, const SnnGrid *grid,
    const float *values, const SnnFinding *findings, guint n_found,
    GPtrArray *parts)
{
  State *state = &self->state;
  const GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);
  GError *error = NULL;

  for (guint s = 0; s < state->classes.n; s++) {
    const SnnPart part = { state->classes, s, n_found };
    GstSnnRegionCutout *cutout = NULL;
    SnnGrid own;

    if (!findings[s].found)
      continue;
    if (snn_part_grid (grid, findings[s].centre, state->box.size, state->zooms,
            &own, &error))
      cutout = gst_snn_region_cutout_new (meta->volume, grid, values, &part,
          &own, state->axis, state->context, state->pool, &error);
    if (!cutout) {
      gst_snn_element_error (GST_ELEMENT (self), error);
      return GST_FLOW_ERROR;
    }
    g_ptr_array_add (parts, cutout);
  }
  return GST_FLOW_OK;
}

/* The grid of what came: of the volume, or of a box of it. */
static void
grid_of (const GstSnnSampleMeta *meta, SnnGrid *grid)
{
  snn_grid_from_info (grid, meta->volume);
  for (guint i = 0; i < 3; i++) {
    for (guint k = 0; k < 3; k++)
      grid->affine[i][3] += grid->affine[i][k] * (double) meta->box.origin[k];
    grid->dims[i] = meta->box.size[i];
  }
}

static GstFlowReturn
find (GstSnnRegionFinder *self, GstBuffer *buffer, GPtrArray *parts)
{
  State *state = &self->state;
  const GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);
  SnnVolumeInfo *info = meta->volume;
  g_autofree SnnFinding *findings = g_new0 (SnnFinding, state->classes.n);
  GstFlowReturn flow = GST_FLOW_ERROR;
  GError *error = NULL;
  GstMapInfo map;
  SnnGrid grid;
  guint n_found;

  if (!gst_memory_map (gst_buffer_peek_memory (buffer, 0), &map, GST_MAP_READ)) {
    GST_SNN_ELEMENT_ERROR (self, RESOURCE, READ, ("A volume's memory can't be "
            "read"), (NULL));
    return GST_FLOW_ERROR;
  }
  grid_of (meta, &grid);
  if (!snn_finder_find (state->finder, &grid, (const float *) map.data,
          info->statistics.quantile[0], findings, &self->cancel.flag, &error)) {
    flow = g_error_matches (error, SNN_ERROR, SNN_ERROR_CANCELLED)
        ? GST_FLOW_FLUSHING : GST_FLOW_ERROR;
    g_prefix_error (&error, "%s: ", name_of (info));
    gst_snn_element_error (GST_ELEMENT (self), error);
  } else if (check_findings (self, info, findings, &n_found)) {
    gst_element_post_message (GST_ELEMENT (self),
        gst_snn_finder_message_new (GST_OBJECT (self), info, &state->classes,
            findings));
    flow = send_parts (self, buffer, &grid, (const float *) map.data, findings,
        n_found, parts);
  }
  gst_memory_unmap (map.memory, &map);
  return flow;
}

static gboolean
check_sample (GstSnnRegionFinder *self, GstBuffer *buffer)
{
  const GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);

  if (meta && meta->volume && meta->axis == SNN_AXIS_NONE
      && self->state.tensors.tensor[0].channels == 1)
    return TRUE;
  GST_SNN_ELEMENT_ERROR (self, STREAM, FORMAT,
      ("A sample is %s, where structures are looked for in whole volumes of one "
          "image (axis=none of the source)", !meta || !meta->volume
          ? "of no volume" : meta->axis == SNN_AXIS_NONE ? "of several images"
          : "a slice"), (NULL));
  return FALSE;
}

static GstFlowReturn
gst_snn_region_finder_chain (GstPad *pad, GstObject *parent, GstBuffer *taken)
{
  GstSnnRegionFinder *self = GST_SNN_REGION_FINDER (parent);
  State *state = &self->state;
  g_autoptr (GstBuffer) buffer = taken;
  g_autoptr (GPtrArray) parts =
      g_ptr_array_new_with_free_func ((GDestroyNotify)
      gst_snn_region_cutout_free);
  GstFlowReturn flow = gst_snn_element_take_buffer (GST_ELEMENT (self),
      &state->tensors, &state->facts, &buffer);
  GstSnnSampleMeta whole;

  if (flow != GST_FLOW_OK)
    return flow;
  if (!check_sample (self, buffer))
    return GST_FLOW_ERROR;
  flow = find (self, buffer, parts);
  whole = *gst_buffer_get_snn_sample_meta (buffer);
  if (flow == GST_FLOW_OK && parts->len == 0)
    gst_element_post_message (GST_ELEMENT (self),
        gst_snn_finder_message_new_skipped (GST_OBJECT (self), whole.volume));
  g_clear_pointer (&buffer, gst_buffer_unref);
  for (guint i = 0; i < parts->len && flow == GST_FLOW_OK; i++)
    flow = push_part (self, g_ptr_array_index (parts, i), &whole);
  return flow;
}

static gboolean
take_caps (GstSnnRegionFinder *self, GstEvent *event)
{
  State *state = &self->state;
  GError *error = NULL;
  GstCaps *caps;

  gst_event_parse_caps (event, &caps);
  if (!gst_snn_tensors_from_caps (&state->tensors, caps, &error)) {
    gst_snn_element_refuse_caps (GST_ELEMENT (self), caps, error);
    return FALSE;
  }
  if (gst_pad_has_current_caps (self->src))
    return TRUE;
  caps = gst_snn_tensors_to_caps (&state->sent);
  event = gst_event_new_caps (caps);
  gst_caps_unref (caps);
  return gst_pad_push_event (self->src, event);
}

/* An epoch of slices, of which there are fewer where structures are missing. */
static GstEvent *
translate_epoch (const State *state, const GstSnnEpoch *volumes, gboolean end)
{
  GstSnnEpoch slices = *volumes;

  slices.n_samples *= state->classes.n * n_slices_of (state);
  return end ? gst_snn_event_new_epoch_end (&slices)
      : gst_snn_event_new_epoch_begin (&slices);
}

static gboolean
gst_snn_region_finder_sink_event (GstPad *pad, GstObject *parent,
    GstEvent *event)
{
  GstSnnRegionFinder *self = GST_SNN_REGION_FINDER (parent);
  GstSnnEpoch epoch;
  gboolean end;

  gst_snn_cancel_event (&self->cancel, event);
  if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS) {
    gboolean taken = take_caps (self, event);

    gst_event_unref (event);
    return taken;
  }
  if (gst_snn_event_parse_epoch (event, &epoch, &end)) {
    gst_event_unref (event);
    event = translate_epoch (&self->state, &epoch, end);
  }
  return gst_pad_event_default (pad, parent, event);
}

/* A seek is one in slices here and in volumes ahead of us. */
static gboolean
gst_snn_region_finder_src_event (GstPad *pad, GstObject *parent,
    GstEvent *event)
{
  if (GST_EVENT_TYPE (event) == GST_EVENT_SEEK) {
    GST_INFO_OBJECT (parent, "no seeks");
    gst_event_unref (event);
    return FALSE;
  }
  return gst_pad_event_default (pad, parent, event);
}

/* How many slices there will be only the volumes tell, in which structures may be
 * missing; what elements ahead say counts volumes. */
static gboolean
gst_snn_region_finder_src_query (GstPad *pad, GstObject *parent,
    GstQuery *query)
{
  switch (GST_QUERY_TYPE (query)) {
    case GST_QUERY_SEEKING:
      gst_snn_query_refuse_seeking (query);
      return TRUE;
    case GST_QUERY_POSITION:
    case GST_QUERY_DURATION:
    case GST_QUERY_CONVERT:
      return FALSE;
    default:
      return gst_pad_query_default (pad, parent, query);
  }
}

/* What networks behind us want is what we send, and not what comes. */
static gboolean
gst_snn_region_finder_sink_query (GstPad *pad, GstObject *parent,
    GstQuery *query)
{
  if (gst_snn_recipe_answer (GST_ELEMENT (parent), query))
    return TRUE;
  return gst_pad_query_default (pad, parent, query);
}

static void
gst_snn_region_finder_class_init (GstSnnRegionFinderClass *class)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);

  gst_snn_properties_install (class, &property_table);

  gst_element_class_set_static_metadata (element_class,
      "Region finder", "Filter/Analyzer/Tensor",
      "Finds structures in whole volumes and sends slices of what is around them",
      "gst-snn developers <developers@gst-snn.invalid>");
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  element_class->change_state = gst_snn_region_finder_change_state;
}

static void
gst_snn_region_finder_init (GstSnnRegionFinder *self)
{
  gst_snn_properties_init (self, &property_table);
  self->sink = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_chain_function (self->sink, gst_snn_region_finder_chain);
  gst_pad_set_event_function (self->sink, gst_snn_region_finder_sink_event);
  gst_pad_set_query_function (self->sink, gst_snn_region_finder_sink_query);
  gst_element_add_pad (GST_ELEMENT (self), self->sink);
  self->src = gst_pad_new_from_static_template (&src_template, "src");
  gst_pad_set_event_function (self->src, gst_snn_region_finder_src_event);
  gst_pad_set_query_function (self->src, gst_snn_region_finder_src_query);
  gst_element_add_pad (GST_ELEMENT (self), self->src);
}
