/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grid.h"

#include <math.h>
#include <string.h>

#include "../base/error.h"
#include "affine.h"
#include "region.h"

/* In voxels: what is nearer together is the same place. */
#define SAME 1e-4
/* Voxel sizes that differ by less than this part of them are the same. */
#define SAME_ZOOM 1e-3
/* Millimetres; what asks for more has another unit in mind. */
#define MOST_ZOOM 1e3

void
snn_grid_from_info (SnnGrid *grid, const SnnVolumeInfo *info)
{
  memcpy (grid->dims, info->dims, sizeof grid->dims);
  memcpy (grid->affine, info->affine, sizeof grid->affine);
}

void
snn_grid_zooms (const SnnGrid *grid, double zooms[3])
{
  for (guint i = 0; i < 3; i++)
    zooms[i] = sqrt (grid->affine[0][i] * grid->affine[0][i]
        + grid->affine[1][i] * grid->affine[1][i]
        + grid->affine[2][i] * grid->affine[2][i]);
}

/* Whether index @n in the one is index @n in the other, from the first voxel
 * to the last. */
static gboolean
is_identity (const double map[4][4], const gsize dims[3])
{
  for (guint i = 0; i < 3; i++) {
    double error = fabs (map[i][3]);

    for (guint j = 0; j < 3; j++)
      error += fabs (map[i][j] - (i == j)) * (double) (dims[j] - 1);
    if (!(error < SAME))
      return FALSE;
  }
  return TRUE;
}

void
snn_grid_centred (SnnGrid *grid, const gsize dims[3], double zoom)
{
  snn_affine_identity (grid->affine);
  for (guint i = 0; i < 3; i++) {
    grid->dims[i] = dims[i];
    grid->affine[i][i] = zoom;
    grid->affine[i][3] = -zoom * (double) (dims[i] / 2);
  }
}

gboolean
snn_grid_equal (const SnnGrid *a, const SnnGrid *b)
{
  double map[4][4];

  if (memcmp (a->dims, b->dims, sizeof a->dims) != 0)
    return FALSE;
  if (memcmp (a->affine, b->affine, sizeof a->affine) == 0)
    return TRUE;
  if (!snn_affine_invert (a->affine, map))
    return FALSE;
  snn_affine_multiply (map, b->affine, map);
  return is_identity (map, a->dims);
}

void
snn_grid_widen (SnnGrid *grid, SnnAxis axis, gsize n)
{
  g_return_if_fail (axis < SNN_AXIS_NONE);

  grid->dims[axis] += 2 * n;
  for (guint i = 0; i < 3; i++)
    grid->affine[i][3] -= grid->affine[i][axis] * (double) n;
}

gboolean
snn_grid_same_zoom (double a, double b)
{
  return fabs (a / b - 1.) < SAME_ZOOM;
}

gboolean
snn_grid_parse_zooms (const gchar *text, double zooms[3], GError **error)
{
  const gchar *at = text && *text ? text : "0";
  guint n = 0;

  for (; n < 3; n++) {
    gchar *end;

    zooms[n] = g_ascii_strtod (at, &end);
    if (end == at || !(zooms[n] >= 0. && zooms[n] <= MOST_ZOOM)
        || *end != (n < 2 && (n > 0 || *end) ? 'x' : '\0'))
      goto failed;
    at = end + 1;
    if (*end == '\0')
      break;
  }
  if (n == 0)
    zooms[1] = zooms[2] = zooms[0];
  return TRUE;

failed:
  g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "spacing=%s is no size of "
      "voxels; expected millimetres in x, y and z, such as 1x1x1.5, or one "
      "number for all three", text);
  return FALSE;
}

gchar *
snn_grid_format_zooms (const double zooms[3])
{
  gchar text[3][G_ASCII_DTOSTR_BUF_SIZE];

  for (guint i = 0; i < 3; i++) {
    if (zooms[i] == 0.)
      return g_strdup ("");
    g_ascii_formatd (text[i], sizeof text[i], "%.6g", zooms[i]);
  }
  return g_strjoin ("x", text[0], text[1], text[2], NULL);
}

gboolean
snn_grid_respace (const SnnGrid *from, const double zooms[3], SnnGrid *to,
    GError **error)
{
  double own[3];
  SnnGrid grid = *from;

  snn_grid_zooms (from, own);
  for (guint i = 0; i < 3; i++) {
    double ratio = zooms[i] / own[i], n, shift;

    if (!(zooms[i] >= 0. && isfinite (ratio))) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_NUMERIC,
          "Voxels of %g mm can't be resampled to %g mm", own[i], zooms[i]);
      return FALSE;
    }
    if (zooms[i] == 0. || snn_grid_same_zoom (zooms[i], own[i]))
      continue;
    n = MAX (1., round ((double) from->dims[i] / ratio));
    if (n > SNN_REGION_MAX) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED, "%" G_GSIZE_FORMAT
          " voxels of %g mm would be %.0f of %g mm, where %d is the most",
          from->dims[i], own[i], n, zooms[i], SNN_REGION_MAX);
      return FALSE;
    }
    grid.dims[i] = (gsize) n;
    /* Of the first new voxel, in old ones: both grids have one centre. */
    shift = ((double) from->dims[i] - 1. - (n - 1.) * ratio) / 2.;
    for (guint j = 0; j < 3; j++) {
      grid.affine[j][3] += from->affine[j][i] * shift;
      grid.affine[j][i] *= ratio;
    }
  }
  *to = grid;
  return TRUE;
}
