/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "deadline.h"

static gpointer
run (gpointer data)
{
  GstSnnDeadline *self = data;

  g_mutex_lock (&self->lock);
  while (!self->stopping) {
    if (self->due == 0) {
      g_cond_wait (&self->changed, &self->lock);
    } else if (g_get_monotonic_time () < self->due) {
      g_cond_wait_until (&self->changed, &self->lock, self->due);
    } else {
      self->due = 0;
      g_mutex_unlock (&self->lock);
      self->expired (self->data);
      g_mutex_lock (&self->lock);
    }
  }
  g_mutex_unlock (&self->lock);
  return NULL;
}

gboolean
gst_snn_deadline_start (GstSnnDeadline *self, void (*expired) (gpointer data),
    gpointer data, GError **error)
{
  *self = (GstSnnDeadline) {.expired = expired,.data = data };
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->thread = g_thread_try_new ("snn-deadline", run, self, error);
  if (self->thread)
    return TRUE;
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  return FALSE;
}

void
gst_snn_deadline_stop (GstSnnDeadline *self)
{
  if (!self->thread)
    return;
  g_mutex_lock (&self->lock);
  self->stopping = TRUE;
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
  g_thread_join (g_steal_pointer (&self->thread));
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
}

void
gst_snn_deadline_set (GstSnnDeadline *self, gint64 due)
{
  if (!self->thread)
    return;
  g_mutex_lock (&self->lock);
  self->due = due;
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
}
