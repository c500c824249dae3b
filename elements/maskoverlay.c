/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-maskoverlay
 * @title: maskoverlay
 * @short_description: draws slices with their true and predicted masks
 * @see_also: niftisink, dicesink
 *
 * Turns a tensor stream into video, one frame a buffer. A prediction is drawn
 * over the image that it was made from, which travels with the sample
 * (#GstSnnImageMeta; voxelnormalize and the encoders attach it). Images are
 * drawn grey, and so are spikes, as their mean over time, and a prediction
 * that has no image with it. Nothing is predicted in padding. The true mask,
 * where the stream is labelled, is outlined in sky blue; the prediction is
 * drawn in orange in one of the ways of #GstSnnMaskOverlay:mode. The two
 * outlines run side by side where the masks agree: the true one outside its
 * border, the predicted one inside.
 *
 * Several classes have a colour each, for the true and the predicted outline.
 *
 * Anterior or superior is up. #GstSnnMaskOverlay:orientation says what is
 * right. Voxels are drawn as squares of #GstSnnMaskOverlay:scale pixels,
 * whatever their size in mm, with a black border where downstream asks for a size
 * that is no multiple of the slice's.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 phantomsrc subjects=1 size=32x56x48 ! voxelnormalize ! \
 *   maskoverlay ! videoconvert ! autovideosink
 * ]| Shows slices, with their true masks, in a window.
 * |[
 * gst-launch-1.0 niftisrc location=images label-location=labels \
 *     size=32x56x48 ! \
 *   voxelnormalize mode=zero-mean ! anninference model=ann.nir ! \
 *   maskoverlay framerate=0/1 ! videoconvert ! pngenc ! \
 *   multifilesink location=slice-%05d.png
 * ]| Draws predictions into files.
 */
#include "maskoverlay.h"

#include <string.h>

#include <gst/video/video.h>

#include <gst/snn/properties.h>
#include <gst/snn/samplemeta.h>
#include <gst/snn/tensors.h>
#include <snn/base/error.h>

#include "slicepicture.h"

GST_DEBUG_CATEGORY_STATIC (gst_snn_mask_overlay_debug);
#define GST_CAT_DEFAULT gst_snn_mask_overlay_debug

#define MAX_SCALE 64
/* What scale=0 makes of the longer side at least, in pixels. */
#define AUTOMATIC_SIZE 384
/* Of a side of the picture that scale makes, in pixels. */
#define MAX_SIZE 32767

typedef struct
{
  GstSnnDrawing how;
  guint scale;
  GstSnnFraction framerate;
} Settings;

typedef struct
{
  GstSnnSlicePicture picture;
  GstSnnFacts facts;
  GstVideoInfo info;
  guint64 frame;                /* since the segment's start, without a time */
  GstSnnFraction aspect;        /* of a voxel, width over height, as of the last
                                 * sample; 0/0: not known. Under the object
                                 * lock, as caps are asked for by others */
} State;

struct _GstSnnMaskOverlay
{
  GstBaseTransform parent_instance;

  Settings settings;
  State state;
};

static
G_DEFINE_ENUM_TYPE (GstSnnMaskOverlayMode, gst_snn_mask_overlay_mode,
    {GST_SNN_MASK_OUTLINE, "Line around the predicted mask", "outline"},
    {GST_SNN_MASK_FILL, "Predicted mask as a half-transparent area", "fill"},
    {GST_SNN_MASK_HEAT_MAP, "Probability from transparent over red to yellow",
        "heat-map"},
    {GST_SNN_MASK_NONE, "No prediction", "none"})

static
G_DEFINE_ENUM_TYPE (GstSnnMaskOverlayOrientation,
    gst_snn_mask_overlay_orientation,
    {SNN_ORIENTATION_NEUROLOGICAL,
          "The patient's right is on the right; anterior, in slices across x",
        "neurological"},
    {SNN_ORIENTATION_RADIOLOGICAL,
          "The patient's right is on the left; anterior, in slices across x",
        "radiological"},
    {SNN_ORIENTATION_VOXEL, "The first voxel is at the top left", "voxel"})

