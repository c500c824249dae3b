/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "region.h"

#include <math.h>
#include <string.h>

#include "../base/error.h"
#include "affine.h"

/* What a region of interest ends with whose numbers are millimetres. */
#define MILLIMETRES "mm"
/* Borders in mm are decimal fractions, which voxels need not hit to the last bit. */
#define NEARLY 1e-6

gboolean
snn_region_parse_size (SnnRegion *region, const gchar *text, GError **error)
{
  g_auto (GStrv) parts = NULL;
  guint64 size[3];

  for (guint i = 0; i < 3; i++)
    region->size[i] = 0;
  if (!text || !*text)
    return TRUE;

  parts = g_strsplit (text, "x", -1);
  if (g_strv_length (parts) != 3)
    goto malformed;
  for (guint i = 0; i < 3; i++)
    if (!g_ascii_string_to_unsigned (g_strstrip (parts[i]), 10, 0,
            SNN_REGION_MAX, &size[i], NULL))
      goto malformed;
  for (guint i = 0; i < 3; i++)
    region->size[i] = size[i];
  return TRUE;

malformed:
  g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT,
      "\"%s\" is not a size: expected three extents in x, y, z from 0 to %d, "
      "as in 32x56x48", text, SNN_REGION_MAX);
  return FALSE;
}

/* One border; an empty text is 0. */
static gboolean
parse_border (gchar *text, guint64 *border)
{
  *border = 0;
  g_strstrip (text);
  return !*text || g_ascii_string_to_unsigned (text, 10, 0, SNN_REGION_MAX,
      border, NULL);
}

/* A border in mm; an empty text is infinite, the way of @sign. */
static gboolean
parse_mm (gchar *text, double sign, double *border)
{
  gchar *end;

  g_strstrip (text);
  *border = sign * INFINITY;
  if (!*text)
    return TRUE;
  *border = g_ascii_strtod (text, &end);
  return !*end && isfinite (*border);
}

/* Both borders along axis @i. */
static gboolean
parse_borders (SnnRegion *region, guint i, const gchar *text)
{
  g_auto (GStrv) borders = g_strsplit (text, ":", -1);
  guint64 begin, end;

  if (g_strv_length (borders) != 2)
    return FALSE;
  if (region->in_mm)
    return parse_mm (borders[0], -1., &region->from[i])
        && parse_mm (borders[1], 1., &region->to[i])
        && region->from[i] < region->to[i];
  if (!parse_border (borders[0], &begin) || !parse_border (borders[1], &end)
      || (*borders[1] && end <= begin))
    return FALSE;
  region->begin[i] = begin;
  region->end[i] = end;
  return TRUE;
}

gboolean
snn_region_parse_roi (SnnRegion *region, const gchar *text, GError **error)
{
  SnnRegion parsed = {.in_mm = text && g_str_has_suffix (text, MILLIMETRES) };
  g_autofree gchar *numbers = g_strdup (text ? text : "");
  g_auto (GStrv) parts = NULL;
  gboolean right = TRUE;

  memcpy (parsed.size, region->size, sizeof parsed.size);
  if (parsed.in_mm)
    numbers[strlen (numbers) - strlen (MILLIMETRES)] = '\0';
  parts = g_strsplit (numbers, ",", -1);
  if (*numbers || parsed.in_mm)
    right = g_strv_length (parts) == 3;
  for (guint i = 0; right && parts[i]; i++)
    right = parse_borders (&parsed, i, parts[i]);
  if (right) {
    *region = parsed;
    return TRUE;
  }
  g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT,
      "\"%s\" is not a region of interest: expected a first and an end voxel, "
      "the first smaller, in x, y, z, as in 10:42,0:56,:48, or millimetres, as in "
      "-40:-10,-45:5,:20mm", text);
  return FALSE;
}

/* The corner @i of 8 of a box. */
static void
corner (guint i, const double from[3], const double to[3], double point[3])
{
  for (guint j = 0; j < 3; j++)
    point[j] = i >> j & 1 ? to[j] : from[j];
}

