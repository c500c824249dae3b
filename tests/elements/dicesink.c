/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>

#include "tests/elements/dice-fixture.h"

/* What dicesink measures and reports; dicesink-streams.c has what it does with
 * streams that are cut, changed or wrong. */

GST_START_TEST (test_interleaved_subjects)
{
  const double mean = (1. + 2. / 3. + 0.8) / 3.;
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree gchar *csv = NULL;
  double dice, dice_2d, dice_sd, sum = 0.;
  g_autoptr (GstStructure) summary = NULL;
  JsonObject *report, *subject;
  guint n = 0;
  SnnDiceFixture f;

  snn_dice_set_up (&f, "", CAPS_4X3);
  snn_dice_push_interleaved (&f, 1);
  snn_test_element_eos (&f.e);

  for (guint i = 0; i < 3; i++)
    sum += snn_dice_value (&f, "dice", "dice");
  NEAR (sum, 3. * mean);
  summary = snn_test_element_structure (&f.e, "dice-summary");
  fail_unless (gst_structure_get (summary, "n", G_TYPE_UINT, &n,
          "mean", G_TYPE_DOUBLE, &dice, "dice-2d", G_TYPE_DOUBLE, &dice_2d, NULL));
  fail_unless_equals_int (n, 3);
  NEAR (dice, mean);
  NEAR (dice_2d, mean);

  g_object_get (f.e.element, "dice", &dice, "dice-sd", &dice_sd,
      "subjects", &n, NULL);
  NEAR (dice, mean);
  NEAR (dice_sd, sqrt ((pow (1. - mean, 2.) + pow (2. / 3. - mean, 2.)
              + pow (0.8 - mean, 2.)) / 2.));
  fail_unless_equals_int (n, 3);

  report = snn_dice_load (parser, f.json);
  NEAR (snn_dice_mean (report, "dice"), mean);
  NEAR (snn_dice_mean (report, "precision"), (1. + 1. + 2. / 3.) / 3.);
  fail_unless_equals_int (json_object_get_int_member (report, "n_slices"),
      3 * SLICES);
  fail_if (json_object_has_member (report, "hd95"));
  fail_if (json_object_has_member (report, "cut_offs"));
  subject = json_array_get_object_element (json_object_get_array_member
      (report, "subjects"), 1);
  fail_unless_equals_string (json_object_get_string_member (subject,
          "subject"), "subject-1");
  NEAR (json_object_get_double_member (subject, "dice"), 2. / 3.);
  NEAR (json_object_get_double_member (subject, "volume_difference"), -0.5);

  fail_unless (g_file_get_contents (f.csv, &csv, NULL, NULL));
  fail_unless (strstr (csv, "\nsubject-1,5,30,15,15,0,0.666666667,0.5,0.5,1,"
          "-0.5,0.666666667,0.666666667\n") != NULL, "%s", csv);
  snn_dice_tear_down (&f);
}

GST_END_TEST;

GST_START_TEST (test_cut_offs)
{
  SnnVolumeInfo *volume = snn_dice_volume ("a");
  g_autoptr (JsonParser) parser = json_parser_new ();
  GValue back = G_VALUE_INIT;
  JsonArray *cut_offs;
  SnnDiceFixture f;

  snn_dice_set_up (&f, "cut-offs=\"<0.1,0.45,0.48>\" metrics=dice+hd95+assd",
      CAPS_4X3);
  g_value_init (&back, GST_TYPE_ARRAY);
  g_object_get_property (G_OBJECT (f.e.element), "cut-offs", &back);
  fail_unless_equals_int (gst_value_array_get_size (&back), 3);
  NEAR (g_value_get_double (gst_value_array_get_value (&back, 1)), 0.45);
  g_value_unset (&back);

  for (guint i = 0; i < SLICES; i++)
    snn_dice_push (&f, snn_dice_slice (volume, i, 1, 0.46f));
  snn_test_element_eos (&f.e);
  snn_dice_load (parser, f.json);
  cut_offs = json_object_get_array_member (snn_dice_load (parser, f.json),
      "cut_offs");
  fail_unless_equals_int (json_array_get_length (cut_offs), 3);
  NEAR (snn_dice_mean (json_array_get_object_element (cut_offs, 0), "dice"),
      2. / 3.);
  NEAR (snn_dice_mean (json_array_get_object_element (cut_offs, 1), "dice_2d"),
      2. / 3.);
  NEAR (snn_dice_mean (json_array_get_object_element (cut_offs, 2), "dice"),
      2. / 3.);
  /* At 0.1 all is predicted, 60 of 30; at 0.48 the first column, 15. */
  cut_offs = json_object_get_array_member (json_array_get_object_element
      (json_object_get_array_member (snn_dice_load (parser, f.json),
              "subjects"), 0), "cut_offs");
  fail_unless_equals_int (json_object_get_int_member
      (json_array_get_object_element (cut_offs, 0), "predicted_voxels"), 60);
  fail_unless_equals_int (json_object_get_int_member
      (json_array_get_object_element (cut_offs, 2), "predicted_voxels"), 15);
  NEAR (snn_dice_mean (snn_dice_load (parser, f.json), "hd95"), 1.);
  snn_volume_info_unref (volume);
  snn_dice_tear_down (&f);
}

