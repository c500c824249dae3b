/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "balance.h"

#include <string.h>

#include "../base/error.h"
#include "measure.h"

gboolean
snn_balance (SnnNetwork *network, const SnnConversionSettings *settings,
    guint n, const SnnInput *inputs, const gint *cancel,
    void (*progress) (gpointer data, guint done, guint total), gpointer data,
    GError **error)
{
  SnnConverter *c = snn_converter_new (network, settings, inputs, cancel);
  gboolean ok = TRUE;

  /* Currents are looked at from membranes that start at rest. */
  network->initial_membrane = 0.;
  for (guint layer = 0; ok && layer < c->plan->n_layers; layer++) {
    const SnnNode *node = snn_converter_step (c, layer)->node;
    g_autofree float *scales = NULL;

    snn_converter_measure (c, n, layer, layer + 1);
    ok = snn_check_cancelled (cancel, "Conversion", error)
        && (scales = snn_converter_scales (c, layer, error)) != NULL;
    if (!ok)
      break;
    memcpy (node->threshold, scales, node->out.channels * sizeof (float));
    snn_packed_update (c->packed, c->pool, NULL);
    if (progress)
      progress (data, layer + 1, c->plan->n_layers);
  }
  network->initial_membrane = settings->initial_membrane;
  snn_converter_free (c);
  return ok;
}
