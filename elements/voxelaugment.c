/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-voxelaugment
 * @title: voxelaugment
 * @short_description: training samples as they might have been
 * @see_also: voxelnormalize, anntrainer
 *
 * Turns, scales, moves, mirrors and deforms each training sample, its label
 * along, and changes its intensities as another scanner would: so a network
 * sees no head twice as it was. Held-out samples pass as they are.
 *
 * What happens to a sample is drawn from seed, epoch and the sample's number,
 * and from nothing else. Every slice has a draw of its own, which gives a
 * subject's slices as many views in an epoch as there are slices. A network of
 * slices can't tell whether those of a volume went the same way; what has to go
 * together, as neighbouring slices that are its channels, is one sample. Whole
 * volumes (axis=none) are moved in three dimensions.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 phantomsrc subjects=1 epochs=3 size=32x56x48 ! \
 *   voxelaugment deformation=1 ! voxelnormalize ! maskoverlay ! \
 *   videoconvert ! autovideosink
 * ]|
 */
#include "voxelaugment.h"

#include <math.h>

#include <gst/snn/imagemeta.h>
#include <gst/snn/properties.h>
#include <gst/snn/samplemeta.h>
#include <gst/snn/tensors.h>
#include <snn/base/error.h>
#include <snn/volumes/augment.h>

GST_DEBUG_CATEGORY_STATIC (gst_snn_voxel_augment_debug);
#define GST_CAT_DEFAULT gst_snn_voxel_augment_debug

typedef struct
{
  SnnAugmentation augmentation;
  guint64 seed;
  guint threads;
} Settings;

typedef struct
{
  Settings settings;            /* as they were when the stream started */
  GstSnnTensors tensors;
  GstSnnFacts facts;
  SnnPool *pool;
  guint n_unnumbered;           /* samples without a meta */
  gboolean told;                /* that classes may be mirrored into each other */
} State;

struct _GstSnnVoxelAugment
{
  GstBaseTransform parent_instance;

  Settings settings;
  State state;
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_SNN_IMAGE_CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_SNN_IMAGE_CAPS));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstSnnVoxelAugment, gst_snn_voxel_augment,
    GST_TYPE_BASE_TRANSFORM,
    GST_DEBUG_CATEGORY_INIT (gst_snn_voxel_augment_debug, "voxelaugment", 0,
        "Augmentation"));
GST_ELEMENT_REGISTER_DEFINE (voxelaugment, "voxelaugment", GST_RANK_NONE,
    GST_TYPE_SNN_VOXEL_AUGMENT);

static
G_DEFINE_FLAGS_TYPE (GstSnnVoxelAugmentAxes, gst_snn_voxel_augment_axes,
    {1 << SNN_AXIS_X, "Left and right; the width of an image", "x"},
    {1 << SNN_AXIS_Y, "Front and back; the height of an image", "y"},
    {1 << SNN_AXIS_Z, "Up and down", "z"})

static gpointer
settings_of (gpointer object)
{
  return &GST_SNN_VOXEL_AUGMENT (object)->settings;
}

#define AT(field) GST_SNN_AT (Settings, augmentation.field)

