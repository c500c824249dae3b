/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* NIfTI files. The first byte says how the rest is stored and read: as a single
 * file, gzipped here, or as a pair; and whether it is its own mask. */

#include <math.h>
#include <string.h>

#include <snn/base/remarks.h>
#include <snn/volumes/label-values.h>
#include <snn/volumes/nifti-read.h>
#include <snn/volumes/nifti-write.h>
#include <zlib.h>
#include "target.h"

#define MOST_BYTES (32u << 20)

typedef enum
{
  GZIPPED = 1 << 0,
  PAIRED = 1 << 1,
  LABELLED = 1 << 2,
  SECOND = 1 << 3,
  WRITTEN = 1 << 4,
} Mode;

static void
append_word (GByteArray *bytes, guint32 word)
{
  const guint32 little = GUINT32_TO_LE (word);

  g_byte_array_append (bytes, (const guint8 *) &little, sizeof little);
}

/* gzip's format (RFC 1952) of one block that is stored as it is (RFC 1951), since
 * setting up a compressor takes longer than all the rest. */
static const gchar *
store_gzipped (const uint8_t *data, size_t size)
{
  static const guint8 head[] = { 31, 139, 8, 0, 0, 0, 0, 0, 0, 255 };
  const guint16 length = (guint16) MIN (size, G_MAXUINT16);
  const guint8 block[] = { 1, length & 255, length >> 8, ~length & 255,
    (guint8) (~length >> 8)
  };
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  g_byte_array_append (bytes, head, sizeof head);
  g_byte_array_append (bytes, block, sizeof block);
  if (length > 0)
    g_byte_array_append (bytes, data, length);
  append_word (bytes, (guint32) crc32 (crc32 (0, NULL, 0), data, length));
  append_word (bytes, length);
  return snn_fuzz_write ("input.nii.gz", bytes->data, bytes->len);
}

static const gchar *
store (guint8 mode, const uint8_t *data, size_t size)
{
  size_t header = MIN (size, 352);

  if (mode & PAIRED) {
    snn_fuzz_write ("input.img", data + header, size - header);
    return snn_fuzz_write ("input.hdr", data, header);
  }
  if (mode & GZIPPED)
    return store_gzipped (data, size);
  return snn_fuzz_write ("input.nii", data, size);
}

static void
check_volume (const SnnVolume *volume)
{
  const SnnVolumeInfo *info = volume->info;
  gsize n = info->dims[0] * info->dims[1] * info->dims[2];
  guint64 ones = 0;
  guint axes = 0;

  for (guint i = 0; i < 3; i++) {
    axes |= 1u << info->axis[i];
    if (info->dims[i] == 0 || !(info->zooms[i] > 0.)
        || !isfinite (info->zooms[i]))
      g_error ("no extent");
    for (guint j = 0; j < 4; j++)
      if (!isfinite (info->affine[i][j]))
        g_error ("the affine is not finite");
  }
  if (axes != 7)
    g_error ("the axes are not the file's");
  if (info->statistics.n_finite + info->statistics.n_nonfinite != n)
    g_error ("voxels are lost");
  for (gsize i = 0; volume->mask && i < n; i++)
    ones += volume->mask[i];
  if (ones != info->n_label_voxels)
    g_error ("label voxels are miscounted");
}

/* What was read can be written on its grid, and read again. */
static void
check_written (const SnnVolume *volume)
{
  const gchar *path = snn_fuzz_path ("written.nii");
  g_autoptr (GError) error = NULL;
  g_autoptr (SnnVolume) again = NULL;
  gsize n = volume->info->dims[0] * volume->info->dims[1]
      * volume->info->dims[2];

  if (!snn_nifti_write (path, volume->info, SNN_NIFTI_PROBABILITY,
          volume->image, &error))
    g_error ("%s", error->message);
  again = snn_nifti_load (path, 0, NULL, &error);
  if (!again)
    g_error ("%s", error->message);
  if (memcmp (again->image, volume->image, n * sizeof (float)) != 0)
    g_error ("other voxels come back");
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  SnnNiftiSettings settings = { 0, MOST_BYTES };
  g_autoptr (GPtrArray) remarks = snn_remarks_new ();
  g_autoptr (GError) early = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (SnnVolume) volume = NULL;
  const gchar *path;
  SnnGrid grid;
  gboolean passes;

  if (size < 1)
    return 0;
  path = store (data[0], data + 1, size - 1);
  settings.index = data[0] & SECOND ? 1 : 0;
  passes = snn_nifti_check (path, data[0] & LABELLED ? path : NULL, &settings,
      &grid, &early);
  volume = snn_nifti_load_labelled (path, data[0] & LABELLED ? path : NULL,
      &settings, remarks, &error);
  if (!volume)
    snn_fuzz_check_error (error, "input.");
  else if (!passes)
    g_error ("read what the check refused: %s", early->message);
  else
    check_volume (volume);
  if (volume && data[0] & WRITTEN)
    check_written (volume);
  if (data[0] & LABELLED) {
    g_autoptr (GArray) counts = snn_label_values (path, 0, NULL);
  }
  return 0;
}
