/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <math.h>
#include <string.h>

#include <snn/base/error.h>
#include <snn/base/random.h>
#include <snn/graph/builder.h>
#include <snn/run/engine.h>
#include "core/train/centralisation.h"
#include "small-training.h"
#include "tests/folder.h"

/* What a training may have beside Adam: weight decay, gradients without their mean,
 * clipping, an average, other random weights. */

static SnnTrainer *
new_trainer_with_bias (const SnnTrainingSettings *settings, gboolean bias)
{
  g_autoptr (SnnNetwork) network = make_network (KIND_ANN, 1);
  SnnTrainer *trainer;

  if (bias)
    snn_network_add_bias (network);
  trainer = snn_trainer_new (network, settings, NULL);
  fail_unless (trainer != NULL);
  return trainer;
}

static SnnTrainer *
new_trainer (const SnnTrainingSettings *settings)
{
  return new_trainer_with_bias (settings, FALSE);
}

/* Biases, too. */
static float *
weights_of (SnnNetwork *network)
{
  float *weights = g_new (float, snn_network_n_weights (network));

  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);

    for (guint p = 0; p < node->n_parameters; p++) {
      const SnnParameter *from = &node->parameters[p];

      if (from->trained)
        memcpy (weights + from->offset, from->values, from->n * sizeof (float));
    }
  }
  return weights;
}

static void
step (SnnTrainer *trainer, Batch *batch)
{
  double loss;

  fail_unless (snn_trainer_step (trainer, N_SAMPLES, batch->samples, NULL,
          NULL, &loss, NULL));
}

/* AdamW: an update is Adam's, and rate times decay of the weight before. */
GST_START_TEST (test_weight_decay)
{
  g_autofree Batch *batch = make_batch (FALSE);
  g_autoptr (SnnTrainer) plain = NULL, decaying = NULL;
  g_autofree float *before = NULL, *without = NULL, *with = NULL;
  SnnTrainingSettings settings;
  gsize n;

  init_settings (&settings, 1);
  plain = new_trainer (&settings);
  settings.weight_decay = 0.5;
  decaying = new_trainer (&settings);
  before = weights_of (snn_trainer_network (plain));
  step (plain, batch);
  step (decaying, batch);
  without = weights_of (snn_trainer_network (plain));
  with = weights_of (snn_trainer_network (decaying));
  n = snn_network_n_weights (snn_trainer_network (plain));
  for (gsize i = 0; i < n; i++)
    fail_unless (fabsf (with[i] - (without[i] - 0.01f * 0.5f * before[i]))
        < 1e-6f, "weight %u: %.9g", (guint) i, with[i]);
}

GST_END_TEST;

/* Adam does not see a factor of its first gradient, but epsilon does: with
 * gradients clipped to almost nothing, steps are small. With a norm that is
 * never reached nothing changes. */
GST_START_TEST (test_gradient_clipping)
{
  g_autofree Batch *batch = make_batch (FALSE);
  const double most[] = { 0., 1e9, 1e-9 };
  g_autofree float *before = NULL;
  float *after[3];
  float moved = 0.f;
  SnnTrainingSettings settings;
  gsize n = 0;

  for (guint i = 0; i < 3; i++) {
    g_autoptr (SnnTrainer) trainer = NULL;

    init_settings (&settings, 1);
    settings.gradient_clipping = most[i];
    trainer = new_trainer (&settings);
    n = snn_network_n_weights (snn_trainer_network (trainer));
    g_free (before);
    before = weights_of (snn_trainer_network (trainer));
    step (trainer, batch);
    after[i] = weights_of (snn_trainer_network (trainer));
  }
  fail_unless (memcmp (after[0], after[1], n * sizeof (float)) == 0);
  for (gsize i = 0; i < n; i++)
    moved = MAX (moved, fabsf (after[2][i] - before[i]));
  /* At most rate g / (g + epsilon) with g of 1e-9. */
  fail_unless (moved > 0.f && moved < 0.01f * 0.1f, "%g", moved);
  for (guint i = 0; i < 3; i++)
    g_free (after[i]);
}

GST_END_TEST;

/* A gradient that Adam could not square is refused, and nothing has changed, unless it
 * is clipped. */