GST_END_TEST;

/* A quarter is sure and right; of the rest, at 0.54, two thirds are: the error is
 * 3/4 (2/3 - 0.54). Where the rest is left to a human, all is right. */
GST_START_TEST (test_calibration)
{
  SnnVolumeInfo *volume = snn_dice_volume ("a");
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *report, *calibration, *point;
  JsonArray *points;
  SnnDiceFixture f;

  snn_dice_set_up (&f, "metrics=dice+calibration-error", CAPS_4X3);
  for (guint i = 0; i < SLICES; i++)
    snn_dice_push (&f, snn_dice_slice (volume, i, 1, 0.46f));
  snn_test_element_eos (&f.e);

  report = snn_dice_load (parser, f.json);
  fail_unless (fabs (snn_dice_mean (report, "calibration_error") - 0.095)
      < 1e-6);
  calibration = json_object_get_object_member (report, "calibration");
  points = json_object_get_array_member (calibration, "reliability");
  fail_unless_equals_int (json_array_get_length (points), 2);
  point = json_array_get_object_element (points, 0);
  fail_unless_equals_int (json_object_get_int_member (point, "voxels"), 45);
  NEAR (json_object_get_double_member (point, "right"), 2. / 3.);
  points = json_object_get_array_member (calibration, "referred");
  /* 0.5, 0.55 ... 0.9, 0.91 ... 0.99 */
  fail_unless_equals_int (json_array_get_length (points), 18);
  for (guint i = 0; i < 18; i++) {
    point = json_array_get_object_element (points, i);
    NEAR (json_object_get_double_member (point, "below"),
        i < 8 ? 0.5 + 0.05 * i : 0.82 + 0.01 * i);
    NEAR (json_object_get_double_member (point, "share"), i ? 0.75 : 0.);
    NEAR (json_object_get_double_member (point, "dice"), i ? 1. : 2. / 3.);
  }
  snn_volume_info_unref (volume);
  snn_dice_tear_down (&f);
}

GST_END_TEST;

/* Of a sample's predictions the last one counts, with MARKER or without, and
 * a slice that comes back does not. The report has what each chunk led to. */
GST_START_TEST (test_chunks)
{
  for (guint marked = 0; marked < 2; marked++) {
    static const double dice[] = { 0., 2. / 3., 1. };
    g_autoptr (JsonParser) parser = json_parser_new ();
    SnnVolumeInfo *volume = snn_dice_volume ("a");
    JsonArray *chunks;
    SnnDiceFixture f;

    snn_dice_set_up (&f, "every-chunk=true", CAPS_4X3);
    for (guint i = 0; i < SLICES; i++)
      for (guint chunk = 0; chunk < 3; chunk++) {
        GstBuffer *buffer = snn_dice_slice (volume, i, chunk, 0.f);

        if (marked && chunk == 2)
          GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_MARKER);
        snn_dice_push (&f, buffer);
      }
    if (marked)
      NEAR (snn_dice_value (&f, "dice", "dice"), 1.);
    snn_dice_push (&f, snn_dice_slice (volume, 1, 0, 0.f));
    snn_test_element_eos (&f.e);
    NEAR (snn_dice_value (&f, "dice-summary", "mean"), 1.);
    chunks = json_object_get_array_member (snn_dice_load (parser, f.json),
        "chunks");
    fail_unless_equals_int (json_array_get_length (chunks), 3);
    for (guint i = 0; i < 3; i++) {
      JsonObject *chunk = json_array_get_object_element (chunks, i);

      fail_unless_equals_int (json_object_get_int_member (chunk, "chunk"),
          i + 1);
      NEAR (snn_dice_mean (chunk, "dice"), dice[i]);
    }
    snn_volume_info_unref (volume);
    snn_dice_tear_down (&f);
  }
}

