/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include <snn/base/error.h>
#include <snn/base/remarks.h>
#include <snn/volumes/nifti-read.h>
#include "core/volumes/nifti-header.h"
#include "tests/folder.h"
#include "tests/nibabel.h"
#include "tests/shared-data.h"

static gsize
voxels (const SnnVolume *volume)
{
  const gsize *dims = volume->info->dims;

  return dims[0] * dims[1] * dims[2];
}

/* Back to the file's order, by what the volume's info says alone. */
static void
to_stored (const SnnVolume *volume, float *stored, gsize stored_dims[3])
{
  const SnnVolumeInfo *info = volume->info;
  const float *from = volume->image;

  for (guint i = 0; i < 3; i++)
    stored_dims[info->axis[i]] = info->dims[i];
  for (gsize z = 0; z < info->dims[2]; z++)
    for (gsize y = 0; y < info->dims[1]; y++)
      for (gsize x = 0; x < info->dims[0]; x++) {
        gsize canonical[3] = { x, y, z }, at[3];

        for (guint i = 0; i < 3; i++)
          at[info->axis[i]] = info->flip[i]
              ? info->dims[i] - 1 - canonical[i] : canonical[i];
        stored[at[0] + stored_dims[0] * (at[1] + stored_dims[1] * at[2])] =
            *from++;
      }
}

static gchar *
checksum (const float *values, gsize n)
{
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256,
      (const guchar *) values, n * sizeof (float));
}

static double
number (JsonArray *array, guint i)
{
  return json_array_get_double_element (array, i);
}

/* The stored affine, from the canonical one. */
static void
check_affine (const SnnVolumeInfo *info, JsonArray *rows, const gchar *name)
{
  for (guint row = 0; row < 3; row++) {
    JsonArray *expected = json_array_get_array_element (rows, row);
    double offset = info->affine[row][3];

    for (guint i = 0; i < 3; i++) {
      double column = info->flip[i] ? -info->affine[row][i]
          : info->affine[row][i];

      if (info->flip[i])
        offset -= column * (double) (info->dims[i] - 1);
      fail_unless (fabs (column - number (expected, info->axis[i])) < 1e-6,
          "%s: affine row %u", name, row);
    }
    fail_unless (fabs (offset - number (expected, 3)) < 1e-5,
        "%s: affine row %u has offset %g", name, row, offset);
  }
}

static void
check_axcodes (const SnnVolumeInfo *info, const gchar *codes,
    const gchar *name)
{
  const gchar *forward = "RAS", *backward = "LPI";

  for (guint i = 0; i < 3; i++)
    fail_unless_equals_int (codes[info->axis[i]],
        (info->flip[i] ? backward : forward)[i]);
}

static void
check_expected (const gchar *folder, const gchar *name, JsonObject *expected)
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  JsonArray *shape = json_object_has_member (expected, "shape") ?
      json_object_get_array_member (expected, "shape") : NULL;
  guint n_volumes = 1, rank = shape ? json_array_get_length (shape) : 0;
  g_autofree float *stored = NULL;
  g_autofree gchar *sha = NULL;
  gsize n = 0;

  if (rank > 3)
    n_volumes = (guint) json_array_get_int_element (shape, 3);
  for (guint index = 0; index < n_volumes; index++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (SnnVolume) volume = snn_nifti_load (path, index, NULL, &error);
    gsize dims[3];

    fail_unless (volume != NULL, "%s", error ? error->message : path);
    n = voxels (volume);
    if (!stored)
      stored = g_new (float, n * n_volumes);
    to_stored (volume, stored + index * n, dims);
    for (guint i = 0; shape && i < 3; i++)
      fail_unless_equals_uint64 (dims[i],
          (guint64) json_array_get_int_element (shape, i));
    if (!json_object_has_member (expected, "affine"))
      continue;
    check_affine (volume->info,
        json_object_get_array_member (expected, "affine"), name);
    check_axcodes (volume->info,
        json_object_get_string_member (expected, "axcodes"), name);
    for (guint i = 0; i < 3; i++)
      fail_unless_equals_float (volume->info->zooms[i],
          number (json_object_get_array_member (expected, "zooms"),
              volume->info->axis[i]));
  }
  if (!json_object_has_member (expected, "sha256_float32_le_xfastest"))
    return;
  sha = checksum (stored, n * n_volumes);
  fail_unless (g_str_equal (sha, json_object_get_string_member (expected,
              "sha256_float32_le_xfastest")), "%s: other values", name);
}

