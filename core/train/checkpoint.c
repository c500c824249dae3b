/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trainer-private.h"

#include <math.h>
#include <string.h>

#include "../base/error.h"
#include "../files/model-file.h"

/* Stands before the lines of the dataset, among those of the settings. */
#define DATA "data."

/* Up to here, whole numbers are exact as doubles. */
#define MAX_COUNT 0x1p53

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
    gboolean written;           /* not where it is as before there was the setting */
  } lines[] = {
    {"learning-rate", s->learning_rate, TRUE},
    {"dropout", s->dropout, TRUE},
    {"patience", s->patience, TRUE},
    {"factor", s->factor, TRUE},
    {"min-learning-rate", s->min_rate, TRUE},
    {"decay", s->decay, s->decay < 1.},
    {"warmup", s->warmup, s->warmup > 0},
    {"weight-decay", s->weight_decay, s->weight_decay > 0.},
    {"gradient-centralisation", s->gradient_centralisation,
        s->gradient_centralisation},
    {"gradient-clipping", s->gradient_clipping, s->gradient_clipping > 0.},
    {"weight-average", s->weight_average, s->weight_average > 0.},
    {"batch-size", s->batch_size, TRUE},
    {"alpha", s->alpha, trainer->network->spiking},
    {"levels", s->levels, s->levels > 0},
    {"regularisation", s->regularisation, trainer->network->spiking
        && s->gradient == SNN_GRADIENT_FPTT},
    {"logit-gain", s->logit_gain, trainer->network->spiking},
    {"initial-membrane", trainer->network->initial_membrane,
        trainer->network->spiking},
    {"timesteps", trainer->network->timesteps, trainer->network->spiking},
  };

  g_string_append_printf (text, "loss=%s\nseed=%" G_GUINT64_FORMAT "\n",
      snn_loss_name (s->loss)->nick, s->seed);
  /* A checkpoint without a schedule is of one. */
  if (s->schedule != SNN_SCHEDULE_PLATEAU)
    g_string_append_printf (text, "schedule=%s\n",
        snn_schedule_name (s->schedule)->nick);
  if (trainer->network->spiking)
    g_string_append_printf (text, "gradient=%s\nsurrogate=%s\nreadout=%s\n",
        snn_gradient_name (s->gradient)->nick,
        snn_surrogate_name (s->surrogate)->nick,
        trainer->network->readout == SNN_READOUT_MEAN ? "mean" : "sum");
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++) {
    gchar number[G_ASCII_DTOSTR_BUF_SIZE];

    if (lines[i].written)
      g_string_append_printf (text, "%s=%s\n", lines[i].name,
          g_ascii_dtostr (number, sizeof number, lines[i].value));
  }
  g_string_append_printf (text, "initial-weights=%s\n",
      trainer->initial_weights);
  return g_string_free (text, FALSE);
}

#define FIELD(field)                                                           \
  offsetof (SnnTrainer, field), sizeof (((SnnTrainer *) NULL)->field)

/**
 * StateValue:
 * @name: in a checkpoint
 * @offset, @size: of the trainer's field: a double, or where it is a @count a guint
 *   or guint64
 * @count: it is a whole number
 * @most: largest value
 * @later: older files do not have it: 0
 *
 * A scalar of a trainer's state. To add one, add a row, and say that it is @later.
 */
typedef struct
{
  const gchar *name;
  gsize offset;
  gsize size;
  gboolean count;
  double most;
  gboolean later;
} StateValue;

