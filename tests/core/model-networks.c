/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/core/model-networks.h"

#include <string.h>

#include <gst/check/gstcheck.h>

SnnNetwork *
snn_test_unet (guint depth, gboolean spiking)
{
  SnnNetwork *ann = snn_network_new_unet ((SnnShape) { 1, 8, 12, depth }, 3, 2,
      1, NULL);
  SnnNetwork *snn;

  fail_unless (ann != NULL);
  snn_network_init_weights (ann, 5);
  if (!spiking)
    return ann;
  snn = snn_network_to_spiking (ann);
  snn_network_unref (ann);
  for (guint i = 0; i < snn->nodes->len; i++) {
    SnnNode *node = snn_network_node (snn, i);

    for (guint c = 0; node->threshold && c < node->out.channels; c++)
      node->threshold[c] = 0.3f + 0.1f * (float) (i + c);
  }
  snn->signed_input = TRUE;
  snn->readout = SNN_READOUT_SUM;
  snn->initial_membrane = 0.5;
  snn->timesteps = 200;
  return snn;
}

SnnNetwork *
snn_test_small_vgg (gboolean spiking)
{
  static const struct
  {
    const gchar *name;
    const gchar *from;
    SnnNode node;
  } nodes[] = {
    {"input", NULL, {.op = &snn_op_input,.out = {3, 8, 8}}},
    {"conv1", "input", {.op = &snn_op_conv2d,.kernel = 3,.stride = 1,
                .padding = 1,.out.channels = 4}},
    {"conv1_act", "conv1", {.op = &snn_op_relu}},
    {"pool1", "conv1_act", {.op = &snn_op_avg_pool2d,.kernel = 2,
                .stride = 2}},
    {"flatten", "pool1", {.op = &snn_op_flatten}},
    {"fc1", "flatten", {.op = &snn_op_linear,.out.channels = 7}},
    {"fc1_act", "fc1", {.op = &snn_op_relu}},
    {"fc2", "fc1_act", {.op = &snn_op_linear,.out.channels = 10}},
    {"output", "fc2", {.op = &snn_op_output}},
  };
  g_autoptr (SnnNetwork) ann = snn_network_new ();

  for (guint i = 0; i < G_N_ELEMENTS (nodes); i++) {
    const gchar *inputs[] = { nodes[i].from, NULL };
    SnnNode node = nodes[i].node;

    node.name = (gchar *) nodes[i].name;
    fail_unless (snn_network_add (ann, &node, i > 0 ? inputs : NULL,
            NULL) >= 0);
  }
  snn_network_init_weights (ann, 6);
  return spiking ? snn_network_to_spiking (ann) : g_steal_pointer (&ann);
}

void
snn_test_assert_same (const SnnNetwork *a, const SnnNetwork *b)
{
  fail_unless_equals_int (a->nodes->len, b->nodes->len);
  fail_unless_equals_int (a->spiking, b->spiking);
  fail_unless_equals_int (a->signed_input, b->signed_input);
  fail_unless_equals_int (a->readout, b->readout);
  fail_unless_equals_int (a->timesteps, b->timesteps);
  fail_unless (a->initial_membrane == b->initial_membrane);
  for (guint i = 0; i < a->nodes->len; i++) {
    const SnnNode *x = snn_network_node (a, i);
    const SnnNode *y = snn_network_node (b, i);

    fail_unless_equals_string (x->name, y->name);
    fail_unless (x->op == y->op);
    fail_unless (memcmp (&x->in, &y->in, sizeof x->in) == 0);
    fail_unless (memcmp (&x->out, &y->out, sizeof x->out) == 0);
    fail_unless_equals_int (x->kernel, y->kernel);
    fail_unless_equals_int (x->stride, y->stride);
    fail_unless_equals_int (x->padding, y->padding);
    fail_unless_equals_int (x->resets, y->resets);
    fail_unless_equals_int (x->n_inputs, y->n_inputs);
    fail_unless (x->n_inputs == 0 || memcmp (x->inputs, y->inputs,
            x->n_inputs * sizeof *x->inputs) == 0);
    fail_unless_equals_int (x->n_weights, y->n_weights);
    fail_unless_equals_int (x->n_parameters, y->n_parameters);
    for (guint p = 0; p < x->n_parameters; p++) {
      const SnnParameter *of_x = &x->parameters[p], *of_y = &y->parameters[p];

      fail_unless_equals_int (of_x->n, of_y->n);
      fail_unless (of_x->n == 0 || memcmp (of_x->values, of_y->values,
              of_x->n * sizeof *of_x->values) == 0, "%s of '%s' differs",
          of_x->name, x->name);
    }
  }
}
