/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../graph/node.h"
#include "../base/api.h"

SNN_BEGIN_DECLS

/* The table of operators. */

/* snn_op_find: by its name in NIR, such as "Conv2d"; %NULL: none of ours. */
const SnnOp *snn_op_find (const gchar * name);

/* snn_op_name: its name in NIR. */
const gchar *snn_op_name (const SnnOp * op);

SNN_END_DECLS
