/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstpushsrc.h>

#include <snn/base/random.h>
#include "samplemeta.h"
#include "tensors.h"
#include <snn/base/api.h>

SNN_BEGIN_DECLS

#define GST_TYPE_SNN_SAMPLE_SRC (gst_snn_sample_src_get_type ())
G_DECLARE_DERIVABLE_TYPE (GstSnnSampleSrc, gst_snn_sample_src, GST,
    SNN_SAMPLE_SRC,
    GstPushSrc)

/* What make() returns of a sample that is left out. */
#define GST_SNN_FLOW_SKIPPED GST_FLOW_CUSTOM_SUCCESS_1

/**
 * GstSnnSampleSrcClass:
 * @open: finds what there is to send; @evaluate: whether held-out samples are
 *   wanted too. FALSE when that can't be, and the element error is posted
 * @close: (nullable): forgets what @open found; also called when @open failed
 * @begin_phase: lists the samples of @phase, @n_samples of them (0: nobody
 *   wants any, and the stream ends), and sets the caps of the first; @random: (nullable): to shuffle them with.
 *   Posts its errors
 * @make: (transfer full): sample @index of the phase, with its sample meta, in
 *   which the base class fills in the epoch and whether it is held out; sets
 *   caps where they change, and posts its errors
 * @describe: (nullable) (transfer full): what is sent and how it is cut, in
 *   name=value lines that end with '\n', so that a training does not go on with
 *   something else; after @open
 *
 * Base of sources of datasets: loops and shuffles epochs, with an evaluation
 * phase after each, announces them by events, and starts where a trainer
 * downstream goes on. Subclasses know what the samples are.
 *
 * Properties: epochs, evaluate (after each epoch the held-out samples pass,
 * marked), shuffle, seed, framerate (of timestamps).
 */
struct _GstSnnSampleSrcClass
{
  GstPushSrcClass parent_class;

  gboolean (*open) (GstSnnSampleSrc * src, gboolean evaluate);
  void (*close) (GstSnnSampleSrc * src);
  GstFlowReturn (*begin_phase) (GstSnnSampleSrc * src,
      const GstSnnEpoch * phase,
      SnnRandom * random, guint * n_samples);
  GstFlowReturn (*make) (GstSnnSampleSrc * src, guint index,
      GstBuffer ** buffer);
  gchar *(*describe) (GstSnnSampleSrc * src);

  gpointer _gst_reserved[GST_PADDING];
};

/* gst_snn_sample_src_is_flushing: to be polled in long work, which then returns
 * GST_FLOW_FLUSHING. */
gboolean gst_snn_sample_src_is_flushing (GstSnnSampleSrc * src);

/* gst_snn_sample_src_get_seed: of the running stream. */
guint64 gst_snn_sample_src_get_seed (GstSnnSampleSrc * src);

/* gst_snn_sample_src_passes_once: whether the running stream has each sample once, in
 * order, so that nothing need be kept for later. */
gboolean gst_snn_sample_src_passes_once (GstSnnSampleSrc * src);

/* gst_snn_sample_src_set_tensors: what comes from now on, in the words and at
 * the frame rate that downstream takes, and without a label where it takes
 * none; GST_FLOW_NOT_NEGOTIATED where it refuses. */
GstFlowReturn gst_snn_sample_src_set_tensors (GstSnnSampleSrc * src,
    const GstSnnTensors * tensors);

SNN_END_DECLS
