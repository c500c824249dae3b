/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cifar.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/error.h"
#include "../base/input-files.h"
#include "../base/random.h"

#define RECORD_SIZE (1 + SNN_CIFAR_VALUES)

/* How far snn_cifar_augment() moves an image at most. */
#define MOST_SHIFT 4

typedef struct
{
  gchar *path;
  gboolean test;
  int fd;
  guint32 first;                /* number of its first image */
  guint32 n_images;
} File;

struct _SnnCifar
{
  GPtrArray *files;
  SnnInputFiles *inputs;        /* these, which nobody may replace */
  guint32 count[2];             /* training, test */
};

static void
file_free (gpointer data)
{
  File *file = data;

  if (file->fd >= 0)
    close (file->fd);
  g_free (file->path);
  g_free (file);
}

static void
add_file (GPtrArray *files, const gchar *path)
{
  g_autofree gchar *name = g_path_get_basename (path);
  File *file = g_new0 (File, 1);

  file->path = g_strdup (path);
  file->test = g_str_has_prefix (name, "test_batch");
  file->fd = -1;
  g_ptr_array_add (files, file);
}

static gboolean
is_batch (const gchar *name)
{
  return g_str_has_suffix (name, ".bin")
      && (g_str_has_prefix (name, "data_batch")
      || g_str_has_prefix (name, "test_batch"));
}

static gboolean
list_folder (GPtrArray *files, const gchar *folder, GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &reason);
  const gchar *name;

  if (!dir) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_OPEN, "Can't read folder %s: %s",
        folder, reason->message);
    return FALSE;
  }
  while ((name = g_dir_read_name (dir))) {
    g_autofree gchar *path = g_build_filename (folder, name, NULL);

    if (is_batch (name))
      add_file (files, path);
  }
  if (files->len > 0)
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND, "There is no "
      "data_batch_*.bin or test_batch.bin in folder %s, where CIFAR-10 in its "
      "binary version was expected", folder);
  return FALSE;
}

static gboolean
list_pattern (GPtrArray *files, const gchar *pattern, GError **error)
{
  glob_t found;

  if (glob (pattern, 0, NULL, &found) == 0)
    for (gsize i = 0; i < found.gl_pathc; i++)
      if (!g_file_test (found.gl_pathv[i], G_FILE_TEST_IS_DIR))
        add_file (files, found.gl_pathv[i]);
  globfree (&found);
  if (files->len > 0)
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND,
      "There is no file that %s stands for", pattern);
  return FALSE;
}

static gboolean
list_files (GPtrArray *files, const gchar *location, GError **error)
{
  if (g_file_test (location, G_FILE_TEST_IS_DIR))
    return list_folder (files, location, error);
  if (g_file_test (location, G_FILE_TEST_EXISTS)) {
    add_file (files, location);
    return TRUE;
  }
  if (strpbrk (location, "*?["))
    return list_pattern (files, location, error);
  g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND,
      "There is no file or folder %s", location);
  return FALSE;
}

static gint
compare_files (gconstpointer a, gconstpointer b)
{
  const File *x = *(const File *const *) a, *y = *(const File *const *) b;

  return x->test != y->test ? x->test - y->test : strcmp (x->path, y->path);
}

static gboolean
open_file (File *file, guint64 *n_images, GError **error)
{
  struct stat status;

  /* A pipe is refused below, and must not be waited for. */
  file->fd = open (file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file->fd < 0 || fstat (file->fd, &status) != 0) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_OPEN, "Can't open %s: %s",
        file->path, g_strerror (errno));
    return FALSE;
  }
  *n_images = (guint64) status.st_size / RECORD_SIZE;
  if (S_ISREG (status.st_mode) && *n_images > 0
      && (guint64) status.st_size % RECORD_SIZE == 0)
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "%s has %" G_GUINT64_FORMAT
      " bytes, where CIFAR-10 in its binary version has records of %d: it is "
      "cut off, or something else", file->path, (guint64) status.st_size,
      RECORD_SIZE);
  return FALSE;
}

