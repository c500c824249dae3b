/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>

#include <snn/graph/network.h>
#include <snn/volumes/nifti-write.h>
#include <gst/snn/samplemeta.h>
#include <gst/snn/tensors.h>
#include "tests/folder.h"

/* What tests of elements share. In all descriptions of pipelines and in names
 * of files, # is the test's own folder. */

/* Files */

gboolean snn_test_exists (const gchar *folder, const gchar *name);

gboolean snn_test_same_files (const gchar *folder, const gchar *a,
    const gchar *b);

/* snn_test_value: of voxel @i in a file written with @seed. */
float snn_test_value (guint seed, gsize i);

/* snn_test_write_sized: an image of @dims voxels. */
void snn_test_write_sized (const gchar * folder, const gchar * name,
    const gsize dims[3], guint seed);

/* snn_test_write_nifti: a volume of 5 x 4 x 3 voxels stored as LAS; as a mask,
 * every third voxel is 1. */
void snn_test_write_nifti (const gchar *folder, const gchar *name, guint seed,
    SnnNiftiContent content);

/* snn_test_write_dataset: @n such volumes, with masks of the same names in
 * images and labels. */
void snn_test_write_dataset (const gchar *folder, guint n);

/* A source of its slices across x, padded to 8 x 8; 5 a volume. */
#define SNN_TEST_SLICES "niftisrc location=#/images label-location=#/labels " \
  "axis=x size=0x8x8 "

/* snn_test_write_unet: a network with random weights for slices of
 * @side x @side; a spiking one has thresholds of 0.2, at which all of its
 * layers spike. */
void snn_test_write_unet (const gchar *folder, const gchar *name, guint side,
    gboolean spiking);

/* snn_test_write_classifier: one linear layer with random weights, for images
 * of @side x @side with @channels. */
void snn_test_write_classifier (const gchar *folder, const gchar *name,
    guint side, guint channels, guint classes);

/* Whole pipelines */

/* What a pipeline has said until it ended. */
typedef struct
{
  GError *error;  /* the first */
  gchar *culprit; /* name of the element that posted it */
  guint n_errors; /* without what a source adds to another's */
  guint n_warnings;
  gchar *warning;        /* the last */
  guint n_infos;
  GPtrArray *structures; /* of element messages */
} SnnTestRun;

/* snn_test_launch: (transfer full): a pipeline */
GstElement *snn_test_launch (const gchar *description, const gchar *folder);

/* snn_test_patience: how long a test waits for what has to come: half of what the
 * check may take as a whole (CK_DEFAULT_TIMEOUT), which is more under tools that make
 * it slow, and for ever where that is not limited. */
GstClockTime snn_test_patience (void);

/* snn_test_run: plays @pipeline until EOS or an error, and back to READY. */
void snn_test_run (GstElement *pipeline, SnnTestRun *run);
void snn_test_run_clear (SnnTestRun *run);

/* snn_test_expect_eos: runs @description, which has to end without an error;
 * @run (nullable): what it said. */
void snn_test_expect_eos (const gchar *description, const gchar *folder,
    SnnTestRun *run);

/* snn_test_expect_error: runs @description, which has to fail like this, by
 * one message. */
void snn_test_expect_error (const gchar *description, const gchar *folder,
    GQuark domain, gint code, const gchar *text);

/* What came out of a pipeline: buffers in order, and between them events and
 * caps as text. */
typedef struct
{
  GPtrArray *buffers;
  GString *events;
  GError *error;
} Trace;

/* trace_run: plays @pipeline, which ends in a fakesink named sink, to its end
 * and back to READY. */
void trace_run (Trace *trace, GstElement *pipeline);
void trace_clear (Trace *trace);

/* meta_at: of buffer @i, which has to have one. */
GstSnnSampleMeta *meta_at (const Trace *trace, guint i);

/* same_stream: the same events, bytes and facts about samples. */
gboolean same_stream (const Trace *a, const Trace *b);

/* One element */

/* The element's caps: tensors of float32 unless @types says otherwise. */
#define SNN_TEST_CAPS(n, types, dimensions)                                    \
  "other/tensors, "                                                            \
  "format=(string)static, num_tensors=(int)" n ", types=(string)\"" types      \
  "\", dimensions=(string)\"" dimensions "\", framerate=(fraction)0/1"

/* snn_test_pop_error: the one error message there is on @bus: it has to be
 * this one. */
void snn_test_pop_error (GstBus *bus, GQuark domain, gint code,
    const gchar *text);

/* snn_test_no_error: there has to be none on @bus; shows it where there is. */
void snn_test_no_error (GstBus *bus);

/* An element that is played in a harness and posts to a bus of its own. */
typedef struct
{
  GstHarness *harness;
  GstElement *element;
  GstBus *bus;
} SnnTestElement;

/* snn_test_element_init: @description is of one element, which is played with
 * @caps (nullable: none yet). */
void snn_test_element_init (SnnTestElement *self, const gchar *description,
    const gchar *folder, const gchar *caps);
void snn_test_element_clear (SnnTestElement *self);

/* snn_test_element_restart: through NULL, to a new stream of @caps; messages
 * are dropped. */
void snn_test_element_restart (SnnTestElement *self, const gchar *caps);

/* snn_test_element_flush: flush-start, flush-stop and a new segment. */
void snn_test_element_flush (SnnTestElement *self);

/* snn_test_element_push: has to return @flow. */
void snn_test_element_push (SnnTestElement *self, GstBuffer *buffer,
    GstFlowReturn flow);

/* snn_test_element_pull: appends memory 0 of all buffers that wait, drops
 * them, and returns how many these were. */
guint snn_test_element_pull (SnnTestElement *self, GByteArray *bytes);

/* snn_test_element_eos: ends the stream. */
void snn_test_element_eos (SnnTestElement *self);

/* snn_test_element_structure: (transfer full): of the next element message
 * called @name, those before it dropped; %NULL: there is none. */
GstStructure *snn_test_element_structure (SnnTestElement *self,
    const gchar *name);

/* snn_test_same_memory: whether memory @m of both buffers is the same. */
gboolean snn_test_same_memory (GstBuffer *a, GstBuffer *b, guint m);

/* snn_test_sample: (transfer full): sample number @id: @n values in [0, 1)
 * that depend on it, with @n_label bytes of 0 or 1 as label if not 0. */
GstBuffer *snn_test_sample (guint id, gsize n, gsize n_label);
