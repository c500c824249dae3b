/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include "../base/api.h"

SNN_BEGIN_DECLS

/* What reports of any measure have in common: JSON objects with "passes", an
 * array of objects that have an "epoch". docs/formats.md describes them. */

/**
 * snn_report_continue:
 * @report: of the passes of this run, which begins at @first_epoch
 * @earlier: (nullable): what the run before it has reported, any text
 *
 * Returns: (transfer full): @report with the passes of @earlier that are of
 * epochs before @first_epoch ahead of its own, as if the run had never stopped
 */
gchar *snn_report_continue (const gchar * report, const gchar * earlier,
    guint first_epoch);

/* snn_report_mark_partial: (transfer full): with "complete": false, as the
 * stream was stopped in the middle of the last pass. */
gchar *snn_report_mark_partial (const gchar * report);

/* snn_report_is_whole: whether the file @path is a report without this mark. */
gboolean snn_report_is_whole (const gchar * path);

SNN_END_DECLS
