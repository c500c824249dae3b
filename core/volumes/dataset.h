/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include "../base/api.h"
#include "../base/input-files.h"

SNN_BEGIN_DECLS

/**
 * SnnDatasetItem:
 * @subject: file name without folder and ending, or the folder's name
 * @matched: (nullable): what a pattern's wildcards stand for: in the file name,
 *   or where it has none, in folders
 * @image: file
 * @images: (array zero-terminated=1): it, and those of further channels
 * @label: (nullable): file of the mask
 */
typedef struct
{
  gchar *subject;
  gchar *matched;
  gchar *image;
  gchar **images;
  gchar *label;
} SnnDatasetItem;

/**
 * snn_dataset_list:
 * @location: a NIfTI file; a folder, of which all NIfTI files count that are
 *   not hidden, or where it has none but folders sub-..., the BIDS dataset's
 *   T1-weighted images (of masks the _dseg files, else the _mask files); a pattern
 *   with *, ? or [...], in which several subjects are named by folders where
 *   only these have wildcards; or a list (.txt, .lst), a file name a line, relative to the
 *   list's folder, blank lines and lines that begin with # left out; or a list with
 *   columns (.csv, .tsv), of which the first column that has NIfTI files counts
 * @label_location: (nullable): the same for the masks. An image's mask is the
 *   one with the same file name but for the ending; or that of nnU-Net's case for
 *   case_0000; or the one with the same BIDS entities, first with label and hemi;
 *   or that for which a pattern's wildcards stand for the same. Where both
 *   locations are just one file, they belong together whatever their names; where
 *   they are the same list with columns, by whatever spelling, its next column that
 *   has files are the masks, as they are of any such list.
 *
 * Returns: (transfer full) (element-type SnnDatasetItem): at least one item,
 * in order of subject names (bytewise), or %NULL with SNN_ERROR_NOT_FOUND,
 * SNN_ERROR_OPEN, or SNN_ERROR_MISMATCH where two files are one subject, two
 * masks could be of one image, or an image is its own mask
 */
GPtrArray *snn_dataset_list (const gchar * location,
    const gchar * label_location, GError ** error);

/**
 * snn_dataset_add_channel:
 * @items: of snn_dataset_list()
 * @location: as there
 *
 * Gives each item the file of one more channel: that with the subject's name, or
 * else the one with its name up to the last underscore (BIDS' sub-1_T1w and
 * sub-1_T2w, nnU-Net's case_0000 and case_0001); where there is just one of each,
 * they belong together whatever their names. Others are left out.
 *
 * Returns: FALSE with SNN_ERROR_NOT_FOUND where an item has none,
 * SNN_ERROR_MISMATCH where two would do, and the errors of snn_dataset_list()
 */
gboolean snn_dataset_add_channel (GPtrArray * items, const gchar * location,
    GError ** error);

/**
 * snn_dataset_list_all:
 * @problems: (element-type utf8): for each image without a mask, which is left
 *   out, a text is added
 * @remarks: (element-type utf8): likewise for masks without an image
 *
 * As snn_dataset_list(), to be told of all that does not pair; the list may be
 * empty.
 */
GPtrArray *snn_dataset_list_all (const gchar * location,
    const gchar * label_location, GPtrArray * problems, GPtrArray * remarks,
    GError ** error);

/* snn_dataset_list_masks: as snn_dataset_list_all() of masks that were made, in
 * the place of images, and of true ones; both @problems and @remarks name files
 * that are left out. */
GPtrArray *snn_dataset_list_masks (const gchar * location,
    const gchar * label_location, GPtrArray * problems, GPtrArray * remarks,
    GError ** error);

/* snn_dataset_add_inputs: adds the images and masks of @items to @files, so that
 * nothing that is made of them replaces them. Lists are files of their own. */
void snn_dataset_add_inputs (const GPtrArray * items, SnnInputFiles * files);

SNN_END_DECLS
