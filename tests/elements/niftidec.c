/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>
#include <gst/base/gsttypefindhelper.h>

#include <string.h>
#include <zlib.h>

#include <gst/snn/samplemeta.h>
#include <snn/base/error.h>
#include "tests/elements/helpers.h"

/* A volume is the same whether its file is read or its bytes come from
 * elsewhere. */

#define SINK " ! fakesink name=sink"

static gchar *folder;

static void
setup (void)
{
  folder = snn_test_folder_new ();
  snn_test_write_nifti (folder, "a.nii.gz", 1, SNN_NIFTI_PROBABILITY);
}

static void
teardown (void)
{
  g_clear_pointer (&folder, snn_test_folder_free);
}

/* Bytes of files */

/* Numbers in either byte order. */
static void
put (GByteArray *file, gsize at, gconstpointer value, gsize size,
    gboolean swapped)
{
  for (gsize i = 0; i < size; i++)
    file->data[at + i] = ((const guint8 *) value)[swapped ? size - 1 - i : i];
}

#define PUT(at, type, number)                                                  \
  G_STMT_START {                                                               \
    const type value = (type) (number);                                        \
    put (file, at, &value, sizeof value, swapped);                             \
  } G_STMT_END

/* 4 x 3 x 2 voxels of int16, by the fields' places in
 * https://nifti.nimh.nih.gov. */
static GByteArray *
make_file (guint version, gboolean swapped, const gchar *magic)
{
  const gsize size = version == 1 ? 348 : 540, at = size + 4;
  static const gint dims[] = { 3, 4, 3, 2, 1, 1, 1, 1 };
  GByteArray *file = g_byte_array_new ();

  g_byte_array_set_size (file, (guint) at + 24 * 2);
  memset (file->data, 0, file->len);
  PUT (0, gint32, size);
  if (version == 1) {
    for (guint i = 0; i < 8; i++) {
      PUT (40 + 2 * i, gint16, dims[i]);
      PUT (76 + 4 * i, float, 1);
    }
    PUT (70, gint16, 4);
    PUT (72, gint16, 16);
    PUT (108, float, at);
    memcpy (file->data + 344, magic, strlen (magic));
  } else {
    for (guint i = 0; i < 8; i++) {
      PUT (16 + 8 * i, gint64, dims[i]);
      PUT (104 + 8 * i, double, 1);
    }
    PUT (12, gint16, 4);
    PUT (14, gint16, 16);
    PUT (168, gint64, at);
    memcpy (file->data + 4, magic, strlen (magic));
    memcpy (file->data + 8, "\r\n\032\n", 4);
  }
  for (guint i = 0; i < 24; i++)
    PUT (at + 2 * i, gint16, 7 * i - 50);
  return file;
}