#define VIDEO_FORMATS "{ RGB, BGR, RGBx, BGRx, xRGB, xBGR }"

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_SNN_CURRENT_CAPS));

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (GST_VIDEO_CAPS_MAKE (VIDEO_FORMATS)));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstSnnMaskOverlay, gst_snn_mask_overlay,
    GST_TYPE_BASE_TRANSFORM,
    GST_DEBUG_CATEGORY_INIT (gst_snn_mask_overlay_debug, "maskoverlay", 0,
        "Pictures of slices with masks"));
GST_ELEMENT_REGISTER_DEFINE (maskoverlay, "maskoverlay", GST_RANK_NONE,
    GST_TYPE_SNN_MASK_OVERLAY);

static gpointer
settings_of (gpointer object)
{
  return &GST_SNN_MASK_OVERLAY (object)->settings;
}

static const GstSnnProperty properties[] = {
  {"mode", "Mode",
      "How a prediction is drawn",
      GST_SNN_ENUM, GST_SNN_AT (Settings, how.mode),
      .get_type = gst_snn_mask_overlay_mode_get_type,
      .fallback = GST_SNN_MASK_OUTLINE,
      .mutability = GST_PARAM_MUTABLE_PLAYING},
  {"cut-off", "Cut-off",
      "A voxel belongs to the predicted mask where its probability exceeds "
      "this",
      GST_SNN_DOUBLE, GST_SNN_AT (Settings, how.cut_off), .max = 1.,
      .fallback = 0.5, .mutability = GST_PARAM_MUTABLE_PLAYING},
  {"truth", "Truth",
      "Outline the true mask of a labelled stream",
      GST_SNN_BOOLEAN, GST_SNN_AT (Settings, how.truth), .fallback = TRUE,
      .mutability = GST_PARAM_MUTABLE_PLAYING},
  {"orientation", "Orientation",
      "Which side of the body is on the right",
      GST_SNN_ENUM, GST_SNN_AT (Settings, how.orientation),
      .get_type = gst_snn_mask_overlay_orientation_get_type,
      .fallback = SNN_ORIENTATION_NEUROLOGICAL,
      .mutability = GST_PARAM_MUTABLE_PLAYING},
  {"scale", "Scale",
      "Pixels a voxel; 0: as many as fit the size that downstream asks for, or "
      "else give the longer side 384 pixels or more",
      GST_SNN_UINT, GST_SNN_AT (Settings, scale), .max = MAX_SCALE},
  {"smooth", "Smooth",
      "Interpolate the image between voxels instead of drawing squares",
      GST_SNN_BOOLEAN, GST_SNN_AT (Settings, how.smooth),
      .fallback = TRUE, .mutability = GST_PARAM_MUTABLE_PLAYING},
  {"black", "Black",
      "Intensity drawn black; the slice's lowest when black equals white",
      GST_SNN_DOUBLE, GST_SNN_AT (Settings, how.black),
      .mutability = GST_PARAM_MUTABLE_PLAYING},
  {"white", "White",
      "Intensity drawn white; the slice's highest when black equals white",
      GST_SNN_DOUBLE, GST_SNN_AT (Settings, how.white),
      .mutability = GST_PARAM_MUTABLE_PLAYING},
  {"framerate", "Frame rate",
      "Frames a second of samples that come without timestamps and a rate, unless "
      "downstream asks for another rate; 0/1: these frames have no timestamps, "
      "and sinks show them as they come",
      GST_SNN_FRACTION, GST_SNN_AT (Settings, framerate),
      .fallback = 10},
};

static const GstSnnPropertyTable property_table =
    GST_SNN_TABLE (properties, Settings, settings_of, NULL);

