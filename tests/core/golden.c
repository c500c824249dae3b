/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <math.h>

#include <snn/train/trainer.h>
#include "tests/core/golden-peer.h"

/* Our U-Net against PyTorch's: tests/data/README.md says what is compared. */

#define FOLDER "golden"
#define N_SAMPLES 2
#define HEIGHT 56
#define WIDTH 48
#define PIXELS (HEIGHT * WIDTH)
#define TIMESTEPS 20
#define THRESHOLD 0.4f

static const struct
{
  const gchar *name;
  SnnLoss loss;
} losses[] = {
  {"bce", SNN_LOSS_BCE},
  {"dice", SNN_LOSS_DICE},
  {"bce-dice", SNN_LOSS_BCE_DICE},
};

/* PyTorch has one convolution where we have NAME_up and NAME_skip: they are
 * its first and second half of input channels. Returns the peer's name. */
static gchar *
peer_layer (const SnnNode *node, guint *part, guint *n_parts)
{
  const gchar *branch = strchr (node->name, '_');

  *part = branch && g_str_equal (branch, "_skip") ? 1 : 0;
  *n_parts = branch ? 2 : 1;
  return g_strndup (node->name,
      branch ? (gsize) (branch - node->name) : strlen (node->name));
}

/* The part of a tensor of the peer that is @node's, in our order. */
static float *
node_values (const SnnNode *node, const Npy *npy, guint part, guint n_parts)
{
  gsize taps = (gsize) node->kernel * node->kernel;
  gsize row = node->in.channels * taps;
  g_autofree float *torch = g_new (float, node->n_weights);
  float *ours = g_new (float, node->n_weights);

  fail_unless_equals_int (npy->n, node->n_weights * n_parts);
  for (gsize i = 0; i < node->n_weights; i++)
    torch[i] = n_parts == 1 ? (float) npy->values[i]
        : (float) npy->values[i / row * row * n_parts + part * row + i % row];
  snn_weights_from_torch (node, torch, ours);
  return ours;
}

static SnnNetwork *
peer_network (gboolean spiking)
{
  g_autoptr (SnnNetwork) ann =
      snn_network_new_unet ((SnnShape) { 1, HEIGHT, WIDTH }, 4, 2, 1, NULL);
  SnnNetwork *snn;

  fail_unless (ann != NULL);
  for (guint i = 0; i < ann->nodes->len; i++) {
    SnnNode *node = snn_network_node (ann, i);
    guint part, n_parts;

    if (snn_node_has_weights (node)) {
      g_autofree gchar *layer = peer_layer (node, &part, &n_parts);
      g_autoptr (Npy) npy = golden_load (FOLDER, "weight.%s", layer);
      g_autofree float *values = node_values (node, npy, part, n_parts);

      memcpy (node->weight, values, node->n_weights * sizeof *values);
    }
  }
  if (!spiking)
    return g_steal_pointer (&ann);
  snn = snn_network_to_spiking (ann);
  for (guint i = 0; i < snn->nodes->len; i++) {
    SnnNode *node = snn_network_node (snn, i);

    for (guint c = 0; node->threshold && c < node->out.channels; c++)
      node->threshold[c] = THRESHOLD;
  }
  return snn;
}

/* The two samples, as our functions take them. */
typedef struct
{
  float image[N_SAMPLES][PIXELS];
  gint8 spikes[N_SAMPLES][TIMESTEPS][PIXELS];
  guint8 mask[N_SAMPLES][PIXELS];
  float logits[N_SAMPLES][PIXELS];
  float *logits_at[N_SAMPLES];
  SnnInput inputs[N_SAMPLES];
  SnnSample samples[N_SAMPLES];
} Data;

static Data *
load_data (gboolean spiking)
{
  g_autoptr (Npy) image = golden_load (FOLDER, "input");
  g_autoptr (Npy) mask = golden_load (FOLDER, "mask");
  g_autoptr (Npy) spikes = golden_load (FOLDER, "spikes");
  Data *data = g_new0 (Data, 1);

  fail_unless_equals_int (image->n, N_SAMPLES * PIXELS);
  fail_unless_equals_int (spikes->n, N_SAMPLES * TIMESTEPS * PIXELS);
  for (guint s = 0; s < N_SAMPLES; s++) {
    for (guint p = 0; p < PIXELS; p++) {
      data->image[s][p] = (float) image->values[s * PIXELS + p];
      data->mask[s][p] = (guint8) mask->values[s * PIXELS + p];
      for (guint t = 0; t < TIMESTEPS; t++)
        data->spikes[s][t][p] =
            (gint8) spikes->values[(t * N_SAMPLES + s) * PIXELS + p];
    }
    data->logits_at[s] = data->logits[s];
    if (spiking)
      data->inputs[s] = (SnnInput) {
        data->spikes[s], SNN_VALUE_INT8, TIMESTEPS
      };
    else
      data->inputs[s] = (SnnInput) { data->image[s], SNN_VALUE_FLOAT32, 1 };
    data->samples[s] = (SnnSample) {
      .input = data->inputs[s],
      .target = data->mask[s],
      .id = s
    };
  }
  return data;
}

static void
assert_logits (const gchar *kind, const Data *data)
{
  g_autofree gchar *name = g_strconcat (kind, ".logits", NULL);

  golden_check (FOLDER, name, data->logits[0], N_SAMPLES * PIXELS, 1e-4);
}

