/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <snn/files/model-file.h>
#include <snn/measure/known-subjects.h>
#include <snn/run/operations.h>
#include "program.h"

/* Says what is in the file of a network: what it is, how it wants to be fed, how
 * large it is and how many operations it takes. */

/* Longer texts of the file are for programs. */
#define LONGEST_TEXT 60

static void
print_line (const gchar *name, const gchar *format, ...) G_GNUC_PRINTF (2, 3);

static void
print_line (const gchar *name, const gchar *format, ...)
{
  va_list arguments;

  printf ("  %-18s ", name);
  va_start (arguments, format);
  vprintf (format, arguments);
  va_end (arguments);
  putchar ('\n');
}

/* (transfer full): width by height, of volumes by depth. */
static gchar *
size_to_text (SnnShape shape)
{
  return shape.depth == 0 ? g_strdup_printf ("%ux%u", shape.width, shape.height)
      : g_strdup_printf ("%ux%ux%u", shape.width, shape.height, shape.depth);
}

static void
print_network (const SnnNetwork *network)
{
  const SnnShape in = snn_network_input (network);
  const SnnShape out = snn_network_output (network);
  g_autofree gchar *classes = snn_classes_to_text (&network->classes);
  g_autofree gchar *in_size = size_to_text (in);
  g_autofree gchar *out_size = size_to_text (out);

  print_line ("network", "%s, %u nodes", network->spiking ? "spiking" : "analog",
      network->nodes->len);
  print_line ("input", "%s, %u channel%s, values from %s", in_size,
      in.channels, in.channels == 1 ? "" : "s",
      network->signed_input ? "-1 to 1" : "0 to 1");
  print_line ("output", "%s, %u channel%s", out_size, out.channels,
      out.channels == 1 ? "" : "s");
  if (network->classes.n > 0)
    print_line ("classes", "%s", classes);
  if (!network->spiking)
    return;
  if (network->timesteps > 0)
    print_line ("timesteps", "%u", network->timesteps);
  else
    print_line ("timesteps", "not said");
  print_line ("readout", "%s",
      network->readout == SNN_READOUT_SUM ? "sum" : "mean");
  print_line ("initial membrane", "%g of the threshold",
      network->initial_membrane);
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (a, b);
}

/* The recipe, and whatever else the file says by name. */
static void
print_metadata (const SnnNetwork *network)
{
  GList *names = g_list_sort (g_hash_table_get_keys (network->metadata),
      compare_names);
  guint subjects = snn_known_subjects_count (network);

  for (GList *l = names; l; l = l->next) {
    const gchar *value = snn_network_metadata (network, l->data);
    g_autofree gchar *text = g_strescape (value, NULL);

    if (strlen (value) <= LONGEST_TEXT
        && !g_str_equal (l->data, "training-subjects"))
      print_line (l->data, "%s", text);
  }
  if (!snn_network_metadata (network, "scaling"))
    print_line ("recipe", "none: set axis, size and mode as it was trained with");
  g_list_free (names);
  if (subjects > 0)
    print_line ("trained on", "%u subjects", subjects);
}

static void
print_size (const SnnNetwork *network)
{
  gsize n = snn_network_n_weights (network), neurons = 0;
  SnnOperations spikes = snn_network_operations (network, FALSE);
  SnnOperations analog = snn_network_operations (network, TRUE);
  const gchar *per = network->spiking ? "a timestep" : "a sample";

  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);

    if (snn_node_is_neuron (node))
      neurons += snn_shape_size (node->out);
  }
  print_line ("weights", "%" G_GSIZE_FORMAT ", %.1f kB", n,
      (double) n * sizeof (float) / 1e3);
  if (neurons > 0)
    print_line ("neurons", "%" G_GSIZE_FORMAT, neurons);
  if (!network->spiking) {
    print_line ("operations", "%.3g million multiply-accumulates %s",
        (double) analog.multiply_accumulates / 1e6, per);
    return;
  }
  print_line ("operations", "%.3g million accumulates and %.3g million "
      "multiply-accumulates %s of spikes, at most",
      (double) spikes.accumulates / 1e6,
      (double) spikes.multiply_accumulates / 1e6, per);
  print_line ("", "%.3g and %.3g million of images (directencoder)",
      (double) analog.accumulates / 1e6,
      (double) analog.multiply_accumulates / 1e6);
}

static void
print_nodes (const SnnNetwork *network)
{
  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);
    g_autofree gchar *shape = snn_shape_to_text (node->out);

    printf ("  %-18s %-16s %s", node->name, snn_node_type_name (node), shape);
    for (guint j = 0; j < node->n_inputs; j++)
      printf ("%s%s", j == 0 ? "  from " : ", ",
          snn_network_node (network, node->inputs[j])->name);
    putchar ('\n');
  }
}

static gboolean
print_file (const gchar *path, gboolean nodes)
{
  GError *error = NULL;
  g_autoptr (SnnNetwork) network = snn_model_load (path, &error);

  if (!network) {
    fflush (stdout);
    snn_program_tell_error (error);
    return FALSE;
  }
  printf ("%s\n", path);
  print_network (network);
  print_metadata (network);
  print_size (network);
  if (nodes)
    print_nodes (network);
  return TRUE;
}

int
main (int argc, char **argv)
{
  gboolean nodes = FALSE;
  g_auto (GStrv) paths = NULL;
  const GOptionEntry entries[] = {
    {"nodes", 'n', 0, G_OPTION_ARG_NONE, &nodes,
        "List the nodes, too: name, type, channels, height and width", NULL},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &paths, NULL,
        "MODEL..."},
    {NULL},
  };
  gint status;

  if (!snn_program_begin ("snn-info",
          "Says what is in the file of a network, and how it wants to be fed.",
          entries, &argc, &argv, &status))
    return status;
  if (!paths) {
    snn_program_tell ("no MODEL is given; snn-info --help");
    return SNN_PROGRAM_USAGE;
  }
  status = EXIT_SUCCESS;
  for (guint i = 0; paths[i]; i++)
    if (!print_file (paths[i], nodes))
      status = SNN_PROGRAM_FAILED;
  return status;
}
