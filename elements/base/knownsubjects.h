/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include <snn/graph/network.h>

G_BEGIN_DECLS

/* What flows into a network that was trained on some of it: not installed. A
 * stream with labels is one to measure by. */
typedef struct
{
  GHashTable *seen;             /* names of the subjects so far */
  GPtrArray *known;             /* those of them that it was trained on */
  gboolean told;
} GstSnnKnownSubjects;

/* gst_snn_known_subjects_learn: @network was trained on @buffers. */
void gst_snn_known_subjects_learn (SnnNetwork * network, guint n,
    GstBuffer * const *buffers);

/* gst_snn_known_subjects_note: @buffer goes into @network, to be measured. */
void gst_snn_known_subjects_note (GstSnnKnownSubjects * self,
    const SnnNetwork * network, GstBuffer * buffer);

/* gst_snn_known_subjects_tell: posts one warning a stream by @element, where there
 * is something to warn of; @model: the network's file. */
void gst_snn_known_subjects_tell (GstSnnKnownSubjects * self,
    GstElement * element, const gchar * model);

void gst_snn_known_subjects_clear (GstSnnKnownSubjects * self);

G_END_DECLS
