/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>

#include <glib/gstdio.h>
#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <gst/video/video.h>

#include <snn/volumes/overlay.h>
#include <gst/snn/imagemeta.h>
#include "tests/elements/helpers.h"

#define WIDTH 6
#define HEIGHT 4
#define N (WIDTH * HEIGHT)
#define SCALE 8

#define CAPS(n, types, dimensions) "other/tensors, format=static, " \
  "num_tensors=" n ", types=\"" types "\", framerate=0/1, " \
  "dimensions=\"" dimensions "\""
#define LABELLED CAPS ("2", "float32,uint8", "6:4:1:1:1,6:4:1:1:1")
#define CLASSES CAPS ("2", "float32,uint8", "6:4:1:3:1,6:4:1:1:1") \
  ", classes=(string)\"17,53\""
#define PLAIN CAPS ("1", "float32", "6:4:1:1:1")

static GstMemory *
new_memory (gpointer data, gsize size)
{
  return gst_memory_new_wrapped (0, data, size, 0, size, data, g_free);
}

/* An image that is black but for the voxel (0, 0), which is white; predicted
 * is (4, 1), true is (1, 2). */
static GstBuffer *
new_sample (gboolean labelled, gboolean prediction)
{
  const GstSnnTensor tensor = {.type = SNN_VALUE_FLOAT32,.width = WIDTH,
    .height = HEIGHT,.depth = 1,.channels = 1,.timesteps = 1
  };
  g_autoptr (SnnVolumeInfo) info = snn_volume_info_new ("subject");
  float *image = g_new0 (float, N);
  GstBuffer *buffer = gst_buffer_new ();
  GstMemory *memory;
  GstSnnSampleMeta *meta;

  image[0] = 1.f;
  memory = new_memory (image, N * sizeof (float));
  gst_buffer_add_snn_image_meta (buffer, memory, &tensor);
  if (prediction) {
    float *probability = g_new0 (float, N);

    probability[1 * WIDTH + 4] = 0.8f;
    gst_memory_unref (memory);
    memory = new_memory (probability, N * sizeof (float));
  }
  gst_buffer_append_memory (buffer, memory);
  if (labelled) {
    guint8 *mask = g_new0 (guint8, N);

    mask[2 * WIDTH + 1] = 1;
    gst_buffer_append_memory (buffer, new_memory (mask, N));
  }
  info->dims[0] = 1;
  info->dims[1] = WIDTH;
  info->dims[2] = HEIGHT;
  meta = gst_buffer_add_snn_sample_meta (buffer, info);
  meta->axis = SNN_AXIS_X;
  meta->box = (SnnBox) { .size = { 1, WIDTH, HEIGHT } };
  return buffer;
}

static GstHarness *
new_scaled_harness (guint scale, const gchar *caps, const gchar *sink_caps)
{
  GstElement *element = gst_element_factory_make ("maskoverlay", NULL);
  GstHarness *harness;

  g_object_set (element, "scale", scale, "smooth", FALSE, NULL);
  harness = gst_harness_new_with_element (element, "sink", "src");
  gst_harness_set_sink_caps_str (harness, sink_caps);
  gst_harness_set_src_caps_str (harness, caps);
  gst_object_unref (element);
  return harness;
}

static GstHarness *
new_harness (const gchar *caps, const gchar *sink_caps)
{
  return new_scaled_harness (SCALE, caps, sink_caps);
}

/* The colour at pixel (@dx, @dy) of a voxel, as it is drawn by default: the
 * last row on top. */
static guint
color_at (GstBuffer *frame, guint x, guint y, guint dx, guint dy)
{
  const gsize stride = GST_ROUND_UP_4 (WIDTH * SCALE * 3);
  guint8 pixel[3];
  gsize row = (HEIGHT - 1 - y) * SCALE + dy;

  gst_buffer_extract (frame, row * stride + (x * SCALE + dx) * 3, pixel, 3);
  return (guint) pixel[0] << 16 | (guint) pixel[1] << 8 | pixel[2];
}

static guint
code (SnnColor color)
{
  return (guint) color.red << 16 | (guint) color.green << 8 | color.blue;
}

