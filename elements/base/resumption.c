/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "resumption.h"

#include <snn/train/trainer.h>

void
gst_snn_resumption_start (GstSnnResumption *self, GstElement *element,
    const gchar *checkpoint)
{
  GST_OBJECT_LOCK (element);
  self->checkpoint = g_strdup (checkpoint);
  self->started = TRUE;
  GST_OBJECT_UNLOCK (element);
}

void
gst_snn_resumption_clear (GstSnnResumption *self, GstElement *element)
{
  GST_OBJECT_LOCK (element);
  g_clear_pointer (&self->checkpoint, g_free);
  g_clear_pointer (&self->dataset, g_free);
  g_clear_pointer (&self->restored, g_free);
  self->refused = self->started = FALSE;
  self->epoch = -1;
  GST_OBJECT_UNLOCK (element);
}

/* @known, the dataset that is sent or the one of the checkpoint, is @lines where there
 * are some. A stopped trainer keeps nothing. */
static gboolean
learn (GstSnnResumption *self, GstElement *element, gchar **known, const gchar *lines,
    GError **error)
{
  gboolean same = TRUE;

  GST_OBJECT_LOCK (element);
  if (self->started) {
    if (lines) {
      g_free (*known);
      *known = g_strdup (lines);
    }
    same = snn_trainer_check_dataset (self->checkpoint, self->restored, self->dataset,
        error);
    self->refused = !same;
  }
  GST_OBJECT_UNLOCK (element);
  if (!same)
    g_prefix_error (error, GST_SNN_RESUMPTION_GO_ON);
  return same;
}

gboolean
gst_snn_resumption_sends (GstSnnResumption *self, GstElement *element,
    const gchar *dataset, GError **error)
{
  return learn (self, element, &self->dataset, dataset, error);
}

gboolean
gst_snn_resumption_restored (GstSnnResumption *self, GstElement *element,
    const gchar *dataset, GError **error)
{
  return learn (self, element, &self->restored, dataset, error);
}

gchar *
gst_snn_resumption_dataset (GstSnnResumption *self, GstElement *element)
{
  gchar *dataset;

  GST_OBJECT_LOCK (element);
  dataset = g_strdup (self->dataset);
  GST_OBJECT_UNLOCK (element);
  return dataset;
}

gboolean
gst_snn_resumption_was_refused (GstSnnResumption *self, GstElement *element)
{
  gboolean refused;

  GST_OBJECT_LOCK (element);
  refused = self->refused;
  GST_OBJECT_UNLOCK (element);
  return refused;
}

void
gst_snn_resumption_set_epoch (GstSnnResumption *self, GstElement *element,
    guint epoch, gboolean evaluated)
{
  GST_OBJECT_LOCK (element);
  self->epoch = (gint) epoch;
  self->evaluated = evaluated;
  GST_OBJECT_UNLOCK (element);
}

gint
gst_snn_resumption_get_epoch (GstSnnResumption *self, GstElement *element,
    gboolean *evaluated)
{
  gint epoch;

  GST_OBJECT_LOCK (element);
  epoch = self->epoch;
  *evaluated = self->evaluated;
  GST_OBJECT_UNLOCK (element);
  return epoch;
}
