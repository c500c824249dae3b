/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Putting a result together out of what a measurement left behind. */

/**
 * SnnRecord:
 * @results: file that the result will be added to
 * @experiment: what it belongs to
 * @settings: (array zero-terminated=1): "NAME=value"
 * @values: (array zero-terminated=1) (nullable): JSON reports, of dicesink or
 *   accuracysink
 * @logs: (array zero-terminated=1) (nullable): of snn-launch, of all steps in
 *   order, that of the measurement last
 * @chunk: timesteps of a chunk, where the reports tell of chunks
 * @pictures: (array zero-terminated=1) (nullable): "CAPTION=FILE"
 * @image: (nullable): a volume
 * @masks: (array zero-terminated=1) (nullable): "NAME=FILE", masks of @image
 */
typedef struct
{
  gchar *results;
  gchar *experiment;
  gchar **settings;
  gchar **values;
  gchar **logs;
  gint chunk;
  gchar **pictures;
  gchar *image;
  gchar **masks;
} SnnRecord;

/* snn_record_make: (transfer full): the result, in the format that
 * docs/formats.md describes; %NULL with SNN_ERROR_NOT_FOUND, _READ, _FORMAT or,
 * when a step failed or was interrupted, _MISMATCH. */
JsonNode *snn_record_make (const SnnRecord * record, GError ** error);

G_END_DECLS