/* Half of it over black. */
static guint
half (SnnColor color)
{
  return code ((SnnColor) { (guint8) ((color.red + 1) / 2),
      (guint8) ((color.green + 1) / 2), (guint8) ((color.blue + 1) / 2) });
}

GST_START_TEST (test_prediction_over_image)
{
  GstHarness *harness = new_harness (LABELLED, "video/x-raw, format=RGB");
  const guint truth = code (snn_color_truth);
  const guint prediction = code (snn_color_prediction);
  GstBuffer *frame = gst_harness_push_and_pull (harness, new_sample (TRUE,
          TRUE));
  g_autoptr (GstCaps) caps =
      gst_pad_get_current_caps (harness->sinkpad);
  g_autoptr (GstCaps) expected = gst_caps_from_string ("video/x-raw, "
      "format=RGB, width=48, height=32, framerate=10/1, "
      "pixel-aspect-ratio=1/1");

  fail_unless (gst_caps_is_subset (caps, expected));
  fail_unless_equals_int (gst_buffer_get_size (frame), 48 * 3 * 32);
  fail_unless_equals_int_hex (color_at (frame, 0, 0, 3, 3), 0xffffff);
  fail_unless_equals_int_hex (color_at (frame, 0, 3, 3, 3), 0x000000);
  /* The prediction's line inside, the truth's line outside of the mask. */
  fail_unless_equals_int_hex (color_at (frame, 4, 1, 0, 0), prediction);
  fail_unless_equals_int_hex (color_at (frame, 4, 1, 4, 4), 0x000000);
  fail_unless_equals_int_hex (color_at (frame, 3, 1, 7, 3), 0x000000);
  fail_unless_equals_int_hex (color_at (frame, 1, 2, 0, 0), 0x000000);
  fail_unless_equals_int_hex (color_at (frame, 0, 2, 7, 3), truth);
  gst_buffer_unref (frame);

  /* The other modes, on the fly. */
  g_object_set (harness->element, "mode", 1, "truth", FALSE, NULL);
  frame = gst_harness_push_and_pull (harness, new_sample (TRUE, TRUE));
  fail_unless_equals_int_hex (color_at (frame, 4, 1, 4, 4), 0x735000);
  fail_unless_equals_int_hex (color_at (frame, 0, 2, 7, 3), 0x000000);
  gst_buffer_unref (frame);
  gst_util_set_object_arg (G_OBJECT (harness->element), "mode", "heat-map");
  frame = gst_harness_push_and_pull (harness, new_sample (TRUE, TRUE));
  fail_unless (color_at (frame, 4, 1, 4, 4) > 0x800000);
  gst_buffer_unref (frame);
  gst_util_set_object_arg (G_OBJECT (harness->element), "mode", "none");
  frame = gst_harness_push_and_pull (harness, new_sample (TRUE, TRUE));
  fail_unless_equals_int_hex (color_at (frame, 4, 1, 0, 0), 0x000000);
  gst_buffer_unref (frame);
  g_object_set (harness->element, "mode", 0, "cut-off", 0.9, NULL);
  frame = gst_harness_push_and_pull (harness, new_sample (TRUE, TRUE));
  fail_unless_equals_int_hex (color_at (frame, 4, 1, 0, 0), 0x000000);
  gst_buffer_unref (frame);
  gst_harness_teardown (harness);
}

GST_END_TEST;

/* Predicted is class 1 at (4, 1) and class 2 at (1, 1), true are class 2 at (1, 2)
 * and class 1 at (3, 3). */
static GstBuffer *
new_class_sample (void)
{
  GstBuffer *buffer = new_sample (TRUE, TRUE);
  float *probability = g_new (float, 3 * N);
  guint8 *mask = g_new0 (guint8, N);

  for (guint i = 0; i < 3 * N; i++)
    probability[i] = i < N ? 0.8f : 0.1f;
  probability[1 * WIDTH + 4] = probability[1 * WIDTH + 1] = 0.1f;
  probability[N + 1 * WIDTH + 4] = 0.8f;
  probability[2 * N + 1 * WIDTH + 1] = 0.8f;
  gst_buffer_replace_memory (buffer, 0, new_memory (probability, 3 * N
          * sizeof (float)));
  mask[2 * WIDTH + 1] = 2;
  mask[3 * WIDTH + 3] = 1;
  gst_buffer_replace_memory (buffer, 1, new_memory (mask, N));
  return buffer;
}