/* A pair of which the data set lacks the .img is refused by that name; its
 * other half is the big-endian one's, turned round. */
static gboolean
check_half_pair (const gchar *folder, const gchar *name, JsonObject *expected)
{
  g_autofree gchar *header = g_build_filename (folder, name, NULL);
  g_autofree gchar *image = g_build_filename (folder, "pair_int16_le.img", NULL);
  g_autofree gchar *other = g_build_filename (folder, "pair_int16_be.img", NULL);
  gchar *made = snn_test_folder_new ();
  g_autofree gchar *made_header = g_build_filename (made, name, NULL);
  g_autofree gchar *made_image =
      g_build_filename (made, "pair_int16_le.img", NULL);
  g_autofree gchar *bytes = NULL, *voxel_bytes = NULL;
  g_autoptr (GError) error = NULL;
  gsize size, voxels_size;

  if (!g_str_equal (name, "pair_int16_le.hdr")
      || g_file_test (image, G_FILE_TEST_EXISTS)) {
    snn_test_folder_free (made);
    return FALSE;
  }
  fail_unless (snn_nifti_load (header, 0, NULL, &error) == NULL);
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_NOT_FOUND));
  fail_unless (strstr (error->message, image) != NULL);

  fail_unless (g_file_get_contents (header, &bytes, &size, NULL));
  fail_unless (g_file_get_contents (other, &voxel_bytes, &voxels_size, NULL));
  for (gsize i = 0; i + 1 < voxels_size; i += 2) {
    gchar low = voxel_bytes[i];

    voxel_bytes[i] = voxel_bytes[i + 1];
    voxel_bytes[i + 1] = low;
  }
  fail_unless (g_file_set_contents (made_header, bytes, (gssize) size, NULL));
  fail_unless (g_file_set_contents (made_image, voxel_bytes,
          (gssize) voxels_size, NULL));
  check_expected (made, name, expected);
  snn_test_folder_free (made);
  return TRUE;
}

GST_START_TEST (test_expected_values)
{
  g_autofree gchar *folder = snn_shared_data ("oddnifti/derived");
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree gchar *path = NULL;
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *node;

  if (!folder)
    return;
  path = g_build_filename (folder, "expected.json", NULL);
  fail_unless (json_parser_load_from_file (parser, path, NULL));
  json_object_iter_init (&iter,
      json_node_get_object (json_parser_get_root (parser)));
  while (json_object_iter_next (&iter, &name, &node))
    if (!check_half_pair (folder, name, json_node_get_object (node)))
      check_expected (folder, name, json_node_get_object (node));
}

GST_END_TEST;

GST_START_TEST (test_not_a_number_is_kept)
{
  g_autofree gchar *path =
      snn_shared_data ("oddnifti/derived/n1_float32_nan_inf.nii.gz");
  g_autoptr (SnnVolume) volume = NULL;

  if (!path)
    return;
  volume = snn_nifti_load (path, 0, NULL, NULL);
  fail_unless (isnan (volume->image[0]));
  fail_unless (isinf (volume->image[1]) && volume->image[1] > 0.f);
  fail_unless (isinf (volume->image[2]) && volume->image[2] < 0.f);
  fail_unless_equals_uint64 (volume->info->statistics.n_nonfinite, 3);
}

GST_END_TEST;

GST_START_TEST (test_invalid_files)
{
  static const struct
  {
    const gchar *name;
    gint code;
    const gchar *text;
  } cases[] = {
    {"bad_crc.nii.gz", SNN_ERROR_FORMAT, "gzip"},
    {"bad_magic.nii", SNN_ERROR_UNSUPPORTED, "magic"},
    {"corrupt_gzip.nii.gz", SNN_ERROR_FORMAT, "gzip"},
    {"dim0_zero.nii", SNN_ERROR_FORMAT, "0 dimensions"},
    {"empty.nii.gz", SNN_ERROR_FORMAT, "0 bytes"},
    {"huge_dims.nii", SNN_ERROR_READ, "32767"},
    {"negative_dim.nii", SNN_ERROR_FORMAT, "-35"},
    {"trunc_data.nii", SNN_ERROR_READ, "31413"},
    {"trunc_header.nii", SNN_ERROR_FORMAT, "200 bytes"},
    {"nan_slope.nii", -1, "slope"},
    {"singular_sform.nii", -1, "sform"},
    {"zero_pixdim.nii", -1, "voxel size"},
  };
  g_autofree gchar *folder = snn_shared_data ("oddnifti/invalid");

  if (!folder)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *path = g_build_filename (folder, cases[i].name, NULL);
    g_autoptr (GPtrArray) remarks = snn_remarks_new ();
    g_autoptr (GError) error = NULL;
    g_autoptr (SnnVolume) volume = snn_nifti_load (path, 0, remarks, &error);
    const gchar *text = error ? error->message : remarks->len > 0
        ? g_ptr_array_index (remarks, 0) : "";

    fail_unless (!volume == !!error, "%s", cases[i].name);
    if (cases[i].code < 0)
      fail_unless (volume && remarks->len > 0, "%s", cases[i].name);
    else
      fail_unless (g_error_matches (error, SNN_ERROR, cases[i].code),
          "%s: %d %s", cases[i].name, error->code, error->message);
    fail_unless (strstr (text, path) && strstr (text, cases[i].text), "%s: %s",
        cases[i].name, text);
  }
}