static const GstSnnProperty properties[] = {
  {"rotation", "Rotation",
      "Degrees that a sample is turned by at most, to either side: a slice in "
      "its plane, a volume around each axis",
      GST_SNN_DOUBLE, AT (rotation), .max = 180., .fallback = 15.},
  {"scale", "Scale",
      "Part that a sample is enlarged by at most, and as often made smaller; "
      "0.1: from 1 / 1.1 to 1.1 of its size",
      GST_SNN_DOUBLE, AT (scale), .max = 10., .fallback = 0.1},
  {"shift", "Shift",
      "Millimetres that a sample is moved by at most along each axis, to "
      "either side (voxels, where their size is not known)",
      GST_SNN_DOUBLE, AT (shift), .max = 1000., .fallback = 3.},
  {"mirror", "Mirror",
      "Axes along which half of the samples are mirrored; a slice across an "
      "axis can't be mirrored along it. 0: none, as classes that are left and right "
      "want",
      GST_SNN_FLAGS, AT (mirror), .get_type =
      gst_snn_voxel_augment_axes_get_type, .fallback = 1 << SNN_AXIS_X},
  {"deformation", "Deformation",
      "Standard deviation, in millimetres along each axis, of a smooth "
      "deformation; 0: none",
      GST_SNN_DOUBLE, AT (deformation), .max = 1000.},
  {"deformation-distance", "Deformation distance",
      "Millimetres after which the deformation is another",
      GST_SNN_DOUBLE, AT (deformation_distance), .min = 1., .max = 10000.,
      .fallback = 16.},
  {"gamma", "Gamma",
      "How much contrast is bent: intensities to the power of from "
      "1 / (1 + gamma) to 1 + gamma",
      GST_SNN_DOUBLE, AT (gamma), .max = 10., .fallback = 0.3},
  {"bias-field", "Bias field",
      "Standard deviation, at most, of the logarithm of a smooth factor that "
      "shades the image; 0: none",
      GST_SNN_DOUBLE, AT (bias), .max = 10.},
  {"noise", "Noise",
      "Standard deviation of noise at most, as a fraction of the range of "
      "intensities",
      GST_SNN_DOUBLE, AT (noise), .max = 10., .fallback = 0.05},
  {"blur", "Blur",
      "Standard deviation of a Gaussian at most, in millimetres; 0: none",
      GST_SNN_DOUBLE, AT (blur), .max = 1000.},
  {"low-resolution", "Low resolution",
      "Factor that voxels are enlarged by at most, along one axis that is "
      "drawn, before they are as they were; 1: none",
      GST_SNN_DOUBLE, AT (low_resolution), .min = 1., .max = 100.,
      .fallback = 1.},
  {"cutout", "Cutout",
      "Part of each extent, at most, that a box takes which shows nothing but the "
      "volume's mean; its labels stay. 0: none",
      GST_SNN_DOUBLE, AT (cutout), .max = 1.},
  {"probability", "Probability",
      "Part of the samples that are turned, scaled, shifted and deformed, and "
      "that each change of intensities happens to; half are mirrored always",
      GST_SNN_DOUBLE, AT (probability), .max = 1., .fallback = 1.},
  {"seed", "Seed",
      "Seed of all that is drawn",
      GST_SNN_UINT64, GST_SNN_AT (Settings, seed)},
  GST_SNN_THREADS (Settings, threads),
};

static const GstSnnPropertyTable property_table =
    GST_SNN_TABLE (properties, Settings, settings_of, NULL);

static gboolean
gst_snn_voxel_augment_start (GstBaseTransform *transform)
{
  GstSnnVoxelAugment *self = GST_SNN_VOXEL_AUGMENT (transform);
  State *state = &self->state;

  if (!gst_snn_properties_start (self, &property_table, &state->settings))
    return FALSE;
  state->pool = snn_pool_new (state->settings.threads);
  GST_INFO_OBJECT (self, "augmenting training samples, seed %"
      G_GUINT64_FORMAT, state->settings.seed);
  return TRUE;
}

static gboolean
gst_snn_voxel_augment_stop (GstBaseTransform *transform)
{
  State *state = &GST_SNN_VOXEL_AUGMENT (transform)->state;

  g_clear_pointer (&state->pool, snn_pool_free);
  *state = (State) { 0 };
  return TRUE;
}

static gboolean
gst_snn_voxel_augment_set_caps (GstBaseTransform *transform, GstCaps *in,
    GstCaps *out)
{
  GstSnnVoxelAugment *self = GST_SNN_VOXEL_AUGMENT (transform);
  GError *error = NULL;

  if (gst_snn_tensors_from_caps (&self->state.tensors, in, &error))
    return TRUE;
  gst_snn_element_refuse_caps (GST_ELEMENT (self), in, error);
  return FALSE;
}

static GstFlowReturn
gst_snn_voxel_augment_submit_input_buffer (GstBaseTransform *transform,
    gboolean is_discont, GstBuffer *input)
{
  State *state = &GST_SNN_VOXEL_AUGMENT (transform)->state;
  GstFlowReturn flow = gst_snn_element_take_buffer (GST_ELEMENT (transform),
      &state->tensors, &state->facts, &input);

  if (flow != GST_FLOW_OK)
    return flow;
  return GST_BASE_TRANSFORM_CLASS
      (gst_snn_voxel_augment_parent_class)->submit_input_buffer (transform,
      is_discont, input);
}

/* Whether the label is a picture that goes along, and no class. */
static gboolean
has_spatial_label (const GstSnnTensors *tensors)
{
  const GstSnnTensor *image = &tensors->tensor[0], *label = &tensors->tensor[1];

  return tensors->n_tensors == 2 && label->width == image->width
      && label->height == image->height && label->depth == image->depth
      && label->channels == 1 && label->timesteps == 1;
}