/* Each class has its colour, in lines, areas and the truth. */
GST_START_TEST (test_classes)
{
  GstHarness *harness = new_harness (CLASSES, "video/x-raw, format=RGB");
  const guint front = code (*snn_color_of_class (0));
  const guint back = code (*snn_color_of_class (1));
  GstBuffer *frame = gst_harness_push_and_pull (harness, new_class_sample ());

  fail_unless (front != back);
  /* Predictions inside. */
  fail_unless_equals_int_hex (color_at (frame, 4, 1, 0, 0), front);
  fail_unless_equals_int_hex (color_at (frame, 4, 1, 4, 4), 0x000000);
  fail_unless_equals_int_hex (color_at (frame, 1, 1, 0, 4), back);
  /* Truth outside. */
  fail_unless_equals_int_hex (color_at (frame, 0, 2, 7, 3), back);
  fail_unless_equals_int_hex (color_at (frame, 2, 3, 7, 3), front);
  fail_unless_equals_int_hex (color_at (frame, 5, 0, 4, 4), 0x000000);
  gst_buffer_unref (frame);

  g_object_set (harness->element, "truth", FALSE, NULL);
  gst_util_set_object_arg (G_OBJECT (harness->element), "mode", "fill");
  frame = gst_harness_push_and_pull (harness, new_class_sample ());
  fail_unless_equals_int_hex (color_at (frame, 4, 1, 4, 4),
      half (*snn_color_of_class (0)));
  fail_unless_equals_int_hex (color_at (frame, 1, 1, 4, 4),
      half (*snn_color_of_class (1)));
  fail_unless_equals_int_hex (color_at (frame, 1, 2, 4, 4), 0x000000);
  gst_buffer_unref (frame);
  gst_harness_teardown (harness);
}

GST_END_TEST;

/* Where a slice was padded no prediction is drawn, of one class or several. */
GST_START_TEST (test_padding)
{
  static const struct
  {
    gint64 origin[3];
    gsize dims[3];
    guint slice;
    gboolean drawn;             /* what is predicted at (4, 1) */
  } rows[] = {
    { { 0, 0, 0 }, { 2, 6, 4 }, 1, TRUE },
    { { 0, 0, 0 }, { 2, 6, 4 }, 2, FALSE },
    { { -1, 0, 0 }, { 2, 6, 4 }, 0, FALSE },
    { { 0, 0, 0 }, { 2, 5, 4 }, 0, TRUE },
    { { 0, 0, 0 }, { 2, 4, 4 }, 0, FALSE },
    { { 0, -4, 0 }, { 2, 1, 4 }, 0, TRUE },
    { { 0, -5, 0 }, { 2, 9, 4 }, 0, FALSE },
    { { 0, 0, -1 }, { 2, 6, 1 }, 0, TRUE },
    { { 0, 0, -2 }, { 2, 6, 9 }, 0, FALSE },
    { { 0, 7, 7 }, { 2, 6, 4 }, 0, FALSE },
  };
  static const gchar *const modes[] = { "outline", "fill", "heat-map" };

  for (guint classes = 0; classes < 2; classes++) {
    GstHarness *harness = new_harness (classes ? CLASSES : LABELLED,
        "video/x-raw, format=RGB");

    g_object_set (harness->element, "truth", FALSE, NULL);
    for (guint i = 0; i < G_N_ELEMENTS (rows) * G_N_ELEMENTS (modes); i++) {
      const guint r = i / G_N_ELEMENTS (modes);
      const gchar *mode = modes[i % G_N_ELEMENTS (modes)];
      /* A line is at the border, a heat map is itself in the middle only, but for
       * a trace of its neighbours. */
      const guint at = i % G_N_ELEMENTS (modes) == 2 ? SCALE / 2 : 0;
      GstBuffer *frame, *buffer = classes ? new_class_sample ()
          : new_sample (TRUE, TRUE);
      GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);

      memcpy (meta->volume->dims, rows[r].dims, sizeof rows[r].dims);
      meta->box = (SnnBox) { .size = { 3, WIDTH, HEIGHT } };
      memcpy (meta->box.origin, rows[r].origin, sizeof rows[r].origin);
      meta->slice = rows[r].slice;
      gst_util_set_object_arg (G_OBJECT (harness->element), "mode", mode);
      frame = gst_harness_push_and_pull (harness, buffer);
      fail_unless (((color_at (frame, 4, 1, at, at) & 0xe0e0e0) != 0)
          == rows[r].drawn,
          "%s, row %u, %s: %06x", classes ? "classes" : "mask", r, mode,
          color_at (frame, 4, 1, at, at));
      gst_buffer_unref (frame);
    }
    gst_harness_teardown (harness);
  }
}