GST_START_TEST (test_large_gradient)
{
  static const struct
  {
    float value;                /* of all input */
    double clipping;
    gboolean fits;
  } rows[] = {
    {1e15f, 0., TRUE}, {1e22f, 0., FALSE}, {1e22f, 1., TRUE}, {1e22f, 1e30, FALSE},
  };
  g_autofree gchar *folder = snn_test_folder_new ();
  g_autofree gchar *path = g_build_filename (folder, "checkpoint", NULL);

  for (guint r = 0; r < G_N_ELEMENTS (rows); r++) {
    g_autofree float *values = g_new (float, 12);
    const guint8 target = 1;
    const SnnSample sample = {.input = {values, SNN_VALUE_FLOAT32, 1},.target = &target };
    SnnBuilder *b = snn_builder_new ();
    const gchar *at = snn_builder_input (b, "input", (SnnShape) { 12, 1, 1 });
    g_autoptr (SnnNetwork) network =
        snn_builder_end (b, snn_builder_linear (b, "linear", 1, at), NULL);
    g_autoptr (SnnTrainer) trainer = NULL;
    g_autoptr (GError) error = NULL;
    SnnTrainingSettings settings;
    double loss;

    for (guint i = 0; i < 12; i++)
      values[i] = rows[r].value;
    init_settings (&settings, 1);
    settings.loss = SNN_LOSS_BCE;
    settings.gradient_clipping = rows[r].clipping;
    trainer = snn_trainer_new (network, &settings, NULL);
    fail_unless (snn_trainer_step (trainer, 1, &sample, NULL, NULL, &loss, &error)
        == rows[r].fits, "row %u: %s", r, error ? error->message : "taken");
    fail_unless (rows[r].fits || g_error_matches (error, SNN_ERROR, SNN_ERROR_NUMERIC),
        "row %u: %s", r, error->message);
    fail_unless ((snn_network_find (network, "linear")->weight[3] != 0.f)
        == rows[r].fits, "row %u", r);
    g_clear_error (&error);
    fail_unless (snn_trainer_save (trainer, path, NULL));
    fail_unless (snn_trainer_restore (trainer, path, &error), "row %u: %s", r,
        error ? error->message : "");
  }
  snn_test_folder_free (g_steal_pointer (&folder));
}

GST_END_TEST;

/* A layer of each operator with weights, one of them with a bias. */
static SnnNetwork *
make_layers (void)
{
  const SnnNode conv = {.op = &snn_op_conv2d,.out.channels = 3,.kernel = 3,
    .stride = 1,.padding = 1,.bias = TRUE };
  SnnBuilder *b = snn_builder_new ();
  const gchar *at = snn_builder_input (b, "input", (SnnShape) { 2, 4, 3 });
  SnnNetwork *network;

  at = snn_builder_relu (b, "act", snn_builder_add (b, "conv", conv, at, NULL),
      NULL);
  at = snn_builder_conv_transpose2d (b, "up", 4, 2, at);
  at = snn_builder_flatten (b, "flatten", snn_builder_relu (b, "up_act", at,
          NULL));
  network = snn_builder_end (b, snn_builder_linear (b, "linear", 5, at), NULL);
  fail_unless (network != NULL);
  return network;
}

/* Which neuron weight @i of PyTorch's order is of: the last dimensions of [out][...]
 * are summed, and of a transposed convolution the first one of [in][out][taps]. */
static gsize
neuron_of (const SnnNode *node, gsize i)
{
  if (node->op == &snn_op_conv_transpose2d)
    return i % (node->n_weights / node->in.channels);
  return i / (node->n_weights / node->out.channels);
}

/* How many values of @node's centralised gradient are not what is left when each
 * neuron's mean is taken away in PyTorch's order. */
static guint
count_wrong (const SnnNode *node, const float *before, const float *after)
{
  const gsize n = node->n_weights;
  g_autofree float *was = g_new (float, n), *is = g_new (float, n);
  g_autofree double *sum = g_new0 (double, n), *count = g_new0 (double, n);
  guint wrong = 0;

  snn_weights_to_torch (node, before, was);
  snn_weights_to_torch (node, after, is);
  for (gsize i = 0; i < n; i++) {
    sum[neuron_of (node, i)] += was[i];
    count[neuron_of (node, i)] += 1.;
  }
  for (gsize i = 0; i < n; i++) {
    const gsize neuron = neuron_of (node, i);

    wrong += fabs (is[i] - (was[i] - sum[neuron] / count[neuron])) > 1e-6;
  }
  return wrong;
}