GST_END_TEST;

/* One line of nifti-nibabel.py against what we read. */
static void
check_nibabel_line (const gchar *folder, const gchar *line)
{
  g_auto (GStrv) fields = g_strsplit (line, " ", -1);
  g_autofree gchar *path = NULL, *sha = NULL;
  g_autoptr (SnnVolume) volume = NULL;
  g_autoptr (GError) error = NULL;
  double numbers[18];

  fail_unless_equals_int (g_strv_length (fields), 21);
  path = g_build_filename (folder, fields[0], NULL);
  volume = snn_nifti_load (path, (guint) atoi (fields[1]), NULL, &error);
  fail_unless (volume != NULL, "%s", error ? error->message : path);
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    numbers[i] = g_ascii_strtod (fields[i + 2], NULL);
  for (guint i = 0; i < 3; i++) {
    fail_unless_equals_uint64 (volume->info->dims[i], (guint64) numbers[i]);
    fail_unless_equals_float (volume->info->zooms[i], numbers[3 + i]);
    for (guint j = 0; j < 4; j++) {
      double expected = numbers[6 + 4 * i + j];

      fail_unless (fabs (volume->info->affine[i][j] - expected) < 1e-5,
          "%s: affine (%u, %u) is %.9g, for nibabel %.9g", fields[0], i, j,
          volume->info->affine[i][j], expected);
    }
  }
  for (gsize i = 0; i < voxels (volume); i++)
    if (isnan (volume->image[i]))
      volume->image[i] = NAN;
  sha = checksum (volume->image, voxels (volume));
  fail_unless (g_str_equal (sha, fields[20]), "%s, volume %s: other values",
      fields[0], fields[1]);
}

GST_START_TEST (test_nibabel_agrees)
{
  g_autofree gchar *folder = snn_shared_data ("oddnifti/real");
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) args = NULL, lines = NULL;
  g_autofree gchar *output = NULL;
  g_autoptr (GDir) dir = NULL;
  const gchar *name;
  guint n = 0;

  if (!folder)
    return;
  dir = g_dir_open (folder, 0, NULL);
  g_strv_builder_add (builder, "read");
  while ((name = g_dir_read_name (dir))) {
    g_autofree gchar *path = g_build_filename (folder, name, NULL);

    if (snn_nifti_is_location (name) && !strstr (name, ".img"))
      g_strv_builder_add (builder, path);
  }
  args = g_strv_builder_end (builder);
  switch (snn_nibabel_run ((const gchar * const *) args, &output)) {
    case 77:
      return;
    case 0:
      break;
    default:
      ck_abort_msg ("nifti-nibabel.py failed");
  }
  lines = g_strsplit (g_strstrip (output), "\n", -1);
  for (; lines[n]; n++)
    check_nibabel_line (folder, lines[n]);
  fail_unless (n >= g_strv_length (args) - 1);
}

GST_END_TEST;

GST_START_TEST (test_volumes_are_indexed)
{
  g_autofree gchar *path = snn_shared_data ("oddnifti/derived/n1_4d_3vol.nii.gz");
  g_autoptr (GError) error = NULL;

  if (!path)
    return;
  fail_unless (snn_nifti_load (path, 3, NULL, &error) == NULL);
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_NUMERIC));
  fail_unless (strstr (error->message, path)
      && strstr (error->message, "3 volumes"));
}

GST_END_TEST;