GST_END_TEST;

/* Of neighbouring slices and further images, the first image's own slice is
 * drawn. */
GST_START_TEST (test_neighbours)
{
  GstHarness *harness = new_harness (CAPS ("1", "float32", "6:4:1:6:1"),
      "video/x-raw, format=RGB");
  g_autoptr (SnnVolumeInfo) info = snn_volume_info_new ("two");
  float *image = g_new0 (float, 6 * N);
  GstBuffer *frame, *buffer = gst_buffer_new ();

  snn_volume_info_set_channels (info, 2);
  image[N + 2] = 1.f;
  for (guint i = 0; i < 6 * N; i++)
    if (i / N != 1)
      image[i] = 1.f;
  gst_buffer_append_memory (buffer, new_memory (image, 6 * N
          * sizeof (float)));
  gst_buffer_add_snn_sample_meta (buffer, info)->axis = SNN_AXIS_X;
  frame = gst_harness_push_and_pull (harness, buffer);
  fail_unless_equals_int_hex (color_at (frame, 2, 0, 3, 3), 0xffffff);
  fail_unless_equals_int_hex (color_at (frame, 3, 0, 3, 3), 0x000000);
  gst_buffer_unref (frame);
  gst_harness_teardown (harness);
}

GST_END_TEST;

GST_START_TEST (test_orientation)
{
  GstHarness *harness = new_harness (PLAIN, "video/x-raw, format=RGB");
  GstBuffer *frame;

  gst_util_set_object_arg (G_OBJECT (harness->element), "orientation",
      "radiological");
  frame = gst_harness_push_and_pull (harness, new_sample (FALSE, FALSE));
  fail_unless_equals_int_hex (color_at (frame, WIDTH - 1, 0, 0, 0), 0xffffff);
  gst_buffer_unref (frame);
  gst_util_set_object_arg (G_OBJECT (harness->element), "orientation",
      "voxel");
  frame = gst_harness_push_and_pull (harness, new_sample (FALSE, FALSE));
  fail_unless_equals_int_hex (color_at (frame, 0, HEIGHT - 1, 0, 0), 0xffffff);
  gst_buffer_unref (frame);
  gst_harness_teardown (harness);
}

GST_END_TEST;

/* An image is no prediction, even where it exceeds the cut-off, and neither
 * are spikes; a prediction without its image is drawn grey. */
