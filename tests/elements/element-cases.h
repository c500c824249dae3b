/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/check/gstcheck.h>

/* Each element, in a pipeline around it. A new element is a row of the table in
 * element-cases.c. */

/* Width and height of the slices, and of what models take. */
#define SNN_ELEMENT_CASES_SIDE 8

/**
 * SnnElementCase:
 * @name: of the element
 * @before: what stands before it in its pipeline; # is the folder
 * @settings: its properties
 * @after: what stands behind it
 * @file: (nullable): that it writes into the folder
 */
typedef struct
{
  const gchar *name;
  const gchar *before;
  const gchar *settings;
  const gchar *after;
  const gchar *file;
} SnnElementCase;

extern const SnnElementCase snn_element_cases[];
extern const guint snn_n_element_cases;

/* snn_element_cases_folder_new: with all that the pipelines read; free with
 * snn_test_folder_free(). */
gchar *snn_element_cases_folder_new (void);

/* snn_element_case_launch: its pipeline, in which it is called "it". */
GstElement *snn_element_case_launch (const SnnElementCase * c,
    const gchar * folder);

/* snn_element_case_make: (transfer full): the element alone, with its
 * defaults. */
GstElement *snn_element_case_make (const SnnElementCase * c);
