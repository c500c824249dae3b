/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Memory for vectors that is 0 to begin with; private to core/. Of a large one the
 * system hands out a page when it is first written to, so that what nobody touches
 * takes neither memory nor time, unlike g_aligned_alloc0()'s. */

/* snn_zeros_new: @size bytes, at a multiple of 64; free with snn_zeros_free(). */
gpointer snn_zeros_new (gsize size);

/* snn_zeros_new_huge: the same for what will be written to as a whole; of huge pages
 * where it is large and the system has some. */
gpointer snn_zeros_new_huge (gsize size);

/* snn_zeros_free: %NULL is fine. */
void snn_zeros_free (gpointer zeros);

G_END_DECLS