GST_START_TEST (test_other_streams)
{
  GstHarness *harness = new_harness (PLAIN, "video/x-raw, format=RGB");
  GstBuffer *frame, *buffer;
  guint8 *spikes = g_new0 (guint8, 2 * N);

  frame = gst_harness_push_and_pull (harness, new_sample (FALSE, FALSE));
  fail_unless_equals_int_hex (color_at (frame, 0, 0, 0, 0), 0xffffff);
  gst_buffer_unref (frame);

  buffer = new_sample (FALSE, TRUE);
  fail_unless (gst_buffer_remove_meta (buffer,
          (GstMeta *) gst_buffer_get_snn_image_meta (buffer)));
  frame = gst_harness_push_and_pull (harness, buffer);
  fail_unless_equals_int_hex (color_at (frame, 4, 1, 0, 0), 0xffffff);
  gst_buffer_unref (frame);

  gst_harness_set_src_caps_str (harness, CAPS ("1", "uint8", "6:4:1:1:2"));
  buffer = new_sample (FALSE, FALSE);
  spikes[3] = spikes[N + 3] = spikes[N + 5] = 1;
  gst_buffer_replace_all_memory (buffer, new_memory (spikes, 2 * N));
  frame = gst_harness_push_and_pull (harness, buffer);
  fail_unless_equals_int_hex (color_at (frame, 3, 0, 0, 0), 0xffffff);
  fail_unless_equals_int_hex (color_at (frame, 5, 0, 0, 0), 0x808080);
  fail_unless_equals_int_hex (color_at (frame, 0, 0, 0, 0), 0x000000);
  gst_buffer_unref (frame);
  gst_harness_teardown (harness);
}

GST_END_TEST;

static const struct
{
  const gchar *format;
  guint red, bytes;
} layouts[] = {
  {"RGB", 0, 3}, {"BGR", 2, 3}, {"RGBx", 0, 4}, {"BGRx", 2, 4},
  {"xRGB", 1, 4}, {"xBGR", 3, 4},
};

GST_START_TEST (test_formats)
{
  g_autofree gchar *caps =
      g_strdup_printf ("video/x-raw, format=%s", layouts[__i__].format);
  GstHarness *harness = new_harness (PLAIN, caps);
  GstBuffer *frame = gst_harness_push_and_pull (harness,
      new_sample (FALSE, TRUE));
  const gsize first_pixel = ((HEIGHT - 2) * SCALE * WIDTH + 4) * SCALE;
  g_autoptr (GstCaps) got = gst_pad_get_current_caps (harness->sinkpad);
  guint8 pixel[4];

  /* Said also where nobody asks: a compositor does only later. */
  fail_unless_equals_string (gst_structure_get_string
      (gst_caps_get_structure (got, 0), "interlace-mode"), "progressive");
  fail_unless_equals_int (gst_buffer_get_size (frame),
      N * SCALE * SCALE * layouts[__i__].bytes);
  gst_buffer_extract (frame, first_pixel * layouts[__i__].bytes, pixel, 4);
  fail_unless_equals_int (pixel[layouts[__i__].red], snn_color_prediction.red);
  gst_buffer_unref (frame);
  gst_harness_teardown (harness);
}

GST_END_TEST;

/* The size that downstream asks for, as many voxels' pixels as fit, and a black
 * border. The voxel (0, 0) is white, at the left below. */
