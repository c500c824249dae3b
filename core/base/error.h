/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include "api.h"

SNN_BEGIN_DECLS

#define SNN_ERROR (snn_error_quark ())

/**
 * SnnError:
 * @SNN_ERROR_NOT_FOUND: a file or folder does not exist
 * @SNN_ERROR_OPEN: it exists but can't be opened
 * @SNN_ERROR_READ: reading failed or ended too early
 * @SNN_ERROR_WRITE: writing failed
 * @SNN_ERROR_NO_SPACE: the disk is full
 * @SNN_ERROR_FORMAT: the content is malformed
 * @SNN_ERROR_UNSUPPORTED: well-formed, but not something we handle
 * @SNN_ERROR_MISMATCH: two things that must agree do not
 * @SNN_ERROR_NUMERIC: a value is not a number, or out of its range
 * @SNN_ERROR_CANCELLED: stopped on request
 *
 * Every message names the file (where there is one), what was found and what
 * was expected, so that an element can post it unchanged.
 */
typedef enum
{
  SNN_ERROR_NOT_FOUND,
  SNN_ERROR_OPEN,
  SNN_ERROR_READ,
  SNN_ERROR_WRITE,
  SNN_ERROR_NO_SPACE,
  SNN_ERROR_FORMAT,
  SNN_ERROR_UNSUPPORTED,
  SNN_ERROR_MISMATCH,
  SNN_ERROR_NUMERIC,
  SNN_ERROR_CANCELLED,
} SnnError;

GQuark snn_error_quark (void);

#ifndef __GI_SCANNER__ /* addresses of variables */

/* snn_is_cancelled: whether @cancel, which may be %NULL, is not 0. */
gboolean snn_is_cancelled (const gint * cancel);

/* snn_check_cancelled: FALSE with SNN_ERROR_CANCELLED and "@what was stopped"
 * where it is. */
gboolean snn_check_cancelled (const gint * cancel, const gchar * what,
    GError ** error);

#endif

SNN_END_DECLS
