/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "component.h"

#include <string.h>

#include "../base/error.h"

typedef struct
{
  const float *values;
  const gsize *dims;
  float cut_off;
  guint8 *seen;
  GArray *members;              /* indices of voxels (gsize) */
} Search;

static void
visit (Search *search, gsize index)
{
  if (search->seen[index] || !(search->values[index] > search->cut_off))
    return;
  search->seen[index] = 1;
  g_array_append_val (search->members, index);
}

/* Gathers all that hangs together with voxel @first. */
static void
gather (Search *search, gsize first)
{
  const gsize *dims = search->dims;

  g_array_set_size (search->members, 0);
  visit (search, first);
  for (guint i = 0; i < search->members->len; i++) {
    const gsize index = g_array_index (search->members, gsize, i);
    const gsize at[3] = { index % dims[0], index / dims[0] % dims[1],
      index / dims[0] / dims[1]
    };
    gsize step = 1;

    for (guint k = 0; k < 3; k++) {
      if (at[k] > 0)
        visit (search, index - step);
      if (at[k] + 1 < dims[k])
        visit (search, index + step);
      step *= dims[k];
    }
  }
}

static void
describe (const Search *search, SnnComponent *component)
{
  const gsize *dims = search->dims;
  double sum = 0., sums[3] = { 0., };

  *component = (SnnComponent) {.n = search->members->len };
  for (guint i = 0; i < search->members->len; i++) {
    const gsize index = g_array_index (search->members, gsize, i);
    const double value = search->values[index];

    sum += value;
    sums[0] += value * (double) (index % dims[0]);
    sums[1] += value * (double) (index / dims[0] % dims[1]);
    sums[2] += value * (double) (index / dims[0] / dims[1]);
  }
  for (guint k = 0; k < 3 && sum > 0.; k++)
    component->centre[k] = sums[k] / sum;
  component->mean = sum / (double) MAX (component->n, 1);
}

static void
mark (const Search *search, guint8 *mask)
{
  for (guint i = 0; i < search->members->len; i++)
    mask[g_array_index (search->members, gsize, i)] = 1;
}

gboolean
snn_component_largest (const float *values, const gsize dims[3],
    float cut_off, guint8 *mask, SnnComponent *component, GError **error)
{
  const gsize n = dims[0] * dims[1] * dims[2];
  g_autofree guint8 *seen = g_try_malloc0 (MAX (n, 1));
  g_autoptr (GArray) members = g_array_new (FALSE, FALSE, sizeof (gsize));
  Search search = { values, dims, cut_off, seen, members };
  gsize first = 0;

  *component = (SnnComponent) { 0, };
  if (!seen) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_READ, "No memory to look for what "
        "hangs together in %" G_GSIZE_FORMAT " voxels", n);
    return FALSE;
  }
  for (gsize i = 0; i < n; i++) {
    if (seen[i] || !(values[i] > cut_off))
      continue;
    gather (&search, i);
    if (members->len > component->n) {
      component->n = members->len;
      first = i;
    }
  }
  if (mask)
    memset (mask, 0, n);
  if (component->n == 0)
    return TRUE;
  memset (seen, 0, n);
  gather (&search, first);
  describe (&search, component);
  if (mask)
    mark (&search, mask);
  return TRUE;
}