GST_START_TEST (test_sizes)
{
  static const struct
  {
    guint scale;
    const gchar *wish;
    gint width, height;         /* 0: there is none */
    gint pixels;                /* of a voxel */
    const gchar *next;          /* what is asked for in the second place */
  } rows[] = {
    { 0, "", 384, 256, 64 },
    { 0, ",width=(int)[1,2000],height=(int)[1,2000]", 384, 256, 64 },
    { 0, ",width=200", 200, 132, 33 },
    { 0, ",height=100", 150, 100, 25 },
    { 0, ",height=103", 150, 103, 25 },
    { 0, ",width=100,height=100", 100, 100, 16 },
    { 0, ",width=800,height=81", 800, 81, 20 },
    { 0, ",width=(int)[1,60]", 60, 40, 10 },
    { 0, ",width=(int){100,400,1000}", 400, 264, 66 },
    { 0, ",width=200", 300, 200, 50, ",width=(int)[1,300]" },
    { 0, ",width=200", 200, 132, 33, ",width=203" },
    { 0, ",width=6", 6, 4, 1 },
    { 0, ",width=5", 0, 0, 0 },
    { 0, ",width=200,height=3", 0, 0, 0 },
    { SCALE, "", 48, 32, 8 },
    { SCALE, ",width=48", 48, 32, 8 },
    { SCALE, ",width=200", 0, 0, 0 },
  };
  static const gchar *const formats[] = { "RGB", "xBGR" };

  for (guint i = 0; i < 2 * G_N_ELEMENTS (rows); i++) {
    const guint r = i / 2, bytes = i % 2 ? 4 : 3;
    const gint scale = rows[r].pixels;
    const gchar *format = formats[i % 2], *next = rows[r].next;
    g_autofree gchar *caps = g_strdup_printf ("video/x-raw,format=%s%s;"
        "video/x-raw,format=%s%s", format, rows[r].wish, format,
        next ? next : rows[r].wish);
    GstHarness *harness = new_scaled_harness (rows[r].scale, PLAIN, caps);
    GstBuffer *sample = new_sample (FALSE, FALSE);
    g_autoptr (GstCaps) got = NULL;
    g_autoptr (GstBuffer) frame = NULL;
    GstVideoFrame video;
    GstVideoInfo info;
    guint n_wrong = 0;

    if (rows[r].width == 0) {
      fail_unless (gst_harness_push (harness, sample)
          == GST_FLOW_NOT_NEGOTIATED, "row %u", r);
      gst_harness_teardown (harness);
      continue;
    }
    frame = gst_harness_push_and_pull (harness, sample);
    got = gst_pad_get_current_caps (harness->sinkpad);
    fail_unless (gst_video_info_from_caps (&info, got));
    fail_unless (info.width == rows[r].width && info.height == rows[r].height,
        "row %u: %dx%d", r, info.width, info.height);
    fail_unless (gst_video_frame_map (&video, &info, frame, GST_MAP_READ));
    for (gint y = 0; y < info.height; y++)
      for (gint x = 0; x < info.width; x++) {
        const gint left = (info.width - WIDTH * scale) / 2;
        const gint below = (info.height - HEIGHT * scale) / 2 + HEIGHT * scale;
        const guint8 *pixel = (const guint8 *) video.data[0]
            + y * GST_VIDEO_FRAME_PLANE_STRIDE (&video, 0) + x * bytes;
        const gboolean white = x >= left && x < left + scale && y < below
            && y >= below - scale;

        for (guint c = bytes - 3; c < bytes; c++)
          n_wrong += pixel[c] != (white ? 255 : 0);
      }
    fail_unless (n_wrong == 0, "row %u, %s: %u bytes", r, format, n_wrong);
    gst_video_frame_unmap (&video);
    gst_harness_teardown (harness);
  }
}

GST_END_TEST;

static GstBuffer *
sample_of_voxels (SnnAxis axis, double x, double y, double z)
{
  GstBuffer *buffer = new_sample (FALSE, TRUE);
  GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);

  meta->axis = axis;
  meta->volume->zooms[0] = x;
  meta->volume->zooms[1] = y;
  meta->volume->zooms[2] = z;
  return buffer;
}

/* Voxels that are no squares are said to be none, from the first picture of
 * them on, unless that is not wanted; and downstream chooses the rate. */
GST_START_TEST (test_aspect)
{
  static const struct
  {
    SnnAxis axis;
    double zooms[3];
    gint numerator, denominator;
  } rows[] = {
    { SNN_AXIS_X, { 1., 1., 1. }, 1, 1 },
    { SNN_AXIS_X, { 1., 1., 4. }, 1, 4 },
    { SNN_AXIS_Y, { 3., 1., 2. }, 3, 2 },
    { SNN_AXIS_Z, { 0.9375f, 0.9375f, 5. }, 1, 1 },
    { SNN_AXIS_Z, { 1.2f, 1., 5. }, 6, 5 },
  };
  static const gchar *const wishes[] = { "", ",framerate=25/1",
    ",pixel-aspect-ratio=1/1",
    /* As a scaler before squares says. */
    ",pixel-aspect-ratio=1/1;video/x-raw,format=RGB" };

  for (guint w = 0; w < G_N_ELEMENTS (wishes); w++) {
    g_autofree gchar *caps = g_strconcat ("video/x-raw,format=RGB", wishes[w],
        NULL);
    GstHarness *harness = new_harness (PLAIN, caps);

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
      const double *zooms = rows[i].zooms;
      g_autoptr (GstCaps) got = NULL;
      GstVideoInfo info;

      gst_buffer_unref (gst_harness_push_and_pull (harness,
          sample_of_voxels (rows[i].axis, zooms[0], zooms[1], zooms[2])));
      got = gst_pad_get_current_caps (harness->sinkpad);
      fail_unless (gst_video_info_from_caps (&info, got), "wish %u, row %u", w, i);
      fail_unless (GST_VIDEO_INFO_PAR_N (&info)
                  == (w == 2 ? 1 : rows[i].numerator)
              && GST_VIDEO_INFO_PAR_D (&info)
                  == (w == 2 ? 1 : rows[i].denominator),
          "wish %u, row %u: %d/%d", w, i, GST_VIDEO_INFO_PAR_N (&info),
          GST_VIDEO_INFO_PAR_D (&info));
      fail_unless (GST_VIDEO_INFO_FPS_N (&info) == (w == 1 ? 25 : 10),
          "wish %u, row %u: %d/s", w, i, GST_VIDEO_INFO_FPS_N (&info));
    }
    gst_harness_teardown (harness);
  }
}

