/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../graph/op.h"

#include "../hdf5/node-fields.h"

/* Input: what a sample is. */

static gboolean
infer_shape (SnnNode *node)
{
  return snn_shape_size (node->out) > 0;
}

static gboolean
read_fields (SnnNodeFields *fields, SnnNode *node)
{
  return snn_fields_read_shape (fields, "shape", &node->out);
}

static void
write_fields (SnnNodeFields *fields, const SnnNode *node)
{
  snn_fields_write_shape (fields, "shape", node->out, fields->vector);
}

const SnnOp snn_op_input = {
  .name = "Input",
  .role = SNN_ROLE_INPUT,
  .infer_shape = infer_shape,
  .read = read_fields,
  .write = write_fields,
};
