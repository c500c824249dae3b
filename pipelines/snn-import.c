/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include <snn/base/error.h>
#include <snn/base/input-files.h>
#include <snn/files/model-file.h>
#include <snn/graph/declare-classes.h>
#include <snn/onnx/onnx-file.h>
#include <snn/volumes/recipe-set.h>
#include "program.h"

/* Makes a model file of an ONNX file, with what ONNX can't say about how the network
 * is to be fed. */

static gchar *output;
static gchar *size;
static gchar *classes;
static gchar **recipe;
static gboolean signed_input;
static gchar **paths;

static const GOptionEntry entries[] = {
  {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
      "The file to write; one that is there is replaced, but not the one "
        "that is read", "FILE.nir"},
  {"size", 's', 0, G_OPTION_ARG_STRING, &size,
      "Of the input, where the file leaves it open; a depth of volumes",
        "WIDTHxHEIGHT[xDEPTH]"},
  {"classes", 'c', 0, G_OPTION_ARG_STRING, &classes,
        "Values in label maps that the output's channels after the background "
        "are of, in the order of the channels, such as 1,2", "VALUES"},
  {"recipe", 'r', 0, G_OPTION_ARG_STRING_ARRAY, &recipe,
        "How the network was fed, such as axis=y, scaling=unit or size=32x56x48; "
        "may be repeated", "NAME=VALUE"},
  {"signed", 0, 0, G_OPTION_ARG_NONE, &signed_input,
      "It was trained on inputs from -1 to 1, not 0 to 1", NULL},
  {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &paths, NULL,
      "MODEL.onnx"},
  {NULL},
};

static gboolean
parse_size (SnnShape *shape, GError **error)
{
  guint *const sides[] = { &shape->width, &shape->height, &shape->depth };
  g_auto (GStrv) parts = g_strsplit (size ? size : "", "x", -1);
  const guint n = g_strv_length (parts);
  guint64 side;

  *shape = (SnnShape) { 0, };
  if (!size)
    return TRUE;
  for (guint i = 0; i < n && n <= G_N_ELEMENTS (sides); i++)
    if (g_ascii_string_to_unsigned (parts[i], 10, 1, G_MAXINT32, &side, NULL))
      *sides[i] = (guint) side;
  if (n < 2 || n > G_N_ELEMENTS (sides) || shape->width == 0
      || shape->height == 0 || (n == 3 && shape->depth == 0)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "--size is '%s'; expected "
        "WIDTHxHEIGHT, such as 56x48, or of volumes WIDTHxHEIGHTxDEPTH", size);
    return FALSE;
  }
  return TRUE;
}

static gboolean
set_recipe (SnnNetwork *network, GError **error)
{
  for (guint i = 0; recipe && recipe[i]; i++)
    if (!snn_recipe_set (network, recipe[i], error))
      return FALSE;
  network->signed_input |= signed_input;
  return TRUE;
}

static gboolean
import (const gchar *path, GError **error)
{
  g_autoptr (SnnInputFiles) inputs = snn_input_files_new ();
  g_autoptr (SnnNetwork) network = NULL;
  SnnShape shape;

  snn_input_files_add (inputs, path);
  if (!parse_size (&shape, error)
      || !(network = snn_onnx_load (path, &shape, error)))
    return FALSE;
  if (classes && !snn_network_declare_classes (network, classes, error)) {
    g_prefix_error (error, "%s: --classes: ", path);
    return FALSE;
  }
  if (!set_recipe (network, error))
    return FALSE;
  /* Those of the file itself, where --recipe says nothing else. */
  if (!snn_recipe_check (network, error)) {
    g_prefix_error (error, "%s: its metadata: ", path);
    return FALSE;
  }
  return snn_model_save (network, output, error);
}

int
main (int argc, char **argv)
{
  GError *error = NULL;
  gint status;

  if (!snn_program_begin ("snn-import", "Makes the file of a network out of an "
          "ONNX file of operator sets 11 to 17.", entries, &argc, &argv, &status))
    return status;
  if (!paths || paths[1] || !output) {
    snn_program_tell ("expected one MODEL.onnx, and -o FILE.nir; "
        "snn-import --help");
    return SNN_PROGRAM_USAGE;
  }
  if (import (paths[0], &error))
    return EXIT_SUCCESS;
  snn_program_tell_error (error);
  return SNN_PROGRAM_FAILED;
}
