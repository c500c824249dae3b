/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "field.h"

#include <math.h>

/* The knots that one voxel's value is made of, along one axis. */
typedef struct
{
  guint first;
  float weight[4];
} Span;

struct _SnnField
{
  gsize dims[3];
  gsize knots[3];
  Span *spans[3];               /* one for each voxel */
  float *values;                /* at the knots */
};

/* The squares of a cubic B-spline's four weights sum to 0.5 at a knot and to
 * 0.4601 halfway: this is the root of the mean. */
#define DEVIATION 0.6928f

/* Four knots, @position - floor of the way from the second to the third. */
static void
set_span (Span *span, double position)
{
  const double t = position - floor (position), s = 1. - t;
  const double weight[4] = {
    s * s * s, 3. * t * t * t - 6. * t * t + 4.,
    3. * s * s * s - 6. * s * s + 4., t * t * t
  };

  span->first = (guint) position;
  for (guint k = 0; k < 4; k++)
    span->weight[k] = (float) (weight[k] / 6.) / DEVIATION;
}

SnnField *
snn_field_new (const gsize dims[3], const double spacing[3], SnnRandom *random)
{
  SnnField *field = g_new0 (SnnField, 1);

  for (guint i = 0; i < 3; i++) {
    field->dims[i] = dims[i];
    field->spans[i] = g_new0 (Span, dims[i]);
    if (dims[i] == 1) {
      field->knots[i] = 1;
      field->spans[i][0].weight[0] = 1.f;
      continue;
    }
    field->knots[i] = (gsize) ((double) (dims[i] - 1) / spacing[i]) + 4;
    for (gsize k = 0; k < dims[i]; k++)
      set_span (&field->spans[i][k], (double) k / spacing[i]);
  }
  field->values = g_new (float,
      field->knots[0] * field->knots[1] * field->knots[2]);
  snn_random_normals (random, field->values,
      field->knots[0] * field->knots[1] * field->knots[2]);
  return field;
}

void
snn_field_free (SnnField *field)
{
  if (!field)
    return;
  for (guint i = 0; i < 3; i++)
    g_free (field->spans[i]);
  g_free (field->values);
  g_free (field);
}

void
snn_field_row (const SnnField *field, gsize y, gsize z, float *row)
{
  const gsize *knots = field->knots;
  const Span *across = &field->spans[1][y], *deep = &field->spans[2][z];
  const Span *along = field->spans[0];
  const guint n_y = knots[1] == 1 ? 1 : 4, n_z = knots[2] == 1 ? 1 : 4;
  g_autofree float *line = g_new0 (float, knots[0]);

  for (guint k = 0; k < n_z; k++)
    for (guint j = 0; j < n_y; j++) {
      const float weight = deep->weight[k] * across->weight[j];
      const float *values = field->values
          + ((deep->first + k) * knots[1] + across->first + j) * knots[0];

      for (gsize i = 0; i < knots[0]; i++)
        line[i] += weight * values[i];
    }
  if (knots[0] == 1) {
    row[0] = line[0];
    return;
  }
  for (gsize x = 0; x < field->dims[0]; x++) {
    const float *v = line + along[x].first;
    const float *w = along[x].weight;

    row[x] = w[0] * v[0] + w[1] * v[1] + w[2] * v[2] + w[3] * v[3];
  }
}
