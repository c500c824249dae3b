/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reset.h"

#define SUBTRACTS "subtract"
#define IS_SET "v_reset"

gboolean
snn_reset_read (SnnNodeFields *fields, SnnNode *node)
{
  g_autofree gchar *reset = NULL;

  if (!snn_hdf5_has (fields->h, snn_fields_at (fields, "metadata/reset"))) {
    node->resets = !snn_hdf5_has (fields->h, "/gst-snn");
    return TRUE;
  }
  reset = snn_hdf5_read_text (fields->h,
      snn_fields_at (fields, "metadata/reset"));
  if (!reset)
    return FALSE;
  node->resets = g_str_equal (reset, IS_SET);
  return node->resets || g_str_equal (reset, SUBTRACTS)
      || snn_fields_refuse (fields, SNN_ERROR_UNSUPPORTED,
      "metadata/reset is '%s'; expected '" SUBTRACTS "' or '" IS_SET "'",
      reset);
}

gboolean
snn_reset_read_values (SnnNodeFields *fields, SnnNode *node)
{
  if (!snn_hdf5_has (fields->h, snn_fields_at (fields, "v_reset")))
    return TRUE;
  if (node->resets)
    return snn_fields_read_channels (fields, "v_reset", node, FALSE,
        snn_node_parameter (node, "reset")->values);
  return snn_fields_check_values (fields, "v_reset", node->out, 0.f);
}

void
snn_reset_write (SnnNodeFields *fields, const SnnNode *node)
{
  if (node->resets)
    snn_fields_write_channels (fields, "v_reset", node,
        snn_node_parameter (node, "reset")->values);
  else
    snn_fields_write_values (fields, "v_reset", node, 0.f);
  snn_hdf5_write_text (fields->h, snn_fields_at (fields, "metadata/reset"),
      node->resets ? IS_SET : SUBTRACTS);
}
