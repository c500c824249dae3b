/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include "api.h"

SNN_BEGIN_DECLS

/* As many as a byte can tell apart, beside the background. */
#define SNN_CLASSES_MAX 255

/**
 * SnnClasses:
 * @n: how many there are beside the background; 0: labels are masks, 0 or not
 * @values: of each in files, ascending
 *
 * What labels are of. In memory a voxel is 0 where it is background, else 1 more
 * than the index of its class in @values. Plain data, zero to begin with.
 */
typedef struct
{
  guint n;
  gint values[SNN_CLASSES_MAX];
} SnnClasses;

#ifndef __GI_SCANNER__

/**
 * snn_classes_parse:
 * @text: (nullable): "1,2": whole numbers but 0, in any order; %NULL and empty:
 *   no classes
 *
 * Returns: FALSE with SNN_ERROR_FORMAT, and @classes as they were
 */
gboolean snn_classes_parse (SnnClasses * classes, const gchar * text,
    GError ** error);

/**
 * snn_classes_parse_places:
 * @places: room for %SNN_CLASSES_MAX: where each of @classes stands in @text, from 0
 *
 * As snn_classes_parse(), for a text whose order says which channel a class is of,
 * which sorting would forget.
 */
gboolean snn_classes_parse_places (SnnClasses * classes, const gchar * text,
    guint * places, GError ** error);

/* snn_classes_set: those of @n @values, sorted; FALSE with SNN_ERROR_FORMAT
 * where one is 0 or there twice, or there are too many. */
gboolean snn_classes_set (SnnClasses * classes, guint n, const gint * values,
    GError ** error);

/* snn_classes_to_text: (transfer full): "1,2". */
gchar *snn_classes_to_text (const SnnClasses * classes);

gboolean snn_classes_equal (const SnnClasses * a, const SnnClasses * b);

/* snn_classes_find: 1 more than the index of the class that has @value, or 0. */
guint snn_classes_find (const SnnClasses * classes, double value);

/* snn_classes_n_outputs: channels that a network for them has: one for a mask or
 * a single class, else one for each and one, the first, for the background. */
guint snn_classes_n_outputs (const SnnClasses * classes);

#endif

SNN_END_DECLS