static Settings
get_settings (GstSnnMaskOverlay *self)
{
  Settings settings;

  gst_snn_properties_copy (self, &property_table, &settings);
  return settings;
}

static guint
choose_scale (const Settings *settings, const GstSnnTensor *tensor)
{
  guint longer = MAX (tensor->width, tensor->height);

  if (settings->scale > 0)
    return settings->scale;
  return MIN ((AUTOMATIC_SIZE + longer - 1) / longer, MAX_SCALE);
}

/* Width over height of a voxel, in thousandths: sizes in files are float. */
static GstSnnFraction
voxel_aspect (const GstSnnSampleMeta *meta)
{
  static const guint across[][2] = {
    [SNN_AXIS_X] = {1, 2},[SNN_AXIS_Y] = {0, 2},[SNN_AXIS_Z] = {0, 1},
  };
  GstSnnFraction square = { 1, 1 };
  const double *zooms;
  double ratio;
  gint divisor, n;

  if (!meta || !meta->volume || meta->axis >= G_N_ELEMENTS (across))
    return square;
  zooms = meta->volume->zooms;
  ratio = zooms[across[meta->axis][0]] / zooms[across[meta->axis][1]];
  if (!(ratio >= 0.001 && ratio <= 1000.))
    return square;
  n = (gint) (ratio * 1000. + 0.5);
  divisor = (gint) gst_util_greatest_common_divisor (n, 1000);
  return (GstSnnFraction) { n / divisor, 1000 / divisor };
}

/* Voxels of another shape are announced before the first picture of them; those of the
 * first sample, where they are not as the caps say, which were made without them. */
static void
note_aspect (GstSnnMaskOverlay *self, GstBuffer *buffer)
{
  GstSnnFraction aspect =
      voxel_aspect (gst_buffer_get_snn_sample_meta (buffer));
  GstSnnFraction before;

  GST_OBJECT_LOCK (self);
  before = self->state.aspect;
  self->state.aspect = aspect;
  GST_OBJECT_UNLOCK (self);
  if (before.denominator == 0)
    before = (GstSnnFraction) { GST_VIDEO_INFO_PAR_N (&self->state.info),
        GST_VIDEO_INFO_PAR_D (&self->state.info) };
  if (aspect.numerator == before.numerator
      && aspect.denominator == before.denominator)
    return;
  GST_INFO_OBJECT (self, "voxels are %d:%d", aspect.numerator,
      aspect.denominator);
  gst_base_transform_reconfigure_src (GST_BASE_TRANSFORM (self));
}

/* The aspect that is best, and squares for whoever wants no other. Before the first
 * sample it may turn out to be any. */
static void
set_aspects (GstSnnMaskOverlay *self, GstCaps *caps)
{
  GstSnnFraction aspect;
  GValue list = G_VALUE_INIT, value = G_VALUE_INIT;

  GST_OBJECT_LOCK (self);
  aspect = self->state.aspect;
  GST_OBJECT_UNLOCK (self);
  if (aspect.denominator == 0) {
    gst_caps_set_simple (caps, "pixel-aspect-ratio", GST_TYPE_FRACTION_RANGE, 1,
        G_MAXINT, G_MAXINT, 1, NULL);
    return;
  }
  g_value_init (&value, GST_TYPE_FRACTION);
  gst_value_list_init (&list, 2);
  gst_value_set_fraction (&value, aspect.numerator, aspect.denominator);
  gst_value_list_append_value (&list, &value);
  gst_value_set_fraction (&value, 1, 1);
  gst_value_list_append_value (&list, &value);
  gst_caps_set_value (caps, "pixel-aspect-ratio", &list);
  g_value_unset (&value);
  g_value_unset (&list);
}

/* A side of the picture, as @scale makes it; without one any that all voxels fit
 * on. */
