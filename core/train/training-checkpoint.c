/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "training-private.h"

#include <string.h>

#include "../base/error.h"
#include "../files/model-file.h"

static const gchar *const loss_names[] = {
  [SNN_LOSS_BCE] = "bce",
  [SNN_LOSS_DICE] = "dice",
  [SNN_LOSS_BCE_DICE] = "bce-dice",
  [SNN_LOSS_CROSS_ENTROPY] = "cross-entropy",
};

/* What a run was made with, a line each: another run may go on from its
 * checkpoint only where all of these agree. */
static gchar *
describe_settings (const SnnTrainer *trainer)
{
  const SnnTrainingSettings *s = &trainer->settings;
  GString *text = g_string_new (NULL);
  const struct
  {
    const gchar *name;
    double value;
    gboolean always;
  } lines[] = {
    {"learning-rate", s->learning_rate, TRUE},
    {"dropout", s->dropout, TRUE},
    {"patience", s->patience, TRUE},
    {"factor", s->factor, TRUE},
    {"min-learning-rate", s->min_rate, TRUE},
    {"decay", s->decay, s->decay < 1.},
    {"batch-size", s->batch_size, TRUE},
    {"seed", (double) s->seed, TRUE},
    {"alpha", s->alpha, trainer->network->spiking},
    {"logit-gain", s->logit_gain, trainer->network->spiking},
    {"initial-membrane", trainer->network->initial_membrane,
        trainer->network->spiking},
    {"timesteps", trainer->network->timesteps, trainer->network->spiking},
  };

  g_string_append_printf (text, "loss=%s\n", loss_names[s->loss]);
  if (trainer->network->spiking)
    g_string_append_printf (text, "gradient=%s\nsurrogate=%s\nreadout=%s\n",
        s->gradient == SNN_GRADIENT_RATE ? "rate" : "bptt",
        s->surrogate == SNN_SURROGATE_RELATIVE ? "relative" : "absolute",
        trainer->network->readout == SNN_READOUT_MEAN ? "mean" : "sum");
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++) {
    gchar number[G_ASCII_DTOSTR_BUF_SIZE];

    if (lines[i].always)
      g_string_append_printf (text, "%s=%s\n", lines[i].name,
          g_ascii_dtostr (number, sizeof number, lines[i].value));
  }
  g_string_append_printf (text, "initial-weights=%s\n",
      trainer->initial_weights);
  return g_string_free (text, FALSE);
}

/* The scalars of the state, with their names in a checkpoint; the same list
 * writes and reads them. */
static void
exchange_values (SnnTrainer *trainer, SnnCheckpoint *checkpoint, gboolean save)
{
  double epoch = trainer->epoch, step = (double) trainer->adam.step;
  double n_bad = trainer->plateau.n_bad;
  const struct
  {
    const gchar *name;
    double *value;
  } values[] = {
    {"epoch", &epoch},
    {"step", &step},
    {"learning-rate", &trainer->plateau.rate},
    {"best-loss", &trainer->plateau.best},
    {"bad-epochs", &n_bad},
  };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++) {
    if (save)
      snn_checkpoint_set (checkpoint, values[i].name, *values[i].value);
    else
      *values[i].value = snn_checkpoint_get (checkpoint, values[i].name, 0.);
  }
  trainer->epoch = (guint) epoch;
  trainer->adam.step = (guint64) step;
  trainer->plateau.n_bad = (guint) n_bad;
}

gboolean
snn_trainer_save (SnnTrainer *trainer, const gchar *path, GError **error)
{
  g_autoptr (SnnCheckpoint) checkpoint = snn_checkpoint_new (trainer->network);
  gsize bytes = trainer->plan->n_weights * sizeof (float);

  g_free (checkpoint->settings);
  checkpoint->settings = describe_settings (trainer);
  exchange_values (trainer, checkpoint, TRUE);
  memcpy (checkpoint->first_moment, trainer->adam.m, bytes);
  memcpy (checkpoint->second_moment, trainer->adam.v, bytes);
  return snn_checkpoint_save (checkpoint, path, error);
}

/* Names the first setting that differs. */
static gboolean
check_settings (const gchar *path, const gchar *found, const gchar *expected,
    GError **error)
{
  g_auto (GStrv) theirs = g_strsplit (found, "\n", -1);
  g_auto (GStrv) ours = g_strsplit (expected, "\n", -1);

  if (g_str_equal (found, expected))
    return TRUE;
  for (guint i = 0; ours[i] && theirs[i]; i++)
    if (!g_str_equal (ours[i], theirs[i])) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
          "Checkpoint '%s' was made with %s where this run has %s", path,
          theirs[i], ours[i]);
      return FALSE;
    }
  g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
      "Checkpoint '%s' was made by another kind of training", path);
  return FALSE;
}

static gboolean
same_node (const SnnNode *a, const SnnNode *b)
{
  return g_str_equal (a->name, b->name) && a->type == b->type
      && a->n_weights == b->n_weights && a->n_inputs == b->n_inputs
      && (a->n_inputs == 0 || memcmp (a->inputs, b->inputs,
              a->n_inputs * sizeof *a->inputs) == 0)
      && memcmp (&a->in, &b->in, sizeof a->in) == 0
      && memcmp (&a->out, &b->out, sizeof a->out) == 0
      && a->kernel == b->kernel && a->stride == b->stride
      && a->padding == b->padding;
}

static gboolean
check_network (const gchar *path, const SnnNetwork *found,
    const SnnNetwork *expected, GError **error)
{
  for (guint i = 0; i < expected->nodes->len; i++)
    if (i >= found->nodes->len || !same_node (snn_network_node (found, i),
            snn_network_node (expected, i))) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
          "Checkpoint '%s' holds another network: its node %u differs from "
          "'%s' of this run", path, i, snn_network_node (expected, i)->name);
      return FALSE;
    }
  if (found->nodes->len != expected->nodes->len) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "Checkpoint '%s' holds a network of %u nodes where this run has %u",
        path, found->nodes->len, expected->nodes->len);
    return FALSE;
  }
  return TRUE;
}

gboolean
snn_trainer_restore (SnnTrainer *trainer, const gchar *path, GError **error)
{
  g_autoptr (SnnCheckpoint) checkpoint = snn_checkpoint_load (path, error);
  g_autofree gchar *settings = describe_settings (trainer);
  gsize bytes = trainer->plan->n_weights * sizeof (float);

  if (!checkpoint || !check_network (path, checkpoint->network,
          trainer->network, error)
      || !check_settings (path, checkpoint->settings, settings, error))
    return FALSE;
  for (guint i = 0; i < trainer->network->nodes->len; i++) {
    SnnNode *to = snn_network_node (trainer->network, i);
    const SnnNode *from = snn_network_node (checkpoint->network, i);

    if (to->weight)
      memcpy (to->weight, from->weight, to->n_weights * sizeof (float));
    if (to->threshold)
      memcpy (to->threshold, from->threshold,
          to->out.channels * sizeof (float));
  }
  trainer->network->signed_input |= checkpoint->network->signed_input;
  memcpy (trainer->adam.m, checkpoint->first_moment, bytes);
  memcpy (trainer->adam.v, checkpoint->second_moment, bytes);
  exchange_values (trainer, checkpoint, FALSE);
  snn_trainer_weights_changed (trainer);
  return TRUE;
}