static GByteArray *
zip (GByteArray *plain)
{
  GByteArray *zipped = g_byte_array_new ();
  z_stream stream = { 0, };

  g_byte_array_set_size (zipped, 4096);
  fail_unless_equals_int (deflateInit2 (&stream, 9, Z_DEFLATED, 15 + 16, 8,
          Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_in = plain->data;
  stream.avail_in = plain->len;
  stream.next_out = zipped->data;
  stream.avail_out = zipped->len;
  fail_unless_equals_int (deflate (&stream, Z_FINISH), Z_STREAM_END);
  g_byte_array_set_size (zipped, (guint) stream.total_out);
  deflateEnd (&stream);
  g_byte_array_unref (plain);
  return zipped;
}

/* Files of all kinds, and whether they are recognised. */
static const struct
{
  guint version;
  gboolean swapped;
  gboolean zipped;
  const gchar *magic;
  gboolean found;
} kinds[] = {
  { 1, FALSE, FALSE, "n+1", TRUE },
  { 1, TRUE, FALSE, "n+1", TRUE },
  { 2, FALSE, FALSE, "n+2", TRUE },
  { 2, TRUE, FALSE, "n+2", TRUE },
  { 1, FALSE, TRUE, "n+1", TRUE },
  { 1, TRUE, TRUE, "n+1", TRUE },
  { 2, FALSE, TRUE, "n+2", TRUE },
  { 2, TRUE, TRUE, "n+2", TRUE },
  { 1, FALSE, FALSE, "ni1", FALSE }, /* its voxels are elsewhere */
  { 1, FALSE, TRUE, "", FALSE },     /* Analyze 7.5, zipped */
  { 2, FALSE, FALSE, "n+1", FALSE },
};

static GByteArray *
make_kind (guint i)
{
  GByteArray *file =
      make_file (kinds[i].version, kinds[i].swapped, kinds[i].magic);

  return kinds[i].zipped ? zip (file) : file;
}

GST_START_TEST (test_typefind)
{
  g_autoptr (GByteArray) file = make_kind (__i__);
  g_autoptr (GstCaps) caps = gst_type_find_helper_for_data (NULL, file->data,
      file->len, NULL);
  gboolean found = caps && gst_structure_has_name (gst_caps_get_structure
      (caps, 0), "application/x-nifti");

  fail_unless_equals_int (found, kinds[__i__].found);
  /* Whatever the beginning, there is nothing to read past. */
  for (guint n = 1; n < 64; n++) {
    g_autofree guint8 *beginning = g_memdup2 (file->data, n);
    g_autoptr (GstCaps) of_less = gst_type_find_helper_for_data (NULL,
        beginning, n, NULL);

    fail_if (of_less && gst_structure_has_name (gst_caps_get_structure
            (of_less, 0), "application/x-nifti") && kinds[__i__].version == 1
        && !kinds[__i__].zipped);
  }
}

GST_END_TEST;

/* The same samples */

static void
run (Trace *trace, const gchar *description)
{
  g_autoptr (GstElement) pipeline = snn_test_launch (description, folder);

  trace_run (trace, pipeline);
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

/* niftisrc and niftidec, which gets the file in pieces of @block bytes. */
static void
compare (const gchar *path, const gchar *settings, guint block)
{
  g_autofree gchar *read = g_strdup_printf ("niftisrc location=%s %s" SINK,
      path, settings);
  g_autofree gchar *decoded = g_strdup_printf ("filesrc location=%s "
      "blocksize=%u ! niftidec %s" SINK, path, block, settings);
  Trace a, b;

  run (&a, read);
  run (&b, decoded);
  if (a.error) {
    fail_unless (b.error != NULL, "%s is decoded", path);
    fail_unless (b.error->domain == a.error->domain
        && b.error->code == a.error->code, "%s: %s", path, b.error->message);
    fail_unless_equals_string (b.error->message, a.error->message);
  } else {
    fail_unless (!b.error, "%s: %s", path, b.error ? b.error->message : "");
    fail_unless (same_stream (&a, &b), "%s %s: %s, %s", path, settings,
        a.events->str, b.events->str);
    fail_unless_equals_string (meta_at (&b, 0)->volume->subject,
        meta_at (&a, 0)->volume->subject);
    fail_unless_equals_string (meta_at (&b, 0)->volume->location, path);
    fail_unless (meta_at (&b, 0)->digest == meta_at (&a, 0)->digest);
  }
  trace_clear (&a);
  trace_clear (&b);
}

GST_START_TEST (test_files_of_all_kinds)
{
  g_autoptr (GByteArray) file = make_kind (__i__);
  g_autofree gchar *path = g_build_filename (folder, kinds[__i__].zipped
      ? "kind.nii.gz" : "kind.nii", NULL);

  fail_unless (g_file_set_contents (path, (const gchar *) file->data,
          file->len, NULL));
  compare (path, "axis=z", 100);
}

GST_END_TEST;

GST_START_TEST (test_same_as_niftisrc)
{
  g_autofree gchar *cases =
      g_build_filename (g_getenv ("SNN_TEST_DATA"), "cases", NULL);
  g_autoptr (GDir) dir = g_dir_open (cases, 0, NULL);
  const gchar *name;
  guint n = 0;

  fail_unless (dir != NULL, "no %s", cases);
  while ((name = g_dir_read_name (dir))) {
    g_autofree gchar *path = g_build_filename (cases, name, NULL);

    if (!strstr (name, ".nii"))
      continue;
    compare (path, n % 2 ? "axis=none" : "axis=y size=12x0x16 spacing=1.5 context=1",
        n % 3 ? 4096 : 97);
    n++;
  }
  fail_unless (n > 20, "%u files", n);
}

GST_END_TEST;

GST_START_TEST (test_last_volume_of_several)
{
  g_autofree gchar *path = g_build_filename (g_getenv ("SNN_TEST_DATA"),
      "cases", "img-2-volumes.nii", NULL);

  compare (path, "volume-index=1 roi=2:9,:,1:5", 4096);
  compare (path, "volume-index=2", 4096);
}

GST_END_TEST;

/* What is wrong with the bytes */

typedef struct
{
  const gchar *what;
  void (*damage) (GByteArray *file);
  const gchar *settings;
  GQuark (*domain) (void);
  gint code;
  const gchar *text;
} Damage;

static void
leave (GByteArray *file)
{
}

static void
empty (GByteArray *file)
{
  g_byte_array_set_size (file, 0);
}

static void
cut (GByteArray *file)
{
  g_byte_array_set_size (file, file->len - 9);
}

static void
cut_header (GByteArray *file)
{
  g_byte_array_set_size (file, 40);
}

static void
flip (GByteArray *file)
{
  file->data[file->len / 2] ^= 0x55;
  file->data[file->len / 2 + 1] ^= 0x55;
}

static void
fill (GByteArray *file)
{
  memset (file->data, 'x', file->len);
}

/* 40 x 40 x 40 voxels of nothing, in some hundred bytes. */
static void
hollow (GByteArray *out)
{
  const gboolean swapped = FALSE;
  GByteArray *file = make_file (1, swapped, "n+1");

  for (guint i = 1; i <= 3; i++)
    PUT (40 + 2 * i, gint16, 40);
  g_byte_array_set_size (file, 352 + 40 * 40 * 40 * 2);
  memset (file->data + 352, 0, file->len - 352);
  file = zip (file);
  g_byte_array_set_size (out, 0);
  g_byte_array_append (out, file->data, file->len);
  g_byte_array_unref (file);
}

static const Damage damages[] = {
  { "nothing comes", empty, "", gst_stream_error_quark,
      GST_STREAM_ERROR_DECODE, "no byte of a volume has come" },
  { "cut off", cut, "", gst_resource_error_quark, GST_RESOURCE_ERROR_READ,
      "gzip stream is damaged" },
  { "cut within the header", cut_header, "", gst_resource_error_quark,
      GST_RESOURCE_ERROR_READ, "gzip stream is damaged" },
  { "bits flipped", flip, "", gst_stream_error_quark, GST_STREAM_ERROR_DECODE,
      "damaged" },
  { "something else", fill, "", gst_stream_error_quark,
      GST_STREAM_ERROR_DECODE, "is not NIfTI" },
  { "too large a file", leave, "max-bytes=100", gst_stream_error_quark,
      GST_STREAM_ERROR_DECODE, "more than 100 bytes" },
  { "too large a volume", hollow, "max-bytes=255999", gst_stream_error_quark,
      GST_STREAM_ERROR_NOT_IMPLEMENTED, "(max-bytes)" },
  { "no such volume", leave, "volume-index=3", gst_stream_error_quark,
      GST_STREAM_ERROR_FAILED, "none with index 3" },
  { "past the volume", leave, "roi=9:12,:,:", gst_stream_error_quark,
      GST_STREAM_ERROR_WRONG_TYPE, "voxels 9 to 11 along x" },
};

GST_START_TEST (test_damaged)
{
  const Damage *damage = &damages[__i__];
  g_autoptr (GByteArray) file = g_byte_array_new ();
  g_autofree gchar *path = g_build_filename (folder, "a.nii.gz", NULL);
  g_autofree gchar *description = g_strdup_printf
      ("filesrc location=#/a.nii.gz blocksize=64 ! niftidec %s" SINK,
      damage->settings);
  g_autofree gchar *content = NULL;
  gsize n;

  fail_unless (g_file_get_contents (path, &content, &n, NULL));
  g_byte_array_append (file, (const guint8 *) content, (guint) n);
  damage->damage (file);
  fail_unless (g_file_set_contents (path, (const gchar *) file->data,
          file->len, NULL));
  g_printerr ("%s\n", damage->what);
  snn_test_expect_error (description, folder, damage->domain (), damage->code,
      damage->text);
}

GST_END_TEST;

/* Bytes in an element that is told of no file. */

static GstBuffer *
piece (const GByteArray *file, guint from, guint n)
{
  GstBuffer *buffer = gst_buffer_new_memdup (file->data + from, n);

  GST_BUFFER_OFFSET (buffer) = from;
  return buffer;
}

GST_START_TEST (test_bytes_missing)
{
  g_autoptr (GByteArray) file = make_file (1, FALSE, "n+1");
  SnnTestElement self;

  snn_test_element_init (&self, "niftidec", folder, "application/x-nifti");
  snn_test_element_push (&self, piece (file, 0, 100), GST_FLOW_OK);
  snn_test_element_push (&self, piece (file, 150, 100), GST_FLOW_ERROR);
  /* It has been told; the end of the stream does not tell it again. */
  snn_test_element_eos (&self);
  snn_test_pop_error (self.bus, GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE,
      "volume: bytes are missing, 100 have come");
  fail_unless_equals_int (gst_harness_buffers_received (self.harness), 0);
  snn_test_element_clear (&self);
}

GST_END_TEST;

static GByteArray *
pad (GByteArray *file, guint n)
{
  const guint size = file->len;

  g_byte_array_set_size (file, size + n);
  memset (file->data + size, 0, n);
  return file;
}

/* One file after the other with nothing between them is one volume, and that the
 * other is left out is said. Padding is no file. */
GST_START_TEST (test_files_without_an_end_between)
{
  static const struct
  {
    gboolean zipped[2];
    guint padding;
    gboolean other, told;
  } rows[] = {
    { { FALSE, FALSE }, 0, FALSE, FALSE },
    { { FALSE, FALSE }, 5000, FALSE, FALSE },
    { { TRUE, FALSE }, 0, FALSE, FALSE },
    { { TRUE, FALSE }, 5000, FALSE, FALSE },
    { { FALSE, FALSE }, 0, TRUE, TRUE },
    { { TRUE, TRUE }, 0, TRUE, TRUE },
    { { FALSE, TRUE }, 0, TRUE, TRUE },
    { { TRUE, FALSE }, 0, TRUE, TRUE },
    { { TRUE, FALSE }, 5000, TRUE, TRUE },
  };

  for (guint r = 0; r < G_N_ELEMENTS (rows); r++) {
    GByteArray *file = pad (make_file (1, FALSE, "n+1"), rows[r].padding);
    GByteArray *other = make_file (2, TRUE, "n+2");
    g_autoptr (GstMessage) warning = NULL;
    SnnTestElement self;

    if (rows[r].zipped[0])
      file = zip (file);
    if (rows[r].zipped[1])
      other = zip (other);
    if (rows[r].other)
      g_byte_array_append (file, other->data, other->len);
    snn_test_element_init (&self, "niftidec axis=z", folder,
        "application/x-nifti");
    snn_test_element_push (&self, piece (file, 0, file->len), GST_FLOW_OK);
    snn_test_element_eos (&self);
    fail_unless (gst_harness_buffers_received (self.harness) == 2, "row %u", r);
    warning = gst_bus_pop_filtered (self.bus,
        GST_MESSAGE_WARNING | GST_MESSAGE_ERROR);
    fail_unless ((warning != NULL) == rows[r].told, "row %u", r);
    if (warning) {
      g_autoptr (GError) error = NULL;

      gst_message_parse_warning (warning, &error, NULL);
      fail_unless (strstr (error->message, "volume: another NIfTI file") != NULL,
          "%s", error->message);
    }
    snn_test_element_clear (&self);
    g_byte_array_unref (file);
    g_byte_array_unref (other);
  }
}

GST_END_TEST;

GST_START_TEST (test_two_files_and_a_flush)
{
  g_autoptr (GByteArray) file = make_file (2, TRUE, "n+2");
  GstBuffer *buffer;
  SnnTestElement self;

  snn_test_element_init (&self, "niftidec axis=z subject=s7", folder,
      "application/x-nifti");
  /* What came before a flush is forgotten. */
  snn_test_element_push (&self, piece (file, 0, 100), GST_FLOW_OK);
  snn_test_element_flush (&self);
  snn_test_element_push (&self, piece (file, 0, file->len), GST_FLOW_OK);
  fail_unless_equals_int (gst_harness_buffers_received (self.harness), 0);
  gst_harness_push_event (self.harness, gst_event_new_stream_start ("second"));
  fail_unless_equals_int (gst_harness_buffers_received (self.harness), 2);
  snn_test_element_push (&self, piece (file, 0, file->len), GST_FLOW_OK);
  snn_test_element_eos (&self);
  snn_test_no_error (self.bus);
  fail_unless_equals_int (gst_harness_buffers_received (self.harness), 4);
  for (guint i = 0; i < 4; i++) {
    GstSnnSampleMeta *meta;

    buffer = gst_harness_pull (self.harness);
    meta = gst_buffer_get_snn_sample_meta (buffer);
    fail_unless_equals_string (meta->volume->subject, "s7");
    fail_unless (meta->volume->location == NULL);
    fail_unless_equals_int (meta->slice, i % 2);
    fail_unless_equals_int (GST_BUFFER_OFFSET (buffer), i);
    gst_buffer_unref (buffer);
  }
  snn_test_element_clear (&self);
}

GST_END_TEST;

GST_START_TEST (test_no_seeks_but_counts)
{
  g_autoptr (GByteArray) file = make_file (1, FALSE, "n+1");
  g_autoptr (GstQuery) query = gst_query_new_seeking (GST_FORMAT_DEFAULT);
  gboolean seekable = TRUE;
  SnnTestElement self;
  gint64 duration;
  GstPad *pad;

  snn_test_element_init (&self, "niftidec axis=x framerate=5/1", folder,
      "application/x-nifti");
  snn_test_element_push (&self, piece (file, 0, file->len), GST_FLOW_OK);
  snn_test_element_eos (&self);
  pad = gst_element_get_static_pad (self.element, "src");
  fail_unless (gst_pad_query_duration (pad, GST_FORMAT_DEFAULT, &duration));
  fail_unless_equals_int64 (duration, 4);
  fail_unless (gst_pad_query_duration (pad, GST_FORMAT_TIME, &duration));
  fail_unless_equals_int64 (duration, 800 * GST_MSECOND);
  fail_unless (gst_pad_query (pad, query));
  gst_query_parse_seeking (query, NULL, &seekable, NULL, NULL);
  fail_if (seekable);
  fail_if (gst_pad_send_event (pad, gst_event_new_seek (1., GST_FORMAT_DEFAULT,
              GST_SEEK_FLAG_FLUSH, GST_SEEK_TYPE_SET, 1, GST_SEEK_TYPE_NONE,
              -1)));
  gst_object_unref (pad);
  snn_test_element_clear (&self);
}

GST_END_TEST;

/* In pipelines */

GST_START_TEST (test_written_as_from_niftisrc)
{
  snn_test_expect_eos ("filesrc location=#/a.nii.gz ! niftidec axis=y ! "
      "voxelnormalize ! niftisink location=#/x.nii content=probability", folder,
      NULL);
  snn_test_expect_eos ("niftisrc location=#/a.nii.gz axis=x ! "
      "voxelnormalize ! niftisink location=#/y.nii content=probability", folder,
      NULL);
  fail_unless (snn_test_same_files (folder, "x.nii", "y.nii"));
}

GST_END_TEST;

GST_START_TEST (test_input_is_not_replaced)
{
  snn_test_expect_error ("filesrc location=#/a.nii.gz ! niftidec ! "
      "voxelnormalize ! niftisink location=#/a.nii.gz overwrite=true "
      "content=probability", folder, GST_RESOURCE_ERROR,
      GST_RESOURCE_ERROR_OPEN_WRITE, "a.nii.gz is a file that is read from");
}

GST_END_TEST;

GST_START_TEST (test_kept_files_are_not_decoded)
{
  SnnTestRun said;

  g_autofree gchar *path = g_build_filename (folder, "kept-a.nii", NULL);

  fail_unless (g_file_set_contents (path, "kept", -1, NULL));
  snn_test_expect_eos ("filesrc location=#/a.nii.gz ! niftidec ! "
      "voxelnormalize ! niftisink location=#/kept-%s.nii skip-existing=true "
      "content=probability", folder, &said);
  for (guint i = 0; i < said.structures->len; i++)
    fail_if (gst_structure_has_name (said.structures->pdata[i], "niftisink"));
  snn_test_run_clear (&said);
}

GST_END_TEST;

GST_START_TEST (test_autoplugged)
{
  Trace a, b;

  run (&a, "niftisrc location=#/a.nii.gz axis=x" SINK);
  run (&b, "filesrc location=#/a.nii.gz ! decodebin caps=other/tensors ! queue" SINK);
  fail_unless (!b.error, "%s", b.error ? b.error->message : "");
  fail_unless (same_stream (&a, &b));
  trace_clear (&a);
  trace_clear (&b);
}

GST_END_TEST;

static Suite *
niftidec_suite (void)
{
  Suite *suite = suite_create ("niftidec");
  TCase *tcase = tcase_create ("decoding");

  suite_add_tcase (suite, tcase);
  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_add_loop_test (tcase, test_typefind, 0, G_N_ELEMENTS (kinds));
  tcase_add_loop_test (tcase, test_files_of_all_kinds, 0,
      G_N_ELEMENTS (kinds));
  tcase_add_test (tcase, test_same_as_niftisrc);
  tcase_add_test (tcase, test_last_volume_of_several);
  tcase_add_loop_test (tcase, test_damaged, 0, G_N_ELEMENTS (damages));
  tcase_add_test (tcase, test_bytes_missing);
  tcase_add_test (tcase, test_files_without_an_end_between);
  tcase_add_test (tcase, test_two_files_and_a_flush);
  tcase_add_test (tcase, test_no_seeks_but_counts);
  tcase_add_test (tcase, test_written_as_from_niftisrc);
  tcase_add_test (tcase, test_input_is_not_replaced);
  tcase_add_test (tcase, test_kept_files_are_not_decoded);
  tcase_add_test (tcase, test_autoplugged);
  return suite;
}

GST_CHECK_MAIN (niftidec);