GST_END_TEST;

GST_START_TEST (test_timestamps_and_runs)
{
  GstElement *element = gst_element_factory_make ("maskoverlay", NULL);

  g_object_set (element, "framerate", 4, 1, NULL);
  for (guint run = 0; run < 2; run++) {
    GstHarness *harness = gst_harness_new_with_element (element, "sink",
        "src");
    GstBuffer *frame;
    GstSegment segment;

    gst_harness_set_src_caps_str (harness, PLAIN);
    for (guint i = 0; i < 3; i++) {
      frame = gst_harness_push_and_pull (harness, new_sample (FALSE, TRUE));
      fail_unless_equals_uint64 (GST_BUFFER_PTS (frame), i * GST_SECOND / 4);
      fail_unless_equals_uint64 (GST_BUFFER_DURATION (frame), GST_SECOND / 4);
      /* scale=0: the longer side has 384 pixels, 64 times 6. */
      fail_unless_equals_int (gst_buffer_get_size (frame), 384 * 256 * 3);
      gst_buffer_unref (frame);
    }
    /* Counted from zero again after a flush. */
    gst_harness_push_event (harness, gst_event_new_flush_start ());
    gst_harness_push_event (harness, gst_event_new_flush_stop (TRUE));
    gst_segment_init (&segment, GST_FORMAT_TIME);
    gst_harness_push_event (harness, gst_event_new_segment (&segment));
    frame = gst_harness_push_and_pull (harness, new_sample (FALSE, TRUE));
    fail_unless_equals_uint64 (GST_BUFFER_PTS (frame), 0);
    gst_buffer_unref (frame);
    fail_unless (gst_harness_push_event (harness, gst_event_new_eos ()));
    gst_harness_teardown (harness);
  }
  g_object_set (element, "framerate", 0, 1, NULL);
  {
    GstHarness *harness = gst_harness_new_with_element (element, "sink",
        "src");
    GstBuffer *frame;

    gst_harness_set_src_caps_str (harness, PLAIN);
    frame = gst_harness_push_and_pull (harness, new_sample (FALSE, TRUE));
    fail_if (GST_BUFFER_PTS_IS_VALID (frame));
    gst_buffer_unref (frame);
    gst_harness_teardown (harness);
  }
  gst_object_unref (element);
}

GST_END_TEST;

static void
check_refusal (const gchar *caps, const gchar *text)
{
  GstHarness *harness = gst_harness_new ("maskoverlay");
  GstBus *bus = gst_bus_new ();

  gst_element_set_bus (harness->element, bus);
  gst_harness_set_src_caps_str (harness, caps);
  fail_unless_equals_int (gst_harness_push (harness, new_sample (FALSE,
              TRUE)), GST_FLOW_NOT_NEGOTIATED);
  snn_test_pop_error (bus, GST_CORE_ERROR, GST_CORE_ERROR_NEGOTIATION, text);
  gst_element_set_bus (harness->element, NULL);
  gst_object_unref (bus);
  gst_harness_teardown (harness);
}

