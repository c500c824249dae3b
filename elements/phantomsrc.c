/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-phantomsrc
 * @title: phantomsrc
 * @short_description: synthetic volumes with a hippocampus-like label
 * @see_also: niftisrc
 *
 * Sends slices of made-up volumes that look like T1-weighted scans around a
 * hippocampus, with the label, in the same buffers as niftisrc. Everything can
 * be tried with it when there are no data at hand. The same phantom-seed gives
 * the same volumes; the seed property is that of the shuffling.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 phantomsrc subjects=1 size=32x56x48 ! voxelnormalize ! \
 *   maskoverlay ! videoconvert ! autovideosink
 * ]|
 */
#include "phantomsrc.h"

#include <gst/snn/tensors.h>
#include <snn/volumes/phantom.h>

GST_DEBUG_CATEGORY_STATIC (gst_snn_phantom_src_debug);
#define GST_CAT_DEFAULT gst_snn_phantom_src_debug

#define DEFAULT_SUBJECTS 20
#define DEFAULT_PHANTOM_SEED 0
#define DEFAULT_NOISE 0.06

typedef struct
{
  guint subjects;
  guint64 seed;
  double noise;
} Settings;

struct _GstSnnPhantomSrc
{
  GstSnnVolumeSrc parent_instance;

  Settings settings;
  Settings active;              /* as they were when the stream started */
};

enum
{
  PROP_0,
  PROP_SUBJECTS,
  PROP_PHANTOM_SEED,
  PROP_NOISE,
};

G_DEFINE_FINAL_TYPE_WITH_CODE (GstSnnPhantomSrc, gst_snn_phantom_src,
    GST_TYPE_SNN_VOLUME_SRC,
    GST_DEBUG_CATEGORY_INIT (gst_snn_phantom_src_debug, "phantomsrc", 0,
        "Synthetic volumes"));
GST_ELEMENT_REGISTER_DEFINE (phantomsrc, "phantomsrc", GST_RANK_NONE,
    GST_TYPE_SNN_PHANTOM_SRC);

static void
gst_snn_phantom_src_set_property (GObject *object, guint id,
    const GValue *value,
    GParamSpec *pspec)
{
  Settings *settings = &GST_SNN_PHANTOM_SRC (object)->settings;

  GST_OBJECT_LOCK (object);
  switch (id) {
    case PROP_SUBJECTS:
      settings->subjects = g_value_get_uint (value);
      break;
    case PROP_PHANTOM_SEED:
      settings->seed = g_value_get_uint64 (value);
      break;
    case PROP_NOISE:
      settings->noise = g_value_get_double (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (object);
}

static void
gst_snn_phantom_src_get_property (GObject *object, guint id, GValue *value,
    GParamSpec *pspec)
{
  Settings *settings = &GST_SNN_PHANTOM_SRC (object)->settings;

  GST_OBJECT_LOCK (object);
  switch (id) {
    case PROP_SUBJECTS:
      g_value_set_uint (value, settings->subjects);
      break;
    case PROP_PHANTOM_SEED:
      g_value_set_uint64 (value, settings->seed);
      break;
    case PROP_NOISE:
      g_value_set_double (value, settings->noise);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (object);
}

static guint
gst_snn_phantom_src_open (GstSnnVolumeSrc *src, GError **error)
{
  GstSnnPhantomSrc *self = GST_SNN_PHANTOM_SRC (src);

  GST_OBJECT_LOCK (self);
  self->active = self->settings;
  GST_OBJECT_UNLOCK (self);
  return self->active.subjects;
}

static SnnVolume *
gst_snn_phantom_src_load (GstSnnVolumeSrc *src, guint subject, GError **error)
{
  const Settings *active = &GST_SNN_PHANTOM_SRC (src)->active;

  GST_DEBUG_OBJECT (src, "making subject %u", subject);
  return snn_phantom_new (active->seed, subject, active->noise);
}

static gboolean
gst_snn_phantom_src_extent (GstSnnVolumeSrc *src, guint subject, gsize dims[3],
    GError **error)
{
  snn_phantom_dims (GST_SNN_PHANTOM_SRC (src)->active.seed, subject, dims);
  return TRUE;
}

static void
gst_snn_phantom_src_class_init (GstSnnPhantomSrcClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);
  GstSnnVolumeSrcClass *volume_class = GST_SNN_VOLUME_SRC_CLASS (class);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
      | GST_PARAM_MUTABLE_READY;

  object_class->set_property = gst_snn_phantom_src_set_property;
  object_class->get_property = gst_snn_phantom_src_get_property;
  g_object_class_install_property (object_class, PROP_SUBJECTS,
      g_param_spec_uint ("subjects", "Subjects",
          "How many volumes there are, before folds and subset pick some",
          1, 65535, DEFAULT_SUBJECTS, flags));
  g_object_class_install_property (object_class, PROP_PHANTOM_SEED,
      g_param_spec_uint64 ("phantom-seed", "Phantom seed",
          "Seed of the volumes; the same seed gives the same volumes",
          0, G_MAXUINT64, DEFAULT_PHANTOM_SEED, flags));
  g_object_class_install_property (object_class, PROP_NOISE,
      g_param_spec_double ("noise", "Noise",
          "Standard deviation of the noise, as a fraction of the intensity of "
          "white matter", 0., 1., DEFAULT_NOISE, flags));

  gst_element_class_set_static_metadata (element_class,
      "Phantom volume source", "Source/Test",
      "Makes synthetic head-like volumes with a hippocampus-like label",
      "gst-snn developers <developers@gst-snn.invalid>");
  volume_class->open = gst_snn_phantom_src_open;
  volume_class->load = gst_snn_phantom_src_load;
  volume_class->extent = gst_snn_phantom_src_extent;
}

static void
gst_snn_phantom_src_init (GstSnnPhantomSrc *self)
{
  self->settings.subjects = DEFAULT_SUBJECTS;
  self->settings.seed = DEFAULT_PHANTOM_SEED;
  self->settings.noise = DEFAULT_NOISE;
}
