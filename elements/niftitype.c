/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "niftitype.h"

#include <snn/volumes/nifti-recognise.h>

/* As much as is needed where there is as much; how much there is of
 * a stream is not known. */
static const guint sizes[] = { 4096, 2048, 1024, 512, 348, 256, 128, 64 };

static void
find_nifti (GstTypeFind *find, gpointer data)
{
  const guint64 length = gst_type_find_get_length (find);
  const guint8 *bytes = NULL;
  gsize n = (gsize) MIN (length, sizes[0]);

  if (n > 0)
    bytes = gst_type_find_peek (find, 0, (guint) n);
  for (guint i = 0; i < G_N_ELEMENTS (sizes) && !bytes; i++) {
    n = sizes[i];
    bytes = gst_type_find_peek (find, 0, (guint) n);
  }
  if (bytes && snn_nifti_recognise (bytes, n) > 0)
    gst_type_find_suggest_empty_simple (find, GST_TYPE_FIND_MAXIMUM,
        GST_SNN_NIFTI_CAPS);
}

static gboolean
register_nifti (GstPlugin *plugin)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (GST_SNN_NIFTI_CAPS);

  return gst_type_find_register (plugin, GST_SNN_NIFTI_CAPS, GST_RANK_PRIMARY,
      find_nifti, "nii", caps, NULL, NULL);
}

GST_TYPE_FIND_REGISTER_DEFINE_CUSTOM (nifti, register_nifti);