static const StateValue state_values[] = {
  {"epoch", FIELD (epoch), TRUE, G_MAXINT},
  {"step", FIELD (adam.step), TRUE, MAX_COUNT},
  {"learning-rate", FIELD (schedule.rate), FALSE, G_MAXDOUBLE},
  {"best-loss", FIELD (schedule.best), FALSE, G_MAXDOUBLE},
  {"bad-epochs", FIELD (schedule.n_bad), TRUE, G_MAXINT},
  {"epochs", FIELD (schedule.epochs), TRUE, G_MAXUINT, TRUE},
  {"restarts", FIELD (draw), TRUE, G_MAXINT, TRUE},
  {"lost-updates", FIELD (n_lost), TRUE, G_MAXINT, TRUE},
  {"best-dice", FIELD (best), FALSE, 1., TRUE},
  {"best-epoch", FIELD (best_epoch), TRUE, G_MAXINT, TRUE},
  {"evaluated", FIELD (evaluated), TRUE, G_MAXINT, TRUE},
};

static double
get_value (const SnnTrainer *trainer, const StateValue *row)
{
  gconstpointer field = (const guint8 *) trainer + row->offset;

  return !row->count ? *(const double *) field
      : row->size == sizeof (guint) ? *(const guint *) field
      : (double) *(const guint64 *) field;
}

static void
set_value (SnnTrainer *trainer, const StateValue *row, double value)
{
  gpointer field = (guint8 *) trainer + row->offset;

  if (!row->count)
    *(double *) field = value;
  else if (row->size == sizeof (guint))
    *(guint *) field = (guint) value;
  else
    *(guint64 *) field = (guint64) value;
}

static void
store_values (const SnnTrainer *trainer, SnnCheckpoint *checkpoint)
{
  for (guint i = 0; i < G_N_ELEMENTS (state_values); i++)
    snn_checkpoint_set (checkpoint, state_values[i].name,
        get_value (trainer, &state_values[i]));
}

/* Nothing that a file says is believed. */
static gboolean
check_values (const gchar *path, const SnnCheckpoint *checkpoint,
    GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (state_values); i++) {
    const StateValue *row = &state_values[i];
    const double value = snn_checkpoint_get (checkpoint, row->name, 0.);

    if (!row->later
        && !g_hash_table_contains (checkpoint->values, row->name)) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT,
          "Checkpoint '%s' has no value '%s'", path, row->name);
      return FALSE;
    }
    if (!(value >= 0. && value <= row->most)
        || (row->count && value != floor (value))) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT,
          "Checkpoint '%s' has %g for '%s', expected %s from 0 to %g", path,
          value, row->name, row->count ? "a whole number" : "a number",
          row->most);
      return FALSE;
    }
  }
  return TRUE;
}

static void
load_values (SnnTrainer *trainer, const SnnCheckpoint *checkpoint)
{
  for (guint i = 0; i < G_N_ELEMENTS (state_values); i++)
    set_value (trainer, &state_values[i],
        snn_checkpoint_get (checkpoint, state_values[i].name, 0.));
  /* Its warm-up goes by the draw. */
  snn_trainer_set_draw (trainer, trainer->draw);
}

static gboolean
check_average (const gchar *path, const SnnCheckpoint *checkpoint,
    const SnnTrainer *trainer, GError **error)
{
  gboolean whole = !trainer->average || checkpoint->average;

  for (gsize i = 0; whole && trainer->average && i < trainer->adam.n; i++)
    whole = isfinite (checkpoint->average[i]);
  if (!whole)
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT,
        "Checkpoint '%s' has no averaged weights, or some that are not finite",
        path);
  return whole;
}

static gboolean
check_moments (const gchar *path, const SnnCheckpoint *checkpoint,
    GError **error)
{
  const gsize n = snn_network_n_weights (checkpoint->network);

  for (gsize i = 0; i < n; i++)
    if (!isfinite (checkpoint->first_moment[i])
        || !isfinite (checkpoint->second_moment[i])
        || checkpoint->second_moment[i] < 0.f) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT,
          "Checkpoint '%s' has the moments %g and %g of weight %"
          G_GSIZE_FORMAT ", expected finite ones, the second not below 0",
          path, checkpoint->first_moment[i], checkpoint->second_moment[i], i);
      return FALSE;
    }
  return TRUE;
}