GST_START_TEST (test_labels)
{
  g_autofree gchar *image =
      snn_shared_data ("hippocampus/images/hippocampus_004.nii.gz");
  g_autofree gchar *label =
      snn_shared_data ("hippocampus/labels/hippocampus_004.nii.gz");
  SnnNiftiSettings settings = SNN_NIFTI_SETTINGS_INIT;
  guint64 counts[3];

  if (!image || !label)
    return;
  for (gint value = -1; value <= 2; value++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (SnnVolume) volume = NULL;
    guint64 ones = 0;
    guint8 largest = 0;

    if (value == 0)
      continue;
    settings.classes = (SnnClasses) { value > 0, { value } };
    volume = snn_nifti_load_labelled (image, label, &settings, NULL, &error);
    fail_unless (volume != NULL, "%s", error ? error->message : image);
    fail_unless (volume->info->labelled);
    fail_unless_equals_string (volume->info->subject, "hippocampus_004");
    for (gsize i = 0; i < voxels (volume); i++) {
      largest = MAX (largest, volume->mask[i]);
      ones += volume->mask[i];
    }
    fail_unless_equals_int (largest, 1);
    fail_unless_equals_uint64 (ones, volume->info->n_label_voxels);
    counts[value < 0 ? 0 : value] = ones;
  }
  fail_unless (counts[1] > 0 && counts[2] > 0);
  fail_unless_equals_uint64 (counts[0], counts[1] + counts[2]);
}

GST_END_TEST;

/* A minimal header, for files that no data set has. */
static GByteArray *
make_header (gint16 datatype, gint16 bits, const gint16 dims[3])
{
  GByteArray *bytes = g_byte_array_new ();
  const gint16 one = 1, code = 1;
  float row[4] = { 1.f, 0.f, 0.f, 0.f }, unit = 1.f, offset = 352.f;
  gint32 size = 348;
  gint16 rank = 3;

  g_byte_array_set_size (bytes, 352);
  memset (bytes->data, 0, bytes->len);
  memcpy (bytes->data, &size, sizeof size);
  memcpy (bytes->data + 40, &rank, sizeof rank);
  memcpy (bytes->data + 42, dims, 3 * sizeof *dims);
  for (guint i = 4; i < 8; i++)
    memcpy (bytes->data + 40 + 2 * i, &one, sizeof one);
  memcpy (bytes->data + 70, &datatype, sizeof datatype);
  memcpy (bytes->data + 72, &bits, sizeof bits);
  for (guint i = 0; i < 4; i++)
    memcpy (bytes->data + 76 + 4 * i, &unit, sizeof unit);
  memcpy (bytes->data + 108, &offset, sizeof offset);
  memcpy (bytes->data + 254, &code, sizeof code);
  for (guint i = 0; i < 3; i++) {
    memcpy (bytes->data + 280 + 16 * i, row, sizeof row);
    memmove (row + 1, row, 3 * sizeof *row);
    row[0] = 0.f;
  }
  memcpy (bytes->data + 344, "n+1", 4);
  return bytes;
}

static SnnVolume *
load_bytes (const GByteArray *bytes, GError **error)
{
  gchar *folder = snn_test_folder_new ();
  g_autofree gchar *path = g_build_filename (folder, "made.nii", NULL);
  SnnVolume *volume;

  fail_unless (g_file_set_contents (path, (const gchar *) bytes->data,
          bytes->len, NULL));
  volume = snn_nifti_load (path, 0, NULL, error);
  fail_unless (volume || !error || strstr ((*error)->message, path));
  snn_test_folder_free (folder);
  return volume;
}

GST_START_TEST (test_types_refused_by_name)
{
  static const struct
  {
    gint16 datatype, bits;
    gint code;
    const gchar *name;
  } cases[] = {
    {1, 1, SNN_ERROR_UNSUPPORTED, "BINARY"},
    {32, 64, SNN_ERROR_UNSUPPORTED, "COMPLEX64"},
    {1792, 128, SNN_ERROR_UNSUPPORTED, "COMPLEX128"},
    {2048, 256, SNN_ERROR_UNSUPPORTED, "COMPLEX256"},
    {128, 24, SNN_ERROR_UNSUPPORTED, "RGB24"},
    {2304, 32, SNN_ERROR_UNSUPPORTED, "RGBA32"},
    {7, 8, SNN_ERROR_FORMAT, "datatype 7"},
  };
  const gint16 dims[3] = { 2, 2, 2 };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GByteArray) bytes = make_header (cases[i].datatype,
        cases[i].bits, dims);
    g_autoptr (GError) error = NULL;

    g_byte_array_set_size (bytes, bytes->len + 8 * 32);
    fail_unless (load_bytes (bytes, &error) == NULL, "%s", cases[i].name);
    fail_unless (g_error_matches (error, SNN_ERROR, cases[i].code)
        && strstr (error->message, cases[i].name), "%s: %s", cases[i].name,
        error->message);
  }
}

