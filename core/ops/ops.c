/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ops.h"

#include "../graph/op.h"

/* A new operator: a file here that defines its SnnOp (see ../graph/op.h, which
 * tells what each function is for), its declaration in ../graph/node.h, a line in this
 * table and one in ../meson.build. */
static const SnnOp *const ops[] = {
  &snn_op_input,
  &snn_op_output,
  &snn_op_conv2d,
  &snn_op_conv3d,
  &snn_op_conv_transpose2d,
  &snn_op_conv_transpose3d,
  &snn_op_linear,
  &snn_op_avg_pool2d,
  &snn_op_avg_pool3d,
  &snn_op_sum_pool2d,
  &snn_op_sum_pool3d,
  &snn_op_scale,
  &snn_op_flatten,
  &snn_op_relu,
  &snn_op_if,
  &snn_op_lif,
  &snn_op_signed_if,
};

const SnnOp *
snn_op_find_variant (const gchar *name, const gchar *variant)
{
  for (guint i = 0; i < G_N_ELEMENTS (ops); i++)
    if (g_strcmp0 (variant, ops[i]->variant) == 0
        && (g_str_equal (name, ops[i]->name)
            || g_strcmp0 (name, ops[i]->biased_name) == 0))
      return ops[i];
  return NULL;
}

const SnnOp *
snn_op_find (const gchar *name)
{
  g_return_val_if_fail (name != NULL, NULL);

  return snn_op_find_variant (name, NULL);
}

const gchar *
snn_op_name (const SnnOp *op)
{
  g_return_val_if_fail (op != NULL, NULL);

  return op->name;
}
