/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model-file.h"

#include <string.h>

#include "model-private.h"

/* Checkpoints hold some dozen values. */
#define MAX_VALUES 4096

SnnCheckpoint *
snn_checkpoint_new (SnnNetwork *network)
{
  SnnCheckpoint *checkpoint = g_new0 (SnnCheckpoint, 1);
  gsize n = snn_network_n_weights (network);

  checkpoint->network = snn_network_ref (network);
  checkpoint->settings = g_strdup ("");
  checkpoint->values =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  checkpoint->first_moment = g_new0 (float, n);
  checkpoint->second_moment = g_new0 (float, n);
  return checkpoint;
}

void
snn_checkpoint_free (SnnCheckpoint *checkpoint)
{
  if (!checkpoint)
    return;
  snn_network_unref (checkpoint->network);
  g_free (checkpoint->settings);
  g_hash_table_unref (checkpoint->values);
  g_free (checkpoint->first_moment);
  g_free (checkpoint->second_moment);
  g_free (checkpoint->average);
  g_free (checkpoint);
}

void
snn_checkpoint_set (SnnCheckpoint *checkpoint, const gchar *name, double value)
{
  g_hash_table_replace (checkpoint->values, g_strdup (name),
      g_memdup2 (&value, sizeof value));
}

double
snn_checkpoint_get (const SnnCheckpoint *checkpoint, const gchar *name,
    double fallback)
{
  const double *value = g_hash_table_lookup (checkpoint->values, name);

  return value ? *value : fallback;
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(gchar * const *) a, *(gchar * const *) b);
}

static void
write_values (SnnHdf5 *h, GHashTable *table)
{
  guint n;
  g_autofree const gchar **names =
      (const gchar **) g_hash_table_get_keys_as_array (table, &n);
  g_autofree double *values = g_new (double, MAX (n, 1));

  if (n == 0)
    return;
  /* In order, so that the same values give the same bytes. */
  qsort (names, n, sizeof *names, compare_names);
  for (guint i = 0; i < n; i++)
    values[i] = *(const double *) g_hash_table_lookup (table, names[i]);
  snn_hdf5_write_texts (h, "/training/names", n, 0, names);
  snn_hdf5_write_doubles (h, "/training/values", n, values);
}

gboolean
snn_checkpoint_save (const SnnCheckpoint *checkpoint, const gchar *path,
    GError **error)
{
  SnnHdf5 *h = snn_hdf5_create (path);
  const gsize n = snn_network_n_weights (checkpoint->network);
  gboolean saved;

  /* A run that goes on compares the nodes with its own. */
  snn_model_write (h, checkpoint->network, FALSE);
  snn_hdf5_write_text (h, "/training/settings", checkpoint->settings);
  write_values (h, checkpoint->values);
  if (n > 0) {
    snn_hdf5_write_floats (h, "/training/first_moment", 1, &n, FALSE,
        checkpoint->first_moment);
    snn_hdf5_write_floats (h, "/training/second_moment", 1, &n, FALSE,
        checkpoint->second_moment);
  }
  if (n > 0 && checkpoint->average)
    snn_hdf5_write_floats (h, "/training/average", 1, &n, FALSE,
        checkpoint->average);
  saved = snn_hdf5_commit (h, error);
  snn_hdf5_close (h);
  return saved;
}

static gboolean
read_values (SnnHdf5 *h, SnnCheckpoint *checkpoint)
{
  SnnHdf5Shape shape;
  g_auto (GStrv) names = NULL;
  g_autofree double *values = NULL;

  if (!snn_hdf5_has (h, "/training/names"))
    return !snn_hdf5_failed (h);
  names = snn_hdf5_read_texts (h, "/training/names", &shape);
  if (!names)
    return FALSE;
  if (shape.rank != 1 || shape.n > MAX_VALUES)
    return snn_hdf5_fail (h, SNN_ERROR_FORMAT,
        "/training/names is no list of at most %d names", MAX_VALUES);
  values = g_new (double, shape.n);
  if (!snn_hdf5_read_doubles (h, "/training/values", shape.n, values))
    return FALSE;
  for (gsize i = 0; i < shape.n; i++)
    snn_checkpoint_set (checkpoint, names[i], values[i]);
  return TRUE;
}

static SnnCheckpoint *
read_checkpoint (SnnHdf5 *h)
{
  g_autoptr (SnnNetwork) network = snn_model_read (h);
  g_autoptr (SnnCheckpoint) checkpoint = NULL;
  gchar *settings;
  gsize n;

  if (!network)
    return NULL;
  if (!snn_hdf5_has (h, "/training")) {
    snn_hdf5_fail (h, SNN_ERROR_FORMAT,
        "a model without training state; expected a checkpoint");
    return NULL;
  }
  settings = snn_hdf5_read_text (h, "/training/settings");
  if (!settings)
    return NULL;
  n = snn_network_n_weights (network);
  checkpoint = snn_checkpoint_new (network);
  g_free (checkpoint->settings);
  checkpoint->settings = settings;
  if (!read_values (h, checkpoint))
    return NULL;
  if (n > 0 && (!snn_hdf5_read_floats (h, "/training/first_moment", n,
              checkpoint->first_moment)
          || !snn_hdf5_read_floats (h, "/training/second_moment", n,
              checkpoint->second_moment)))
    return NULL;
  if (n > 0 && snn_hdf5_has (h, "/training/average")) {
    checkpoint->average = g_new (float, n);
    if (!snn_hdf5_read_floats (h, "/training/average", n,
            checkpoint->average))
      return NULL;
  }
  return g_steal_pointer (&checkpoint);
}

SnnCheckpoint *
snn_checkpoint_load (const gchar *path, GError **error)
{
  SnnHdf5 *h = snn_hdf5_open (path, error);
  SnnCheckpoint *checkpoint;

  if (!h)
    return NULL;
  checkpoint = read_checkpoint (h);
  snn_hdf5_take_error (h, error);
  snn_hdf5_close (h);
  return checkpoint;
}