/* The box around what @map makes of the one from @from to @to. */
static void
map_box (const double map[4][4], const double from[3], const double to[3],
    double low[3], double high[3])
{
  for (guint i = 0; i < 8; i++) {
    double point[3], mapped[3];

    corner (i, from, to, point);
    snn_affine_apply (map, point, mapped);
    for (guint j = 0; j < 3; j++) {
      low[j] = i == 0 ? mapped[j] : MIN (low[j], mapped[j]);
      high[j] = i == 0 ? mapped[j] : MAX (high[j], mapped[j]);
    }
  }
}

/* The voxels of a region in mm, up to but not including @end. */
static gboolean
find_voxels (const SnnRegion *region, const SnnGrid *grid, gsize begin[3],
    gsize end[3], GError **error)
{
  const double zero[3] = { 0., 0., 0. };
  double last[3], inverse[4][4], from[3], to[3], low[3], high[3];

  if (!snn_affine_invert (grid->affine, inverse)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_NUMERIC, "The volume has voxels of "
        "no size, where a region of interest is in mm");
    return FALSE;
  }
  for (guint i = 0; i < 3; i++)
    last[i] = (double) grid->dims[i] - 1.;
  map_box (grid->affine, zero, last, low, high);
  for (guint i = 0; i < 3; i++) {
    if (region->from[i] > high[i] || region->to[i] < low[i]) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH, "The region of interest "
          "goes from %g to %g mm along %c, where the volume goes from %g to %g",
          region->from[i], region->to[i], "xyz"[i], low[i], high[i]);
      return FALSE;
    }
    from[i] = MAX (region->from[i], low[i]);
    to[i] = MIN (region->to[i], high[i]);
  }
  map_box (inverse, from, to, low, high);
  for (guint i = 0; i < 3; i++) {
    begin[i] = (gsize) CLAMP (ceil (low[i] - NEARLY), 0., last[i]);
    end[i] = (gsize) CLAMP (floor (high[i] + NEARLY), -1., last[i]) + 1;
    if (begin[i] < end[i])
      continue;
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH, "The region of interest has "
        "no voxel's centre along %c", "xyz"[i]);
    return FALSE;
  }
  return TRUE;
}

/* floor (@value / 2), where C's division would round towards zero. */
static gint64
floor_half (gint64 value)
{
  return value >= 0 ? value / 2 : -((1 - value) / 2);
}

gboolean
snn_region_box (const SnnRegion *region, const SnnGrid *grid, SnnBox *box,
    GError **error)
{
  const gsize *dims = grid->dims;
  gsize begins[3], ends[3];

  for (guint i = 0; i < 3; i++) {
    begins[i] = region->begin[i];
    ends[i] = region->end[i] ? region->end[i] : dims[i];
  }
  if (region->in_mm && !find_voxels (region, grid, begins, ends, error))
    return FALSE;
  for (guint i = 0; i < 3; i++) {
    const gsize begin = begins[i], end = ends[i];
    gsize extent;

    if (end > dims[i] || begin >= end) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
          "The region of interest has voxels %" G_GSIZE_FORMAT " to %"
          G_GSIZE_FORMAT " along %c, where the volume has %" G_GSIZE_FORMAT,
          begin, MAX (end, begin + 1) - 1, "xyz"[i], dims[i]);
      return FALSE;
    }
    extent = end - begin;
    box->size[i] = region->size[i] ? region->size[i] : extent;
    if (box->size[i] > SNN_REGION_MAX) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
          "The volume has an extent of %" G_GSIZE_FORMAT " along %c, where at "
          "most %d can be handled", box->size[i], "xyz"[i], SNN_REGION_MAX);
      return FALSE;
    }
    box->origin[i] = (gint64) begin
        + floor_half ((gint64) extent - (gint64) box->size[i]);
  }
  return TRUE;
}