GST_START_TEST (test_gradient_centralisation)
{
  g_autoptr (SnnNetwork) network = make_layers ();
  const SnnParameter *bias =
      snn_node_parameter (snn_network_node (network, 1), "bias");
  const gsize n = snn_network_n_weights (network) + bias->n;
  g_autofree float *before = g_new (float, n), *after = NULL;
  SnnRandom random;

  snn_random_init (&random, 3, SNN_RANDOM_WEIGHTS, 0);
  for (gsize i = 0; i < n; i++)
    before[i] = (float) snn_random_between (&random, -0.5, 1.);
  after = g_memdup2 (before, n * sizeof *before);
  snn_gradient_centralise (network, after);
  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);
    const SnnParameter *weight = snn_node_parameter (node, "weight");
    guint wrong = weight ? count_wrong (node, before + weight->offset,
        after + weight->offset) : 0;

    fail_unless (wrong == 0, "%s: %u of %zu", node->name, wrong,
        node->n_weights);
  }
  fail_unless (memcmp (before + bias->offset, after + bias->offset,
          bias->n * sizeof (float)) == 0);
}

GST_END_TEST;

/* A trainer does so only where it is asked to. */
GST_START_TEST (test_centralised_training)
{
  g_autofree Batch *batch = make_batch (FALSE);
  float *weights[2];
  SnnTrainingSettings settings;
  gsize n = 0;

  for (guint i = 0; i < 2; i++) {
    g_autoptr (SnnTrainer) trainer = NULL;

    init_settings (&settings, 1);
    settings.gradient_centralisation = i == 1;
    trainer = new_trainer (&settings);
    n = snn_network_n_weights (snn_trainer_network (trainer));
    step (trainer, batch);
    weights[i] = weights_of (snn_trainer_network (trainer));
  }
  fail_if (memcmp (weights[0], weights[1], n * sizeof (float)) == 0);
  g_free (weights[0]);
  g_free (weights[1]);
}

GST_END_TEST;

/* The average of all updates, by hand, which is also what predicts; in a loop
 * without and with biases. */
GST_START_TEST (test_weight_average)
{
  g_autofree Batch *batch = make_batch (FALSE);
  g_autoptr (SnnTrainer) trainer = NULL;
  g_autoptr (SnnEngine) engine = NULL;
  g_autofree float *average = NULL, *result = NULL;
  SnnTrainingSettings settings;
  float by_trainer[PIXELS], by_engine[PIXELS];
  float *trainer_logits = by_trainer, *engine_logits = by_engine;
  gsize n;

  init_settings (&settings, 1);
  settings.weight_average = 0.5;
  trainer = new_trainer_with_bias (&settings, __i__);
  n = snn_network_n_weights (snn_trainer_network (trainer));
  average = weights_of (snn_trainer_network (trainer));
  for (guint t = 1; t <= 12; t++) {
    g_autofree float *now = NULL;
    double kept = MIN (0.5, (1. + t) / (10. + t));

    step (trainer, batch);
    now = weights_of (snn_trainer_network (trainer));
    for (gsize i = 0; i < n; i++)
      average[i] = (float) (kept * average[i] + (1. - kept) * now[i]);
  }
  result = weights_of (snn_trainer_result (trainer));
  for (gsize i = 0; i < n; i++)
    fail_unless (fabsf (result[i] - average[i]) < 1e-5f, "weight %u: %g, %g",
        (guint) i, result[i], average[i]);
  fail_unless (snn_trainer_predict (trainer, 1, &batch->samples[0].input,
          &trainer_logits, NULL, NULL));
  engine = snn_engine_new (snn_trainer_result (trainer), 1);
  fail_unless (snn_engine_run (engine, 1, &batch->samples[0].input, NULL,
          &engine_logits, NULL, NULL));
  fail_unless (memcmp (by_trainer, by_engine, sizeof by_trainer) == 0);

  settings.weight_average = 0.;
  g_clear_pointer (&trainer, snn_trainer_free);
  trainer = new_trainer (&settings);
  fail_unless (snn_trainer_result (trainer) == snn_trainer_network (trainer));
}

