/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include "../base/api.h"

SNN_BEGIN_DECLS

/* snn_nifti_recognise: whether @bytes, the first @n of a file, gzipped or not,
 * begin a single NIfTI file, header and voxels: its version, 1 or 2, or 0. 512
 * bytes are enough, and 4096 of what is gzipped; with less it may be 0. That a
 * file is one does not say that it can be read. */
guint snn_nifti_recognise (const guint8 * bytes, gsize n);

SNN_END_DECLS