SnnCifar *
snn_cifar_open (const gchar *location, GError **error)
{
  g_autoptr (SnnCifar) cifar = g_new0 (SnnCifar, 1);
  guint64 n_all = 0;

  cifar->files = g_ptr_array_new_with_free_func (file_free);
  if (!list_files (cifar->files, location, error))
    return NULL;
  g_ptr_array_sort (cifar->files, compare_files);
  cifar->inputs = snn_input_files_new ();
  for (guint i = 0; i < cifar->files->len; i++) {
    File *file = g_ptr_array_index (cifar->files, i);
    guint64 n_images;

    if (!open_file (file, &n_images, error))
      return NULL;
    snn_input_files_add (cifar->inputs, file->path);
    if (n_images > G_MAXUINT32 - n_all) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED, "%s has %"
          G_GUINT64_FORMAT " images, more than can be numbered in 32 bits",
          file->path, n_images);
      return NULL;
    }
    file->first = (guint32) n_all;
    file->n_images = (guint32) n_images;
    cifar->count[file->test] += file->n_images;
    n_all += n_images;
  }
  return g_steal_pointer (&cifar);
}

void
snn_cifar_close (SnnCifar *cifar)
{
  if (!cifar)
    return;
  g_clear_pointer (&cifar->inputs, snn_input_files_free);
  g_ptr_array_unref (cifar->files);
  g_free (cifar);
}

guint32
snn_cifar_count (const SnnCifar *cifar, gboolean test)
{
  return cifar->count[!!test];
}

static const File *
find_file (const SnnCifar *cifar, guint32 image)
{
  guint i = 0;
  const File *file;

  do {
    file = g_ptr_array_index (cifar->files, i++);
  } while (image - file->first >= file->n_images);
  return file;
}

/* A file may have been cut off since it was opened. */
static gboolean
read_record (const File *file, guint32 index, guint8 *record, GError **error)
{
  gsize done = 0;

  while (done < RECORD_SIZE) {
    gssize n = pread (file->fd, record + done, RECORD_SIZE - done,
        (off_t) index * RECORD_SIZE + (off_t) done);

    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_READ, "Can't read image %u of "
          "%s: %s", index, file->path,
          n < 0 ? g_strerror (errno) : "the file has become shorter");
      return FALSE;
    }
    done += (gsize) n;
  }
  return TRUE;
}

gboolean
snn_cifar_read (const SnnCifar *cifar, guint32 image, float *values,
    guint8 *label, GError **error)
{
  const File *file = find_file (cifar, image);
  guint32 index = image - file->first;
  guint8 record[RECORD_SIZE];

  if (!read_record (file, index, record, error))
    return FALSE;
  *label = record[0];
  if (*label >= SNN_CIFAR_CLASSES) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "Image %u of %s has the "
        "label %u, where CIFAR-10 has classes 0 to %d", index, file->path,
        *label, SNN_CIFAR_CLASSES - 1);
    return FALSE;
  }
  for (guint i = 0; i < SNN_CIFAR_VALUES; i++)
    values[i] = (float) record[1 + i] / 255.f;
  return TRUE;
}

gchar *
snn_cifar_digest (const SnnCifar *cifar, guint32 first, guint32 n)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_MD5);

  for (guint32 image = first; image < first + n; image++) {
    const File *file = find_file (cifar, image);
    guint8 label;

    if (pread (file->fd, &label, 1,
            (off_t) (image - file->first) * RECORD_SIZE) == 1)
      g_checksum_update (sum, &label, 1);
  }
  return g_strdup (g_checksum_get_string (sum));
}

void
snn_cifar_augment (guint64 seed, guint32 sample, guint32 epoch, float *values)
{
  const gint side = SNN_CIFAR_SIDE;
  const guint32 counter[4] = { 0, 0, sample, epoch };
  g_autofree float *from = g_memdup2 (values, SNN_CIFAR_VALUES * sizeof *from);
  guint32 key[2], draw[4];
  gint down, right;
  gboolean mirror;

  snn_random_key (seed, SNN_RANDOM_AUGMENT, key);
  snn_philox4x32 (counter, key, draw);
  down = (gint) ((guint64) draw[0] * (2 * MOST_SHIFT + 1) >> 32) - MOST_SHIFT;
  right = (gint) ((guint64) draw[1] * (2 * MOST_SHIFT + 1) >> 32) - MOST_SHIFT;
  mirror = draw[2] >> 31;

  for (gint c = 0; c < SNN_CIFAR_CHANNELS; c++)
    for (gint y = 0; y < side; y++)
      for (gint x = 0; x < side; x++) {
        gint row = y - down, column = (mirror ? side - 1 - x : x) - right;
        gboolean inside = row >= 0 && row < side && column >= 0
            && column < side;

        *values++ = inside ? from[(c * side + row) * side + column] : 0.f;
      }
}