gboolean
snn_trainer_peek_epoch (const gchar *path, guint *epoch, gboolean *evaluated,
    GError **error)
{
  g_autoptr (SnnCheckpoint) checkpoint = snn_checkpoint_load (path, error);

  if (!checkpoint || !check_values (path, checkpoint, error))
    return FALSE;
  *epoch = (guint) snn_checkpoint_get (checkpoint, "epoch", 0.);
  *evaluated = snn_checkpoint_get (checkpoint, "evaluated", 0.) == *epoch;
  return TRUE;
}

/* Adds the dataset's lines to those of the settings. */
static gchar *
join_dataset (gchar *settings, const gchar *dataset)
{
  g_auto (GStrv) lines = g_strsplit (dataset ? dataset : "", "\n", -1);
  GString *text = g_string_new (settings);

  for (guint i = 0; lines[i]; i++)
    if (*lines[i])
      g_string_append_printf (text, DATA "%s\n", lines[i]);
  g_free (settings);
  return g_string_free (text, FALSE);
}

/* Takes them out again. Returns: the dataset's, NULL where there are none */
static gchar *
split_dataset (const gchar *text, gchar **settings)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  GString *others = g_string_new (NULL), *dataset = g_string_new (NULL);

  for (guint i = 0; lines[i]; i++)
    if (g_str_has_prefix (lines[i], DATA))
      g_string_append_printf (dataset, "%s\n", lines[i] + strlen (DATA));
    else if (*lines[i])
      g_string_append_printf (others, "%s\n", lines[i]);
  *settings = g_string_free (others, FALSE);
  return g_string_free (dataset, dataset->len == 0);
}

gboolean
snn_trainer_save (SnnTrainer *trainer, const gchar *path, GError **error)
{
  g_autoptr (SnnCheckpoint) checkpoint = snn_checkpoint_new (trainer->network);
  const gsize n = trainer->adam.n;

  g_free (checkpoint->settings);
  checkpoint->settings =
      join_dataset (describe_settings (trainer), trainer->dataset);
  store_values (trainer, checkpoint);
  for (gsize i = 0; i < n; i++) {
    checkpoint->first_moment[i] = trainer->adam.m[i];
    checkpoint->second_moment[i] = trainer->adam.v[i];
  }
  if (trainer->average)
    checkpoint->average = g_memdup2 (trainer->average,
        MAX (n, 1) * sizeof (float));
  return snn_checkpoint_save (checkpoint, path, error);
}

/* The line of @lines that sets what @line does, or NULL. */
static const gchar *
find_setting (GStrv lines, const gchar *line)
{
  const gsize n = strcspn (line, "=") + 1;

  for (guint i = 0; lines[i]; i++)
    if (strncmp (lines[i], line, n) == 0)
      return lines[i];
  return NULL;
}

/* Names the first setting that differs. In which order they stand does not
 * matter. */
static gboolean
check_settings (const gchar *path, const gchar *found, const gchar *expected,
    GError **error)
{
  g_auto (GStrv) theirs = g_strsplit (found, "\n", -1);
  g_auto (GStrv) ours = g_strsplit (expected, "\n", -1);

  for (guint i = 0; ours[i]; i++) {
    const gchar *other = find_setting (theirs, ours[i]);

    if (other && g_str_equal (other, ours[i]))
      continue;
    if (other)
      g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
          "Checkpoint '%s' was made with %s where this run has %s", path,
          other, ours[i]);
    else
      g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
          "Checkpoint '%s' was made without %s", path, ours[i]);
    return FALSE;
  }
  for (guint i = 0; theirs[i]; i++)
    if (!find_setting (ours, theirs[i])) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
          "Checkpoint '%s' was made with %s, which this run does not have",
          path, theirs[i]);
      return FALSE;
    }
  return TRUE;
}

static gboolean
same_node (const SnnNode *a, const SnnNode *b)
{
  return g_str_equal (a->name, b->name) && a->op == b->op
      && a->n_inputs == b->n_inputs
      && (a->n_inputs == 0 || memcmp (a->inputs, b->inputs,
              a->n_inputs * sizeof *a->inputs) == 0)
      && memcmp (&a->in, &b->in, sizeof a->in) == 0
      && memcmp (&a->out, &b->out, sizeof a->out) == 0
      && a->kernel == b->kernel && a->stride == b->stride
      && a->padding == b->padding && a->bias == b->bias
      && a->resets == b->resets;
}

