/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include "api.h"

SNN_BEGIN_DECLS

/* Remarks: what is odd in an input but can be lived with. A function that may
 * have any takes a list of them, or NULL where nobody wants to know. Each is a
 * sentence that names the file, so that an element can post it as a warning and
 * a program print it, as they are. Errors are GErrors and never remarks. */

/* snn_remarks_new: (transfer full) (element-type utf8): an empty list. */
GPtrArray *snn_remarks_new (void);

/* snn_remark: adds a remark to @remarks (nullable). */
void snn_remark (GPtrArray * remarks, const gchar * format, ...)
    G_GNUC_PRINTF (2, 3);

SNN_END_DECLS
