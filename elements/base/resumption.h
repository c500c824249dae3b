/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstSnnResumption:
 *
 * With which epoch a trainer goes on, and whether its source sends what its checkpoint
 * was made on: not installed. Sources may ask in a thread of their own, also while the
 * trainer is being stopped, or has been: what is below is under the lock of the
 * element that all functions are given.
 * Filled with zeros, then begun by gst_snn_resumption_clear().
 */
typedef struct
{
  /*< private > */
  gint epoch;                   /* -1 until the checkpoint is read */
  gboolean evaluated;
  gboolean started;
  gchar *checkpoint;            /* its file, or NULL */
  gchar *dataset;               /* what is sent, as the source has told */
  gchar *restored;              /* what the checkpoint was made on */
  gboolean refused;             /* the second is not the first */
} GstSnnResumption;

/* Stands before errors of checkpoints. */
#define GST_SNN_RESUMPTION_GO_ON \
    "Can't go on from a checkpoint (without that file, or with " \
    "resume=false, training starts afresh): "

void gst_snn_resumption_start (GstSnnResumption * self, GstElement * element,
    const gchar * checkpoint);
void gst_snn_resumption_clear (GstSnnResumption * self, GstElement * element);

/* gst_snn_resumption_sends, gst_snn_resumption_restored: lines of name=value that
 * describe what is sent, and what the checkpoint was made on. Returns: FALSE with
 * SNN_ERROR_MISMATCH as soon as both are known, and differ */
gboolean gst_snn_resumption_sends (GstSnnResumption * self, GstElement * element,
    const gchar * dataset, GError ** error);
gboolean gst_snn_resumption_restored (GstSnnResumption * self, GstElement * element,
    const gchar * dataset, GError ** error);

/* gst_snn_resumption_dataset: (transfer full) (nullable): what is sent. */
gchar *gst_snn_resumption_dataset (GstSnnResumption * self, GstElement * element);

gboolean gst_snn_resumption_was_refused (GstSnnResumption * self,
    GstElement * element);

/* gst_snn_resumption_set_epoch: so many are done, and whether the last one was
 * evaluated. gst_snn_resumption_get_epoch: -1 where that is not known yet. */
void gst_snn_resumption_set_epoch (GstSnnResumption * self, GstElement * element,
    guint epoch, gboolean evaluated);
gint gst_snn_resumption_get_epoch (GstSnnResumption * self, GstElement * element,
    gboolean * evaluated);

G_END_DECLS
