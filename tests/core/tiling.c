/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <math.h>

#include <snn/run/tiling.h>

/* Samples in tiles, against what the header says of one voxel at a time. */

#define CHANNELS 2

/* A row: samples and tiles, and how many tiles there have to be. */
static const struct
{
  SnnShape sample;
  SnnShape tile;
  double overlap;
  guint n_tiles;
} rows[] = {
  { { 1, 8, 8, 0 }, { 1, 8, 8, 0 }, 0.5, 1 },
  { { 1, 9, 8, 0 }, { 1, 8, 8, 0 }, 0.5, 2 },
  { { 1, 20, 13, 0 }, { 1, 8, 8, 0 }, 0.5, 4 * 3 },
  { { 1, 20, 13, 0 }, { 1, 8, 8, 0 }, 0., 3 * 2 },
  { { 1, 20, 13, 0 }, { 1, 8, 6, 0 }, 0.9, 13 * 8 },
  { { 1, 5, 3, 0 }, { 1, 8, 8, 0 }, 0.5, 1 },
  { { 1, 5, 17, 0 }, { 1, 8, 8, 0 }, 0.25, 3 },
  { { 1, 6, 7, 9 }, { 1, 4, 4, 4 }, 0.5, 2 * 3 * 4 },
  { { 1, 6, 7, 3 }, { 1, 8, 4, 6 }, 0.5, 3 },
};

static float
value_at (gsize i)
{
  return (float) ((i * 2654435761u) % 1009) / 1009.f - 0.3f;
}

/* Along one axis: where tile @i of @n lies. */
static gint
origin_of (guint extent, guint tile, guint i, guint n)
{
  if (extent <= tile)
    return -(gint) ((tile - extent) / 2);
  return (gint) ((guint64) (extent - tile) * i / (n - 1));
}

static guint
count (guint extent, guint tile, double overlap)
{
  const guint step = MAX ((guint) (tile * (1. - overlap)), 1);

  return extent > tile ? (extent - tile + step - 1) / step + 1 : 1;
}

static double
weight_of (gint at, guint tile)
{
  const double d = (at - (tile - 1) / 2.) / (tile / 8.);

  return exp (-d * d / 2.);
}

typedef struct
{
  guint extent[3];
  guint tile[3];
  guint n[3];
} Plan;

static void
plan_init (Plan *plan, guint row)
{
  *plan = (Plan) {
    { rows[row].sample.width, rows[row].sample.height,
        MAX (rows[row].sample.depth, 1) },
    { rows[row].tile.width, rows[row].tile.height,
        MAX (rows[row].tile.depth, 1) },
  };
  for (guint a = 0; a < 3; a++)
    plan->n[a] = count (plan->extent[a], plan->tile[a], rows[row].overlap);
}

/* Where place @at of tile @k is in the sample, or beyond it. */
static void
place (const Plan *plan, guint k, const guint at[3], gint where[3])
{
  for (guint a = 0; a < 3; a++) {
    where[a] = origin_of (plan->extent[a], plan->tile[a], k % plan->n[a],
        plan->n[a]) + (gint) at[a];
    k /= plan->n[a];
  }
}

GST_START_TEST (test_cut)
{
  g_autoptr (SnnTiling) tiling = snn_tiling_new (rows[__i__].sample,
      rows[__i__].tile, rows[__i__].overlap);
  const guint timesteps = 3;
  guint n_tiles = snn_tiling_n_tiles (tiling), n_wrong = 0;
  Plan p;

  plan_init (&p, __i__);
  fail_unless (n_tiles == rows[__i__].n_tiles, "row %d: %u tiles", __i__,
      n_tiles);
  for (guint bytes = 0; bytes < 2; bytes++) {
    const gsize n = (gsize) p.extent[0] * p.extent[1] * p.extent[2];
    const gsize n_tile = (gsize) p.tile[0] * p.tile[1] * p.tile[2];
    const gsize n_frames = CHANNELS * timesteps;
    g_autofree float *floats = g_new (float, n * n_frames);
    g_autofree gint8 *spikes = g_new (gint8, n * n_frames);
    g_autofree float *cut = g_new (float, n_tile * n_frames);
    const SnnInput sample = {
      .data = bytes ? (gpointer) spikes : floats,
      .type = bytes ? SNN_VALUE_INT8 : SNN_VALUE_FLOAT32,
      .timesteps = timesteps,
    };

    for (gsize i = 0; i < n * n_frames; i++) {
      floats[i] = value_at (i);
      spikes[i] = (gint8) (i * 7 % 3) - 1;
    }
    for (guint k = 0; k < n_tiles; k++) {
      snn_tiling_cut (tiling, k, &sample, CHANNELS, cut);
      for (gsize i = 0; i < n_tile * n_frames; i++) {
        const guint at[3] = { i % p.tile[0], i / p.tile[0] % p.tile[1],
          i / p.tile[0] / p.tile[1] % p.tile[2] };
        const gsize frame = i / n_tile;
        gsize from = frame;
        gint where[3];

        place (&p, k, at, where);
        for (gint a = 2; a >= 0; a--)
          from = from * p.extent[a]
              + (gsize) CLAMP (where[a], 0, (gint) p.extent[a] - 1);
        if (bytes)
          n_wrong += ((gint8 *) cut)[i] != spikes[from];
        else
          n_wrong += cut[i] != floats[from];
      }
    }
  }
  fail_unless (n_wrong == 0, "row %d: %u values wrong", __i__, n_wrong);
}

