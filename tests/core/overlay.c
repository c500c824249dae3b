/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>

#include <gst/check/gstcheck.h>

#include <snn/volumes/overlay.h>

#define SCALE 4
#define WIDTH 5
#define HEIGHT 4

typedef struct
{
  guint8 pixels[HEIGHT * SCALE * WIDTH * SCALE * 4];
  SnnCanvas canvas;
  SnnView view;
} Picture;

/* Four bytes a pixel, the red one third. */
static void
picture_init (Picture *picture)
{
  memset (picture->pixels, 0, sizeof picture->pixels);
  picture->canvas = (SnnCanvas) {
    .pixels = picture->pixels,
    .width = WIDTH * SCALE,
    .height = HEIGHT * SCALE,
    .stride = WIDTH * SCALE * 4,
    .pixel_stride = 4,
    .offset = { 2, 1, 0 },
  };
  picture->view = (SnnView) {.width = WIDTH,.height = HEIGHT,.scale = SCALE };
}

static guint
red_at (const Picture *picture, guint x, guint y)
{
  return picture->pixels[(y * WIDTH * SCALE + x) * 4 + 2];
}

GST_START_TEST (test_orientation)
{
  SnnView view = { 0, };

  for (SnnAxis axis = SNN_AXIS_X; axis <= SNN_AXIS_Z; axis++) {
    snn_view_orient (&view, axis, SNN_ORIENTATION_NEUROLOGICAL);
    fail_unless (!view.flip_x && view.flip_y);
    snn_view_orient (&view, axis, SNN_ORIENTATION_RADIOLOGICAL);
    fail_unless (view.flip_x && view.flip_y);
    snn_view_orient (&view, axis, SNN_ORIENTATION_VOXEL);
    fail_unless (!view.flip_x && !view.flip_y);
  }
}

GST_END_TEST;

GST_START_TEST (test_image)
{
  float image[WIDTH * HEIGHT];
  Picture p;

  for (guint i = 0; i < WIDTH * HEIGHT; i++)
    image[i] = (float) i - 3.f;
  image[7] = NAN;

  /* Its own range: the first voxel black, the last white. */
  picture_init (&p);
  snn_draw_image (&p.canvas, &p.view, image, 0., 0., FALSE);
  fail_unless_equals_int (red_at (&p, 0, 0), 0);
  fail_unless_equals_int (red_at (&p, WIDTH * SCALE - 1, HEIGHT * SCALE - 1),
      255);
  fail_unless_equals_int (red_at (&p, SCALE, 0), 13);
  fail_unless_equals_int (red_at (&p, 2 * SCALE - 1, SCALE - 1), 13);
  fail_unless_equals_int (red_at (&p, 2 * SCALE, SCALE), 0);
  fail_unless_equals_int (p.pixels[3], 0);

  /* A given range clips; flips put the first voxel at the bottom right. */
  p.view.flip_x = p.view.flip_y = TRUE;
  snn_draw_image (&p.canvas, &p.view, image, 0., 2., FALSE);
  fail_unless_equals_int (red_at (&p, WIDTH * SCALE - 1, HEIGHT * SCALE - 1),
      0);
  fail_unless_equals_int (red_at (&p, 0, HEIGHT * SCALE - 1), 128);
  fail_unless_equals_int (red_at (&p, 0, 0), 255);

  /* Interpolated: a value of its own half-way between two centres only. */
  p.view.flip_x = p.view.flip_y = FALSE;
  image[7] = 4.f;
  snn_draw_image (&p.canvas, &p.view, image, -3., 16., TRUE);
  fail_unless_equals_int (red_at (&p, 0, 0), 0);
  fail_unless (red_at (&p, SCALE - 1, 0) > 0);
  fail_unless (red_at (&p, SCALE - 1, 0) < red_at (&p, SCALE, 0));
  fail_unless_equals_int (red_at (&p, WIDTH * SCALE - 1, HEIGHT * SCALE - 1),
      255);

  /* Constant images and such without a number do not divide by zero. */
  for (guint i = 0; i < WIDTH * HEIGHT; i++)
    image[i] = 7.f;
  snn_draw_image (&p.canvas, &p.view, image, 0., 0., TRUE);
  for (guint i = 0; i < WIDTH * HEIGHT; i++)
    image[i] = NAN;
  snn_draw_image (&p.canvas, &p.view, image, 0., 0., TRUE);
  fail_unless_equals_int (red_at (&p, 3, 3), 0);
}

GST_END_TEST;

/* One voxel set, at (2, 1): the inner line is its frame, the outer one the
 * frame around it, and they share no pixel. */
