/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nifti-affine.h"

#include <math.h>
#include <string.h>

#include "../base/remarks.h"

/* Lengths outside of these, in the file's unit, are damage and nothing that was
 * measured; products of those inside are far from overflow. */
#define SHORTEST 1e-9
#define LONGEST 1e9

/* How far pixdim may be from the length of the affine's columns. */
#define ZOOM_TOLERANCE 1e-3

/* Beyond these, in mm, the unit is likely wrong. */
#define SMALLEST_VOXEL 1e-5
#define LARGEST_VOXEL 100.

/* A form that takes different voxels to different places: finite, and with
 * columns that span space. */
static gboolean
is_usable (const double m[4][4])
{
  double norms = 1., determinant;

  for (guint i = 0; i < 3; i++) {
    double norm = sqrt (m[0][i] * m[0][i] + m[1][i] * m[1][i]
        + m[2][i] * m[2][i]);

    if (!(norm >= SHORTEST && norm <= LONGEST && fabs (m[i][3]) <= LONGEST))
      return FALSE;
    norms *= norm;
  }
  determinant = m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
      - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
      + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
  return fabs (determinant) > 1e-6 * norms;
}

static gboolean
is_length (double size)
{
  return size >= SHORTEST && size <= LONGEST;
}

static double
pixdim_or_one (const nifti_2_header *fields, guint i)
{
  double size = fabs (fields->pixdim[i]);

  return is_length (size) ? size : 1.;
}

static void
affine_from_sform (const nifti_2_header *fields, double m[4][4])
{
  memcpy (m[0], fields->srow_x, sizeof m[0]);
  memcpy (m[1], fields->srow_y, sizeof m[1]);
  memcpy (m[2], fields->srow_z, sizeof m[2]);
}

static void
affine_from_qform (const nifti_2_header *fields, double m[4][4])
{
  nifti_dmat44 matrix = nifti_quatern_to_dmat44 (fields->quatern_b,
      fields->quatern_c, fields->quatern_d, fields->qoffset_x,
      fields->qoffset_y, fields->qoffset_z, pixdim_or_one (fields, 1),
      pixdim_or_one (fields, 2), pixdim_or_one (fields, 3),
      fields->pixdim[0] < 0. ? -1. : 1.);

  memcpy (m, matrix.m, sizeof matrix.m);
}

/* Without a form the axes of Analyze 7.5 are meant, as nibabel understands
 * them: x from right to left, and the origin in the middle. */
static void
affine_from_pixdim (const nifti_2_header *fields, double m[4][4])
{
  memset (m, 0, 3 * sizeof m[0]);
  for (guint i = 0; i < 3; i++) {
    m[i][i] = pixdim_or_one (fields, i + 1) * (i == 0 ? -1. : 1.);
    m[i][3] = -m[i][i] * (double) (fields->dim[i + 1] - 1) / 2.;
  }
}

gboolean
snn_nifti_form_affine (const nifti_2_header *fields, SnnNiftiForm form,
    double m[4][4])
{
  double unit = snn_nifti_unit (fields);

  switch (form) {
    case SNN_NIFTI_SFORM:
      if (fields->sform_code <= 0)
        return FALSE;
      affine_from_sform (fields, m);
      break;
    case SNN_NIFTI_QFORM:
      if (fields->qform_code <= 0)
        return FALSE;
      affine_from_qform (fields, m);
      break;
    case SNN_NIFTI_NO_FORM:
      affine_from_pixdim (fields, m);
      break;
  }
  if (form != SNN_NIFTI_NO_FORM && !is_usable (m))
    return FALSE;
  for (guint i = 0; i < 3; i++) {
    m[3][i] = 0.;
    for (guint j = 0; j < 4; j++)
      m[i][j] *= unit;
  }
  m[3][3] = 1.;
  return TRUE;
}

const gchar *
snn_nifti_form_name (SnnNiftiForm form)
{
  static const gchar *const names[] = {
    [SNN_NIFTI_SFORM] = "sform",
    [SNN_NIFTI_QFORM] = "qform",
    [SNN_NIFTI_NO_FORM] = "voxel size",
  };

  return names[form];
}

double
snn_nifti_unit (const nifti_2_header *fields)
{
  switch (XYZT_TO_SPACE (fields->xyzt_units)) {
    case NIFTI_UNITS_METER:
      return 1e3;
    case NIFTI_UNITS_MICRON:
      return 1e-3;
    default:
      return 1.;
  }
}

/* Voxel sizes against the affine that was chosen. */
static void
compare_zooms (const SnnNiftiHeader *header, const gchar *location,
    GPtrArray *remarks)
{
  const nifti_2_header *fields = &header->fields;
  const double unit = snn_nifti_unit (fields);
  const gchar *form = snn_nifti_form_name (header->form);
  double size[3], zoom[3];
  gboolean possible = TRUE, same = TRUE, likely = TRUE;

  for (guint i = 0; i < 3; i++) {
    size[i] = fabs (fields->pixdim[i + 1]) * unit;
    zoom[i] = hypot (hypot (header->affine[0][i], header->affine[1][i]),
        header->affine[2][i]);
    possible = possible && is_length (fabs (fields->pixdim[i + 1]));
    same = same && fabs (size[i] - zoom[i]) <= ZOOM_TOLERANCE * zoom[i];
    likely = likely && zoom[i] >= SMALLEST_VOXEL && zoom[i] <= LARGEST_VOXEL;
  }
  if (!possible)
    snn_remark (remarks, "%s: its voxel size is %g x %g x %g, which can't be; "
        "the affine, with %g x %g x %g mm, is relied upon", location,
        fields->pixdim[1], fields->pixdim[2], fields->pixdim[3], zoom[0],
        zoom[1], zoom[2]);
  else if (!same)
    snn_remark (remarks, "%s: its voxels have %g x %g x %g mm by pixdim and "
        "%g x %g x %g mm by the %s, which is relied upon", location, size[0],
        size[1], size[2], zoom[0], zoom[1], zoom[2], form);
  if (!likely)
    snn_remark (remarks, "%s: its voxels have %g x %g x %g mm; is the unit "
        "that xyzt_units says right?", location, zoom[0], zoom[1], zoom[2]);
}

void
snn_nifti_choose_affine (SnnNiftiHeader *header, const gchar *location,
    GPtrArray *remarks)
{
  const nifti_2_header *fields = &header->fields;

  for (header->form = SNN_NIFTI_SFORM; !snn_nifti_form_affine (fields,
          header->form, header->affine); header->form++) {
    int code = header->form == SNN_NIFTI_SFORM ? fields->sform_code
        : fields->qform_code;

    if (code > 0)
      snn_remark (remarks, "%s: its %s is singular or not finite and is not "
          "used", location, snn_nifti_form_name (header->form));
  }
  compare_zooms (header, location, remarks);
}
