/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstaggregator.h>

#include <gst/snn/samplemeta.h>
#include <gst/snn/tensors.h>

G_BEGIN_DECLS

/* A pad of probabilitymean: a view, which is what one network says of the volume at
 * hand. Errors are of GST_STREAM_ERROR or GST_RESOURCE_ERROR and name the pad. */
typedef struct
{
  GstAggregatorPad parent_instance;

  GstSnnTensors tensors;
  GstSnnFacts facts;
  GPtrArray *slices;            /* GstBuffer, as they came, a slice once */
  guint8 *received;             /* whether, for each slice of the box */
  guint n_received;
  guint n_slices;
  gboolean chunks_follow;       /* of the last slice */
  SnnBox box;
  SnnAxis axis;
  float *values;                /* channels x box, of the whole volume */
  GQueue held;                  /* GstEvent, that came behind the whole volume */
} GstSnnProbabilityView;

typedef struct
{
  GstAggregatorPadClass parent_class;
} GstSnnProbabilityViewClass;

GType gst_snn_probability_view_get_type (void);

/* gst_snn_probability_view_clear_volume: the volume at hand is done with;
 * gst_snn_probability_view_clear: and so is what came behind it. */
void gst_snn_probability_view_clear_volume (GstSnnProbabilityView * view);
void gst_snn_probability_view_clear (GstSnnProbabilityView * view);

/* gst_snn_probability_view_add: a slice, which begins a volume or goes on with the one
 * at hand. Several chunks of one sample are several predictions; the last one counts. */
gboolean gst_snn_probability_view_add (GstSnnProbabilityView * view,
    GstBuffer * buffer, GError ** error);

/* gst_snn_probability_view_is_whole: whether all slices of the volume have come. */
gboolean gst_snn_probability_view_is_whole (const GstSnnProbabilityView * view);

/* gst_snn_probability_view_subject: of the volume at hand, which has begun. */
const gchar *gst_snn_probability_view_subject (const GstSnnProbabilityView * view);

/* gst_snn_probability_view_check: whether @view is of the volume of @first, of the same
 * part of it and of the same classes. */
gboolean gst_snn_probability_view_check (const GstSnnProbabilityView * first,
    const GstSnnProbabilityView * view, GError ** error);

/* gst_snn_probability_view_cut: (transfer full): a slice of the view's values in place
 * of the prediction of @buffer. */
GstBuffer *gst_snn_probability_view_cut (const GstSnnProbabilityView * view,
    GstBuffer * buffer);

G_END_DECLS
