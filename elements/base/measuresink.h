/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasesink.h>

#include "samplemeta.h"
#include "tensors.h"
#include <snn/base/api.h>

SNN_BEGIN_DECLS

#define GST_TYPE_SNN_MEASURE_SINK (gst_snn_measure_sink_get_type ())
G_DECLARE_DERIVABLE_TYPE (GstSnnMeasureSink, gst_snn_measure_sink, GST,
    SNN_MEASURE_SINK, GstBaseSink)

/**
 * GstSnnMeasurement:
 * @meta: (nullable): of the sample
 * @prediction: [depth or channels][height][width] float32 values, memory 0
 * @label: uint8 values, memory 1
 *
 * What one buffer says.
 */
typedef struct
{
  const GstSnnSampleMeta *meta;
  const float *prediction;
  const guint8 *label;
} GstSnnMeasurement;

/**
 * GstSnnMeasureSinkClass:
 * @start, @stop: of the stream; FALSE from @start with a message posted
 * @refusal: (nullable): why tensors can't be measured; %NULL accepts them. They
 *   have a label.
 * @same_sample: whether two buffers' metas are of one sample, whose last
 *   prediction counts
 * @begin_pass: drops what an unfinished pass has counted
 * @end_pass: ends the pass and posts what it came to; FALSE when nothing was
 *   counted. Where samples of the same pass come after it, from another source,
 *   the next end is of all of them
 * @count: a sample's last prediction; FALSE with an error
 * @count_chunk: (nullable): each prediction of a sample, numbered from 0
 * @report: (transfer full): as JSON
 * @write: (nullable): further files, after the report; FALSE with an error
 *
 * Base of sinks that measure labelled predictions in passes: an epoch's
 * training or evaluation samples, or all that comes before EOS. At the end of
 * each pass the report is written to the property "location". Where several
 * sources send one pass, it ends when none of them has begun and not ended it.
 * A pass that the end of the stream cut short is marked in the report, which
 * then does not replace one of whole passes; a stream that begins with a later
 * epoch goes on with the report that is there.
 *
 * Where a network sends a prediction for every chunk of a sample, the last one
 * counts: that with the MARKER flag or, where there are no flags, the one
 * after which comes another sample, the end of the pass or EOS.
 */
struct _GstSnnMeasureSinkClass
{
  GstBaseSinkClass parent_class;

  gboolean (*start) (GstSnnMeasureSink * self);
  void (*stop) (GstSnnMeasureSink * self);
  const gchar *(*refusal) (GstSnnMeasureSink * self,
      const GstSnnTensors * tensors);
  gboolean (*same_sample) (const GstSnnSampleMeta * a,
      const GstSnnSampleMeta * b);
  void (*begin_pass) (GstSnnMeasureSink * self, guint epoch, gboolean evaluate);
  gboolean (*end_pass) (GstSnnMeasureSink * self);
  gboolean (*count) (GstSnnMeasureSink * self,
      const GstSnnMeasurement * measurement, GError ** error);
  gboolean (*count_chunk) (GstSnnMeasureSink * self,
      const GstSnnMeasurement * measurement, guint chunk, GError ** error);
  gchar *(*report) (GstSnnMeasureSink * self);
  gboolean (*write) (GstSnnMeasureSink * self, GError ** error);

  gpointer _gst_reserved[GST_PADDING];
};

/* gst_snn_measure_sink_tensors: what flows; while there are caps. */
const GstSnnTensors *gst_snn_measure_sink_tensors (GstSnnMeasureSink * self);

/* gst_snn_measure_sink_claim_file: whether @location (nullable) is one that a
 * report could be written to, and that no other run writes until this one has
 * stopped; FALSE with a message posted. A report that can't be written is better
 * known before a day of training than after it. */
gboolean gst_snn_measure_sink_claim_file (GstSnnMeasureSink * self,
    const gchar * location);

/* gst_snn_measure_sink_post: (transfer full): posts an element message of the
 * open
 * pass, with "epoch" and "evaluate" added. */
void gst_snn_measure_sink_post (GstSnnMeasureSink * self,
    GstStructure * structure);

SNN_END_DECLS
