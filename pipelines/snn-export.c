/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include <snn/base/input-files.h>
#include <snn/files/model-file.h>
#include <snn/onnx/onnx-file.h>
#include "program.h"

/* Makes an ONNX file of a model file. */

int
main (int argc, char **argv)
{
  gboolean probabilities = FALSE;
  g_autofree gchar *output = NULL;
  g_auto (GStrv) paths = NULL;
  const GOptionEntry entries[] = {
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
        "The file to write; one that is there is replaced, but not the one "
        "that is read", "FILE.onnx"},
    {"probabilities", 'p', 0, G_OPTION_ARG_NONE, &probabilities,
          "Put out probabilities, by a Sigmoid or of several channels a Softmax, "
          "rather than logits", NULL},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &paths, NULL,
        "MODEL.nir"},
    {NULL},
  };
  g_autoptr (SnnInputFiles) inputs = snn_input_files_new ();
  g_autoptr (SnnNetwork) network = NULL;
  GError *error = NULL;
  gint status;

  if (!snn_program_begin ("snn-export",
          "Makes an ONNX file out of the file of an ANN.", entries, &argc, &argv,
          &status))
    return status;
  if (!paths || paths[1] || !output) {
    snn_program_tell ("expected one MODEL.nir, and -o FILE.onnx; "
        "snn-export --help");
    return SNN_PROGRAM_USAGE;
  }
  snn_input_files_add (inputs, paths[0]);
  network = snn_model_load (paths[0], &error);
  if (network && snn_onnx_save (network, probabilities, output, &error))
    return EXIT_SUCCESS;
  snn_program_tell_error (error);
  return SNN_PROGRAM_FAILED;
}
