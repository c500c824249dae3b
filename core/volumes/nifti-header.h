/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "volume.h"

/* After GLib: both this and <dirent.h> know a DT_UNKNOWN. */
#include <nifti2_io.h>

G_BEGIN_DECLS

/* Private to nifti-*.c and volume.c. */

/**
 * _SnnNiftiHeader:
 * @version: 1 or 2, of the file
 * @fields: in the machine's byte order; a NIfTI-1 header is widened, which
 *   loses nothing on the way back
 * @swapped: whether the file's byte order is the other one
 * @paired: whether the voxels are in an .img file
 * @extensions: (nullable): the header extensions, in the machine's byte order
 * @affine: stored voxel index to world mm, of the form that counts
 *
 * What has been read of a file's header, checked.
 */
struct _SnnNiftiHeader
{
  guint version;
  nifti_2_header fields;
  gboolean swapped;
  gboolean paired;
  GBytes *extensions;
  double affine[4][4];
};

/* The longest header, NIfTI-2's. */
#define SNN_NIFTI_HEADER_MAX 540

/* snn_nifti_header_size: in bytes, of @version; 4 bytes follow that announce
 * extensions. */
gsize snn_nifti_header_size (guint version);

/**
 * snn_nifti_header_parse:
 * @bytes, @n: beginning of the file, %SNN_NIFTI_HEADER_MAX bytes or less where
 *   it is shorter
 * @location: for messages
 * @warnings: what is odd but can be lived with is added, a sentence each
 *
 * Returns: (transfer full): the header, or %NULL with SNN_ERROR_FORMAT or
 * SNN_ERROR_UNSUPPORTED
 */
SnnNiftiHeader *snn_nifti_header_parse (const guint8 * bytes, gsize n,
    const gchar * location, GString * warnings, GError ** error);

/* snn_nifti_header_set_extensions: takes over those of the @n bytes behind the
 * header that are well-formed. */
void snn_nifti_header_set_extensions (SnnNiftiHeader * header,
    const guint8 * bytes, gsize n, const gchar * location, GString * warnings);

/* snn_nifti_header_new: NIfTI-1 (-2 where it must be), for a volume that is
 * stored in canonical order and comes from no file. */
SnnNiftiHeader *snn_nifti_header_new (const SnnVolumeInfo * info);

/* snn_nifti_header_serialize: (transfer full): header and extensions of a
 * single file, all that comes before the voxels, in native byte order. */
GByteArray *snn_nifti_header_serialize (const SnnNiftiHeader * header);

SnnNiftiHeader *snn_nifti_header_copy (const SnnNiftiHeader * header);
void snn_nifti_header_free (SnnNiftiHeader * header);

/* snn_nifti_header_describe: sets dims, zooms, affine, axis and flip of @info;
 * @header stays the caller's. */
void snn_nifti_header_describe (const SnnNiftiHeader * header,
    SnnVolumeInfo * info);

/* snn_nifti_strides: canonical voxel (x, y, z) is value
 * (returned) + x strides[0] + y strides[1] + z strides[2] of the file. */
gssize snn_nifti_strides (const SnnVolumeInfo * info, gssize strides[3]);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnNiftiHeader, snn_nifti_header_free)

G_END_DECLS
