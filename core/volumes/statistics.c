/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "statistics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Order statistics are found digit by digit, the most significant first. A
 * node of a tree stands for all values that begin with the same digits; a pass
 * over the values counts the next digit in each node that a wanted statistic
 * is in. A whole head has hundreds of millions of voxels, of which a copy to
 * be sorted would take as much memory as they do. */
#define DIGIT_BITS 8
#define N_DIGITS (32 / DIGIT_BITS)
#define RADIX (1 << DIGIT_BITS)

/* Counts of the next digit; once that is known, the nodes that it leads to, 0
 * where nothing wanted is. */
typedef union
{
  gsize count[RADIX];
  gsize child[RADIX];
} Node;

/* A statistic, and how far it is known. */
typedef struct
{
  gsize rank;                   /* among the values of its node */
  gsize node;
  guint32 key;
} Wanted;

/* A key that sorts as an unsigned number where @value sorts as a float, and
 * the way back. */
static guint32
float_to_key (float value)
{
  guint32 bits;

  memcpy (&bits, &value, sizeof bits);
  return bits >> 31 ? ~bits : bits | 1u << 31;
}

static float
key_to_float (guint32 key)
{
  guint32 bits = key >> 31 ? key ^ 1u << 31 : ~key;
  float value;

  memcpy (&value, &bits, sizeof value);
  return value;
}

static guint
digit_of (guint32 key, guint level)
{
  return key >> (32 - DIGIT_BITS * (level + 1)) & (RADIX - 1);
}

static void
count_digits (Node *nodes, const float *values, gsize n, guint level)
{
  for (gsize i = 0; i < n; i++) {
    guint32 key;
    gsize node = 0;
    guint above;

    if (!isfinite (values[i]))
      continue;
    key = float_to_key (values[i]);
    for (above = 0; above < level; above++) {
      node = nodes[node].child[digit_of (key, above)];
      if (node == 0)
        break;
    }
    if (above == level)
      nodes[node].count[digit_of (key, level)]++;
  }
}

/* Reads the next digit of each of @wanted, which are in order, off the counts,
 * and makes the nodes that they are in now. */
static void
descend (GArray *nodes, Wanted *wanted, guint n_wanted, guint level)
{
  for (guint i = 0; i < n_wanted;) {
    gsize parent = wanted[i].node, before = 0, child = 0;
    Node counts = g_array_index (nodes, Node, parent);
    guint digit = 0, last = RADIX;

    memset (&g_array_index (nodes, Node, parent), 0, sizeof (Node));
    for (; i < n_wanted && wanted[i].node == parent; i++) {
      while (wanted[i].rank - before >= counts.count[digit])
        before += counts.count[digit++];
      if (digit != last && level + 1 < N_DIGITS) {
        child = nodes->len;
        g_array_set_size (nodes, nodes->len + 1);
        g_array_index (nodes, Node, parent).child[digit] = child;
        last = digit;
      }
      wanted[i].rank -= before;
      wanted[i].node = child;
      wanted[i].key |= (guint32) digit << (32 - DIGIT_BITS * (level + 1));
    }
  }
}

/* Sets the keys of @wanted, whose ranks do not decrease. */
static void
select_ranks (Wanted *wanted, guint n_wanted, const float *values, gsize n)
{
  g_autoptr (GArray) nodes = g_array_new (FALSE, TRUE, sizeof (Node));

  g_array_set_size (nodes, 1);
  for (guint level = 0; level < N_DIGITS; level++) {
    count_digits ((Node *) nodes->data, values, n, level);
    descend (nodes, wanted, n_wanted, level);
  }
}

/* Where between two of @n order statistics @position in [0, n - 1] is; returns
 * the weight of the upper one. */
static double
neighbours (gsize n, double position, gsize *below, gsize *above)
{
  *below = MIN ((gsize) position, n - 1);
  *above = MIN (*below + 1, n - 1);
  return position - (double) *below;
}

static gint
compare_ranks (gconstpointer a, gconstpointer b)
{
  gsize x = ((const Wanted *) a)->rank, y = ((const Wanted *) b)->rank;

  return (x > y) - (x < y);
}

static float
value_of_rank (const Wanted *wanted, const gsize *ranks, gsize rank)
{
  guint low = 0, high = 2 * SNN_N_QUANTILES - 1;

  while (low < high) {
    guint middle = (low + high) / 2;

    if (ranks[middle] < rank)
      low = middle + 1;
    else
      high = middle;
  }
  return key_to_float (wanted[low].key);
}

static void
compute_quantiles (SnnStatistics *statistics, const float *values, gsize n)
{
  Wanted wanted[2 * SNN_N_QUANTILES];
  gsize ranks[2 * SNN_N_QUANTILES];
  gsize finite = statistics->n_finite;

  memset (wanted, 0, sizeof wanted);
  for (guint k = 0; k < SNN_N_QUANTILES; k++)
    neighbours (finite, (double) (finite - 1) * k / (SNN_N_QUANTILES - 1),
        &wanted[2 * k].rank, &wanted[2 * k + 1].rank);
  qsort (wanted, G_N_ELEMENTS (wanted), sizeof *wanted, compare_ranks);
  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
    ranks[i] = wanted[i].rank;
  select_ranks (wanted, G_N_ELEMENTS (wanted), values, n);

  for (guint k = 0; k < SNN_N_QUANTILES; k++) {
    gsize below, above;
    double weight = neighbours (finite,
        (double) (finite - 1) * k / (SNN_N_QUANTILES - 1), &below, &above);

    statistics->quantile[k] =
        (float) (value_of_rank (wanted, ranks, below) * (1. - weight)
        + value_of_rank (wanted, ranks, above) * weight);
  }
}

void
snn_statistics_compute (SnnStatistics *statistics, const float *values, gsize n)
{
  double sum = 0., squares = 0.;
  gsize finite = 0;

  memset (statistics, 0, sizeof *statistics);
  for (gsize i = 0; i < n; i++)
    if (isfinite (values[i])) {
      sum += values[i];
      finite++;
    }
  statistics->n_finite = finite;
  statistics->n_nonfinite = n - finite;
  if (finite == 0)
    return;

  statistics->mean = sum / (double) finite;
  for (gsize i = 0; i < n; i++)
    if (isfinite (values[i]))
      squares += (values[i] - statistics->mean)
          * (values[i] - statistics->mean);
  statistics->deviation = sqrt (squares / (double) finite);
  compute_quantiles (statistics, values, n);
}

double
snn_statistics_percentile (const SnnStatistics *statistics, double percent)
{
  gsize below, above;
  double weight = neighbours (SNN_N_QUANTILES,
      CLAMP (percent, 0., 100.) * (SNN_N_QUANTILES - 1) / 100., &below, &above);

  return statistics->quantile[below] * (1. - weight)
      + statistics->quantile[above] * weight;
}

double
snn_statistics_foreground (const SnnStatistics *statistics, double percent)
{
  const double low = snn_statistics_percentile (statistics, 2.);
  const double high = snn_statistics_percentile (statistics, 98.);
  const double threshold = low + 0.1 * (high - low);
  guint first = 0;
  double background;

  while (first < SNN_N_QUANTILES
      && !((double) statistics->quantile[first] > threshold))
    first++;
  background = first < SNN_N_QUANTILES
      ? first * 100. / (SNN_N_QUANTILES - 1) : 0.;
  return snn_statistics_percentile (statistics, background
      + (100. - background) * CLAMP (percent, 0., 100.) / 100.);
}
