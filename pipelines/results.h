/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Results are kept as JSON lines, an object for each measurement;
 * docs/formats.md, section "Results", says what is in it. */

/**
 * SnnResult:
 * @line: in the file, from 1
 * @experiment: what it belongs to
 * @settings: gchar* to gchar*, in no order
 * @identity: the experiment and all settings; equal for two measurements of
 *   the same thing
 * @object: the whole line
 */
typedef struct
{
  guint line;
  const gchar *experiment;
  GHashTable *settings;
  gchar *identity;
  JsonObject *object;
} SnnResult;

/**
 * SnnResults:
 * @path: of the file
 * @list: SnnResult*, the last measurement of each identity, in the order in
 *   which the identities first came up
 * @n_repeated: earlier measurements that @list leaves out
 * @differing: gchar*, identities measured again with another outcome
 * @problems: gchar*, lines that could not be used, and why
 */
typedef struct
{
  gchar *path;
  GPtrArray *list;
  guint n_repeated;
  GPtrArray *differing;
  GPtrArray *problems;
} SnnResults;

/* snn_results_load: %NULL with SNN_ERROR_NOT_FOUND or SNN_ERROR_READ. */
SnnResults *snn_results_load (const gchar * path, GError ** error);

/* snn_results_parse: as above for a text in memory; @path is for messages. */
SnnResults *snn_results_parse (const gchar * path, const gchar * text);
void snn_results_free (SnnResults * results);

/* snn_results_of: (transfer container): SnnResult* of an experiment. */
GPtrArray *snn_results_of (const SnnResults * results,
    const gchar * experiment);

/* snn_result_setting: its value as text; "" where it is not set. */
const gchar *snn_result_setting (const SnnResult * result,
    const gchar * name);

/* snn_result_number: the number at @path, a list of members separated by '/'
 * ("values/dice/mean"); NAN where there is none. */
double snn_result_number (const SnnResult * result, const gchar * path);

/* snn_result_text: (nullable): as above, a string. */
const gchar *snn_result_text (const SnnResult * result, const gchar * path);

/* snn_result_array: (nullable): as above, a list. */
JsonArray *snn_result_array (const SnnResult * result, const gchar * path);

/* snn_result_equal: whether both have the same values. */
gboolean snn_result_equal (const SnnResult * a, const SnnResult * b);

/* snn_json_number, snn_json_text: the same within any object. */
double snn_json_number (JsonObject * object, const gchar * path);
const gchar *snn_json_text (JsonObject * object, const gchar * path);

/**
 * snn_results_append:
 * @node: an object in the format of a result
 *
 * Adds a line to the file, and makes the file where there is none. The line
 * is written at once and brought to the disk; several processes may do so at
 * the same time. Nothing that the file held is changed.
 *
 * Returns: FALSE with SNN_ERROR_OPEN, SNN_ERROR_NO_SPACE or SNN_ERROR_WRITE
 */
gboolean snn_results_append (const gchar * path, JsonNode * node,
    GError ** error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnResults, snn_results_free)

G_END_DECLS