GST_END_TEST;

/* Signals keep their size with He's weights, and lose sqrt 6 a layer with
 * PyTorch's; each draw is another. */
GST_START_TEST (test_initialisation)
{
  g_autoptr (SnnNetwork) he = make_network (KIND_ANN, 1);
  g_autoptr (SnnNetwork) torch = make_network (KIND_ANN, 1);
  g_autoptr (SnnNetwork) other = make_network (KIND_ANN, 1);

  snn_network_initialise (he, SNN_INITIALISATION_HE, 7, 0);
  snn_network_initialise (torch, SNN_INITIALISATION_PYTORCH, 7, 0);
  snn_network_initialise (other, SNN_INITIALISATION_HE, 7, 1);
  for (guint i = 0; i < he->nodes->len; i++) {
    const SnnNode *a = snn_network_node (he, i);
    const SnnNode *b = snn_network_node (torch, i);
    const float factor = g_str_equal (a->name, "out") ? 0.1f : sqrtf (6.f);
    guint n_same = 0;

    for (gsize w = 0; w < a->n_weights; w++) {
      fail_unless (fabsf (a->weight[w] - factor * b->weight[w]) < 1e-6f);
      n_same += a->weight[w] == snn_network_node (other, i)->weight[w];
    }
    fail_unless (a->n_weights == 0 || n_same < a->n_weights / 10 + 1);
  }
}

GST_END_TEST;

/* A network whose predictions have no gradient is known after 20 updates, and
 * another one is drawn, so often as allowed, each with twice the warm-up, also
 * across a checkpoint. */
GST_START_TEST (test_restart)
{
  g_autofree gchar *folder = snn_test_folder_new ();
  g_autofree gchar *path = g_build_filename (folder, "checkpoint", NULL);
  g_autofree Batch *batch = make_batch (FALSE);
  g_autoptr (SnnTrainer) trainer = NULL, resumed = NULL;
  g_autoptr (SnnNetwork) network = make_network (KIND_ANN, 1);
  g_autoptr (SnnNetwork) expected = make_network (KIND_ANN, 1);
  g_autoptr (SnnNetwork) again = NULL;
  g_autofree float *found = NULL, *wanted = NULL;
  SnnNode *readout = snn_network_find (network, "out");
  SnnTrainingSettings settings;
  SnnEpoch report;

  for (gsize w = 0; w < readout->n_weights; w++)
    readout->weight[w] = -1e4f;
  again = snn_network_copy (network);
  init_settings (&settings, 1);
  settings.learning_rate = 1e-12;
  settings.dropout = 0.;
  settings.restarts = 2;
  settings.warmup = 50;
  trainer = snn_trainer_new (network, &settings, NULL);
  for (guint i = 0; i < 19; i++)
    step (trainer, batch);
  fail_if (snn_trainer_is_lost (trainer));
  snn_trainer_end_epoch (trainer, &report);
  step (trainer, batch);
  fail_unless (snn_trainer_is_lost (trainer));
  fail_unless (snn_trainer_restart (trainer));
  fail_if (snn_trainer_is_lost (trainer));
  fail_unless_equals_int (snn_trainer_draw (trainer), 1);
  fail_unless_equals_int (snn_trainer_warmup (trainer), 100);
  snn_network_initialise (expected, settings.initialisation, settings.seed, 1);
  found = weights_of (network);
  wanted = weights_of (expected);
  fail_unless (memcmp (found, wanted, sizeof (float)
          * snn_network_n_weights (network)) == 0);
  for (guint i = 0; i < 30; i++)
    step (trainer, batch);
  fail_if (snn_trainer_is_lost (trainer));
  fail_unless (snn_trainer_restart (trainer));
  fail_unless_equals_int (snn_trainer_warmup (trainer), 200);
  fail_if (snn_trainer_restart (trainer));
  fail_unless (snn_trainer_save (trainer, path, NULL));
  resumed = snn_trainer_new (again, &settings, NULL);
  fail_unless (snn_trainer_restore (resumed, path, NULL));
  fail_unless_equals_int (snn_trainer_warmup (resumed), 200);
  snn_test_folder_free (g_steal_pointer (&folder));
}

