/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "properties.h"

G_BEGIN_DECLS

/* Where a stream of samples is, in samples and in time. Private. */

/**
 * GstSnnCounts:
 * @rate: samples a second; 0: they have no time
 * @offset: of the next sample
 * @duration: of the stream, in samples; 0: not known
 */
typedef struct
{
  GstSnnFraction rate;
  guint64 offset;
  guint64 duration;
} GstSnnCounts;

/* gst_snn_counts_stamp: @buffer is the next sample: its offsets and, at a frame
 * rate, its time. */
void gst_snn_counts_stamp (GstSnnCounts * counts, GstBuffer * buffer);

/* gst_snn_format_is_count: samples are what GStreamer calls frames of the DEFAULT
 * format, and each is a buffer. */
gboolean gst_snn_format_is_count (GstFormat format);

/* gst_snn_counts_to: @value, a count of samples, in @format; FALSE where there is
 * no saying. */
gboolean gst_snn_counts_to (const GstSnnCounts * counts, GstFormat format,
    guint64 value, gint64 * result);

/* gst_snn_counts_from: the sample at @value in @format; FALSE where there is no
 * saying. Without a frame rate the first one has a time, 0. */
gboolean gst_snn_counts_from (const GstSnnCounts * counts, GstFormat format,
    gint64 value, guint64 * result);

/* gst_snn_counts_until: the first sample that does not begin before @value; FALSE as
 * gst_snn_counts_from(). */
gboolean gst_snn_counts_until (const GstSnnCounts * counts, GstFormat format,
    gint64 value, guint64 * result);

/* gst_snn_counts_answer: answers a query about position, duration, formats,
 * seeking or conversion; FALSE where the base class has to. */
gboolean gst_snn_counts_answer (const GstSnnCounts * counts,
    GstQuery * query);

G_END_DECLS
