/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdlib.h>
#include <string.h>

#include <snn/base/error.h>
#include "record.h"
#include "results.h"

/* Adds a measurement to a file of results. */

/* Exit statuses */
#define FAILED 1
#define USAGE 2

/* What is known of the same settings: 0 nothing, 1 the same, -1 other. */
static gint
compare_known (const SnnRecord *record, JsonNode *node)
{
  g_autofree gchar *text = json_to_string (node, FALSE);
  g_autoptr (SnnResults) added = snn_results_parse ("", text);
  g_autoptr (SnnResults) known = snn_results_load (record->results, NULL);
  const SnnResult *result = g_ptr_array_index (added->list, 0);

  for (guint i = 0; known && i < known->list->len; i++) {
    const SnnResult *other = g_ptr_array_index (known->list, i);

    if (strcmp (other->identity, result->identity) == 0)
      return snn_result_equal (result, other) ? 1 : -1;
  }
  return 0;
}

static gint
add_result (const SnnRecord *record)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = snn_record_make (record, &error);
  gint known = node ? compare_known (record, node) : 0;

  if (known > 0)
    return EXIT_SUCCESS;
  if (!node || !snn_results_append (record->results, node, &error)) {
    g_printerr ("snn-record: %s\n", error->message);
    return FAILED;
  }
  if (known < 0)
    g_printerr ("snn-record: %s was measured before, with another outcome; "
        "both are kept, and the later one counts\n", record->experiment);
  return EXIT_SUCCESS;
}

static void
clear (SnnRecord *record)
{
  g_strfreev (record->settings);
  g_strfreev (record->values);
  g_strfreev (record->logs);
  g_strfreev (record->pictures);
  g_strfreev (record->masks);
  g_free (record->image);
}

int
main (int argc, char **argv)
{
  SnnRecord record = { NULL, };
  gboolean version = FALSE;
  g_auto (GStrv) arguments = NULL;
  const GOptionEntry entries[] = {
    {"values", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &record.values,
        "JSON report of dicesink or accuracysink", "FILE"},
    {"log", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &record.logs,
          "Log of snn-launch; of several steps in their order, the measurement "
          "last", "FILE"},
    {"chunk", 0, 0, G_OPTION_ARG_INT, &record.chunk,
        "Timesteps of a chunk, where Dice was measured after each", "T"},
    {"picture", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &record.pictures,
        "PNG file to show", "CAPTION=FILE"},
    {"image", 0, 0, G_OPTION_ARG_FILENAME, &record.image,
        "Volume to show", "FILE"},
    {"mask", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &record.masks,
        "Mask of the volume", "NAME=FILE"},
    {"version", 0, 0, G_OPTION_ARG_NONE, &version, "Print the version", NULL},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &arguments, NULL,
        "RESULTS EXPERIMENT [SETTING=value...]"},
    {NULL}
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  gint status = USAGE;

  g_option_context_set_summary (context,
      "Adds a measurement to a file of results, for snn-report.");
  g_option_context_set_description (context,
      "Nothing in the file is changed. What it holds already is not added\n"
      "again; another outcome of the same settings is added, and said so.\n");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("snn-record: %s\n", error->message);
  } else if (version) {
    g_print ("snn-record %s\n", PACKAGE_VERSION);
    status = EXIT_SUCCESS;
  } else if (arguments && arguments[0] && arguments[1]) {
    record.results = arguments[0];
    record.experiment = arguments[1];
    record.settings = g_strdupv (arguments + 2);
    status = add_result (&record);
  } else {
    g_autofree gchar *help = g_option_context_get_help (context, TRUE, NULL);

    g_printerr ("%s", help);
  }
  clear (&record);
  return status;
}
