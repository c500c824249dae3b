/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>

#include <gst/check/gstcheck.h>
#include <json-glib/json-glib.h>

#include <snn/measure/distance.h>
#include <snn/measure/metrics.h>

/* Cases that tests/data/metrics.py computed from the definitions. */
static JsonArray *
load_cases (JsonParser *parser, const gchar *member)
{
  g_autofree gchar *path = g_build_filename (g_getenv ("SNN_TEST_DATA"),
      "metrics.json", NULL);
  GError *error = NULL;

  json_parser_load_from_file (parser, path, &error);
  g_assert_no_error (error);
  return json_object_get_array_member (json_node_get_object
      (json_parser_get_root (parser)), member);
}

static gsize
get_geometry (JsonObject *object, gsize dims[3], double zooms[3])
{
  JsonArray *d = json_object_get_array_member (object, "dims");
  JsonArray *z = json_object_get_array_member (object, "zooms");

  for (guint i = 0; i < 3; i++) {
    dims[i] = json_array_get_int_element (d, i);
    zooms[i] = json_array_get_double_element (z, i);
  }
  return dims[0] * dims[1] * dims[2];
}

static guint8 *
get_mask (JsonObject *object, const gchar *member, gsize n)
{
  const gchar *text = json_object_get_string_member (object, member);
  guint8 *mask = g_malloc (n);

  fail_unless_equals_int (strlen (text), n);
  for (gsize i = 0; i < n; i++)
    mask[i] = text[i] - '0';
  return mask;
}

static void
check_value (const gchar *name, const gchar *metric, JsonObject *expected,
    double found)
{
  if (json_object_get_null_member (expected, metric)) {
    fail_unless (isnan (found), "%s: %s is %g, not undefined", name, metric,
        found);
  } else {
    double value = json_object_get_double_member (expected, metric);

    fail_unless (fabs (value - found) < 1e-9, "%s: %s is %.12g, not %.12g",
        name, metric, found, value);
  }
}

GST_START_TEST (test_maps_are_exact)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonArray *maps = load_cases (parser, "maps");

  for (guint i = 0; i < json_array_get_length (maps); i++) {
    JsonObject *map = json_array_get_object_element (maps, i);
    gsize dims[3];
    double zooms[3];
    gsize n = get_geometry (map, dims, zooms);
    g_autofree guint8 *mask = get_mask (map, "mask", n);
    g_autofree double *squared = g_new (double, n);

    snn_distance_squared (mask, dims, zooms, squared);
    if (json_object_get_null_member (map, "squared")) {
      for (gsize k = 0; k < n; k++)
        fail_unless (isinf (squared[k]));
      continue;
    }
    for (gsize k = 0; k < n; k++) {
      double expected = json_array_get_double_element
          (json_object_get_array_member (map, "squared"), k);

      fail_unless (fabs (squared[k] - expected) < 1e-6,
          "map %u, voxel %" G_GSIZE_FORMAT ": %g, not %g", i, k, squared[k],
          expected);
    }
  }
}

GST_END_TEST;

GST_START_TEST (test_metrics_against_stored_cases)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonArray *pairs = load_cases (parser, "pairs");

  fail_unless (json_array_get_length (pairs) >= 11);
  for (guint i = 0; i < json_array_get_length (pairs); i++) {
    JsonObject *pair = json_array_get_object_element (pairs, i);
    JsonObject *expected = json_object_get_object_member (pair, "metrics");
    const gchar *name = json_object_get_string_member (pair, "name");
    gsize dims[3];
    double zooms[3], hd95, assd;
    gsize n = get_geometry (pair, dims, zooms);
    g_autofree guint8 *predicted = get_mask (pair, "predicted", n);
    g_autofree guint8 *truth = get_mask (pair, "truth", n);
    g_autofree float *probability = g_new (float, n);
    SnnOverlap overlap = { 0, };

    for (gsize k = 0; k < n; k++)
      probability[k] = predicted[k] ? 0.7f : 0.3f;
    snn_overlap_count (&overlap, probability, truth, n, 0.5);
    for (guint m = SNN_METRIC_DICE; m <= SNN_METRIC_VOLUME_DIFFERENCE; m++)
      check_value (name, snn_metric_name (m), expected,
          snn_overlap_metric (&overlap, m));
    snn_surface_distances (predicted, truth, dims, zooms, &hd95, &assd);
    check_value (name, "hd95", expected, hd95);
    check_value (name, "assd", expected, assd);
  }
}

GST_END_TEST;

GST_START_TEST (test_surface)
{
  const gsize dims[3] = { 4, 4, 4 };
  guint8 mask[64], surface[64];

  memset (mask, 1, sizeof mask);
  fail_unless_equals_int (snn_surface (mask, dims, surface), 64 - 8);
  fail_unless_equals_int (surface[1 + 4 + 16], 0);
  mask[0 + 4 + 16] = 0;
  fail_unless_equals_int (snn_surface (mask, dims, surface), 64 - 8);
  fail_unless_equals_int (surface[0 + 4 + 16], 0);
  fail_unless_equals_int (surface[1 + 4 + 16], 1);
  memset (mask, 0, sizeof mask);
  fail_unless_equals_int (snn_surface (mask, dims, surface), 0);
}

GST_END_TEST;

/* What lies around the object must not matter. */
GST_START_TEST (test_distances_do_not_depend_on_the_margin)
{
  const gsize small[3] = { 3, 3, 3 }, large[3] = { 40, 30, 20 };
  const double zooms[3] = { 1., 2., 3. };
  guint8 a[27] = { 0, }, b[27] = { 0, };
  g_autofree guint8 *wide_a = g_malloc0 (40 * 30 * 20);
  g_autofree guint8 *wide_b = g_malloc0 (40 * 30 * 20);
  double hd95, assd, wide_hd95, wide_assd;

  a[0] = a[1] = a[4] = b[13] = b[26] = 1;
  for (guint i = 0; i < 27; i++) {
    guint at = ((i / 9 + 5) * 30 + i / 3 % 3 + 17) * 40 + i % 3 + 36;

    wide_a[at] = a[i];
    wide_b[at] = b[i];
  }
  snn_surface_distances (a, b, small, zooms, &hd95, &assd);
  snn_surface_distances (wide_a, wide_b, large, zooms, &wide_hd95, &wide_assd);
  fail_unless (hd95 == wide_hd95 && hd95 > 0.);
  fail_unless (assd == wide_assd && assd > 0.);
}

GST_END_TEST;

static Suite *
distance_suite (void)
{
  Suite *suite = suite_create ("distance");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_maps_are_exact);
  tcase_add_test (tc, test_metrics_against_stored_cases);
  tcase_add_test (tc, test_surface);
  tcase_add_test (tc, test_distances_do_not_depend_on_the_margin);
  return suite;
}

GST_CHECK_MAIN (distance);
