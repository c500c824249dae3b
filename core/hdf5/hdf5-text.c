/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hdf5-private.h"

#include <string.h>
#include <unistd.h>

/* Texts of variable length, straight from the file. HDF5 1.10 copies as many
 * bytes as the text's heap states into a buffer of the length that the dataset
 * states, so that a damaged file overruns it. The HDF5 File Format
 * Specification, version 3.0, section III.E, describes what is read here:
 * a dataset holds (length, address of a heap, index) for each text, and a
 * heap is "GCOL", a version, its size, and objects of (index, references,
 * size, bytes padded to eight). */

#define ELEMENT_SIZE 16
#define HEADER_SIZE 16

/* Bounds on the work that a hostile file can ask for, in bytes. */
#define MAX_HEAPS (32u << 20)

typedef struct
{
  int fd;
  guint64 base;                 /* file addresses count from here */
  guint64 address;              /* of the heap in memory */
  guint8 *heap;
  gsize size;
  gsize heaps_left;
  gsize text_left;
} TextReader;

static guint64
little_endian (const guint8 *bytes, guint n)
{
  guint64 value = 0;

  while (n-- > 0)
    value = value << 8 | bytes[n];
  return value;
}

static gboolean
read_at (const TextReader *r, guint64 offset, guint8 *out, gsize n)
{
  if (offset > G_MAXINT64 - n)
    return FALSE;
  while (n > 0) {
    gssize got = pread (r->fd, out, n, (off_t) offset);

    if (got <= 0)
      return FALSE;
    out += got;
    offset += (guint64) got;
    n -= (gsize) got;
  }
  return TRUE;
}

static gboolean
load_heap (TextReader *r, guint64 address)
{
  guint8 header[HEADER_SIZE];
  guint64 size;

  if (r->heap && r->address == address)
    return TRUE;
  g_clear_pointer (&r->heap, g_free);
  if (address > G_MAXINT64 - r->base
      || !read_at (r, r->base + address, header, sizeof header)
      || memcmp (header, "GCOL\1", 5) != 0)
    return FALSE;
  size = little_endian (header + 8, 8);
  if (size < HEADER_SIZE || size > r->heaps_left)
    return FALSE;
  r->heaps_left -= size;
  r->heap = g_malloc (size);
  r->size = size;
  r->address = address;
  return read_at (r, r->base + address, r->heap, size);
}

/* Finds @length bytes of object @index in the heap in memory. */
static const guint8 *
find_object (const TextReader *r, guint index, gsize length)
{
  gsize at = HEADER_SIZE;

  while (r->size - at >= HEADER_SIZE) {
    const guint8 *object = r->heap + at;
    guint64 size = little_endian (object + 8, 8);

    /* Index 0 is the free space behind all objects. */
    if (little_endian (object, 2) == 0 || size > r->size - at - HEADER_SIZE)
      return NULL;
    if (little_endian (object, 2) == index)
      return length <= size ? object + HEADER_SIZE : NULL;
    size = (size + 7) & ~G_GUINT64_CONSTANT (7);
    if (size > r->size - at - HEADER_SIZE)
      return NULL;
    at += HEADER_SIZE + size;
  }
  return NULL;
}

static gchar *
read_text (TextReader *r, const guint8 element[ELEMENT_SIZE])
{
  gsize length = little_endian (element, 4);
  const guint8 *bytes;

  if (length == 0)
    return g_strdup ("");
  if (length > r->text_left || !load_heap (r, little_endian (element + 4, 8)))
    return NULL;
  bytes = find_object (r, (guint) little_endian (element + 12, 4), length);
  if (!bytes)
    return NULL;
  r->text_left -= length;
  return g_strndup ((const gchar *) bytes, length);
}

gboolean
snn_hdf5_read_variable (SnnHdf5 *h, const gchar *name, hid_t dataset,
    gchar **texts, gsize n)
{
  TextReader r = {.heaps_left = MAX_HEAPS,.text_left = SNN_HDF5_MAX_TEXT };
  hid_t creation = H5Fget_create_plist (h->file);
  hid_t stored = H5Dget_create_plist (dataset);
  haddr_t offset = H5Dget_offset (dataset);
  hsize_t base = 0;
  size_t address_size = 0, length_size = 0;
  int *fd = NULL;
  gboolean plain;

  H5Pget_userblock (creation, &base);
  H5Pget_sizes (creation, &address_size, &length_size);
  plain = H5Pget_layout (stored) == H5D_CONTIGUOUS && address_size == 8
      && length_size == 8;
  H5Pclose (creation);
  H5Pclose (stored);
  if (!plain || offset == HADDR_UNDEF
      || H5Fget_vfd_handle (h->file, H5P_DEFAULT, (void **) &fd) < 0)
    return snn_hdf5_fail (h, SNN_ERROR_UNSUPPORTED,
        "%s is text in another layout than one contiguous block", name);
  r.fd = *fd;
  r.base = base;
  for (gsize i = 0; i < n; i++) {
    guint8 element[ELEMENT_SIZE];

    if (read_at (&r, offset + i * ELEMENT_SIZE, element, sizeof element))
      texts[i] = read_text (&r, element);
    if (!texts[i]) {
      snn_hdf5_fail (h, SNN_ERROR_FORMAT, "%s is damaged, or longer than %u "
          "bytes", name, SNN_HDF5_MAX_TEXT);
      break;
    }
  }
  g_free (r.heap);
  return !h->error;
}
