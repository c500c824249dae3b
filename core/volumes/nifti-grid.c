/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nifti-grid.h"

#include <math.h>
#include <string.h>

#include "../base/error.h"
#include "../base/remarks.h"
#include "nifti-affine.h"

/* All in voxels: from one voxel to the next, between corners, and what is not
 * worth a word. */
#define STEP_TOLERANCE 1e-3
#define CORNER_TOLERANCE 0.02
#define REMARK_TOLERANCE 1e-3

/* A header's grid in canonical orientation, and how it got there. */
typedef struct
{
  const gchar *location;
  gsize dims[3];
  double affine[3][4];
  guint8 axis[3];
  gboolean flip[3];
} Grid;

/* Where two grids part. */
typedef struct
{
  gboolean fits;
  gboolean same_shape;
  double farthest;              /* distance of two corners, mm */
  double voxel;                 /* the smallest extent of one, mm */
} Difference;

static Grid
grid_of (const SnnNiftiHeader *header, const gchar *location)
{
  SnnVolumeInfo info = { NULL, };
  Grid grid = { location, };

  snn_nifti_header_describe (header, &info);
  memcpy (grid.dims, info.dims, sizeof grid.dims);
  memcpy (grid.affine, info.affine, sizeof grid.affine);
  memcpy (grid.axis, info.axis, sizeof grid.axis);
  memcpy (grid.flip, info.flip, sizeof grid.flip);
  return grid;
}

/* How far a corner of @a is from the same corner of @b. */
static double
corner_distance (const Grid *a, const Grid *b, guint corner)
{
  double squared = 0.;

  for (guint row = 0; row < 3; row++) {
    double d = a->affine[row][3] - b->affine[row][3];

    for (guint i = 0; i < 3; i++)
      if (corner >> i & 1)
        d += (a->affine[row][i] - b->affine[row][i])
            * (double) (a->dims[i] - 1);
    squared += d * d;
  }
  return sqrt (squared);
}

static Difference
compare_grids (const Grid *a, const Grid *b)
{
  Difference difference = { TRUE, TRUE, 0., INFINITY };
  double zooms[3], nearest = INFINITY;

  for (guint i = 0; i < 3; i++) {
    zooms[i] = hypot (hypot (a->affine[0][i], a->affine[1][i]),
        a->affine[2][i]);
    difference.voxel = MIN (difference.voxel, zooms[i]);
    if (a->dims[i] != b->dims[i])
      difference.same_shape = difference.fits = FALSE;
  }
  for (guint row = 0; row < 3; row++)
    for (guint i = 0; i < 3; i++)
      if (!(fabs (a->affine[row][i] - b->affine[row][i])
              <= STEP_TOLERANCE * zooms[i]))
        difference.fits = FALSE;
  for (guint corner = 0; corner < 8; corner++) {
    double distance = corner_distance (a, b, corner);

    nearest = MIN (nearest, distance);
    difference.farthest = MAX (difference.farthest, distance);
  }
  if (!(nearest <= CORNER_TOLERANCE * difference.voxel))
    difference.fits = FALSE;
  return difference;
}

/* (transfer full): what to say where another form of @header would make a pair
 * with @other, or "". */
static gchar *
other_form (const SnnNiftiHeader *header, const gchar *location,
    const Grid *other)
{
  SnnNiftiHeader turned = *header;

  for (turned.form = SNN_NIFTI_SFORM; turned.form < SNN_NIFTI_NO_FORM;
      turned.form++) {
    Grid grid;

    if (turned.form == header->form || !snn_nifti_form_affine (&turned.fields,
            turned.form, turned.affine))
      continue;
    grid = grid_of (&turned, location);
    if (compare_grids (&grid, other).fits)
      return g_strdup_printf ("; the %s of %s, which is not used because of "
          "its %s, would fit", snn_nifti_form_name (turned.form), location,
          snn_nifti_form_name (header->form));
  }
  return g_strdup ("");
}

/* Names the element in which two affines of @voxel mm differ most, a step
 * counting for as many voxels as fit a tolerance. */
static void
set_affine_error (GError **error, const Grid *a, const double (*p)[4],
    const Grid *b, const double (*q)[4], double voxel, const gchar *forms)
{
  gboolean stored = p != a->affine;
  guint row = 0, column = 0;
  double most = 0.;

  for (guint i = 0; i < 3; i++)
    for (guint j = 0; j < 4; j++) {
      double d = fabs (p[i][j] - q[i][j]) / voxel
          / (j == 3 ? CORNER_TOLERANCE : STEP_TOLERANCE);

      if (d > most) {
        most = d;
        row = i;
        column = j;
      }
    }
  g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH, "Image and label differ "
      "in affine%s: row %u, column %u is %.9g in %s and %.9g in %s, where at "
      "most %g of a voxel is tolerated%s", stored ? "" : " once turned to RAS",
      row, column, p[row][column], a->location, q[row][column], b->location,
      column == 3 ? CORNER_TOLERANCE : STEP_TOLERANCE, forms);
}

gboolean
snn_nifti_same_grid (const SnnNiftiHeader *image, const gchar *image_location,
    const SnnNiftiHeader *label, const gchar *label_location,
    GPtrArray *remarks, GError **error)
{
  const Grid a = grid_of (image, image_location);
  const Grid b = grid_of (label, label_location);
  const Difference difference = compare_grids (&a, &b);
  g_autofree gchar *image_form = NULL;
  g_autofree gchar *label_form = NULL;
  g_autofree gchar *forms = NULL;

  if (difference.fits) {
    if (difference.farthest > REMARK_TOLERANCE * difference.voxel)
      snn_remark (remarks, "%s and %s: their grids are up to %.3g mm apart, "
          "%.3g of a voxel, and are taken for the same", image_location,
          label_location, difference.farthest,
          difference.farthest / difference.voxel);
    return TRUE;
  }
  if (!difference.same_shape) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH, "Image and label differ "
        "in shape: %s has %" G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT " x %"
        G_GSIZE_FORMAT " voxels and %s has %" G_GSIZE_FORMAT " x %"
        G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT ", turned to RAS", a.location,
        a.dims[0], a.dims[1], a.dims[2], b.location, b.dims[0], b.dims[1],
        b.dims[2]);
    return FALSE;
  }
  image_form = other_form (image, image_location, &b);
  label_form = other_form (label, label_location, &a);
  forms = g_strconcat (image_form, label_form, NULL);
  /* What other programs show is the affine as stored, where it compares. */
  if (memcmp (a.axis, b.axis, sizeof a.axis) == 0
      && memcmp (a.flip, b.flip, sizeof a.flip) == 0)
    set_affine_error (error, &a, image->affine, &b, label->affine,
        difference.voxel, forms);
  else
    set_affine_error (error, &a, a.affine, &b, b.affine, difference.voxel,
        forms);
  return FALSE;
}
