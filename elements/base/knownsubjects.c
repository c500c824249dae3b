/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "knownsubjects.h"

#include <snn/measure/known-subjects.h>
#include "messages.h"
#include "samplemeta.h"

/* How many subjects the warning names. */
#define MAX_NAMES 10

void
gst_snn_known_subjects_learn (SnnNetwork *network, guint n,
    GstBuffer *const *buffers)
{
  for (guint i = 0; i < n; i++) {
    const GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffers[i]);

    if (meta && meta->volume)
      snn_known_subjects_add (network, meta->volume);
  }
}

void
gst_snn_known_subjects_note (GstSnnKnownSubjects *self,
    const SnnNetwork *network, GstBuffer *buffer)
{
  const GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);
  const SnnVolumeInfo *volume = meta ? meta->volume : NULL;

  if (!volume || snn_known_subjects_count (network) == 0)
    return;
  if (!self->seen) {
    self->seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    self->known = g_ptr_array_new_with_free_func (g_free);
  }
  if (g_hash_table_contains (self->seen, volume->subject))
    return;
  g_hash_table_add (self->seen, g_strdup (volume->subject));
  if (snn_known_subjects_has (network, volume))
    g_ptr_array_add (self->known, g_utf8_make_valid (volume->subject, -1));
}

void
gst_snn_known_subjects_tell (GstSnnKnownSubjects *self, GstElement *element,
    const gchar *model)
{
  g_autoptr (GString) names = NULL;
  guint n = self->known ? self->known->len : 0;

  if (n == 0 || self->told)
    return;
  self->told = TRUE;
  names = g_string_new (NULL);
  for (guint i = 0; i < MIN (n, MAX_NAMES); i++)
    g_string_append_printf (names, "%s%s", i ? ", " : "",
        (const gchar *) self->known->pdata[i]);
  if (n > MAX_NAMES)
    g_string_append_printf (names, " and %u more", n - MAX_NAMES);
  GST_SNN_ELEMENT_WARNING (element, STREAM, FAILED,
      ("%s was trained on %u of the %u labelled subjects that it is given: %s. "
          "What is measured on them says nothing about others",
          model, n, g_hash_table_size (self->seen), names->str), (NULL));
}

void
gst_snn_known_subjects_clear (GstSnnKnownSubjects *self)
{
  g_clear_pointer (&self->seen, g_hash_table_unref);
  g_clear_pointer (&self->known, g_ptr_array_unref);
  self->told = FALSE;
}
