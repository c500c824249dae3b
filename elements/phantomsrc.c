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

#include <gst/snn/properties.h>
#include <gst/snn/tensors.h>
#include <snn/volumes/grid.h>
#include <snn/volumes/phantom.h>

GST_DEBUG_CATEGORY_STATIC (gst_snn_phantom_src_debug);
#define GST_CAT_DEFAULT gst_snn_phantom_src_debug

typedef struct
{
  guint subjects;
  guint64 seed;
  double noise;
  gchar *labels;
} Settings;

struct _GstSnnPhantomSrc
{
  GstSnnVolumeSrc parent_instance;

  Settings settings;
  Settings active;              /* as they were when the stream started */
  SnnClasses classes;
};

G_DEFINE_FINAL_TYPE_WITH_CODE (GstSnnPhantomSrc, gst_snn_phantom_src,
    GST_TYPE_SNN_VOLUME_SRC,
    GST_DEBUG_CATEGORY_INIT (gst_snn_phantom_src_debug, "phantomsrc", 0,
        "Synthetic volumes"));
GST_ELEMENT_REGISTER_DEFINE (phantomsrc, "phantomsrc", GST_RANK_NONE,
    GST_TYPE_SNN_PHANTOM_SRC);

static gpointer
settings_of (gpointer object)
{
  return &GST_SNN_PHANTOM_SRC (object)->settings;
}

static const GstSnnProperty properties[] = {
  {"subjects", "Subjects",
      "How many volumes there are, before folds and subset pick some",
      GST_SNN_UINT, GST_SNN_AT (Settings, subjects), .min = 1, .max = 65535,
      .fallback = 20},
  {"phantom-seed", "Phantom seed",
      "Seed of the volumes; the same seed gives the same volumes",
      GST_SNN_UINT64, GST_SNN_AT (Settings, seed)},
  {"noise", "Noise",
      "Standard deviation of the noise, as a fraction of the intensity of "
      "white matter",
      GST_SNN_DOUBLE, GST_SNN_AT (Settings, noise), .max = 1.,
      .fallback = 0.06},
  {"labels", "Labels",
      "Classes to tell apart, with commas between, or all: 1 is the anterior "
      "part of the hippocampus, 2 the posterior one. Empty: it is one class",
      GST_SNN_STRING, GST_SNN_AT (Settings, labels), .text = ""},
};

static const GstSnnPropertyTable property_table =
    GST_SNN_TABLE (properties, Settings, settings_of, NULL);

/* What the property labels says. */
static gboolean
choose_classes (GstSnnPhantomSrc *self, GError **error)
{
  const gchar *labels = self->active.labels;

  if (g_strcmp0 (labels, "all") == 0)
    labels = "1,2";
  if (!snn_classes_parse (&self->classes, labels, error)) {
    g_prefix_error (error, "labels: ");
    return FALSE;
  }
  for (guint i = 0; i < self->classes.n; i++)
    if (self->classes.values[i] != 1 && self->classes.values[i] != 2) {
      g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
          "labels=%s has %d, which no phantom has; 1 and 2 are expected",
          labels, self->classes.values[i]);
      return FALSE;
    }
  return TRUE;
}

static guint
gst_snn_phantom_src_open (GstSnnVolumeSrc *src, GError **error)
{
  GstSnnPhantomSrc *self = GST_SNN_PHANTOM_SRC (src);

  /* The base class has refused what is out of range. */
  gst_snn_properties_copy (self, &property_table, &self->active);
  if (!choose_classes (self, error))
    return 0;
  return self->active.subjects;
}

static void
gst_snn_phantom_src_classes (GstSnnVolumeSrc *src, SnnClasses *classes)
{
  *classes = GST_SNN_PHANTOM_SRC (src)->classes;
}

static void
gst_snn_phantom_src_close (GstSnnVolumeSrc *src)
{
  gst_snn_properties_clear (&property_table,
      &GST_SNN_PHANTOM_SRC (src)->active);
}

static SnnVolume *
gst_snn_phantom_src_load (GstSnnVolumeSrc *src, guint subject, GError **error)
{
  const GstSnnPhantomSrc *self = GST_SNN_PHANTOM_SRC (src);

  GST_DEBUG_OBJECT (src, "making subject %u", subject);
  return snn_phantom_new_classes (self->active.seed, subject,
      self->active.noise, &self->classes);
}

static gboolean
gst_snn_phantom_src_grid (GstSnnVolumeSrc *src, guint subject, SnnGrid *grid,
    GError **error)
{
  snn_phantom_grid (GST_SNN_PHANTOM_SRC (src)->active.seed, subject, grid);
  return TRUE;
}

static gchar *
gst_snn_phantom_src_identify (GstSnnVolumeSrc *src, guint subject,
    const gchar **location)
{
  *location = NULL;
  return snn_phantom_name (subject);
}

static void
gst_snn_phantom_src_class_init (GstSnnPhantomSrcClass *class)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);
  GstSnnVolumeSrcClass *volume_class = GST_SNN_VOLUME_SRC_CLASS (class);

  gst_snn_properties_install (class, &property_table);

  gst_element_class_set_static_metadata (element_class,
      "Phantom volume source", "Source/Test",
      "Makes synthetic head-like volumes with a hippocampus-like label",
      "gst-snn developers <developers@gst-snn.invalid>");
  volume_class->open = gst_snn_phantom_src_open;
  volume_class->load = gst_snn_phantom_src_load;
  volume_class->grid = gst_snn_phantom_src_grid;
  volume_class->identify = gst_snn_phantom_src_identify;
  volume_class->classes = gst_snn_phantom_src_classes;
  volume_class->close = gst_snn_phantom_src_close;
}

static void
gst_snn_phantom_src_init (GstSnnPhantomSrc *self)
{
  gst_snn_properties_init (self, &property_table);
}
