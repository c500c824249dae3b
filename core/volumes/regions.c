/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "regions.h"

#include <string.h>

#include "../base/error.h"
#include "../base/input-files.h"
#include "../base/table.h"

struct _SnnRegions
{
  gchar *roi;
  SnnRegion common;             /* of all, or but for size of none */
  GHashTable *by_name;          /* SnnRegion; NULL where there is no table */
  gchar *digest;                /* of the table */
  SnnInputFiles *inputs;        /* the table, which nobody may replace */
};

/* Which columns of a table are read. */
typedef struct
{
  gchar separator;
  guint name;
  guint roi;
} Columns;

/* Whether @line is a header, which tells the columns. */
static gboolean
read_header (const gchar *line, Columns *columns)
{
  Columns found = *columns;
  gboolean has_name = FALSE, has_roi = FALSE;
  gchar *field;

  for (guint i = 0; (field = snn_table_field (line, columns->separator, i));
      i++) {
    if (g_str_equal (field, "subject") || g_str_equal (field, "participant_id")) {
      found.name = i;
      has_name = TRUE;
    } else if (g_str_equal (field, "roi")) {
      found.roi = i;
      has_roi = TRUE;
    }
    g_free (field);
  }
  if (has_name && has_roi)
    *columns = found;
  return has_name && has_roi;
}

static gboolean
read_line (SnnRegions *regions, guint number, const gchar *line,
    const Columns *columns, GError **error)
{
  g_autofree gchar *name =
      snn_table_field (line, columns->separator, columns->name);
  g_autofree gchar *roi =
      snn_table_field (line, columns->separator, columns->roi);
  SnnRegion region = regions->common;

  if (!name || !*name || !roi || !*roi) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "Line %u of %s: expected a "
        "subject in column %u and its region of interest in column %u", number,
        regions->roi, columns->name + 1, columns->roi + 1);
    return FALSE;
  }
  if (!snn_region_parse_roi (&region, roi, error)) {
    g_prefix_error (error, "Line %u of %s: ", number, regions->roi);
    return FALSE;
  }
  if (g_hash_table_contains (regions->by_name, name)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "Line %u of %s: subject %s "
        "has a region of interest in a line before", number, regions->roi, name);
    return FALSE;
  }
  g_hash_table_insert (regions->by_name, g_steal_pointer (&name),
      g_memdup2 (&region, sizeof region));
  return TRUE;
}

static gboolean
read_table (SnnRegions *regions, GError **error)
{
  g_auto (GStrv) lines = snn_table_lines (regions->roi, error);
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  Columns columns = { snn_table_separator (regions->roi), 0, 1 };
  gboolean begun = FALSE;

  if (!lines)
    return FALSE;
  regions->inputs = snn_input_files_new ();
  snn_input_files_add (regions->inputs, regions->roi);
  regions->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      g_free);
  for (guint i = 0; lines[i]; i++) {
    const gboolean header = !begun && read_header (lines[i], &columns);

    g_checksum_update (sum, (const guchar *) lines[i], -1);
    g_checksum_update (sum, (const guchar *) "\n", 1);
    if (snn_table_is_blank (lines[i]))
      continue;
    if (!header && !read_line (regions, i + 1, lines[i], &columns, error))
      return FALSE;
    begun = TRUE;
  }
  regions->digest = g_strdup (g_checksum_get_string (sum));
  return TRUE;
}

SnnRegions *
snn_regions_new (const gchar *roi, const gchar *size, GError **error)
{
  g_autoptr (SnnRegions) regions = g_new0 (SnnRegions, 1);
  gboolean right;

  regions->roi = g_strdup (roi ? roi : "");
  right = snn_region_parse_size (&regions->common, size, error);
  if (right && snn_table_separator (regions->roi))
    right = read_table (regions, error);
  else if (right)
    right = snn_region_parse_roi (&regions->common, regions->roi, error);
  return right ? g_steal_pointer (&regions) : NULL;
}

void
snn_regions_free (SnnRegions *regions)
{
  if (!regions)
    return;
  g_clear_pointer (&regions->by_name, g_hash_table_unref);
  g_clear_pointer (&regions->inputs, snn_input_files_free);
  g_free (regions->digest);
  g_free (regions->roi);
  g_free (regions);
}

const SnnRegion *
snn_regions_find (const SnnRegions *regions, const gchar *subject,
    GError **error)
{
  g_autofree gchar *name = g_strdup (subject);
  const SnnRegion *region;
  gchar *end;

  if (!regions->by_name)
    return &regions->common;
  for (;;) {
    region = g_hash_table_lookup (regions->by_name, name);
    end = region ? NULL : strrchr (name, '_');
    if (!end)
      break;
    *end = '\0';
  }
  if (!region)
    g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND,
        "%s has no region of interest for subject %s", regions->roi, subject);
  return region;
}

gsize
snn_regions_extent (const SnnRegions *regions, guint axis)
{
  const SnnRegion *region = &regions->common;

  if (region->size[axis])
    return region->size[axis];
  return region->end[axis] ? region->end[axis] - region->begin[axis] : 0;
}

const gchar *
snn_regions_table (const SnnRegions *regions)
{
  return regions->by_name ? regions->roi : NULL;
}

gchar *
snn_regions_describe (const SnnRegions *regions)
{
  g_autofree gchar *name = NULL;

  if (!regions->by_name)
    return g_strdup (regions->roi);
  name = g_path_get_basename (regions->roi);
  return g_strdup_printf ("%s, digest %s", name, regions->digest);
}
