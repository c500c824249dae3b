/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Runs a target on seeds, and on seeds that were changed at random, the same
 * way each time: where there is no libFuzzer, and for a short run in the tests.
 * Memory is bounded, so that a target which takes too much of it fails.
 *
 *   fuzz-NAME ROUNDS FIRST CORPUS...
 *
 * CORPUS is a folder of seeds or one; FIRST is the number of the first round,
 * to get at one that failed. */

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <snn/base/random.h>
#include "target.h"

#define MEMORY ((rlim_t) 256 << 20)
#define LARGEST_INPUT (1 << 20)

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar *const *) a, *(const gchar *const *) b);
}

static void
add_seeds (GPtrArray *seeds, const gchar *path)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  GDir *dir = g_dir_open (path, 0, NULL);
  const gchar *name;
  GError *error = NULL;
  gchar *bytes;
  gsize size;

  if (!dir) {
    if (!g_file_get_contents (path, &bytes, &size, &error))
      g_error ("%s", error->message);
    g_ptr_array_add (seeds, g_bytes_new_take (bytes, size));
    return;
  }
  while ((name = g_dir_read_name (dir)))
    g_ptr_array_add (names, g_build_filename (path, name, NULL));
  g_dir_close (dir);
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    add_seeds (seeds, names->pdata[i]);
}

static guint
below (SnnRandom *random, guint n)
{
  return (guint) snn_random_below (random, n);
}

static void
change_word (SnnRandom *random, GByteArray *bytes, guint at)
{
  static const guint32 odd[] = {
    0, 1, 7, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff,
    0x7f800000, 0x7fc00000, 0xff800000, 348, 540, 0x5c010000, 0x1c020000,
  };
  guint32 word = odd[below (random, G_N_ELEMENTS (odd))];
  guint n = 1u << below (random, 4);

  n = MIN (n, bytes->len - at);
  for (guint i = 0; i < n; i++)
    bytes->data[at + i] = (guint8) (word >> 8 * (i % 4));
}

/* Takes a piece of another seed, or of the same, over. */
static void
splice (SnnRandom *random, GByteArray *bytes, GBytes *other, guint at)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (other, &size);
  guint from, n;

  if (size == 0)
    return;
  from = below (random, (guint) size);
  n = 1 + below (random, 64);
  n = MIN (n, (guint) size - from);
  if (below (random, 2)) {
    memcpy (bytes->data + at, data + from, MIN (n, bytes->len - at));
  } else {
    g_byte_array_append (bytes, data + from, n);
    memmove (bytes->data + at + n, bytes->data + at, bytes->len - n - at);
    memcpy (bytes->data + at, data + from, n);
  }
}

/* Half of the changes are in the first bytes, where headers are. */
static void
mangle (SnnRandom *random, GByteArray *bytes, const GPtrArray *seeds)
{
  guint edits = 1 + below (random, 6);

  for (guint i = 0; i < edits && bytes->len > 0; i++) {
    guint range = below (random, 2) ? MIN (bytes->len, 640) : bytes->len;
    guint at = below (random, range);

    switch (below (random, 6)) {
      case 0:
        bytes->data[at] ^= 1u << below (random, 8);
        break;
      case 1:
        bytes->data[at] = (guint8) snn_random_u32 (random);
        break;
      case 2:
      case 3:
        change_word (random, bytes, at);
        break;
      case 4:
        splice (random, bytes, seeds->pdata[below (random, seeds->len)], at);
        break;
      default:
        if (below (random, 4) == 0)
          g_byte_array_set_size (bytes, at);
        break;
    }
  }
}

static void
run_round (guint round, const GPtrArray *seeds)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree guint8 *exact = NULL;
  SnnRandom random;
  GBytes *seed;

  /* The seeds themselves come first. */
  snn_random_init (&random, 1, SNN_RANDOM_PHANTOM, round);
  seed = seeds->pdata[round < seeds->len ? round : below (&random,
          seeds->len)];
  g_byte_array_append (bytes, g_bytes_get_data (seed, NULL),
      (guint) MIN (g_bytes_get_size (seed), LARGEST_INPUT));
  if (round >= seeds->len)
    mangle (&random, bytes, seeds);
  /* Of its size and no more, for what watches over memory. */
  exact = g_memdup2 (bytes->data, bytes->len);
  LLVMFuzzerTestOneInput (exact, bytes->len);
}

/* The sanitizers map so much themselves that they are left alone. */
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
  g_autoptr (GPtrArray) seeds =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  guint rounds, first;

  if (argc < 4)
    g_error ("usage: %s ROUNDS FIRST CORPUS...", argv[0]);
  LLVMFuzzerInitialize (&argc, &argv);
  rounds = (guint) atoi (argv[1]);
  first = (guint) atoi (argv[2]);
  for (int i = 3; i < argc; i++)
    add_seeds (seeds, argv[i]);
  if (seeds->len == 0)
    g_error ("there are no seeds");
  /* One that is run outside of the limit has libraries set themselves up. */
  run_round (0, seeds);
  limit_memory ();
  for (guint round = first; round < first + rounds; round++) {
    if (g_getenv ("SNN_FUZZ_VERBOSE"))
      g_printerr ("round %u\n", round);
    run_round (round, seeds);
  }
  g_print ("%u seeds, rounds %u to %u\n", seeds->len, first,
      first + rounds - 1);
  return 0;
}
