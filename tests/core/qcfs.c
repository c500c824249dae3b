/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <math.h>

#include <snn/ops/neurons.h>
#include <snn/train/trainer.h>

/* Quantised rates by Bu et al. 2022, r = clip (floor (L I / v + 1/2) / L, 0, 1),
 * worked out by hand; gradients are held to differences in gradient.c. */

static const struct
{
  guint levels;
  float v;
  double initial;               /* u[0] / v, which they have as 1/2 */
  double leak;
  float current;
  float rate;
  float slope;                  /* dr/dI, straight through the steps */
} cases[] = {
  {4, 1.f, 0.5, 1., 0.f, 0.f, 1.f},
  {4, 1.f, 0.5, 1., 0.12f, 0.f, 1.f},
  {4, 1.f, 0.5, 1., 0.13f, 0.25f, 1.f},
  {4, 1.f, 0.5, 1., 0.6f, 0.5f, 1.f},
  {4, 0.5f, 0.5, 1., 0.3f, 0.5f, 2.f},
  {4, 1.f, 0.5, 1., 0.9f, 1.f, 1.f},
  {4, 1.f, 0.5, 1., 1.12f, 1.f, 1.f},
  {4, 1.f, 0.5, 1., 1.13f, 1.f, 0.f},
  {4, 1.f, 0.5, 1., -0.12f, 0.f, 1.f},
  {4, 1.f, 0.5, 1., -0.13f, 0.f, 0.f},
  {1, 1.f, 0.5, 1., 0.49f, 0.f, 1.f},
  {1, 1.f, 0.5, 1., 0.51f, 1.f, 1.f},
  {4, 1.f, 0., 1., 0.24f, 0.f, 1.f},
  {4, 1.f, 0., 1., 0.26f, 0.25f, 1.f},
  {4, 1.f, 0., 1., -0.01f, 0.f, 0.f},
  {4, 1.f, 0., 1., 1.24f, 1.f, 1.f},
  {4, 1.f, 0.5, 0.8, 0.2f, 0.f, 1.25f},
  {4, 1.f, 0.5, 0.8, 0.6f, 0.5f, 1.25f},
  {0, 1.f, 0.5, 1., 0.3f, 0.4f, 1.f},   /* of 5 timesteps */
};

#define TIMESTEPS 5
#define WEIGHT 0.75f

/* A neuron, which is fed @current by a weight of 1 and read by one of WEIGHT. */
static SnnNetwork *
make_neuron (guint which)
{
  const SnnNode nodes[] = {
    {.name = (gchar *) "input",.op = &snn_op_input,.out = {1, 1, 1}},
    {.name = (gchar *) "a",.op = &snn_op_conv2d,.out.channels = 1,.kernel = 1,
        .stride = 1},
    {.name = (gchar *) "a_act",.op = &snn_op_relu},
    {.name = (gchar *) "b",.op = &snn_op_conv2d,.out.channels = 1,.kernel = 1,
        .stride = 1},
    {.name = (gchar *) "output",.op = &snn_op_output},
  };
  g_autoptr (SnnNetwork) ann = snn_network_new ();
  const gchar *from[] = { NULL, NULL };
  SnnNetwork *network;

  for (guint i = 0; i < G_N_ELEMENTS (nodes); i++) {
    fail_unless (snn_network_add (ann, &nodes[i], from, NULL) >= 0);
    from[0] = nodes[i].name;
  }
  fail_unless (snn_network_validate (ann, NULL));
  network = snn_network_to_spiking (ann);
  snn_network_find (network, "a")->weight[0] = 1.f;
  snn_network_find (network, "b")->weight[0] = WEIGHT;
  snn_network_find (network, "a_act")->threshold[0] = cases[which].v;
  network->initial_membrane = cases[which].initial;
  snn_network_set_neurons (network, SNN_NEURON_LIF, cases[which].leak);
  return network;
}

/* With a cross-entropy of one pixel, dL/dlogit is p - 1 where the label is 1. */
GST_START_TEST (test_quantised)
{
  const float current = cases[__i__].current;
  const float currents[] = { current, current, current, current, current };
  const guint8 label = 1;
  const SnnSample sample = {
    .input = {currents, SNN_VALUE_FLOAT32, TIMESTEPS},.target = &label
  };
  g_autoptr (SnnNetwork) network = make_neuron ((guint) __i__);
  g_autoptr (SnnTrainer) trainer = NULL;
  SnnTrainingSettings settings;
  float logit, gradient[2];
  float *logits[] = { &logit };
  double expected;

  snn_training_settings_init (&settings);
  settings.loss = SNN_LOSS_BCE;
  settings.gradient = SNN_GRADIENT_QCFS;
  settings.levels = cases[__i__].levels;
  settings.threads = 1;
  trainer = snn_trainer_new (network, &settings, NULL);
  snn_trainer_gradient (trainer, 1, &sample, logits, gradient);
  fail_unless (fabs (logit - WEIGHT * cases[__i__].rate) < 1e-6,
      "row %d: %g", __i__, logit);
  expected = -1. / (1. + exp ((double) logit));
  fail_unless (fabs (gradient[1] - expected * cases[__i__].rate) < 1e-6,
      "row %d: %g by the rate", __i__, gradient[1]);
  fail_unless (fabs (gradient[0] - expected * WEIGHT * cases[__i__].slope
          * current) < 1e-6, "row %d: %g by the current", __i__, gradient[0]);
}

GST_END_TEST;

static Suite *
qcfs_suite (void)
{
  Suite *suite = suite_create ("qcfs");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_quantised, 0, G_N_ELEMENTS (cases));
  return suite;
}

GST_CHECK_MAIN (qcfs);
