/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "nifti-file.h"
#include "nifti-header.h"

G_BEGIN_DECLS

/**
 * SnnNiftiSource:
 * @header: owned
 * @file: what has the voxels; owned
 * @n_voxels: of a volume
 *
 * Private to nifti-*.c: a file, or two of a pair, whose header has been read
 * and believed. All zero to begin with.
 */
typedef struct
{
  SnnNiftiHeader *header;
  SnnNiftiFile *file;
  gsize n_voxels;
  gsize n_volumes;
} SnnNiftiSource;

void snn_nifti_source_clear (SnnNiftiSource * source);

/* snn_nifti_source_open: reads the header, and opens the file that has the voxels, of
 * which there can be as many as the header says. Errors as those of
 * snn_nifti_load(). */
gboolean snn_nifti_source_open (const gchar * location,
    SnnNiftiSource * source, GPtrArray * remarks, GError ** error);

/* snn_nifti_source_open_memory: the same of bytes in memory, which have to be a
 * single file: header and voxels. */
gboolean snn_nifti_source_open_memory (SnnMemoryFile * memory,
    SnnNiftiSource * source, GPtrArray * remarks, GError ** error);

/* snn_nifti_source_check_index: whether there is volume @index; a remark where
 * it is the first of several. */
gboolean snn_nifti_source_check_index (const gchar * location,
    const SnnNiftiSource * source, guint index, GPtrArray * remarks,
    GError ** error);

/* snn_nifti_source_check_memory: whether a volume takes no more memory than
 * @max_bytes (0: any), 4 bytes a voxel and channel and one of its mask. */
gboolean snn_nifti_source_check_memory (const gchar * location,
    const SnnNiftiSource * source, guint n_channels, gboolean labelled,
    guint64 max_bytes, GError ** error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SnnNiftiSource, snn_nifti_source_clear)

G_END_DECLS
