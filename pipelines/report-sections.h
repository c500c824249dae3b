/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "report-page.h"

G_BEGIN_DECLS

/* Each of these adds what the results have of its experiments, and nothing
 * where they have none. */

void snn_report_claims (SnnReport * report);    /* what the paper says */
void snn_report_segmentation (SnnReport * report);      /* its Table 1 to Fig. 5 */
void snn_report_timesteps (SnnReport * report); /* Fig. 6A, low latency, energy */
void snn_report_training (SnnReport * report);  /* Table 3, Fig. 6B */
void snn_report_spikes (SnnReport * report);    /* Tables 4 and 5 */
void snn_report_volumes (SnnReport * report);   /* the viewer */
void snn_report_provenance (SnnReport * report);        /* how to repeat it */

G_END_DECLS