GST_START_TEST (test_outlines)
{
  guint8 mask[WIDTH * HEIGHT] = { 0, };
  const SnnColor color = {.red = 200 };
  Picture inner, outer;
  guint n_inner = 0, n_outer = 0;

  mask[1 * WIDTH + 2] = 1;
  picture_init (&inner);
  snn_draw_outline (&inner.canvas, &inner.view, mask, color, 1, FALSE);
  picture_init (&outer);
  snn_draw_outline (&outer.canvas, &outer.view, mask, color, 1, TRUE);
  for (guint y = 0; y < HEIGHT * SCALE; y++)
    for (guint x = 0; x < WIDTH * SCALE; x++) {
      gboolean in = red_at (&inner, x, y) == 200;
      gboolean out = red_at (&outer, x, y) == 200;

      fail_if (in && out);
      n_inner += in;
      n_outer += out;
    }
  fail_unless_equals_int (n_inner, SCALE * SCALE - (SCALE - 2) * (SCALE - 2));
  fail_unless_equals_int (n_outer, (SCALE + 2) * (SCALE + 2) - SCALE * SCALE);
  fail_unless_equals_int (red_at (&inner, 2 * SCALE, SCALE), 200);
  fail_unless_equals_int (red_at (&outer, 2 * SCALE - 1, SCALE - 1), 200);

  /* The picture's border closes a line; a full mask has no outer one. */
  memset (mask, 1, sizeof mask);
  picture_init (&inner);
  snn_draw_outline (&inner.canvas, &inner.view, mask, color, 1, FALSE);
  fail_unless_equals_int (red_at (&inner, 0, 5), 200);
  fail_unless_equals_int (red_at (&inner, 6, 5), 0);
  picture_init (&outer);
  snn_draw_outline (&outer.canvas, &outer.view, mask, color, 1, TRUE);
  for (gsize i = 0; i < sizeof outer.pixels; i++)
    fail_unless_equals_int (outer.pixels[i], 0);
}

GST_END_TEST;

GST_START_TEST (test_areas)
{
  guint8 mask[WIDTH * HEIGHT] = { 1, };
  float probability[WIDTH * HEIGHT] = { 0.f, };
  const SnnColor color = {.red = 200 };
  Picture p;

  picture_init (&p);
  snn_draw_fill (&p.canvas, &p.view, mask, color, 0.5);
  fail_unless_equals_int (red_at (&p, 0, 0), 100);
  fail_unless_equals_int (red_at (&p, SCALE - 1, SCALE - 1), 100);
  fail_unless_equals_int (red_at (&p, SCALE, 0), 0);

  picture_init (&p);
  probability[0] = 1.f;
  probability[WIDTH * HEIGHT - 1] = NAN;
  snn_draw_heat_map (&p.canvas, &p.view, probability);
  fail_unless (red_at (&p, 0, 0) > 190);
  fail_unless (red_at (&p, 0, 0) > red_at (&p, SCALE, 0));
  fail_unless_equals_int (red_at (&p, 3 * SCALE, 0), 0);
  fail_unless_equals_int (red_at (&p, WIDTH * SCALE - 1, HEIGHT * SCALE - 1),
      0);
}

GST_END_TEST;

GST_START_TEST (test_pictures_from_values)
{
  const float analog[] = { 1.f, 2.f, 9.f, 8.f };
  const gint8 ternary[] = { 1, -1, 1, 0, 0, -1 };
  const guint8 binary[] = { 1, 0, 255, 0 };
  float picture[2];

  /* Two voxels, two channels. */
  snn_picture_from_values (analog, SNN_VALUE_FLOAT32, 2, 2, 0, 1, picture);
  fail_unless (picture[0] == 1.f && picture[1] == 2.f);
  snn_picture_from_values (analog, SNN_VALUE_FLOAT32, 2, 2, 1, 1, picture);
  fail_unless (picture[0] == 9.f && picture[1] == 8.f);
  /* Three timesteps. */
  snn_picture_from_values (ternary, SNN_VALUE_INT8, 2, 1, 0, 3, picture);
  fail_unless (fabsf (picture[0] - 2.f / 3.f) < 1e-6f);
  fail_unless (fabsf (picture[1] + 2.f / 3.f) < 1e-6f);
  snn_picture_from_values (binary, SNN_VALUE_UINT8, 2, 1, 0, 2, picture);
  fail_unless (picture[0] == 128.f && picture[1] == 0.f);
}

GST_END_TEST;

static Suite *
overlay_suite (void)
{
  Suite *suite = suite_create ("overlay");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_orientation);
  tcase_add_test (tc, test_image);
  tcase_add_test (tc, test_outlines);
  tcase_add_test (tc, test_areas);
  tcase_add_test (tc, test_pictures_from_values);
  return suite;
}

GST_CHECK_MAIN (overlay);
