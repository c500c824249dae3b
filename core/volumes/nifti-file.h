/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include "../base/memory-file.h"

G_BEGIN_DECLS

/* Private to nifti-*.c: the bytes of a file, gzipped or not (by content). */
typedef struct _SnnNiftiFile SnnNiftiFile;

/* snn_nifti_file_open: (transfer full): a regular file, or %NULL with
 * SNN_ERROR_NOT_FOUND, _OPEN or _READ. */
SnnNiftiFile *snn_nifti_file_open (const gchar * location, GError ** error);
/* snn_nifti_file_open_memory: (transfer full): what @memory has; it is not to be
 * read by others meanwhile. */
SnnNiftiFile *snn_nifti_file_open_memory (SnnMemoryFile * memory,
    GError ** error);
void snn_nifti_file_close (SnnNiftiFile * file);

const gchar *snn_nifti_file_location (const SnnNiftiFile * file);

/* snn_nifti_file_size: bytes as they are stored. */
guint64 snn_nifti_file_size (const SnnNiftiFile * file);

/* snn_nifti_file_capacity: how many bytes it can hold at most: those it has,
 * or 1032 times as many when gzipped, which is the most that deflate can do
 * (https://zlib.net/zlib_tech.html). */
guint64 snn_nifti_file_capacity (const SnnNiftiFile * file);

/* snn_nifti_file_read: up to @n bytes from where it stands; @got is less at
 * the end only. FALSE with SNN_ERROR_READ, or SNN_ERROR_FORMAT where a gzip
 * stream is damaged. */
gboolean snn_nifti_file_read (SnnNiftiFile * file, gpointer bytes, gsize n,
    gsize * got, GError ** error);

/* snn_nifti_file_seek: to byte @offset of the content. */
gboolean snn_nifti_file_seek (SnnNiftiFile * file, gsize offset,
    GError ** error);

/* snn_nifti_file_check_rest: what comes after all that is wanted. zlib looks at a
 * gzip stream's checksum only when it comes to the end: reads on, but little more
 * than the @n bytes that are known to follow. */
gboolean snn_nifti_file_check_rest (SnnNiftiFile * file, guint64 n,
    GError ** error);

/* snn_nifti_file_is_followed: whether behind those @n bytes another NIfTI file
 * began, gzipped or not; padding is none. Of what is not in memory it does not know
 * what is behind a gzip stream. */
gboolean snn_nifti_file_is_followed (const SnnNiftiFile * file);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnNiftiFile, snn_nifti_file_close)

G_END_DECLS
