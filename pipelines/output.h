/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* snn_output_check_at_exit: from here on a program whose standard output could not
 * be written, as the disk is full, says so when it ends, --help and --version
 * included, and its exit status is 1. */
void snn_output_check_at_exit (void);

G_END_DECLS
