/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tests/folder.h"

#define CIFAR_RECORD 3073

/* What the made-up images hold: a byte that depends on the file, the image
 * and the place in it. */
static inline guint8
cifar_pixel (guint file, guint image, guint i)
{
  return (guint8) (file * 101 + image * 37 + i * 7 + i / 256);
}

static inline guint8
cifar_label (guint file, guint image)
{
  return (guint8) ((file + image) % 10);
}

/* cifar_write: @n made-up images, and @extra bytes more. */
static inline void
cifar_write (const gchar *folder, const gchar *name, guint file, guint n,
    guint extra)
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  g_autofree guint8 *data = g_malloc0 (n * CIFAR_RECORD + extra + 1);

  for (guint image = 0; image < n; image++) {
    guint8 *record = data + image * CIFAR_RECORD;

    record[0] = cifar_label (file, image);
    for (guint i = 0; i < CIFAR_RECORD - 1; i++)
      record[1 + i] = cifar_pixel (file, image, i);
  }
  g_assert_true (g_file_set_contents (path, (const gchar *) data,
          n * CIFAR_RECORD + extra, NULL));
}

/* cifar_folder_new: (transfer full): two training files of 3 and 2 images,
 * numbered 0 and 1, and a test file of 4, numbered 2. */
static inline gchar *
cifar_folder_new (void)
{
  gchar *folder = snn_test_folder_new ();

  cifar_write (folder, "data_batch_2.bin", 1, 2, 0);
  cifar_write (folder, "test_batch.bin", 2, 4, 0);
  cifar_write (folder, "data_batch_1.bin", 0, 3, 0);
  return folder;
}
