/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "samplecounts.h"

/* When sample number @offset of the stream begins; NONE without a frame rate. */
static GstClockTime
time_of (const GstSnnFraction *rate, guint64 offset)
{
  if (rate->numerator == 0)
    return GST_CLOCK_TIME_NONE;
  return gst_util_uint64_scale (offset, rate->denominator * GST_SECOND,
      rate->numerator);
}

void
gst_snn_counts_stamp (GstSnnCounts *counts, GstBuffer *buffer)
{
  GstClockTime begin = time_of (&counts->rate, counts->offset);
  GstClockTime end = time_of (&counts->rate, counts->offset + 1);

  GST_BUFFER_OFFSET (buffer) = counts->offset;
  GST_BUFFER_OFFSET_END (buffer) = ++counts->offset;
  if (GST_CLOCK_TIME_IS_VALID (end)) {
    GST_BUFFER_PTS (buffer) = begin;
    GST_BUFFER_DURATION (buffer) = end - begin;
  }
}

gboolean
gst_snn_format_is_count (GstFormat format)
{
  return format == GST_FORMAT_DEFAULT || format == GST_FORMAT_BUFFERS;
}

gboolean
gst_snn_counts_to (const GstSnnCounts *counts, GstFormat format, guint64 value,
    gint64 *result)
{
  if (gst_snn_format_is_count (format))
    *result = (gint64) value;
  else if (format == GST_FORMAT_TIME && counts->rate.numerator > 0)
    *result = (gint64) time_of (&counts->rate, value);
  else
    return FALSE;
  return TRUE;
}

/* The sample that has begun at @time. When one begins is rounded down, too, so that
 * the time that sample n was given is a little less than n samples. */
static guint64
sample_at (const GstSnnFraction *rate, GstClockTime time)
{
  guint64 n = gst_util_uint64_scale (time, (guint64) rate->numerator,
      (guint64) rate->denominator * GST_SECOND);

  return n < G_MAXUINT64 && time_of (rate, n + 1) <= time ? n + 1 : n;
}

gboolean
gst_snn_counts_from (const GstSnnCounts *counts, GstFormat format, gint64 value,
    guint64 *result)
{
  if (value < 0)
    return FALSE;
  if (gst_snn_format_is_count (format) || value == 0)
    *result = (guint64) value;
  else if (format == GST_FORMAT_TIME && counts->rate.numerator > 0)
    *result = sample_at (&counts->rate, (GstClockTime) value);
  else
    return FALSE;
  return TRUE;
}

gboolean
gst_snn_counts_until (const GstSnnCounts *counts, GstFormat format,
    gint64 value, guint64 *result)
{
  if (!gst_snn_counts_from (counts, format, value, result))
    return FALSE;
  if (format == GST_FORMAT_TIME && value > 0
      && time_of (&counts->rate, *result) < (GstClockTime) value)
    ++*result;
  return TRUE;
}

static gboolean
answer_seeking (const GstSnnCounts *counts, GstQuery *query)
{
  gint64 end = -1;
  GstFormat format;

  gst_query_parse_seeking (query, &format, NULL, NULL, NULL);
  if (!gst_snn_format_is_count (format) && format != GST_FORMAT_TIME)
    return FALSE;
  if (counts->duration > 0)
    gst_snn_counts_to (counts, format, counts->duration, &end);
  gst_query_set_seeking (query, format,
      gst_snn_format_is_count (format) || counts->rate.numerator > 0, 0, end);
  return TRUE;
}

static gboolean
answer_convert (const GstSnnCounts *counts, GstQuery *query)
{
  GstFormat from, to;
  gint64 value, result;
  guint64 count;

  gst_query_parse_convert (query, &from, &value, &to, NULL);
  if (!gst_snn_counts_from (counts, from, value, &count)
      || !gst_snn_counts_to (counts, to, count, &result))
    return FALSE;
  gst_query_set_convert (query, from, value, to, result);
  return TRUE;
}

static gboolean
answer_formats (GstQuery *query)
{
  gst_query_set_formats (query, 3, GST_FORMAT_DEFAULT, GST_FORMAT_BUFFERS,
      GST_FORMAT_TIME);
  return TRUE;
}

static gboolean
answer_position (const GstSnnCounts *counts, GstQuery *query)
{
  GstFormat format;

  gst_query_parse_position (query, &format, NULL);
  if (!gst_snn_format_is_count (format))
    return FALSE;
  gst_query_set_position (query, format, (gint64) counts->offset);
  return TRUE;
}

static gboolean
answer_duration (const GstSnnCounts *counts, GstQuery *query)
{
  GstFormat format;
  gint64 value;

  gst_query_parse_duration (query, &format, NULL);
  if (counts->duration == 0
      || !gst_snn_counts_to (counts, format, counts->duration, &value))
    return FALSE;
  gst_query_set_duration (query, format, value);
  return TRUE;
}

gboolean
gst_snn_counts_answer (const GstSnnCounts *counts, GstQuery *query)
{
  switch (GST_QUERY_TYPE (query)) {
    case GST_QUERY_POSITION:
      return answer_position (counts, query);
    case GST_QUERY_DURATION:
      return answer_duration (counts, query);
    case GST_QUERY_FORMATS:
      return answer_formats (query);
    case GST_QUERY_SEEKING:
      return answer_seeking (counts, query);
    case GST_QUERY_CONVERT:
      return answer_convert (counts, query);
    default:
      return FALSE;
  }
}
