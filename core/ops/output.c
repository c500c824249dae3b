/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../graph/op.h"

#include "../hdf5/node-fields.h"

/* Output: its input is the logits, or accumulates to them. */

static gboolean
infer_shape (SnnNode *node)
{
  node->out = node->in;
  return TRUE;
}

static gboolean
read_values (SnnNodeFields *fields, SnnNode *node)
{
  return snn_fields_check_shape (fields, "shape", node->out);
}

static void
write_fields (SnnNodeFields *fields, const SnnNode *node)
{
  snn_fields_write_shape (fields, "shape", node->out, fields->vector);
}

const SnnOp snn_op_output = {
  .name = "Output",
  .role = SNN_ROLE_OUTPUT,
  .infer_shape = infer_shape,
  .axes = SNN_AXES_SAME,
  .read_values = read_values,
  .write = write_fields,
};
