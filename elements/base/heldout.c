/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "heldout.h"

#include <snn/run/probability.h>
#include <snn/train/loss.h>

#define CUT_OFF 0.5

/* A subject is complete. One without a mask that has none predicted is right, as
 * reports have it. */
static void
close_subject (GstSnnHeldOut *held_out)
{
  if (!held_out->volume)
    return;
  snn_moments_add (&held_out->scores,
      snn_overlaps_metric (&held_out->overlaps, SNN_METRIC_DICE));
  held_out->overlaps = (SnnOverlaps) { 0, };
  g_clear_pointer (&held_out->volume, snn_volume_info_unref);
}

void
gst_snn_held_out_begin (GstSnnHeldOut *held_out)
{
  g_clear_pointer (&held_out->volume, snn_volume_info_unref);
  *held_out = (GstSnnHeldOut) { NULL };
}

void
gst_snn_held_out_count (GstSnnHeldOut *held_out, GstBuffer *buffer,
    const float *probability, SnnShape output)
{
  const GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);
  const gsize n = snn_shape_rows (output) * output.width;
  GstMapInfo label;

  if (gst_buffer_n_memory (buffer) < 2
      || !gst_memory_map (gst_buffer_peek_memory (buffer, 1), &label,
          GST_MAP_READ))
    return;
  if (snn_loss_classifies (output) && label.size == 1) {
    snn_moments_add (&held_out->scores, snn_largest (probability,
            output.channels, 1, 0) == label.data[0] ? 1. : 0.);
  } else if (label.size == n && meta && meta->volume) {
    if (meta->volume != held_out->volume) {
      close_subject (held_out);
      held_out->volume = snn_volume_info_ref (meta->volume);
    }
    snn_overlaps_count (&held_out->overlaps, output.channels, probability,
        label.data, n, CUT_OFF);
  }
  gst_memory_unmap (label.memory, &label);
}

double
gst_snn_held_out_end (GstSnnHeldOut *held_out)
{
  double score;

  close_subject (held_out);
  score = snn_moments_mean (&held_out->scores);
  gst_snn_held_out_begin (held_out);
  return score;
}