GST_END_TEST;

/* Columns that nearly lie in a plane, by so much out of it: of no use where a file
 * was written by 32 bits, whatever the determinant is. */
static const struct
{
  float out;
  SnnNiftiForm form;            /* that is relied upon */
} forms[] = {
  {1e-3f, SNN_NIFTI_SFORM},
  {1e-7f, SNN_NIFTI_NO_FORM},
  {0.f, SNN_NIFTI_NO_FORM},
};

GST_START_TEST (test_nearly_singular_form)
{
  const gint16 dims[3] = { 2, 2, 2 };
  g_autoptr (GByteArray) bytes = make_header (2, 8, dims);
  const float rows[3][4] = { {1.f, 0.f, 1.f, 0.f}, {0.f, 1.f, 0.f, 0.f},
    {0.f, 0.f, forms[__i__].out, 0.f} };
  g_autoptr (SnnVolume) volume = NULL;
  g_autoptr (GError) error = NULL;

  memcpy (bytes->data + 280, rows, sizeof rows);
  g_byte_array_set_size (bytes, bytes->len + 8);
  volume = load_bytes (bytes, &error);
  fail_unless (volume != NULL, "%s", error ? error->message : "");
  fail_unless_equals_int (volume->info->header->form, forms[__i__].form);
}

GST_END_TEST;

GST_START_TEST (test_float128)
{
  const gint16 dims[3] = { 4, 1, 1 };
  /* 1, -2.5, 0 and infinity; then x86's 1. */
  const guint64 ieee[] = {
    0, G_GUINT64_CONSTANT (0x3fff000000000000),
    0, G_GUINT64_CONSTANT (0xc000400000000000),
    0, 0,
    0, G_GUINT64_CONSTANT (0x7fff000000000000),
  };
  const guint64 x86[8] = { G_GUINT64_CONSTANT (0x8000000000000000), 0x3fff };
  g_autoptr (GByteArray) good = make_header (1536, 128, dims);
  g_autoptr (GByteArray) bad = make_header (1536, 128, dims);
  g_autoptr (SnnVolume) volume = NULL;
  g_autoptr (GError) error = NULL;

  if (G_BYTE_ORDER != G_LITTLE_ENDIAN)
    return;
  g_byte_array_append (good, (const guint8 *) ieee, sizeof ieee);
  volume = load_bytes (good, &error);
  fail_unless (volume != NULL);
  fail_unless_equals_float (volume->image[0], 1.f);
  fail_unless_equals_float (volume->image[1], -2.5f);
  fail_unless_equals_float (volume->image[2], 0.f);
  fail_unless (isinf (volume->image[3]));

  g_byte_array_append (bad, (const guint8 *) x86, sizeof x86);
  fail_unless (load_bytes (bad, &error) == NULL);
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED));
}

GST_END_TEST;

GST_START_TEST (test_no_such_file)
{
  g_autoptr (GError) error = NULL;

  fail_unless (snn_nifti_load ("/nowhere/a.nii", 0, NULL, &error) == NULL);
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_NOT_FOUND));
  g_clear_error (&error);
  fail_unless (snn_nifti_load ("/nowhere/a.mgz", 0, NULL, &error) == NULL);
  fail_unless (g_error_matches (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED));
  g_clear_error (&error);
  fail_unless (snn_nifti_load ("/dev/null.nii", 0, NULL, &error) == NULL);
}

GST_END_TEST;

static Suite *
nifti_suite (void)
{
  Suite *suite = suite_create ("nifti");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_expected_values);
  tcase_add_test (tc, test_not_a_number_is_kept);
  tcase_add_test (tc, test_invalid_files);
  tcase_add_test (tc, test_nibabel_agrees);
  tcase_add_test (tc, test_volumes_are_indexed);
  tcase_add_test (tc, test_labels);
  tcase_add_test (tc, test_types_refused_by_name);
  tcase_add_loop_test (tc, test_nearly_singular_form, 0, G_N_ELEMENTS (forms));
  tcase_add_test (tc, test_float128);
  tcase_add_test (tc, test_no_such_file);
  return suite;
}

GST_CHECK_MAIN (nifti);
