/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#include <snn/base/input-files.h>
#include <snn/files/model-file.h>
#include <snn/onnx/onnx-file.h>
#include "output.h"

/* Makes an ONNX file of a model file. */

#define FAILED 1
#define USAGE 2

int
main (int argc, char **argv)
{
  gboolean probabilities = FALSE, version = FALSE;
  g_autofree gchar *output = NULL;
  g_auto (GStrv) paths = NULL;
  const GOptionEntry entries[] = {
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
        "The file to write; one that is there is replaced, but not the one "
        "that is read", "FILE.onnx"},
    {"probabilities", 'p', 0, G_OPTION_ARG_NONE, &probabilities,
          "Put out probabilities, by a Sigmoid or of several channels a Softmax, "
          "rather than logits", NULL},
    {"version", 0, 0, G_OPTION_ARG_NONE, &version, "Print the version", NULL},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &paths, NULL,
        "MODEL.nir"},
    {NULL},
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (SnnInputFiles) inputs = snn_input_files_new ();
  g_autoptr (SnnNetwork) network = NULL;
  g_autoptr (GError) error = NULL;

  setlocale (LC_CTYPE, "");
  snn_output_check_at_exit ();
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_summary (context,
      "Makes an ONNX file out of the file of an ANN.");
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    fprintf (stderr, "snn-export: %s\n", error->message);
    return USAGE;
  }
  if (version) {
    printf ("snn-export %s\n", PACKAGE_VERSION);
    return EXIT_SUCCESS;
  }
  if (!paths || paths[1] || !output) {
    fprintf (stderr, "snn-export: expected one MODEL.nir, and -o FILE.onnx; "
        "snn-export --help\n");
    return USAGE;
  }
  snn_input_files_add (inputs, paths[0]);
  network = snn_model_load (paths[0], &error);
  if (network && snn_onnx_save (network, probabilities, output, &error))
    return EXIT_SUCCESS;
  fprintf (stderr, "snn-export: %s\n", error->message);
  return FAILED;
}
