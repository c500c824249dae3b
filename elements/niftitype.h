/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* The bytes of a single NIfTI file, as they are or gzipped, and how they are
 * recognised. */
#define GST_SNN_NIFTI_CAPS "application/x-nifti"

GST_TYPE_FIND_REGISTER_DECLARE (nifti);

G_END_DECLS
