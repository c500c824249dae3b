/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-niftidec
 * @title: niftidec
 * @short_description: slices of a volume in the bytes of a NIfTI file
 * @see_also: niftisrc, niftisink, voxelnormalize
 *
 * Takes the bytes of a NIfTI-1 or -2 file, gzipped or not, from wherever they
 * come, and sends the samples that niftisrc sends of the same file. Nothing is
 * written to a disk.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 filesrc location=head.nii.gz ! niftidec axis=z ! \
 *     voxelnormalize ! niftisink location=normalized.nii.gz content=probability
 * ]|
 */
#include "niftidec.h"

#include <gst/snn/properties.h>
#include <snn/volumes/nifti-read.h>

#include "niftitype.h"

GST_DEBUG_CATEGORY_STATIC (gst_snn_nifti_dec_debug);
#define GST_CAT_DEFAULT gst_snn_nifti_dec_debug

typedef struct
{
  guint index;
} Settings;

struct _GstSnnNiftiDec
{
  GstSnnVolumeDec parent_instance;

  Settings settings;
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_SNN_NIFTI_CAPS));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstSnnNiftiDec, gst_snn_nifti_dec,
    GST_TYPE_SNN_VOLUME_DEC,
    GST_DEBUG_CATEGORY_INIT (gst_snn_nifti_dec_debug, "niftidec", 0,
        "Volumes in the bytes of NIfTI files"));
GST_ELEMENT_REGISTER_DEFINE (niftidec, "niftidec", GST_RANK_PRIMARY,
    GST_TYPE_SNN_NIFTI_DEC);

static gpointer
settings_of (gpointer object)
{
  return &GST_SNN_NIFTI_DEC (object)->settings;
}

static const GstSnnProperty properties[] = {
  {"volume-index", "Volume index",
      "Which volume to read, from 0, of files with more than three dimensions",
      GST_SNN_UINT, GST_SNN_AT (Settings, index)},
};

static const GstSnnPropertyTable property_table =
    GST_SNN_TABLE (properties, Settings, settings_of, NULL);

static SnnVolume *
gst_snn_nifti_dec_load (GstSnnVolumeDec *dec, SnnMemoryFile *file,
    guint64 max_bytes, GPtrArray *remarks, GError **error)
{
  SnnNiftiSettings nifti = SNN_NIFTI_SETTINGS_INIT;
  Settings settings;

  gst_snn_properties_copy (dec, &property_table, &settings);
  nifti.index = settings.index;
  nifti.max_bytes = max_bytes;
  GST_DEBUG_OBJECT (dec, "volume %u of %s, %" G_GUINT64_FORMAT " bytes",
      nifti.index, snn_memory_file_name (file), snn_memory_file_size (file));
  return snn_nifti_load_memory (file, &nifti, remarks, error);
}

static void
gst_snn_nifti_dec_class_init (GstSnnNiftiDecClass *class)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);

  gst_snn_properties_install (class, &property_table);

  gst_element_class_set_static_metadata (element_class,
      "NIfTI decoder", "Codec/Decoder",
      "Makes samples of the bytes of a NIfTI file, slice by slice",
      "gst-snn developers <developers@gst-snn.invalid>");
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  GST_SNN_VOLUME_DEC_CLASS (class)->load = gst_snn_nifti_dec_load;
}

static void
gst_snn_nifti_dec_init (GstSnnNiftiDec *self)
{
  gst_snn_properties_init (self, &property_table);
}