/* Across which axis a sample is cut; NONE is a whole volume, and an image that is no
 * slice of one, whose width and height are x and y. */
static SnnAxis
axis_of (const GstSnnSampleMeta *meta)
{
  return meta && meta->volume ? meta->axis : SNN_AXIS_NONE;
}

/* A mirrored head has its left where others have their right, and keeps its labels: the
 * left and the right one of a structure become one class to the network. Which classes
 * are such a pair, values don't tell. */
static void
check_classes (GstSnnVoxelAugment *self, const GstSnnSampleMeta *meta)
{
  State *state = &self->state;
  const SnnClasses *classes = &state->tensors.classes;
  g_autofree gchar *values = NULL;

  if (state->told || classes->n < 2 || !has_spatial_label (&state->tensors)
      || !(state->settings.augmentation.mirror & 1 << SNN_AXIS_X)
      || axis_of (meta) == SNN_AXIS_X)
    return;
  state->told = TRUE;
  values = snn_classes_to_text (classes);
  GST_SNN_ELEMENT_WARNING (self, STREAM, FORMAT, ("Half of the samples are mirrored "
          "along x, left to right, and their labels keep the classes %s: if any "
          "of these is the left or the right one of a pair, the network can't "
          "learn which. Then set mirror=0, or axes other than x", values),
      (NULL));
}

/* What the tensors and the meta (nullable) say about a sample. */
static void
describe (const GstSnnTensor *tensor, const GstSnnSampleMeta *meta,
    SnnAugmentSample *sample)
{
  const SnnAxis axis = axis_of (meta);
  guint n = 0;

  sample->dims[0] = tensor->width;
  sample->dims[1] = tensor->height;
  sample->dims[2] = tensor->depth;
  sample->channels = (gsize) tensor->channels * tensor->timesteps;
  /* Width and height are the two axes that a slice keeps, in order. */
  for (guint i = 0; i < 3; i++)
    if ((SnnAxis) i != axis)
      sample->axis[n++] = i;
  if (n == 2)
    sample->axis[2] = axis;
  for (guint i = 0; i < 3; i++) {
    double zoom = meta && meta->volume
        ? meta->volume->zooms[sample->axis[i]] : 1.;

    sample->zooms[i] = zoom > 0. && isfinite (zoom) ? zoom : 1.;
  }
}

/* Of a slice nobody knows how many voxels there are in the other slices; none
 * has counted what they show. */
static void
count_label (SnnVolumeInfo *info, const SnnAugmentSample *sample,
    gboolean is_volume)
{
  gsize n = sample->dims[0] * sample->dims[1] * sample->dims[2];

  if (is_volume && sample->label) {
    snn_volume_info_count_labels (info, info->n_classes, sample->label, n);
    return;
  }
  info->n_label_voxels = 0;
  for (guint i = 0; i < info->n_classes; i++)
    info->n_class_voxels[i] = 0;
}

/* Changes @sample, and what @meta (nullable) says about its volume: a volume of
 * its own, like which nothing else flows. */
static void
augment (State *state, GstSnnSampleMeta *meta, SnnAugmentSample *sample)
{
  const guint epoch = meta ? meta->epoch : 0;
  const guint number = meta ? meta->sample : state->n_unnumbered++;
  SnnVolumeInfo *info = meta && meta->volume
      ? snn_volume_info_copy (meta->volume) : snn_volume_info_new ("sample");

  if (!meta || !meta->volume)
    snn_statistics_compute (&info->statistics, sample->image, sample->dims[0]
        * sample->dims[1] * sample->dims[2] * sample->channels);
  sample->statistics = &info->statistics;
  sample->n_images = info->n_channels;
  sample->channel_statistics = sample->channels % info->n_channels == 0
      ? info->channel_statistics : NULL;
  snn_augment (&state->settings.augmentation, state->settings.seed, epoch,
      number, sample, state->pool);
  if (!meta || !meta->volume) {
    snn_volume_info_unref (info);
    return;
  }
  count_label (info, sample, axis_of (meta) == SNN_AXIS_NONE);
  snn_volume_info_unref (meta->volume);
  meta->volume = info;
}