GST_END_TEST;

/* What a network that is lost looks like, and what does not make one: nothing to find in
 * a minibatch, black input of a network without biases, or predictions that are far
 * from few labels where cross-entropy has its largest gradient. A row is trained for
 * 25 minibatches. */
GST_START_TEST (test_lost)
{
  static const struct
  {
    SnnLoss loss;
    guint classes;
    float readout;              /* all of its weights; 0: as they were drawn */
    gboolean labels;
    gboolean black;
    gboolean lost;
  } rows[] = {
    { SNN_LOSS_DICE, 1, -1e4f, TRUE, FALSE, TRUE },
    { SNN_LOSS_DICE, 1, -1e4f, FALSE, FALSE, FALSE },
    { SNN_LOSS_DICE, 1, 0.f, FALSE, FALSE, FALSE },
    { SNN_LOSS_DICE, 1, 0.f, FALSE, TRUE, FALSE },
    { SNN_LOSS_DICE, 1, 0.f, TRUE, TRUE, TRUE },
    { SNN_LOSS_BCE, 1, -1e4f, TRUE, FALSE, FALSE },
    { SNN_LOSS_BCE, 1, 0.f, FALSE, TRUE, FALSE },
    { SNN_LOSS_BCE, 1, 0.f, TRUE, TRUE, TRUE },
    { SNN_LOSS_BCE_DICE, 1, -1e4f, TRUE, FALSE, FALSE },
    { SNN_LOSS_BCE_DICE, 1, 0.f, FALSE, FALSE, FALSE },
    { SNN_LOSS_DICE, 3, 0.f, FALSE, FALSE, FALSE },
    { SNN_LOSS_DICE, 3, 0.f, TRUE, FALSE, FALSE },
    { SNN_LOSS_DICE, 3, 0.f, TRUE, TRUE, TRUE },
    { SNN_LOSS_CE_DICE, 3, 0.f, FALSE, FALSE, FALSE },
    { SNN_LOSS_CE_DICE, 3, 0.f, FALSE, TRUE, FALSE },
    { SNN_LOSS_CROSS_ENTROPY, 3, 0.f, FALSE, TRUE, FALSE },
    { SNN_LOSS_CROSS_ENTROPY, 3, 0.f, TRUE, TRUE, TRUE },
  };

  for (guint r = 0; r < G_N_ELEMENTS (rows); r++) {
    g_autofree Batch *batch = make_batch (FALSE);
    g_autoptr (SnnNetwork) network = snn_network_new_unet (
        (SnnShape) { 1, HEIGHT, WIDTH }, 3, 2, rows[r].classes, NULL);
    SnnNode *readout = snn_network_find (network, "out");
    g_autoptr (SnnTrainer) trainer = NULL;
    SnnTrainingSettings settings;

    snn_network_init_weights (network, 1);
    for (gsize w = 0; rows[r].readout < 0.f && w < readout->n_weights; w++)
      readout->weight[w] = rows[r].readout;
    if (!rows[r].labels)
      memset (batch->targets, 0, sizeof batch->targets);
    if (rows[r].black)
      memset (batch->values, 0, sizeof batch->values);
    init_settings (&settings, 1);
    settings.loss = rows[r].loss;
    settings.learning_rate = 1e-12;
    settings.dropout = 0.;
    trainer = snn_trainer_new (network, &settings, NULL);
    fail_unless (trainer != NULL, "row %u", r);
    for (guint i = 0; i < 25; i++)
      step (trainer, batch);
    fail_unless (snn_trainer_is_lost (trainer) == rows[r].lost, "row %u: %s", r,
        rows[r].lost ? "not known to be lost" : "taken for lost");
  }
}

GST_END_TEST;

/* Which evaluations are the best so far, also where a run goes on from a checkpoint
 * before each. */
