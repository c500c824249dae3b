/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdlib.h>
#include <string.h>

#include <snn/base/atomic-file.h>
#include "report-sections.h"

/* Makes a page of a file of results. */

/* Exit statuses */
#define FAILED 1
#define USAGE 2

static void
tell_problems (const GPtrArray *problems)
{
  for (guint i = 0; i < problems->len; i++)
    g_printerr ("snn-report: %s\n",
        (const gchar *) g_ptr_array_index (problems, i));
}

static gint
write_report (const gchar *path, const gchar *output, const gchar *charts)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SnnResults) results = snn_results_load (path, &error);
  g_autofree gchar *folder = g_path_get_dirname (path);
  g_autoptr (SnnReport) report = NULL;
  g_autofree gchar *page = NULL;

  if (!results) {
    g_printerr ("snn-report: %s\n", error->message);
    return FAILED;
  }
  report = snn_report_new (results, folder);
  snn_report_claims (report);
  snn_report_segmentation (report);
  snn_report_timesteps (report);
  snn_report_training (report);
  snn_report_spikes (report);
  snn_report_volumes (report);
  snn_report_provenance (report);
  tell_problems (results->problems);
  tell_problems (report->problems);

  page = snn_report_page (report);
  if (!snn_file_write (output, page, strlen (page), &error)
      || (charts && !snn_report_write_charts (report, charts, &error))) {
    g_printerr ("snn-report: %s\n", error->message);
    return FAILED;
  }
  return EXIT_SUCCESS;
}

int
main (int argc, char **argv)
{
  g_autofree gchar *output = NULL;
  g_autofree gchar *charts = NULL;
  gboolean version = FALSE;
  g_auto (GStrv) arguments = NULL;
  const GOptionEntry entries[] = {
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
        "Page to write (report.html)", "FILE"},
    {"charts", 0, 0, G_OPTION_ARG_FILENAME, &charts,
        "Folder to write each chart to as SVG", "FOLDER"},
    {"version", 0, 0, G_OPTION_ARG_NONE, &version, "Print the version", NULL},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &arguments, NULL,
        "RESULTS"},
    {NULL}
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_set_summary (context,
      "Makes a page of tables and figures of the results that snn-record "
      "wrote.");
  g_option_context_set_description (context,
      "The page is one HTML file that needs no network. What has no results\n"
      "yet is left out of it.\n");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("snn-report: %s\n", error->message);
    return USAGE;
  }
  if (version) {
    g_print ("snn-report %s\n", PACKAGE_VERSION);
    return EXIT_SUCCESS;
  }
  if (!arguments || !arguments[0] || arguments[1]) {
    g_autofree gchar *help = g_option_context_get_help (context, TRUE, NULL);

    g_printerr ("%s", help);
    return USAGE;
  }
  return write_report (arguments[0], output ? output : "report.html",
      charts);
}
