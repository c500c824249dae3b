/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* CIFAR-10's binary files. The first byte says how often the rest is repeated,
 * since a whole record has 3073 bytes. */

#include <snn/volumes/cifar.h>
#include "target.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (SnnCifar) cifar = NULL;
  float values[SNN_CIFAR_VALUES];
  const gchar *path;
  guint32 n;

  if (size < 2)
    return 0;
  for (guint i = 0; i <= data[0] && bytes->len < 1 << 16; i++)
    g_byte_array_append (bytes, data + 1, (guint) size - 1);
  path = snn_fuzz_write ("data_batch_1.bin", bytes->data, bytes->len);
  cifar = snn_cifar_open (path, &error);
  if (!cifar) {
    snn_fuzz_check_error (error, path);
    return 0;
  }
  n = snn_cifar_count (cifar, FALSE) + snn_cifar_count (cifar, TRUE);
  for (guint32 i = 0; i < n; i++) {
    guint8 label;

    if (!snn_cifar_read (cifar, i, values, &label, &error)) {
      snn_fuzz_check_error (error, path);
      g_clear_error (&error);
    } else if (label >= SNN_CIFAR_CLASSES) {
      g_error ("label %u", label);
    }
  }
  return 0;
}
