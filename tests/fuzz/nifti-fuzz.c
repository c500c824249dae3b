/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reads NIfTI files that have been mangled at random, the same way each time.
 *
 *   nifti-fuzz [ROUNDS [FIRST [FILE ...]]]
 *
 * FILEs are mangled too, next to three that are made here; FIRST is the number
 * of the first round, to get at one that failed. A round fails by a crash, by
 * memory beyond what its small file justifies, by an error that says nothing,
 * or by a volume that can't be. */

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <glib/gstdio.h>
#include <zlib.h>

#include <snn/base/remarks.h>
#include <snn/volumes/nifti-read.h>
#include <snn/volumes/nifti-write.h>
#include <snn/base/random.h>

#define MEMORY ((rlim_t) 64 << 20)
#define LARGEST_SEED (1 << 17)

/* The plain content of a file to be mangled. */
static GBytes *
read_plain (const gchar *path)
{
  g_autofree guint8 *bytes = g_malloc (LARGEST_SEED);
  gzFile file = gzopen (path, "rb");
  int n = file ? gzread (file, bytes, LARGEST_SEED) : -1;

  if (file)
    gzclose (file);
  if (n < 0)
    g_error ("can't read %s", path);
  return g_bytes_new (bytes, (gsize) n);
}

static GBytes *
make_seed (const gchar *path, gsize width, SnnNiftiContent content)
{
  g_autoptr (SnnVolumeInfo) info = snn_volume_info_new ("seed");
  g_autofree float *values = g_new0 (float, width * 12);

  info->dims[0] = width;
  info->dims[1] = width > 100 ? 1 : 4;
  info->dims[2] = width > 100 ? 1 : 3;
  for (gsize i = 0; i < width; i++)
    values[i] = (float) i;
  if (!snn_nifti_write (path, info, content, values, NULL))
    g_error ("can't write %s", path);
  return read_plain (path);
}

static guint32
below (SnnRandom *random, guint32 n)
{
  return (guint32) snn_random_below (random, n);
}

/* Changes a few bytes, mostly of the header, or cuts the end off. */
static void
mangle (SnnRandom *random, GByteArray *bytes)
{
  static const guint32 odd[] = {
    0, 1, 7, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff,
    0x7f800000, 0x7fc00000, 0xff800000, 348, 540, 0x5c010000, 0x1c020000,
  };
  guint edits = 1 + below (random, 6);

  for (guint i = 0; i < edits && bytes->len > 8; i++) {
    guint32 word = odd[below (random, G_N_ELEMENTS (odd))];
    guint range = below (random, 5) ? MIN (bytes->len, 640) : bytes->len;
    guint at = below (random, range - 7);

    switch (below (random, 6)) {
      case 0:
        bytes->data[at] ^= 1u << below (random, 8);
        break;
      case 1:
        bytes->data[at] = (guint8) snn_random_u32 (random);
        break;
      case 2:
        memcpy (bytes->data + (at & ~1u), &word, 2);
        break;
      case 3:
        memcpy (bytes->data + (at & ~3u), &word, 4);
        break;
      case 4:
        memset (bytes->data + at, (int) word, 8);
        break;
      default:
        if (below (random, 8) == 0)
          g_byte_array_set_size (bytes, at);
        break;
    }
  }
}

static void
write_mangled (SnnRandom *random, const gchar *path, const GByteArray *bytes)
{
  if (g_str_has_suffix (path, ".gz")) {
    gzFile file = gzopen (path, "wb1");

    gzwrite (file, bytes->data, bytes->len);
    gzclose (file);
    if (below (random, 4) == 0) {
      g_autofree gchar *zipped = NULL;
      gsize size;

      g_file_get_contents (path, &zipped, &size, NULL);
      zipped[below (random, (guint32) size)] ^= 1u << below (random, 8);
      g_file_set_contents (path, zipped, (gssize) size, NULL);
    }
  } else {
    g_file_set_contents (path, (const gchar *) bytes->data, bytes->len, NULL);
  }
}

static void
check (const SnnVolume *volume, const GError *error, const gchar *path,
    guint round)
{
  guint axes = 0;

  if (!volume) {
    if (!error || !strstr (error->message, path))
      g_error ("round %u: %s", round, error ? error->message : "no error");
    return;
  }
  for (guint i = 0; i < 3; i++) {
    axes |= 1u << volume->info->axis[i];
    if (volume->info->dims[i] == 0 || !(volume->info->zooms[i] > 0.))
      g_error ("round %u: no extent", round);
    for (guint j = 0; j < 4; j++)
      if (!isfinite (volume->info->affine[i][j]))
        g_error ("round %u: the affine is not finite", round);
  }
  if (axes != 7)
    g_error ("round %u: the axes are not the file's", round);
}

static guint
run_round (guint round, const gchar *folder, GPtrArray *seeds)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree gchar *path = NULL;
  g_autoptr (GPtrArray) remarks = snn_remarks_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (SnnVolume) volume = NULL;
  SnnRandom random;
  GBytes *seed;
  guint read;

  snn_random_init (&random, 1, SNN_RANDOM_PHANTOM, round);
  seed = seeds->pdata[below (&random, seeds->len)];
  g_byte_array_append (bytes, g_bytes_get_data (seed, NULL),
      (guint) g_bytes_get_size (seed));
  mangle (&random, bytes);
  path = g_build_filename (folder, below (&random, 4) ? "mangled.nii"
      : "mangled.nii.gz", NULL);
  write_mangled (&random, path, bytes);
  volume = snn_nifti_load (path, below (&random, 8) == 0, remarks, &error);
  check (volume, error, path, round);
  read = volume != NULL;
  g_unlink (path);
  return read;
}

/* From here on no more memory than a small file's volume needs. The
 * sanitizers map so much themselves that they are left alone. */
static void
limit_memory (void)
{
  g_autofree gchar *text = NULL;
  struct rlimit limit;

  if (g_getenv ("ASAN_OPTIONS")
      || !g_file_get_contents ("/proc/self/statm", &text, NULL, NULL))
    return;
  getrlimit (RLIMIT_AS, &limit);
  limit.rlim_cur = (rlim_t) strtoull (text, NULL, 10) * 4096 + MEMORY;
  setrlimit (RLIMIT_AS, &limit);
}

int
main (int argc, char **argv)
{
  guint rounds = argc > 1 ? (guint) atoi (argv[1]) : 2000;
  guint first = argc > 2 ? (guint) atoi (argv[2]) : 0;
  g_autofree gchar *folder = g_dir_make_tmp ("snn-fuzz-XXXXXX", NULL);
  g_autofree gchar *made = g_build_filename (folder, "seed.nii", NULL);
  g_autoptr (GPtrArray) seeds =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  guint n_read = 0;

  g_ptr_array_add (seeds, make_seed (made, 5, SNN_NIFTI_MASK));
  g_ptr_array_add (seeds, make_seed (made, 5, SNN_NIFTI_PROBABILITY));
  /* Too wide for NIfTI-1: makes it NIfTI-2. */
  g_ptr_array_add (seeds, make_seed (made, 40000, SNN_NIFTI_MASK));
  for (int i = 3; i < argc; i++)
    g_ptr_array_add (seeds, read_plain (argv[i]));
  g_unlink (made);

  limit_memory ();
  for (guint round = first; round < first + rounds; round++)
    n_read += run_round (round, folder, seeds);
  g_rmdir (folder);
  g_print ("%u rounds: %u files were read, %u refused\n", rounds, n_read,
      rounds - n_read);
  return 0;
}