GST_START_TEST (test_ann_logits)
{
  g_autoptr (SnnNetwork) network = peer_network (FALSE);
  g_autoptr (SnnEngine) engine = snn_engine_new (network, 2);
  g_autofree Data *data = load_data (FALSE);

  snn_engine_run (engine, N_SAMPLES, data->inputs, NULL, data->logits_at,
      NULL, NULL);
  assert_logits ("ann", data);
}

GST_END_TEST;

/* The spikes of each layer, but for neurons that came so close to their
 * threshold that the order of a sum decided. */
static void
assert_spikes (const SnnNetwork *network, SnnState *const *states)
{
  guint layer = 0;

  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);
    gsize n = snn_shape_size (node->out);

    if (node->op == &snn_op_if) {
      g_autofree gchar *name = g_strndup (node->name,
          strlen (node->name) - strlen ("_act"));
      g_autoptr (Npy) rate = golden_load (FOLDER, "snn.rate.%s", name);

      fail_unless_equals_int (rate->n, N_SAMPLES * n);
      for (guint s = 0; s < N_SAMPLES; s++) {
        gint64 found = (gint64) snn_state_spikes (states[s], layer);
        double expected = 0.;

        for (gsize p = 0; p < n; p++)
          expected += round (rate->values[s * n + p] * TIMESTEPS);
        fail_unless (ABS (found - (gint64) expected) <= 2,
            "%s of sample %u: %" G_GINT64_FORMAT " spikes; expected %.0f",
            name, s, found, expected);
      }
      layer++;
    }
  }
  fail_unless_equals_int (layer, 12);
}

/* In one piece, and in chunks that divide the timesteps unevenly. */
GST_START_TEST (test_snn_logits_and_spikes)
{
  g_autoptr (SnnNetwork) network = peer_network (TRUE);
  g_autoptr (SnnEngine) engine = snn_engine_new (network, 2);
  g_autofree Data *data = load_data (TRUE);
  const guint chunk = __i__ == 0 ? TIMESTEPS : 7;
  SnnState *states[N_SAMPLES];

  for (guint s = 0; s < N_SAMPLES; s++)
    states[s] = snn_state_new (network);
  for (guint t = 0; t < TIMESTEPS; t += chunk) {
    for (guint s = 0; s < N_SAMPLES; s++) {
      data->inputs[s].data = data->spikes[s][t];
      data->inputs[s].timesteps = MIN (chunk, TIMESTEPS - t);
    }
    snn_engine_run (engine, N_SAMPLES, data->inputs, states, data->logits_at,
        NULL, NULL);
  }
  assert_logits ("snn", data);
  assert_spikes (network, states);
  for (guint s = 0; s < N_SAMPLES; s++) {
    fail_unless_equals_int (snn_state_timesteps (states[s]), TIMESTEPS);
    snn_state_unref (states[s]);
  }
}

GST_END_TEST;

static void
assert_gradients (const SnnNetwork *network, const gchar *kind,
    const gchar *loss, const float *gradient)
{
  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);
    guint part, n_parts;

    if (snn_node_has_weights (node)) {
      g_autofree gchar *layer = peer_layer (node, &part, &n_parts);
      g_autofree gchar *what =
          g_strdup_printf ("%s %s %s", kind, loss, node->name);
      g_autoptr (Npy) npy = golden_load (FOLDER, "%s.%s.grad.%s", kind, loss, layer);
      g_autofree float *expected = node_values (node, npy, part, n_parts);

      golden_check_close (what, gradient, expected, node->n_weights, 1e-4);
      gradient += node->n_weights;
    }
  }
}

static void
check_gradients (gboolean spiking, guint which)
{
  const gchar *kind = spiking ? "snn" : "ann";
  g_autoptr (SnnNetwork) network = peer_network (spiking);
  g_autoptr (SnnTrainer) trainer = NULL;
  g_autoptr (Npy) expected = golden_load (FOLDER, "%s.%s.loss", kind, losses[which].name);
  g_autofree Data *data = load_data (spiking);
  g_autofree float *gradient = g_new (float, snn_network_n_weights (network));
  SnnTrainingSettings settings;
  double loss;

  snn_training_settings_init (&settings);
  settings.loss = losses[which].loss;
  settings.threads = 2;
  settings.surrogate = SNN_SURROGATE_RELATIVE;
  settings.alpha = 0.3;
  settings.logit_gain = 1.;
  trainer = snn_trainer_new (network, &settings, NULL);
  loss = snn_trainer_gradient (trainer, N_SAMPLES, data->samples,
      data->logits_at, gradient);
  fail_unless (fabs (loss / expected->values[0] - 1.) <= 1e-5,
      "%s %s: loss %g; expected %g", kind, losses[which].name, loss,
      expected->values[0]);
  assert_logits (kind, data);
  assert_gradients (network, kind, losses[which].name, gradient);
}

GST_START_TEST (test_ann_gradients)
{
  check_gradients (FALSE, (guint) __i__);
}

GST_END_TEST;

GST_START_TEST (test_snn_gradients)
{
  check_gradients (TRUE, (guint) __i__);
}

GST_END_TEST;

static Suite *
golden_suite (void)
{
  Suite *suite = suite_create ("golden");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_ann_logits);
  tcase_add_loop_test (tc, test_snn_logits_and_spikes, 0, 2);
  tcase_add_loop_test (tc, test_ann_gradients, 0, G_N_ELEMENTS (losses));
  tcase_add_loop_test (tc, test_snn_gradients, 0, G_N_ELEMENTS (losses));
  return suite;
}

GST_CHECK_MAIN (golden);
