/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "region.h"

#include "../base/error.h"

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

gboolean
snn_region_parse_roi (SnnRegion *region, const gchar *text, GError **error)
{
  g_auto (GStrv) parts = NULL;
  guint64 begin[3], end[3];

  for (guint i = 0; i < 3; i++)
    region->begin[i] = region->end[i] = 0;
  if (!text || !*text)
    return TRUE;

  parts = g_strsplit (text, ",", -1);
  if (g_strv_length (parts) != 3)
    goto malformed;
  for (guint i = 0; i < 3; i++) {
    g_auto (GStrv) borders = g_strsplit (parts[i], ":", -1);

    if (g_strv_length (borders) != 2 || !parse_border (borders[0], &begin[i])
        || !parse_border (borders[1], &end[i]))
      goto malformed;
    if (*borders[1] && end[i] <= begin[i])
      goto malformed;
  }
  for (guint i = 0; i < 3; i++) {
    region->begin[i] = begin[i];
    region->end[i] = end[i];
  }
  return TRUE;

malformed:
  g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT,
      "\"%s\" is not a region of interest: expected a first and an end voxel, "
      "the first smaller, in x, y, z, as in 10:42,0:56,:48", text);
  return FALSE;
}

/* floor (@value / 2), where C's division would round towards zero. */
static gint64
floor_half (gint64 value)
{
  return value >= 0 ? value / 2 : -((1 - value) / 2);
}

gboolean
snn_region_box (const SnnRegion *region, const gsize dims[3], SnnBox *box,
    GError **error)
{
  for (guint i = 0; i < 3; i++) {
    gsize end = region->end[i] ? region->end[i] : dims[i];
    gsize extent;

    if (end > dims[i] || region->begin[i] >= end) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
          "The region of interest has voxels %" G_GSIZE_FORMAT " to %"
          G_GSIZE_FORMAT " along %c, where the volume has %" G_GSIZE_FORMAT,
          region->begin[i], MAX (end, region->begin[i] + 1) - 1, "xyz"[i],
          dims[i]);
      return FALSE;
    }
    extent = end - region->begin[i];
    box->size[i] = region->size[i] ? region->size[i] : extent;
    if (box->size[i] > SNN_REGION_MAX) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
          "The volume has an extent of %" G_GSIZE_FORMAT " along %c, where at "
          "most %d can be handled", box->size[i], "xyz"[i], SNN_REGION_MAX);
      return FALSE;
    }
    box->origin[i] = (gint64) region->begin[i]
        + floor_half ((gint64) extent - (gint64) box->size[i]);
  }
  return TRUE;
}
