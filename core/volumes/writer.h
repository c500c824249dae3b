/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "volume-builder.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/* SnnVolumeWriter: where volumes are written to, one file a subject, and what
 * becomes of files that are there already. Several threads may use one. */
typedef struct _SnnVolumeWriter SnnVolumeWriter;

/**
 * SnnExistingFiles:
 * @SNN_EXISTING_REFUSED: an error, before anything is computed
 * @SNN_EXISTING_REPLACED: replaced when the volume is complete
 * @SNN_EXISTING_KEPT: kept, and their subjects left out; an error where they are
 *   masks and something else is wanted
 *
 * What becomes of files that another run has left. A writer may always replace
 * its own, and nobody an input (input-files.h).
 */
typedef enum
{
  SNN_EXISTING_REFUSED,
  SNN_EXISTING_REPLACED,
  SNN_EXISTING_KEPT,
} SnnExistingFiles;

/**
 * snn_volume_writer_new:
 * @location: (nullable): a file name that ends in .nii or .nii.gz, with %s for
 *   the subject or %d for a running number (file-pattern.h)
 * @existing: with %SNN_EXISTING_KEPT a name must tell its subject: %d is refused
 * @content: what is to be written; a mask is not kept where values between whole
 *   numbers are wanted
 * @make_folder: whether the folder of @location is made where there is none
 *
 * Returns: (transfer full): %NULL with SNN_ERROR_NOT_FOUND (no @location, no
 * folder), SNN_ERROR_FORMAT or SNN_ERROR_UNSUPPORTED (name), or SNN_ERROR_WRITE
 * where the folder can't be written to
 */
SnnVolumeWriter *snn_volume_writer_new (const gchar * location,
    SnnExistingFiles existing, SnnNiftiContent content, gboolean make_folder,
    GError ** error);
void snn_volume_writer_free (SnnVolumeWriter * writer);

/**
 * snn_volume_writer_name:
 * @info: of the volume; a reference is taken
 *
 * Returns: (transfer none): the volume's file, or %NULL with SNN_ERROR_MISMATCH
 * where another volume has it (the message names both origins), or
 * SNN_ERROR_WRITE where it exists and is not to be replaced
 */
const gchar *snn_volume_writer_name (SnnVolumeWriter * writer,
    SnnVolumeInfo * info, GError ** error);

/* snn_volume_writer_keeps: whether the file of @subject, read from @source
 * (nullable), is there and kept; FALSE as well where it has no file, which
 * snn_volume_writer_name() tells. */
gboolean snn_volume_writer_keeps (SnnVolumeWriter * writer,
    const gchar * subject, const gchar * source);

/* snn_volume_writer_n_kept: of how many subjects this has been so. */
guint snn_volume_writer_n_kept (SnnVolumeWriter * writer);

/* snn_volume_writer_write: to @name, which is the writer's from then on; errors
 * as snn_nifti_write(). */
gboolean snn_volume_writer_write (SnnVolumeWriter * writer,
    const SnnVolumeBuilder * builder, const gchar * name, GError ** error);

/* snn_volume_writer_write_map: the same of a map of parts. */
gboolean snn_volume_writer_write_map (SnnVolumeWriter * writer,
    const SnnPartMap * map, const gchar * name, GError ** error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnVolumeWriter, snn_volume_writer_free)

SNN_END_DECLS