static void
set_side (GstCaps *caps, const gchar *name, guint voxels, guint scale)
{
  if (scale > 0)
    gst_caps_set_simple (caps, name, G_TYPE_INT, (gint) (voxels * scale), NULL);
  else
    gst_caps_set_simple (caps, name, GST_TYPE_INT_RANGE, (gint) voxels,
        G_MAXINT, NULL);
}

/* Whether a slice of the stream makes a picture; NULL, or why not. */
static const gchar *
find_obstacle (const Settings *settings, const GstSnnTensors *tensors)
{
  const GstSnnTensor *tensor = &tensors->tensor[0];
  const guint scale = choose_scale (settings, tensor);

  if (tensor->depth != 1)
    return "whole volumes can't be drawn; let the source cut slices (axis)";
  if (tensor->width > MAX_SIZE / scale || tensor->height > MAX_SIZE / scale)
    return "the picture would have more than 32767 pixels on a side; choose a "
        "smaller scale";
  return NULL;
}

static GstCaps *
gst_snn_mask_overlay_transform_caps (GstBaseTransform *transform,
    GstPadDirection direction, GstCaps *caps, GstCaps *filter)
{
  GstSnnMaskOverlay *self = GST_SNN_MASK_OVERLAY (transform);
  const Settings settings = get_settings (self);
  GstStaticPadTemplate *template =
      direction == GST_PAD_SINK ? &src_template : &sink_template;
  GstCaps *other = gst_static_pad_template_get_caps (template);
  GstSnnTensors tensors;

  if (direction == GST_PAD_SINK && gst_caps_is_fixed (caps)
      && gst_snn_tensors_from_caps (&tensors, caps, NULL)
      && !find_obstacle (&settings, &tensors)) {
    /* A compositor whose first stream is here asks the others for a mode. */
    other = gst_caps_make_writable (other);
    gst_caps_set_simple (other,
        "interlace-mode", G_TYPE_STRING, "progressive", NULL);
    set_side (other, "width", tensors.tensor[0].width, settings.scale);
    set_side (other, "height", tensors.tensor[0].height, settings.scale);
    set_aspects (self, other);
  }
  if (filter) {
    GstCaps *both =
        gst_caps_intersect_full (filter, other, GST_CAPS_INTERSECT_FIRST);

    gst_caps_unref (other);
    other = both;
  }
  return other;
}

/* The picture's sides as near to @scale pixels a voxel as downstream lets them be.
 * Where it chooses one, the other goes with it. Returns whether they need no border. */
static gboolean
fixate_size (GstStructure *structure, const GstSnnTensor *tensor, guint scale)
{
  gint width, height;

  if (gst_structure_get_int (structure, "height", &height)) {
    scale = (guint) height / tensor->height;
  } else {
    gst_structure_fixate_field_nearest_int (structure, "width",
        (gint) (tensor->width * scale));
    if (gst_structure_get_int (structure, "width", &width))
      scale = (guint) width / tensor->width;
  }
  gst_structure_fixate_field_nearest_int (structure, "width",
      (gint) MIN ((guint64) tensor->width * scale, G_MAXINT));
  gst_structure_fixate_field_nearest_int (structure, "height",
      (gint) MIN ((guint64) tensor->height * scale, G_MAXINT));
  return gst_structure_get_int (structure, "width", &width)
      && gst_structure_get_int (structure, "height", &height)
      && width % tensor->width == 0 && height % tensor->height == 0
      && width / tensor->width == height / tensor->height;
}

/* As near to @aspect, or squares where it is not known, as downstream lets it be.
 * Returns whether it is that. */
static gboolean
fixate_aspect (GstStructure *structure, GstSnnFraction aspect)
{
  gint numerator, denominator;

  /* There is none where the tensors can't be drawn, which set_caps() tells. */
  if (!gst_structure_has_field (structure, "pixel-aspect-ratio"))
    return TRUE;
  if (aspect.denominator == 0)
    aspect = (GstSnnFraction) { 1, 1 };
  gst_structure_fixate_field_nearest_fraction (structure, "pixel-aspect-ratio",
      aspect.numerator, aspect.denominator);
  return !gst_structure_get_fraction (structure, "pixel-aspect-ratio",
      &numerator, &denominator) || (numerator == aspect.numerator
      && denominator == aspect.denominator);
}

