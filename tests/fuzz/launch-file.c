/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Launch files, with their variables set and expanded. */

#include "pipelines/launch-file.h"
#include "target.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const gchar *path = snn_fuzz_write ("input.launch", data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (SnnLaunchFile) file = snn_launch_file_load (path, &error);
  g_autofree gchar *text = NULL;

  if (!file) {
    snn_fuzz_check_error (error, path);
    return 0;
  }
  text = snn_launch_file_expand (file, &error);
  if (!text) {
    snn_fuzz_check_error (error, path);
    g_clear_error (&error);
  }
  for (guint i = 0; i < file->variables->len; i++) {
    SnnLaunchVariable *variable = g_ptr_array_index (file->variables, i);
    g_autofree gchar *assignment = g_strdup_printf ("%s=a \"b\\' ${c}",
        variable->name);

    if (!snn_launch_file_set (file, assignment, &error))
      g_error ("%s", error->message);
  }
  g_free (text);
  text = snn_launch_file_expand (file, &error);
  if (!text)
    g_error ("all is set, but: %s", error->message);
  return 0;
}
