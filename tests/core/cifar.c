/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <snn/volumes/cifar.h>
#include <snn/base/error.h>
#include "tests/cifar-files.h"
#include "tests/shared-data.h"

static void
assert_image (const SnnCifar *cifar, guint32 number, guint file, guint image)
{
  g_autofree float *values = g_new (float, SNN_CIFAR_VALUES);
  GError *error = NULL;
  guint8 label;

  fail_unless (snn_cifar_read (cifar, number, values, &label, &error));
  fail_unless_equals_int (label, cifar_label (file, image));
  for (guint i = 0; i < SNN_CIFAR_VALUES; i++)
    fail_unless (values[i] == cifar_pixel (file, image, i) / 255.f,
        "image %u, value %u is %g", number, i, values[i]);
}

/* In order of names, test images last, whatever order the folder lists. */
GST_START_TEST (test_folder)
{
  gchar *folder = cifar_folder_new ();
  SnnCifar *cifar;

  cifar_write (folder, "batches.meta.txt", 9, 0, 61);
  cifar = snn_cifar_open (folder, NULL);
  fail_unless (cifar != NULL);
  fail_unless_equals_int (snn_cifar_count (cifar, FALSE), 5);
  fail_unless_equals_int (snn_cifar_count (cifar, TRUE), 4);
  for (guint i = 0; i < 3; i++)
    assert_image (cifar, i, 0, i);
  for (guint i = 0; i < 2; i++)
    assert_image (cifar, 3 + i, 1, i);
  for (guint i = 0; i < 4; i++)
    assert_image (cifar, 5 + i, 2, i);
  snn_cifar_close (cifar);
  snn_test_folder_free (folder);
}

GST_END_TEST;

GST_START_TEST (test_file_and_pattern)
{
  gchar *folder = cifar_folder_new ();
  g_autofree gchar *file = g_build_filename (folder, "test_batch.bin", NULL);
  g_autofree gchar *pattern = g_build_filename (folder, "data*2.bin", NULL);
  SnnCifar *cifar = snn_cifar_open (file, NULL);

  fail_unless_equals_int (snn_cifar_count (cifar, FALSE), 0);
  fail_unless_equals_int (snn_cifar_count (cifar, TRUE), 4);
  assert_image (cifar, 2, 2, 2);
  snn_cifar_close (cifar);

  cifar = snn_cifar_open (pattern, NULL);
  fail_unless_equals_int (snn_cifar_count (cifar, FALSE), 2);
  fail_unless_equals_int (snn_cifar_count (cifar, TRUE), 0);
  assert_image (cifar, 1, 1, 1);
  snn_cifar_close (cifar);
  snn_test_folder_free (folder);
}

GST_END_TEST;

static void
assert_refused (const gchar *location, SnnError code, const gchar *text)
{
  GError *error = NULL;

  fail_unless (snn_cifar_open (location, &error) == NULL);
  fail_unless (g_error_matches (error, SNN_ERROR, code), "%s", error->message);
  fail_unless (strstr (error->message, location) != NULL
      || strpbrk (location, "*") != NULL, "%s", error->message);
  fail_unless (strstr (error->message, text) != NULL, "%s", error->message);
  g_error_free (error);
}

GST_START_TEST (test_refused)
{
  gchar *folder = snn_test_folder_new ();
  static const struct
  {
    const gchar *name;
    guint n;
    guint extra;
    const gchar *text;
  } files[] = {
    {"short.bin", 0, 100, "has 100 bytes"},
    {"empty.bin", 0, 0, "has 0 bytes"},
    {"long.bin", 2, 1, "has 6147 bytes, where CIFAR-10 in its binary version "
          "has records of 3073"},
    {"cut.bin", 1, 3072, "cut off"},
  };
  g_autofree gchar *none = g_build_filename (folder, "none.bin", NULL);
  g_autofree gchar *pattern = g_build_filename (folder, "*.nothing", NULL);
  g_autofree gchar *pipe = g_build_filename (folder, "pipe.bin", NULL);

  assert_refused (folder, SNN_ERROR_NOT_FOUND, "data_batch_*.bin");
  assert_refused (none, SNN_ERROR_NOT_FOUND, "no file or folder");
  assert_refused (pattern, SNN_ERROR_NOT_FOUND, "stands for");
  fail_unless_equals_int (mkfifo (pipe, 0600), 0);
  assert_refused (pipe, SNN_ERROR_FORMAT, "has 0 bytes");
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree gchar *path = g_build_filename (folder, files[i].name, NULL);

    cifar_write (folder, files[i].name, 0, files[i].n, files[i].extra);
    assert_refused (path, SNN_ERROR_FORMAT, files[i].text);
  }
  snn_test_folder_free (folder);
}

GST_END_TEST;