GST_START_TEST (test_refusals)
{
  GstHarness *harness = new_harness (LABELLED, "video/x-raw, format=RGB");

  /* A buffer without its label. */
  fail_unless_equals_int (gst_harness_push (harness, new_sample (FALSE,
              TRUE)), GST_FLOW_ERROR);
  gst_harness_teardown (harness);

  check_refusal (CAPS ("1", "float32", "6:4:3:1:1"), "whole volumes");
  check_refusal (CAPS ("1", "float32", "40000:4:1:1:1"), "32767");
}

GST_END_TEST;

/* Whoever writes to an image that a meta holds gets a copy. */
GST_START_TEST (test_image_meta_is_not_written_to)
{
  GstBuffer *buffer = new_sample (TRUE, FALSE);
  GstSnnImageMeta *image = gst_buffer_get_snn_image_meta (buffer);
  GstBuffer *copy;
  GstMapInfo map;

  fail_unless (image->memory == gst_buffer_peek_memory (buffer, 0));
  copy = gst_buffer_copy (buffer);
  fail_unless (gst_buffer_get_snn_image_meta (copy)->memory == image->memory);
  fail_unless (gst_buffer_map_range (buffer, 0, 1, &map, GST_MAP_READWRITE));
  ((float *) map.data)[0] = 5.f;
  gst_buffer_unmap (buffer, &map);
  fail_if (image->memory == gst_buffer_peek_memory (buffer, 0));
  fail_unless (gst_memory_map (image->memory, &map, GST_MAP_READ));
  fail_unless (((float *) map.data)[0] == 1.f);
  gst_memory_unmap (image->memory, &map);
  gst_buffer_unref (buffer);
  gst_buffer_unref (copy);
}

GST_END_TEST;

/* Any video element can follow. */
GST_START_TEST (test_pipeline)
{
  g_autofree gchar *folder = snn_test_folder_new ();
  g_autofree gchar *launch = g_strdup_printf ("phantomsrc subjects=1 "
      "size=8x56x48 ! voxelnormalize ! poissonencoder timesteps=4 ! "
      "maskoverlay framerate=0/1 scale=2 ! videoconvert ! pngenc ! "
      "multifilesink location=%s/%%d.png", folder);
  GstElement *pipeline = gst_parse_launch (launch, NULL);
  GstBus *bus = gst_element_get_bus (pipeline);
  GstMessage *message;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  fail_unless (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS);
  gst_message_unref (message);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (bus);
  gst_object_unref (pipeline);
  for (guint i = 0; i < 8; i++) {
    g_autofree gchar *path = g_strdup_printf ("%s/%u.png", folder, i);
    g_autofree gchar *png = NULL;
    gsize size;

    fail_unless (g_file_get_contents (path, &png, &size, NULL));
    fail_unless (size > 24);
    /* Width and height stand in the header's last bytes. */
    fail_unless_equals_int (GST_READ_UINT32_BE (png + 16), 112);
    fail_unless_equals_int (GST_READ_UINT32_BE (png + 20), 96);
    g_unlink (path);
  }
  fail_unless_equals_int (g_rmdir (folder), 0);
}

GST_END_TEST;

static Suite *
maskoverlay_suite (void)
{
  Suite *suite = suite_create ("maskoverlay");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_prediction_over_image);
  tcase_add_test (tc, test_classes);
  tcase_add_test (tc, test_padding);
  tcase_add_test (tc, test_neighbours);
  tcase_add_test (tc, test_orientation);
  tcase_add_test (tc, test_other_streams);
  tcase_add_loop_test (tc, test_formats, 0, G_N_ELEMENTS (layouts));
  tcase_add_test (tc, test_sizes);
  tcase_add_test (tc, test_aspect);
  tcase_add_test (tc, test_timestamps_and_runs);
  tcase_add_test (tc, test_refusals);
  tcase_add_test (tc, test_image_meta_is_not_written_to);
  tcase_add_test (tc, test_pipeline);
  return suite;
}

GST_CHECK_MAIN (maskoverlay);
