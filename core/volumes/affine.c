/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "affine.h"

#include <math.h>
#include <string.h>

void
snn_affine_identity (double m[4][4])
{
  for (guint i = 0; i < 4; i++)
    for (guint j = 0; j < 4; j++)
      m[i][j] = i == j;
}

void
snn_affine_multiply (const double a[4][4], const double b[4][4],
    double out[4][4])
{
  double product[4][4];

  for (guint i = 0; i < 4; i++)
    for (guint j = 0; j < 4; j++) {
      product[i][j] = 0.;
      for (guint k = 0; k < 4; k++)
        product[i][j] += a[i][k] * b[k][j];
    }
  memcpy (out, product, sizeof product);
}

gboolean
snn_affine_invert (const double m[4][4], double out[4][4])
{
  double inverse[4][4], determinant = 0.;

  snn_affine_identity (inverse);
  /* Cofactors, counted around the matrix so that they need no signs. */
  for (guint i = 0; i < 3; i++)
    for (guint j = 0; j < 3; j++) {
      const double *p = m[(j + 1) % 3], *q = m[(j + 2) % 3];

      inverse[i][j] = p[(i + 1) % 3] * q[(i + 2) % 3]
          - p[(i + 2) % 3] * q[(i + 1) % 3];
    }
  for (guint j = 0; j < 3; j++)
    determinant += m[0][j] * inverse[j][0];
  if (!isnormal (determinant))
    return FALSE;
  for (guint i = 0; i < 3; i++) {
    for (guint j = 0; j < 3; j++)
      inverse[i][j] /= determinant;
    for (guint j = 0; j < 3; j++)
      inverse[i][3] -= inverse[i][j] * m[j][3];
    for (guint j = 0; j < 4; j++)
      if (!isfinite (inverse[i][j]))
        return FALSE;
  }
  memcpy (out, inverse, sizeof inverse);
  return TRUE;
}

void
snn_affine_apply (const double m[4][4], const double point[3], double out[3])
{
  double image[3];

  for (guint i = 0; i < 3; i++)
    image[i] = m[i][0] * point[0] + m[i][1] * point[1] + m[i][2] * point[2]
        + m[i][3];
  memcpy (out, image, sizeof image);
}

void
snn_affine_scale (double m[4][4], const double factor[3])
{
  for (guint i = 0; i < 3; i++)
    for (guint j = 0; j < 4; j++)
      m[i][j] *= factor[i];
}

void
snn_affine_move (double m[4][4], const double by[3])
{
  for (guint i = 0; i < 3; i++)
    m[i][3] += by[i];
}

void
snn_affine_rotate (double m[4][4], guint axis, double angle)
{
  const guint next = (axis + 1) % 3, last = (axis + 2) % 3;
  const double c = cos (angle), s = sin (angle);
  double turn[4][4];

  snn_affine_identity (turn);
  turn[next][next] = c;
  turn[next][last] = -s;
  turn[last][next] = s;
  turn[last][last] = c;
  snn_affine_multiply (turn, m, m);
}
