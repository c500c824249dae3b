/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "samplecaps.h"

GstCaps *
gst_snn_choose_caps (GstPad *pad, const GstSnnTensors *tensors,
    const GstSnnFraction *rate)
{
  g_autoptr (GstCaps) own = gst_snn_tensors_to_any_caps (tensors, NULL);
  GstSnnTensors image = *tensors;
  GstCaps *caps;

  image.n_tensors = 1;
  image.classes.n = 0;
  if (tensors->n_tensors > 1)
    gst_caps_append (own, gst_snn_tensors_to_any_caps (&image, NULL));
  caps = gst_pad_peer_query_caps (pad, own);
  if (gst_caps_is_empty (caps) || gst_caps_is_any (caps)) {
    gst_caps_unref (caps);
    caps = gst_caps_ref (own);
  } else {
    GstCaps *common =
        gst_caps_intersect_full (own, caps, GST_CAPS_INTERSECT_FIRST);

    gst_caps_unref (caps);
    caps = common;
  }
  caps = gst_caps_truncate (gst_caps_make_writable (caps));
  gst_structure_fixate_field_nearest_fraction (gst_caps_get_structure (caps,
          0), "framerate", rate->numerator, rate->denominator);
  return gst_caps_fixate (caps);
}
