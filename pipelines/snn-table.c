/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <json-glib/json-glib.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Prints a table of dicesink's reports, a line each. */

/* A member of @object, or of the object "name/..." in it; not a number where
 * it is missing or null. */
static double
get_number (JsonObject *object, const gchar *name, const gchar *member)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node && member) {
    if (!JSON_NODE_HOLDS_OBJECT (node))
      return NAN;
    node = json_object_get_member (json_node_get_object (node), member);
  }
  return node && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_double (node)
      : NAN;
}

static void
print_number (double number)
{
  if (isnan (number))
    g_print ("  %8s", "-");
  else
    g_print ("  %8.4f", number);
}

/* Up to the last '=', which may be part of a label before that. */
static gsize
label_length (const gchar *argument)
{
  const gchar *end = strrchr (argument, '=');

  return end ? (gsize) (end - argument) : strlen (argument);
}

static gboolean
print_report (const gchar *label, const gchar *path, gint width)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError) error = NULL;
  JsonNode *root;
  JsonObject *report;

  if (!json_parser_load_from_file (parser, path, &error)) {
    g_printerr ("snn-table: %s\n", error->message);
    return FALSE;
  }
  root = json_parser_get_root (parser);
  report = root && JSON_NODE_HOLDS_OBJECT (root)
      ? json_node_get_object (root) : NULL;
  if (!report || !json_object_has_member (report, "n_subjects")) {
    g_printerr ("snn-table: %s is not a report of dicesink\n", path);
    return FALSE;
  }
  g_print ("%-*s  %8.0f", width, label,
      get_number (report, "n_subjects", NULL));
  print_number (get_number (report, "dice", "mean"));
  print_number (get_number (report, "dice", "sd"));
  print_number (get_number (report, "dice_2d", "mean"));
  g_print ("\n");
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context =
      g_option_context_new ("[LABEL=]REPORT...");
  g_autoptr (GError) error = NULL;
  gboolean complete = TRUE;
  gint width = 0;

  setlocale (LC_CTYPE, "");
  g_option_context_set_summary (context,
      "Prints the Dice that dicesink measured, a line for each report.");
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("snn-table: %s\n", error->message);
    return 2;
  }
  if (argc < 2) {
    g_autofree gchar *help = g_option_context_get_help (context, TRUE, NULL);

    g_printerr ("%s", help);
    return 2;
  }

  for (gint i = 1; i < argc; i++)
    width = MAX (width, (gint) label_length (argv[i]));
  g_print ("%-*s  %8s  %8s  %8s  %8s\n", width, "", "subjects", "Dice", "SD",
      "Dice 2D");
  for (gint i = 1; i < argc; i++) {
    gsize length = label_length (argv[i]);
    g_autofree gchar *label = g_strndup (argv[i], length);
    const gchar *path = argv[i][length] ? argv[i] + length + 1 : argv[i];

    complete &= print_report (label, path, width);
  }
  return complete ? EXIT_SUCCESS : EXIT_FAILURE;
}