/* What is drawn is relative to the volume's intensities, and clipped to them. */
static gboolean
check_values (GstSnnVoxelAugment *self, GstBuffer *buffer,
    const GstSnnSampleMeta *meta, const GstMapInfo *image)
{
  GError *error = NULL;

  if (!meta || !meta->volume
      || gst_snn_sample_meta_vouches (meta, image->data, image->size))
    return TRUE;
  g_set_error (&error, SNN_ERROR, SNN_ERROR_MISMATCH,
      "The values are not those of the volume any more, whose range is known: an "
      "element ahead has changed them. Put voxelaugment ahead of it, as in "
      "voxelaugment ! voxelnormalize");
  gst_snn_prefix_sample (&error, buffer, 0);
  gst_snn_element_error (GST_ELEMENT (self), error);
  return FALSE;
}

/* Where an element ahead has noted the image to be drawn under predictions, that is the
 * changed one now: the other lies elsewhere, and its copy here would pass for a
 * prediction. */
static void
update_image (GstBuffer *buffer, const GstSnnTensor *tensor)
{
  if (gst_buffer_get_snn_image_meta (buffer))
    gst_buffer_add_snn_image_meta (buffer, gst_buffer_peek_memory (buffer, 0),
        tensor);
}

static GstFlowReturn
gst_snn_voxel_augment_transform_ip (GstBaseTransform *transform,
    GstBuffer *buffer)
{
  GstSnnVoxelAugment *self = GST_SNN_VOXEL_AUGMENT (transform);
  State *state = &self->state;
  GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);
  const gboolean labelled = has_spatial_label (&state->tensors);
  SnnAugmentSample sample = { 0, };
  GstMapInfo image, label;
  gboolean holds;

  if (meta && meta->flags & GST_SNN_SAMPLE_EVALUATE) {
    GST_LOG_OBJECT (self, "sample %u is held out", meta->sample);
    return GST_FLOW_OK;
  }
  if (snn_augmentation_is_none (&state->settings.augmentation))
    return GST_FLOW_OK;
  check_classes (self, meta);
  /* Memories that others hold, too, are copied first. */
  if (!gst_buffer_map_range (buffer, 0, 1, &image, GST_MAP_READWRITE))
    goto unwritable;
  if (labelled && !gst_buffer_map_range (buffer, 1, 1, &label,
          GST_MAP_READWRITE)) {
    gst_buffer_unmap (buffer, &image);
    goto unwritable;
  }
  describe (&state->tensors.tensor[0], meta, &sample);
  sample.image = (float *) image.data;
  sample.label = labelled ? label.data : NULL;
  holds = check_values (self, buffer, meta, &image);
  if (holds)
    augment (state, meta, &sample);
  if (holds && meta && meta->volume)
    gst_snn_sample_meta_vouch (meta, image.data, image.size);
  GST_LOG_OBJECT (self, "changed sample %u of epoch %u",
      meta ? meta->sample : state->n_unnumbered - 1, meta ? meta->epoch : 0);
  if (labelled)
    gst_buffer_unmap (buffer, &label);
  gst_buffer_unmap (buffer, &image);
  update_image (buffer, &state->tensors.tensor[0]);
  return holds ? GST_FLOW_OK : GST_FLOW_ERROR;

unwritable:
  GST_SNN_ELEMENT_ERROR (self, RESOURCE, WRITE,
      ("A sample can't be written to"), (NULL));
  return GST_FLOW_ERROR;
}

static void
gst_snn_voxel_augment_class_init (GstSnnVoxelAugmentClass *class)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);
  GstBaseTransformClass *transform_class = GST_BASE_TRANSFORM_CLASS (class);

  gst_snn_properties_install (class, &property_table);

  gst_element_class_set_static_metadata (element_class,
      "Voxel augmenter", "Filter/Effect/Tensor",
      "Turns, moves, deforms and shades training samples with their labels",
      "gst-snn developers <developers@gst-snn.invalid>");
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  transform_class->start = gst_snn_voxel_augment_start;
  transform_class->stop = gst_snn_voxel_augment_stop;
  transform_class->submit_input_buffer =
      gst_snn_voxel_augment_submit_input_buffer;
  transform_class->set_caps = gst_snn_voxel_augment_set_caps;
  transform_class->transform_ip = gst_snn_voxel_augment_transform_ip;
}

static void
gst_snn_voxel_augment_init (GstSnnVoxelAugment *self)
{
  gst_snn_properties_init (self, &property_table);
}
