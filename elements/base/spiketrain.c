/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spiketrain.h"

#include <snn/base/error.h>

static gboolean
is_marked (GstBuffer *buffer)
{
  return GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_MARKER);
}

/* An image flows where a train of spikes or currents should: its meta knows of
 * no timesteps, and nobody has said that it ends a sample. */
static gboolean
is_image (GstBuffer *buffer, const GstSnnTensor *tensor)
{
  const GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);

  return meta && meta->timesteps == 0 && !is_marked (buffer)
      && tensor->type == SNN_VALUE_FLOAT32 && tensor->timesteps == 1;
}

static void
refuse_image (GError **error)
{
  g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
      "Found an image, which a spiking network can't read; expected spikes or "
      "currents over timesteps: put poissonencoder, regularencoder or "
      "directencoder ahead");
}

static gboolean
refuse_loss (guint32 sample, guint first, guint end, guint timesteps,
    GError **error)
{
  g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
      "Timesteps %u to %u of sample %u, which has %u, did not come: chunks "
      "were lost on the way", first, end - 1, sample, timesteps);
  return FALSE;
}

static gboolean
follow_meta (GstSnnSpikeTrain *train, const GstSnnSampleMeta *meta,
    const GstSnnTensor *tensor, gboolean *begins, gboolean *ends,
    GError **error)
{
  gboolean same = train->in_sample && meta->sample == train->sample
      && meta->epoch == train->epoch && meta->timestep != 0;

  if (train->in_sample && !same)
    return refuse_loss (train->sample, train->next, meta->timesteps,
        meta->timesteps, error);
  if (meta->timestep != (same ? train->next : 0))
    return refuse_loss (meta->sample, same ? train->next : 0, meta->timestep,
        meta->timesteps, error);
  *begins = !same;
  train->next = meta->timestep + tensor->timesteps;
  *ends = train->next >= meta->timesteps;
  return TRUE;
}

static gboolean
follow_flags (GstSnnSpikeTrain *train, GstBuffer *buffer,
    const GstSnnSampleMeta *meta, gboolean *begins, gboolean *ends,
    GError **error)
{
  if (train->in_sample && (GST_BUFFER_FLAG_IS_SET (buffer,
              GST_BUFFER_FLAG_DISCONT) || (meta
              && (meta->sample != train->sample
                  || meta->epoch != train->epoch)))) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "The stream is broken within a sample: a buffer that goes on with it, "
        "or ends it with the flag MARKER, did not come");
    return FALSE;
  }
  *begins = !train->in_sample;
  *ends = is_marked (buffer);
  return TRUE;
}

gboolean
gst_snn_spike_train_follow (GstSnnSpikeTrain *train, GstBuffer *buffer,
    const GstSnnTensor *tensor, gboolean *begins, gboolean *ends,
    GError **error)
{
  const GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);
  gboolean follows;

  if (is_image (buffer, tensor)) {
    refuse_image (error);
    return FALSE;
  }
  follows = meta && meta->timesteps > 0
      ? follow_meta (train, meta, tensor, begins, ends, error)
      : follow_flags (train, buffer, meta, begins, ends, error);
  if (!follows) {
    train->in_sample = FALSE;
    return FALSE;
  }
  train->in_sample = !*ends;
  if (meta) {
    train->sample = meta->sample;
    train->epoch = meta->epoch;
  }
  return TRUE;
}

gboolean
gst_snn_spike_train_check_whole (GstBuffer *buffer, const GstSnnTensor *tensor,
    GError **error)
{
  const GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);

  if (is_image (buffer, tensor)) {
    refuse_image (error);
    return FALSE;
  }
  if (meta && meta->timesteps > 0 ? meta->timestep == 0
      && meta->timesteps == tensor->timesteps : is_marked (buffer))
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
      "Found a chunk of a sample, a buffer without the flag MARKER or with %u "
      "of its timesteps; expected whole spike trains: set chunk=0 on the "
      "encoder", tensor->timesteps);
  return FALSE;
}
