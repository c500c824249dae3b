/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include <snn/volumes/volume.h>
#include <snn/base/api.h>

SNN_BEGIN_DECLS

/**
 * GstSnnSampleFlags:
 * @GST_SNN_SAMPLE_EVALUATE: held out: predict and measure, don't train
 * @GST_SNN_SAMPLE_LAST: the last slice of its volume in this pass
 */
typedef enum
{
  GST_SNN_SAMPLE_EVALUATE = 1 << 0,
  GST_SNN_SAMPLE_LAST = 1 << 1,
} GstSnnSampleFlags;

/**
 * GstSnnSampleMeta:
 * @volume: (nullable): the volume that the sample is a slice of; owned
 * @box: what part of the volume flows
 * @axis: across which it is cut; says nothing where there is no @volume: an image
 *   is no slice of one
 * @slice: index of the sample along @axis, counted from the box's origin
 * @n_slices: how many the box has
 * @sample: index in the unshuffled dataset: with the epoch, the counter of
 *   every random draw made for the sample
 * @epoch: from 0
 * @timestep, @timesteps: the first timestep of the buffer, and how many the
 *   whole sample has, from its encoder on; 0 of 0 in an image
 * @digest: of the values that @volume's statistics are of; 0: not said.
 *   gst_snn_sample_meta_vouch() sets it
 * @flags: #GstSnnSampleFlags
 *
 * Facts about one sample. They travel here and never in caps, which stay the
 * same from subject to subject. The meta survives copies and transforms.
 */
typedef struct
{
  GstMeta meta;

  SnnVolumeInfo *volume;
  SnnBox box;
  SnnAxis axis;
  guint slice;
  guint n_slices;
  guint32 sample;
  guint32 epoch;
  guint timestep;
  guint timesteps;
  guint64 digest;
  GstSnnSampleFlags flags;
} GstSnnSampleMeta;

GType gst_snn_sample_meta_api_get_type (void);
const GstMetaInfo *gst_snn_sample_meta_get_info (void);

/**
 * gst_buffer_get_snn_sample_meta:
 *
 * Returns: (transfer none) (nullable): the meta of @buffer
 */
GstSnnSampleMeta *gst_buffer_get_snn_sample_meta (GstBuffer * buffer);

/**
 * gst_buffer_add_snn_sample_meta:
 * @volume: (nullable): of which it takes a reference
 *
 * Returns: (transfer none): a meta of @buffer, whose other fields are zero
 */
GstSnnSampleMeta *gst_buffer_add_snn_sample_meta (GstBuffer * buffer,
    SnnVolumeInfo * volume);

/**
 * gst_snn_sample_meta_vouch:
 * @values: (array length=size) (element-type guint8): tensor 0
 * @size: in bytes
 *
 * Notes that these are values of the volume, and its statistics hold for them.
 */
void gst_snn_sample_meta_vouch (GstSnnSampleMeta * meta, gconstpointer values,
    gsize size);

/**
 * gst_snn_sample_meta_vouches:
 * @values: (array length=size) (element-type guint8): tensor 0
 * @size: in bytes
 *
 * Returns: whether they still are: elements in between may write in place and
 *   keep the meta, so that only the values themselves tell
 */
gboolean gst_snn_sample_meta_vouches (const GstSnnSampleMeta * meta,
    gconstpointer values, gsize size);

/**
 * gst_snn_sample_meta_slice_channel:
 * @meta: (nullable): of a sample
 * @channels: that its image has
 *
 * Returns: the channel that is the sample's own slice of its first image: the
 *   middle one of neighbouring slices. 0 where @meta does not tell
 */
guint gst_snn_sample_meta_slice_channel (const GstSnnSampleMeta * meta,
    guint channels);

#ifndef __GI_SCANNER__ /* an error that is changed */

/* gst_snn_prefix_sample: puts the name of @buffer's sample ahead of an error;
 * @number is its name where it has no meta. */
void gst_snn_prefix_sample (GError ** error, GstBuffer * buffer,
    guint number);

#endif

/**
 * GstSnnEpoch:
 * @epoch: from 0
 * @epochs: how many there will be
 * @evaluate: the evaluation phase that follows an epoch's training samples
 * @n_samples: of this phase
 *
 * A phase of an epoch. Sources announce its begin and end by serialized
 * custom events; nobody counts buffers.
 */
typedef struct
{
  guint epoch;
  guint epochs;
  gboolean evaluate;
  guint n_samples;
} GstSnnEpoch;

GstEvent *gst_snn_event_new_epoch_begin (const GstSnnEpoch * epoch);
GstEvent *gst_snn_event_new_epoch_end (const GstSnnEpoch * epoch);

/**
 * gst_snn_event_parse_epoch:
 * @epoch: (out caller-allocates): which it is
 * @end: (out): whether it ends
 *
 * Returns: %FALSE where @event is something else
 */
gboolean gst_snn_event_parse_epoch (GstEvent * event, GstSnnEpoch * epoch,
    gboolean * end);

/* The epoch to start with: sources ask downstream before the first sample, a
 * trainer that goes on from a checkpoint answers. On its way the query tells
 * what is sent, name=value lines: the source says which subjects and how they are
 * cut, and elements between add what they do to samples. An answer of G_MAXUINT
 * is that nothing is to be sent: the trainer refuses it, and has posted why.
 * @evaluated: whether the held-out samples of the epoch before have passed, too; where
 * they have not, and are sent at all, they come first. */
GstQuery *gst_snn_query_new_resume (void);
gboolean gst_snn_query_is_resume (GstQuery * query);
void gst_snn_query_set_resume (GstQuery * query, guint epoch, gboolean evaluated);
guint gst_snn_query_parse_resume (GstQuery * query, gboolean * evaluated);

/* gst_snn_query_describe: adds @lines, of which each ends with '\n'. */
void gst_snn_query_describe (GstQuery * query, const gchar * lines);

/**
 * gst_snn_query_description:
 *
 * Returns: (nullable): all lines so far
 */
const gchar *gst_snn_query_description (GstQuery * query);

#ifndef __GI_SCANNER__ /* names that have to live as long as the query */

/* Whether anybody downstream has a use for a subject. A source asks before it
 * reads it; every sink says no or yes, and none says that it has answered, so
 * that behind a tee all of them are asked. One yes is enough, and where nobody
 * says no the subject is wanted as well.
 * @subject: its name; has to live as long as the query
 * @location: (nullable): its file; the same */
GstQuery *gst_snn_query_new_wanted (const gchar * subject,
    const gchar * location);
/* gst_snn_query_parse_wanted: FALSE where @query is something else. */
gboolean gst_snn_query_parse_wanted (GstQuery * query, const gchar ** subject,
    const gchar ** location);
void gst_snn_query_answer_wanted (GstQuery * query, gboolean wanted);
gboolean gst_snn_query_is_wanted (GstQuery * query);

#endif

SNN_END_DECLS