/* What is wrong inside a file, or becomes so, is found when it is read. */
GST_START_TEST (test_bad_records)
{
  gchar *folder = snn_test_folder_new ();
  g_autofree gchar *path = g_build_filename (folder, "some.bin", NULL);
  g_autofree gchar *data = g_malloc0 (3 * CIFAR_RECORD);
  float values[SNN_CIFAR_VALUES];
  GError *error = NULL;
  SnnCifar *cifar;
  guint8 label;

  data[0] = 9;
  data[CIFAR_RECORD] = 10;
  fail_unless (g_file_set_contents (path, data, 3 * CIFAR_RECORD, NULL));
  cifar = snn_cifar_open (path, NULL);
  fail_unless (snn_cifar_read (cifar, 0, values, &label, NULL));
  fail_unless_equals_int (label, 9);
  fail_if (snn_cifar_read (cifar, 1, values, &label, &error));
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_FORMAT));
  fail_unless (strstr (error->message, path) != NULL);
  fail_unless (strstr (error->message, "Image 1") != NULL);
  fail_unless (strstr (error->message, "label 10") != NULL);
  g_clear_error (&error);

  fail_unless_equals_int (truncate (path, 2 * CIFAR_RECORD + 5), 0);
  fail_if (snn_cifar_read (cifar, 2, values, &label, &error));
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_READ));
  fail_unless (strstr (error->message, path) != NULL);
  fail_unless (strstr (error->message, "shorter") != NULL);
  g_clear_error (&error);
  snn_cifar_close (cifar);
  snn_test_folder_free (folder);
}

GST_END_TEST;

/* Every shift and both ways of looking come up; each is a shift of the image,
 * the same in all channels, with zeros where nothing is known; and it depends
 * on seed, sample and epoch alone. */
GST_START_TEST (test_augment)
{
  const gint side = SNN_CIFAR_SIDE;
  gboolean seen[9][9][2] = { {{FALSE}} };
  float image[SNN_CIFAR_VALUES];
  guint n_seen = 0;

  for (guint i = 0; i < SNN_CIFAR_VALUES; i++)
    image[i] = 1.f + i;
  for (guint32 sample = 0; sample < 1500; sample++) {
    float moved[SNN_CIFAR_VALUES], again[SNN_CIFAR_VALUES];
    gint middle, down, right;
    guint wrong = 0;
    gboolean mirror;

    memcpy (moved, image, sizeof image);
    memcpy (again, image, sizeof image);
    snn_cifar_augment (7, sample, sample / 100, moved);
    snn_cifar_augment (7, sample, sample / 100, again);
    fail_unless (memcmp (moved, again, sizeof moved) == 0);

    /* From what the middle shows follows what was done. */
    mirror = moved[16 * side + 16] > moved[16 * side + 17];
    middle = (gint) moved[16 * side + (mirror ? 15 : 16)] - 1;
    down = 16 - middle / side;
    right = 16 - middle % side;
    fail_unless (ABS (down) <= 4 && ABS (right) <= 4);
    for (gint i = 0; i < SNN_CIFAR_VALUES; i++) {
      gint c = i / (side * side), y = i / side % side, x = i % side;
      gint row = y - down, column = (mirror ? side - 1 - x : x) - right;
      gboolean inside = row >= 0 && row < side && column >= 0 && column < side;

      wrong += moved[i] != (inside
          ? image[(c * side + row) * side + column] : 0.f);
    }
    fail_unless_equals_int (wrong, 0);
    n_seen += !seen[down + 4][right + 4][mirror];
    seen[down + 4][right + 4][mirror] = TRUE;
  }
  fail_unless_equals_int (n_seen, 9 * 9 * 2);
}

GST_END_TEST;

/* The test batch has a thousand images of each class. */
GST_START_TEST (test_real_data)
{
  g_autofree gchar *folder = snn_shared_data ("cifar10");
  guint n[SNN_CIFAR_CLASSES] = { 0 };
  float values[SNN_CIFAR_VALUES];
  double sum = 0.;
  SnnCifar *cifar;
  guint8 label;

  if (!folder)
    return;
  cifar = snn_cifar_open (folder, NULL);
  fail_unless (cifar != NULL);
  fail_unless_equals_int (snn_cifar_count (cifar, TRUE), 10000);
  fail_unless (snn_cifar_count (cifar, FALSE) >= 10000);
  fail_unless (snn_cifar_count (cifar, FALSE) % 10000 == 0);
  for (guint i = 0; i < 10000; i++) {
    fail_unless (snn_cifar_read (cifar, snn_cifar_count (cifar, FALSE) + i,
            values, &label, NULL));
    n[label]++;
    for (guint j = 0; j < SNN_CIFAR_VALUES; j++)
      sum += values[j];
  }
  for (guint c = 0; c < SNN_CIFAR_CLASSES; c++)
    fail_unless_equals_int (n[c], 1000);
  /* The mean that is commonly given for the data: 0.473 over all channels. */
  fail_unless (ABS (sum / 10000. / SNN_CIFAR_VALUES - 0.4733) < 0.005,
      "mean %g", sum / 10000. / SNN_CIFAR_VALUES);
  snn_cifar_close (cifar);
}

GST_END_TEST;

static Suite *
cifar_suite (void)
{
  Suite *suite = suite_create ("cifar");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_folder);
  tcase_add_test (tc, test_file_and_pattern);
  tcase_add_test (tc, test_refused);
  tcase_add_test (tc, test_bad_records);
  tcase_add_test (tc, test_augment);
  tcase_add_test (tc, test_real_data);
  return suite;
}

GST_CHECK_MAIN (cifar);