GST_END_TEST;

/* The box starts one column before the volume and ends one early, so that a
 * column is padding and one is not seen. */
GST_START_TEST (test_padding_and_crop)
{
  SnnVolumeInfo *volume = snn_dice_volume ("a");
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *report, *subject;
  SnnDiceFixture f;

  volume->n_label_voxels += 7;
  snn_dice_set_up (&f, "", CAPS_4X3);
  for (guint i = 0; i < SLICES; i++) {
    GstBuffer *buffer = snn_dice_slice (volume, i, 3, 0.f);

    gst_buffer_get_snn_sample_meta (buffer)->box.origin[0] = -1;
    snn_dice_push (&f, buffer);
  }
  snn_test_element_eos (&f.e);
  report = snn_dice_load (parser, f.json);
  subject = json_array_get_object_element (json_object_get_array_member
      (report, "subjects"), 0);
  /* Seen: one column of truth, 15 voxels, and two of prediction. */
  fail_unless_equals_int (json_object_get_int_member (subject, "true_voxels"),
      37);
  fail_unless_equals_int (json_object_get_int_member (subject,
          "missed_voxels"), 22);
  NEAR (json_object_get_double_member (subject, "dice"), 30. / 67.);
  NEAR (json_object_get_double_member (subject, "dice_2d"), 2. / 3.);
  snn_volume_info_unref (volume);
  snn_dice_tear_down (&f);
}

GST_END_TEST;

/* A source with epochs, shuffled: every slice is counted once a pass. */
GST_START_TEST (test_pipeline)
{
  gchar *folder = snn_test_folder_new ();
  g_autofree gchar *report = g_build_filename (folder, "report.json", NULL);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree gchar *first_run = NULL;

  for (guint run = 0; run < 2; run++) {
    JsonArray *passes;
    gchar *text;

    snn_test_expect_eos ("phantomsrc subjects=5 epochs=2 subset=train evaluate=true "
        "shuffle=true size=32x56x48 ! voxelnormalize ! "
        "dicesink metrics=dice+hd95 location=#/report.json", folder, NULL);
    passes = json_object_get_array_member (snn_dice_load (parser, report),
        "passes");
    fail_unless_equals_int (json_array_get_length (passes), 4);
    for (guint i = 0; i < 4; i++) {
      JsonObject *pass = json_array_get_object_element (passes, i);

      fail_unless_equals_int (json_object_get_int_member (pass, "epoch"),
          i / 2);
      fail_unless_equals_int (json_object_get_boolean_member (pass,
              "evaluate"), i % 2);
      fail_unless_equals_int (json_object_get_int_member (pass, "n_subjects"),
          i % 2 ? 1 : 4);
    }
    /* The same order of slices or not, epochs measure the same to the bit. */
    fail_unless (snn_dice_mean (json_array_get_object_element (passes, 0),
            "dice") == snn_dice_mean (json_array_get_object_element (passes, 2),
            "dice"));
    fail_unless (g_file_get_contents (report, &text, NULL, NULL));
    if (run == 0)
      first_run = text;
    else {
      fail_unless_equals_string (text, first_run);
      g_free (text);
    }
  }
  snn_test_folder_free (folder);
}

GST_END_TEST;

static Suite *
dicesink_suite (void)
{
  Suite *suite = suite_create ("dicesink");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_interleaved_subjects);
  tcase_add_test (tc, test_cut_offs);
  tcase_add_test (tc, test_calibration);
  tcase_add_test (tc, test_chunks);
  tcase_add_test (tc, test_padding_and_crop);
  tcase_add_test (tc, test_pipeline);
  return suite;
}

GST_CHECK_MAIN (dicesink);