/* The rate that samples come at, or else that of the property. */
static GstSnnFraction
choose_rate (const Settings *settings, GstCaps *caps)
{
  GstSnnFraction rate = { 0, 1 };

  if (gst_structure_get_fraction (gst_caps_get_structure (caps, 0), "framerate",
          &rate.numerator, &rate.denominator) && rate.numerator > 0)
    return rate;
  return settings->framerate;
}

/* Where downstream leaves the choice: the size of scale=0, voxels as they are, and the
 * samples' rate. Of what it takes, which is in order, the first that lets voxels be
 * as they are and needs no border, if there is one: a scaler says first that it would
 * hand on what is behind it, and then that it takes anything. */
static GstCaps *
gst_snn_mask_overlay_fixate_caps (GstBaseTransform *transform,
    GstPadDirection direction, GstCaps *caps, GstCaps *othercaps)
{
  GstSnnMaskOverlay *self = GST_SNN_MASK_OVERLAY (transform);
  const Settings settings = get_settings (self);
  GstCaps *best = NULL;
  guint most = 0;
  const GstSnnFraction rate = choose_rate (&settings, caps);
  GstSnnTensors tensors;
  GstSnnFraction aspect;

  if (direction != GST_PAD_SINK
      || !gst_snn_tensors_from_caps (&tensors, caps, NULL))
    return gst_caps_fixate (othercaps);
  GST_OBJECT_LOCK (self);
  aspect = self->state.aspect;
  GST_OBJECT_UNLOCK (self);
  for (guint i = 0; i < gst_caps_get_size (othercaps); i++) {
    GstCaps *one = gst_caps_copy_nth (othercaps, i);
    GstStructure *structure = gst_caps_get_structure (one, 0);
    guint n_met = 1 + fixate_size (structure, &tensors.tensor[0],
        choose_scale (&settings, &tensors.tensor[0]));

    n_met += fixate_aspect (structure, aspect);
    gst_structure_fixate_field_nearest_fraction (structure, "framerate",
        rate.numerator, rate.denominator);
    if (n_met > most) {
      gst_caps_replace (&best, one);
      most = n_met;
    }
    gst_caps_unref (one);
  }
  if (!best)
    return othercaps;
  gst_caps_unref (othercaps);
  return gst_caps_fixate (best);
}

static gboolean
gst_snn_mask_overlay_transform_size (GstBaseTransform *transform,
    GstPadDirection direction, GstCaps *caps, gsize size, GstCaps *othercaps,
    gsize *othersize)
{
  GstVideoInfo info;

  if (direction != GST_PAD_SINK || !gst_video_info_from_caps (&info, othercaps))
    return FALSE;
  *othersize = GST_VIDEO_INFO_SIZE (&info);
  return TRUE;
}

static gboolean
gst_snn_mask_overlay_set_caps (GstBaseTransform *transform, GstCaps *in,
    GstCaps *out)
{
  GstSnnMaskOverlay *self = GST_SNN_MASK_OVERLAY (transform);
  State *state = &self->state;
  const Settings settings = get_settings (self);
  GstSnnTensors tensors;
  const gchar *obstacle;
  GError *error = NULL;

  gst_snn_slice_picture_clear (&state->picture);
  if (gst_snn_tensors_from_caps (&tensors, in, &error)
      && (obstacle = find_obstacle (&settings, &tensors)))
    g_set_error (&error, GST_CORE_ERROR, GST_CORE_ERROR_NEGOTIATION,
        "maskoverlay draws slices: %s", obstacle);
  if (error) {
    gst_snn_element_refuse_caps (GST_ELEMENT (self), in, error);
    return FALSE;
  }
  if (!gst_video_info_from_caps (&state->info, out))
    return FALSE;
  gst_snn_slice_picture_set (&state->picture, &tensors);
  return TRUE;
}