GST_START_TEST (test_best)
{
  static const struct
  {
    double dice;
    gboolean best;
  } rows[][5] = {
    {{NAN}, {0.5, TRUE}, {0.5}, {0.75, TRUE}, {0.7}},
    {{0., TRUE}, {0.}, {NAN}, {0.}, {0.1, TRUE}},
  };
  g_autofree gchar *folder = snn_test_folder_new ();
  g_autofree gchar *path = g_build_filename (folder, "checkpoint", NULL);
  g_autofree Batch *batch = make_batch (FALSE);
  SnnTrainingSettings settings;

  init_settings (&settings, 1);
  for (guint r = 0; r < 2 * G_N_ELEMENTS (rows); r++) {
    const gboolean resumes = r >= G_N_ELEMENTS (rows);
    g_autoptr (SnnTrainer) trainer = new_trainer (&settings);

    for (guint i = 0; i < G_N_ELEMENTS (rows[0]); i++) {
      const double dice = rows[r % G_N_ELEMENTS (rows)][i].dice;

      train_epoch (trainer, batch);
      if (resumes) {
        fail_unless (snn_trainer_save (trainer, path, NULL));
        snn_trainer_free (trainer);
        trainer = new_trainer (&settings);
        fail_unless (snn_trainer_restore (trainer, path, NULL));
      }
      fail_unless (snn_trainer_note_evaluation (trainer, dice)
          == rows[r % G_N_ELEMENTS (rows)][i].best, "row %u: %g at epoch %u%s",
          r % (guint) G_N_ELEMENTS (rows), dice, snn_trainer_epoch (trainer),
          resumes ? ", resumed" : "");
    }
  }
  snn_test_folder_free (g_steal_pointer (&folder));
}

GST_END_TEST;

/* All of it, killed after every epoch. */
GST_START_TEST (test_same_bits_when_resumed)
{
  g_autofree gchar *folder = snn_test_folder_new ();
  gchar *paths[2] = {
    g_build_filename (folder, "at-once", NULL),
    g_build_filename (folder, "in-parts", NULL)
  };
  g_autofree Batch *batch = make_batch (FALSE);
  g_autoptr (SnnTrainer) whole = NULL;
  SnnTrainingSettings settings;

  init_settings (&settings, 1);
  settings.schedule = SNN_SCHEDULE_COSINE;
  settings.warmup = 3;
  settings.batch_size = 3;
  settings.weight_decay = 0.1;
  settings.gradient_centralisation = TRUE;
  settings.gradient_clipping = 0.01;
  settings.weight_average = 0.9;
  whole = new_trainer (&settings);
  for (guint epoch = 0; epoch < 4; epoch++) {
    g_autoptr (SnnTrainer) part = NULL;

    snn_trainer_begin_epoch (whole, 4, N_SAMPLES);
    train_epoch (whole, batch);
    part = new_trainer (&settings);
    if (epoch > 0) {
      fail_unless (snn_trainer_restore (part, paths[1], NULL));
      fail_unless_equals_int (snn_trainer_planned_epochs (part), 4);
    }
    snn_trainer_begin_epoch (part, 4, N_SAMPLES);
    train_epoch (part, batch);
    fail_unless (snn_trainer_save (part, paths[1], NULL));
  }
  fail_unless (snn_trainer_save (whole, paths[0], NULL));
  assert_same_files (paths[0], paths[1]);
  g_clear_pointer (&paths[0], g_free);
  g_clear_pointer (&paths[1], g_free);
  snn_test_folder_free (g_steal_pointer (&folder));
}

GST_END_TEST;

static Suite *
options_suite (void)
{
  Suite *suite = suite_create ("training-options");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_weight_decay);
  tcase_add_test (tc, test_gradient_centralisation);
  tcase_add_test (tc, test_centralised_training);
  tcase_add_test (tc, test_gradient_clipping);
  tcase_add_test (tc, test_large_gradient);
  tcase_add_loop_test (tc, test_weight_average, 0, 2);
  tcase_add_test (tc, test_initialisation);
  tcase_add_test (tc, test_restart);
  tcase_add_test (tc, test_lost);
  tcase_add_test (tc, test_best);
  tcase_add_test (tc, test_same_bits_when_resumed);
  return suite;
}

GST_CHECK_MAIN (options);