/* Who resumes knows the width and size that were set, and no nodes: so the text says
 * which of these a difference comes from. */
static void
refuse_node (const gchar *path, const SnnNode *found, const SnnNode *expected,
    GError **error)
{
  g_autofree gchar *theirs = found ? snn_shape_to_text (found->out) : NULL;
  g_autofree gchar *ours = snn_shape_to_text (expected->out);
  const gboolean same_name = found && g_str_equal (found->name, expected->name);

  if (same_name && !g_str_equal (theirs, ours))
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "Checkpoint '%s' holds another network: its node '%s' has an output of %s "
        "(channels first) where that of this run has %s; found another %s than "
        "expected", path, found->name, theirs, ours,
        found->out.channels != expected->out.channels ? "width" : "size");
  else if (same_name)
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "Checkpoint '%s' holds another network: its node '%s' is of another kind, "
        "reset or size, or has other inputs, than that of this run", path,
        found->name);
  else
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "Checkpoint '%s' holds another network: it has %s%s%s where this run has "
        "node '%s'; found another depth or kind of network than expected", path,
        found ? "node '" : "no node", found ? found->name : "", found ? "'" : "",
        expected->name);
}

static gboolean
check_network (const gchar *path, const SnnNetwork *found,
    const SnnNetwork *expected, GError **error)
{
  for (guint i = 0; i < expected->nodes->len; i++)
    if (i >= found->nodes->len || !same_node (snn_network_node (found, i),
            snn_network_node (expected, i))) {
      refuse_node (path, i < found->nodes->len ? snn_network_node (found, i)
          : NULL, snn_network_node (expected, i), error);
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
snn_trainer_check_dataset (const gchar *path, const gchar *found,
    const gchar *expected, GError **error)
{
  return !found || !expected || check_settings (path, found, expected, error);
}

static void
copy_weights (SnnNetwork *to_network, const SnnNetwork *from_network)
{
  for (guint i = 0; i < to_network->nodes->len; i++) {
    SnnNode *to = snn_network_node (to_network, i);
    const SnnNode *from = snn_network_node (from_network, i);

    for (guint p = 0; p < to->n_parameters; p++)
      memcpy (to->parameters[p].values, from->parameters[p].values,
          to->parameters[p].n * sizeof (float));
  }
  to_network->signed_input |= from_network->signed_input;
  snn_network_copy_metadata (to_network, from_network);
}

gboolean
snn_trainer_restore (SnnTrainer *trainer, const gchar *path, GError **error)
{
  g_autoptr (SnnCheckpoint) checkpoint = snn_checkpoint_load (path, error);
  g_autofree gchar *ours = describe_settings (trainer);
  g_autofree gchar *theirs = NULL, *dataset = NULL;

  if (!checkpoint)
    return FALSE;
  dataset = split_dataset (checkpoint->settings, &theirs);
  if (!check_network (path, checkpoint->network, trainer->network, error)
      || !check_settings (path, theirs, ours, error)
      || !check_values (path, checkpoint, error)
      || !check_moments (path, checkpoint, error)
      || !check_average (path, checkpoint, trainer, error))
    return FALSE;
  if (dataset)
    snn_trainer_set_dataset (trainer, dataset);
  copy_weights (trainer->network, checkpoint->network);
  for (gsize i = 0; i < trainer->adam.n; i++) {
    trainer->adam.m[i] = checkpoint->first_moment[i];
    trainer->adam.v[i] = checkpoint->second_moment[i];
    if (trainer->average)
      trainer->average[i] = checkpoint->average[i];
  }
  load_values (trainer, checkpoint);
  snn_trainer_weights_changed (trainer);
  return TRUE;
}