/* A frame is shown when its sample is: one of a live source would be too late by any
 * other count. Frames are counted only where samples have no time. */
static void
set_timestamps (GstSnnMaskOverlay *self, GstBuffer *sample, GstBuffer *buffer)
{
  const GstSegment *segment = &GST_BASE_TRANSFORM (self)->segment;
  const gint n = GST_VIDEO_INFO_FPS_N (&self->state.info);
  const gint d = GST_VIDEO_INFO_FPS_D (&self->state.info);
  guint64 frame;
  GstClockTime begin, end;

  GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;
  if (GST_BUFFER_PTS_IS_VALID (sample)) {
    GST_BUFFER_PTS (buffer) = GST_BUFFER_PTS (sample);
    GST_BUFFER_DURATION (buffer) = GST_BUFFER_DURATION (sample);
    return;
  }
  frame = self->state.frame++;
  GST_BUFFER_OFFSET (buffer) = frame;
  GST_BUFFER_OFFSET_END (buffer) = frame + 1;
  if (n == 0 || segment->format != GST_FORMAT_TIME)
    return;
  begin = gst_util_uint64_scale (frame, d * GST_SECOND, n);
  end = gst_util_uint64_scale (frame + 1, d * GST_SECOND, n);
  GST_BUFFER_PTS (buffer) = segment->start + begin;
  GST_BUFFER_DURATION (buffer) = end - begin;
}

static GstFlowReturn
gst_snn_mask_overlay_submit_input_buffer (GstBaseTransform *transform,
    gboolean is_discont, GstBuffer *input)
{
  GstSnnMaskOverlay *self = GST_SNN_MASK_OVERLAY (transform);
  State *state = &self->state;
  GstFlowReturn flow = gst_snn_element_take_buffer (GST_ELEMENT (transform),
      &state->picture.tensors, &state->facts, &input);

  if (flow != GST_FLOW_OK)
    return flow;
  note_aspect (self, input);
  return GST_BASE_TRANSFORM_CLASS
      (gst_snn_mask_overlay_parent_class)->submit_input_buffer (transform,
      is_discont, input);
}

/* The largest part of @frame that is a multiple of @tensor's sides, in the middle; all
 * around it becomes black. */
static SnnCanvas
canvas_of (GstVideoFrame *frame, const GstSnnTensor *tensor)
{
  const gsize width = GST_VIDEO_FRAME_WIDTH (frame);
  const gsize height = GST_VIDEO_FRAME_HEIGHT (frame);
  const gsize scale = MIN (width / tensor->width, height / tensor->height);
  SnnCanvas canvas = {
    .pixels = GST_VIDEO_FRAME_PLANE_DATA (frame, 0),
    .width = tensor->width * scale,
    .height = tensor->height * scale,
    .stride = GST_VIDEO_FRAME_PLANE_STRIDE (frame, 0),
    .pixel_stride = GST_VIDEO_FRAME_COMP_PSTRIDE (frame, 0),
    .offset = { GST_VIDEO_FRAME_COMP_POFFSET (frame, 0),
        GST_VIDEO_FRAME_COMP_POFFSET (frame, 1),
        GST_VIDEO_FRAME_COMP_POFFSET (frame, 2) },
  };

  if (canvas.width < width || canvas.height < height)
    memset (canvas.pixels, 0, height * canvas.stride);
  canvas.pixels += (height - canvas.height) / 2 * canvas.stride
      + (width - canvas.width) / 2 * canvas.pixel_stride;
  return canvas;
}

