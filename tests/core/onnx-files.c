/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/core/onnx-files.h"

#include <stdlib.h>
#include <string.h>

#include <gst/check/gstcheck.h>

#include <snn/run/engine.h>
#include "tests/npy.h"

gchar *
snn_test_onnx_path (const gchar *name, const gchar *suffix)
{
  g_autofree gchar *file = g_strconcat (name, suffix, NULL);

  return g_build_filename (g_getenv ("SNN_TEST_DATA"), "onnx", file, NULL);
}

float *
snn_test_onnx_predict (SnnNetwork *network, const gchar *name)
{
  g_autofree gchar *path = snn_test_onnx_path (name, ".input.npy");
  g_autoptr (Npy) input = npy_load (path, NULL);
  g_autoptr (SnnEngine) engine = snn_engine_new (network, 1);
  g_autofree float *values = NULL;
  float *logits = g_new (float, snn_shape_size (snn_network_output (network)));

  fail_unless (input != NULL
      && input->n == snn_shape_size (snn_network_input (network)));
  values = g_new (float, input->n);
  for (gsize v = 0; v < input->n; v++)
    values[v] = (float) input->values[v];
  snn_engine_run (engine, 1, &(SnnInput) { values, SNN_VALUE_FLOAT32, 1 }, NULL,
      &logits, NULL, NULL);
  return logits;
}

SnnOnnx__ModelProto *
snn_test_onnx_read (const gchar *name)
{
  g_autofree gchar *path = snn_test_onnx_path (name, ".onnx");
  g_autoptr (GError) error = NULL;
  gsize size;
  SnnOnnx__ModelProto *model = snn_onnx_message_read (path, &size, &error);

  fail_unless (model != NULL, "%s", error ? error->message : "");
  return model;
}

/* Memory of a message is malloc()'s. */
void
snn_test_onnx_replace (gchar **text, const gchar *by)
{
  free (*text);
  *text = strdup (by);
}

void
snn_test_onnx_write (const SnnOnnx__ModelProto *model, const gchar *path)
{
  const gsize size = snn_onnx__model_proto__get_packed_size (model);
  g_autofree uint8_t *data = g_malloc (size);

  snn_onnx__model_proto__pack (model, data);
  fail_unless (g_file_set_contents (path, (gchar *) data, (gssize) size, NULL));
}
