/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "volume.h"

/* After GLib: both this and <dirent.h> know a DT_UNKNOWN. */
#include <nifti2_io.h>

G_BEGIN_DECLS

/* Private to nifti-*.c and volume.c. */

/**
 * SnnNiftiForm:
 *
 * What in a header says where its voxels are, in the order in which they are
 * relied upon.
 */
typedef enum
{
  SNN_NIFTI_SFORM,
  SNN_NIFTI_QFORM,
  SNN_NIFTI_NO_FORM,            /* voxel sizes and axes of Analyze 7.5 */
} SnnNiftiForm;

/**
 * _SnnNiftiHeader:
 * @version: 1 or 2, of the file
 * @fields: in the machine's byte order; a NIfTI-1 header is widened, which
 *   loses nothing on the way back
 * @swapped: whether the file's byte order is the other one
 * @paired: whether the voxels are in an .img file
 * @extensions: (nullable): the header extensions, in the machine's byte order
 * @form: what counts ...
 * @affine: ... and what it says: stored voxel index to world mm
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
  SnnNiftiForm form;
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
 * @remarks: (nullable): what is odd but can be lived with is added
 *
 * Returns: (transfer full): the header, or %NULL with SNN_ERROR_FORMAT or
 * SNN_ERROR_UNSUPPORTED
 */
SnnNiftiHeader *snn_nifti_header_parse (const guint8 * bytes, gsize n,
    const gchar * location, GPtrArray * remarks, GError ** error);

/* The most bytes of header extensions that are read. Those of real files have
 * some kilobytes to a few megabytes. */
#define SNN_NIFTI_EXTENSIONS_MAX (64 << 20)

/* snn_nifti_header_set_extensions: keeps those of the @n bytes behind the
 * header that are well-formed; @bytes (g_malloc'ed) is taken over. */
void snn_nifti_header_set_extensions (SnnNiftiHeader * header, guint8 * bytes,
    gsize n, const gchar * location, GPtrArray * remarks);

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

/* snn_nifti_count: of a header, the voxels of a volume, the volumes, the bytes
 * of a volume, and the byte after the last volume's in the file of the voxels.
 * FALSE where that is more than a file can have. */
gboolean snn_nifti_count (const SnnNiftiHeader * header, gsize * n_voxels,
    gsize * n_volumes, gsize * volume_bytes, gsize * end);

/* snn_nifti_steps: the way back of snn_nifti_strides(): voxel (i, j, k) as
 * stored is value (returned) + i steps[0] + j steps[1] + k steps[2] of the
 * canonical grid. */
gssize snn_nifti_steps (const SnnVolumeInfo * info, gssize steps[3]);

/* snn_nifti_strides: canonical voxel (x, y, z) is value
 * (returned) + x strides[0] + y strides[1] + z strides[2] of the file. */
gssize snn_nifti_strides (const SnnVolumeInfo * info, gssize strides[3]);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnNiftiHeader, snn_nifti_header_free)

G_END_DECLS