static GstFlowReturn
gst_snn_mask_overlay_transform (GstBaseTransform *transform, GstBuffer *in,
    GstBuffer *out)
{
  GstSnnMaskOverlay *self = GST_SNN_MASK_OVERLAY (transform);
  const Settings settings = get_settings (self);
  GstVideoFrame frame;
  SnnCanvas canvas;
  gboolean drawn;

  if (!gst_video_frame_map (&frame, &self->state.info, out, GST_MAP_WRITE)) {
    GST_SNN_ELEMENT_ERROR (self, RESOURCE, WRITE,
        ("A video frame can't be written to"), (NULL));
    return GST_FLOW_ERROR;
  }
  canvas = canvas_of (&frame, &self->state.picture.tensors.tensor[0]);
  drawn = gst_snn_slice_picture_draw (&self->state.picture, &settings.how, in,
      &canvas);
  gst_video_frame_unmap (&frame);
  if (!drawn) {
    GST_SNN_ELEMENT_ERROR (self, RESOURCE, READ,
        ("A sample's memory can't be read"), (NULL));
    return GST_FLOW_ERROR;
  }
  set_timestamps (self, in, out);
  return GST_FLOW_OK;
}

static gboolean
gst_snn_mask_overlay_sink_event (GstBaseTransform *transform, GstEvent *event)
{
  if (GST_EVENT_TYPE (event) == GST_EVENT_SEGMENT)
    GST_SNN_MASK_OVERLAY (transform)->state.frame = 0;
  return GST_BASE_TRANSFORM_CLASS (gst_snn_mask_overlay_parent_class)
      ->sink_event (transform, event);
}

/* Most settings may change at any time, so that none are kept; but each has to be one
 * that could be taken. */
static gboolean
gst_snn_mask_overlay_start (GstBaseTransform *transform)
{
  Settings settings;

  return gst_snn_properties_start (transform, &property_table, &settings);
}

static gboolean
gst_snn_mask_overlay_stop (GstBaseTransform *transform)
{
  State *state = &GST_SNN_MASK_OVERLAY (transform)->state;

  gst_snn_slice_picture_clear (&state->picture);
  GST_OBJECT_LOCK (transform);
  *state = (State) { 0, };
  GST_OBJECT_UNLOCK (transform);
  return TRUE;
}

/* What is drawn is needed, whoever else has it already. */
static gboolean
gst_snn_mask_overlay_query (GstBaseTransform *trans, GstPadDirection direction,
    GstQuery *query)
{
  const gchar *subject, *location;

  if (gst_snn_query_parse_wanted (query, &subject, &location))
    gst_snn_query_answer_wanted (query, TRUE);
  return GST_BASE_TRANSFORM_CLASS (gst_snn_mask_overlay_parent_class)->query
      (trans, direction, query);
}

static void
gst_snn_mask_overlay_class_init (GstSnnMaskOverlayClass *class)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);
  GstBaseTransformClass *transform_class = GST_BASE_TRANSFORM_CLASS (class);

  gst_snn_properties_install (class, &property_table);

  gst_element_class_set_static_metadata (element_class,
      "Mask overlay", "Filter/Converter/Video",
      "Draws slices with their true and predicted masks as video",
      "gst-snn developers <developers@gst-snn.invalid>");
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  transform_class->transform_caps = gst_snn_mask_overlay_transform_caps;
  transform_class->fixate_caps = gst_snn_mask_overlay_fixate_caps;
  transform_class->transform_size = gst_snn_mask_overlay_transform_size;
  transform_class->set_caps = gst_snn_mask_overlay_set_caps;
  transform_class->submit_input_buffer = gst_snn_mask_overlay_submit_input_buffer;
  transform_class->transform = gst_snn_mask_overlay_transform;
  transform_class->sink_event = gst_snn_mask_overlay_sink_event;
  transform_class->query = gst_snn_mask_overlay_query;
  transform_class->start = gst_snn_mask_overlay_start;
  transform_class->stop = gst_snn_mask_overlay_stop;
}

static void
gst_snn_mask_overlay_init (GstSnnMaskOverlay *self)
{
  gst_snn_properties_init (self, &property_table);
}