GST_END_TEST;

GST_START_TEST (test_blend)
{
  g_autoptr (SnnTiling) tiling = snn_tiling_new (rows[__i__].sample,
      rows[__i__].tile, rows[__i__].overlap);
  const guint n_tiles = snn_tiling_n_tiles (tiling);
  g_autofree float **tiles = g_new (float *, n_tiles);
  g_autofree float *values = NULL, *got = NULL;
  g_autofree double *sum = NULL, *weights = NULL;
  g_autoptr (GError) error = NULL;
  guint n_wrong = 0;
  gsize n, n_tile;
  Plan p;

  plan_init (&p, __i__);
  n = (gsize) p.extent[0] * p.extent[1] * p.extent[2];
  n_tile = (gsize) p.tile[0] * p.tile[1] * p.tile[2];
  values = g_new (float, n_tiles * n_tile * CHANNELS);
  got = g_new (float, n * CHANNELS);
  sum = g_new0 (double, n * CHANNELS);
  weights = g_new0 (double, n * CHANNELS);
  for (guint k = 0; k < n_tiles; k++) {
    tiles[k] = values + k * n_tile * CHANNELS;
    for (gsize i = 0; i < n_tile * CHANNELS; i++) {
      const guint at[3] = { i % p.tile[0], i / p.tile[0] % p.tile[1],
        i / p.tile[0] / p.tile[1] % p.tile[2] };
      gsize to = i / n_tile;
      gboolean within = TRUE;
      double weight = 1.;
      gint where[3];

      tiles[k][i] = value_at (k * 977 + i);
      place (&p, k, at, where);
      for (gint a = 2; a >= 0; a--) {
        within = within && where[a] >= 0 && where[a] < (gint) p.extent[a];
        to = to * p.extent[a] + (gsize) where[a];
        weight *= weight_of ((gint) at[a], p.tile[a]);
      }
      if (!within)
        continue;
      sum[to] += weight * tiles[k][i];
      weights[to] += weight;
    }
  }
  fail_unless (snn_tiling_blend (tiling, tiles, CHANNELS, got, &error));
  g_assert_no_error (error);
  for (gsize i = 0; i < n * CHANNELS; i++)
    n_wrong += fabs (got[i] - sum[i] / weights[i]) > 1e-6;
  fail_unless (n_wrong == 0, "row %d: %u values wrong", __i__, n_wrong);

  /* Tiles that agree are not changed by being blended. */
  for (guint k = 0; k < n_tiles; k++)
    for (gsize i = 0; i < n_tile * CHANNELS; i++)
      tiles[k][i] = -1.7f;
  fail_unless (snn_tiling_blend (tiling, tiles, CHANNELS, got, &error));
  for (gsize i = 0; i < n * CHANNELS; i++)
    n_wrong += got[i] != -1.7f;
  fail_unless (n_wrong == 0, "row %d: %u values not those of all tiles", __i__,
      n_wrong);
}

GST_END_TEST;

static Suite *
tiling_suite (void)
{
  Suite *suite = suite_create ("tiling");
  TCase *tcase = tcase_create ("tiling");

  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, test_cut, 0, G_N_ELEMENTS (rows));
  tcase_add_loop_test (tcase, test_blend, 0, G_N_ELEMENTS (rows));
  return suite;
}

GST_CHECK_MAIN (tiling);
