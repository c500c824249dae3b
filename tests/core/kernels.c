/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <math.h>
#include <string.h>

#include "core/kernels/kernels.h"
#include <snn/base/random.h>

/* Every set of kernels that this machine runs is held to the plain one: to the
 * bit, but for BLAS, whose order of summation is its own. */

static float *
random_floats (SnnRandom *random, gsize n)
{
  float *x = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    x[i] = (float) snn_random_double (random) - 0.5f;
  return x;
}

static void
compare (const gchar *kernels, const gchar *what, const float *expected,
    const float *found, gsize n)
{
  const gboolean bits = !g_str_equal (kernels, "blas");
  gsize i = 0;

  while (i < n && (bits ? memcmp (&found[i], &expected[i], sizeof *found) == 0
          : fabsf (found[i] - expected[i]) < 1e-4f))
    i++;
  fail_unless (i == n, "%s %s: value %" G_GSIZE_FORMAT " is %.9g, plain has %.9g",
      kernels, what, i, found[i], expected[i]);
}

typedef struct
{
  guint rows, pixels, kernel, stride, in, out;
} Shape;

/* Of products: fewer than a block of registers has, as many and more. */
static const guint frames[] = { 1, 2, 3, 5, 8, 12, 13 };

static const Shape shapes[] = {
  {7, 48, 3, 1, 16, 16}, {5, 13, 3, 1, 1, 16}, {4, 29, 3, 1, 16, 1},
  {3, 14, 3, 1, 32, 32}, {3, 7, 3, 1, 64, 64}, {2, 5, 3, 1, 7, 19},
  {2, 11, 1, 1, 5, 33}, {3, 6, 2, 2, 9, 8}, {6, 1, 1, 1, 40, 24},
  {1, 1, 3, 1, 4, 4}, {2, 60, 5, 2, 3, 48},
};

/* Products of @n frames; every other input is zero in most of them, and
 * every third one in all. Gaps between rows, pixels and frames stay as they are. */
static void
test_frames (const SnnKernels *kernels, const Shape *s, guint n,
    gboolean accumulate)
{
  const gsize columns = (gsize) (s->pixels - 1) * s->stride + s->kernel;
  const gsize lines = (gsize) (s->rows - 1) * s->stride + s->kernel;
  const gsize x_row = (columns + 1) * s->in, x_frame = lines * x_row + 5;
  const gsize y_pixel = s->out + 2, y_row = s->pixels * y_pixel + 1;
  const gsize y_frame = s->rows * y_row + 3, n_y = n * y_frame;
  const gsize k = (gsize) s->kernel * s->kernel * s->in;
  const SnnKernels *all[2] = { &snn_kernels_plain, kernels };
  g_autofree float *x = NULL, *w = NULL, *start = NULL;
  float *y[3];
  gsize taps[25];
  SnnRandom random;

  snn_random_init (&random, 4, SNN_RANDOM_PHANTOM, k);
  x = random_floats (&random, n * x_frame);
  w = random_floats (&random, k * s->out);
  start = random_floats (&random, n_y);
  for (guint f = 0; f < n; f++)
    for (gsize i = 0; i < x_frame; i++)
      if (i % 3 == 0 || (i % 2 == 0 && f % 5 != i % 7))
        x[f * x_frame + i] = i % 4 == 0 ? -0.f : 0.f;
  for (guint tap = 0; tap < s->kernel * s->kernel; tap++)
    taps[tap] = tap / s->kernel * x_row + tap % s->kernel * s->in;
  for (guint i = 0; i < 3; i++) {
    const SnnKernels *set = all[MIN (i, 1)];
    g_autofree float *packed = g_new (float,
        snn_kernels_packed_size (set, k, s->out));
    const SnnProduct product = {
      .frames = n,.rows = s->rows,.pixels = s->pixels,.x = x,
      .x_frame = x_frame,.x_row = s->stride * x_row,
      .x_pixel = (gsize) s->stride * s->in,
      .y = y[i] = g_memdup2 (start, n_y * sizeof (float)),
      .y_frame = y_frame,.y_row = y_row,.y_pixel = y_pixel,
      .n_taps = s->kernel * s->kernel,.taps = taps,.in = s->in,
      .out = s->out,.w = packed,.accumulate = accumulate
    };

    for (guint first = 0; first < s->out;
        first += snn_kernels_panel (set, s->out))
      snn_kernels_pack (set, k, s->out, first, w, s->out, 1, packed + k * first);
    (i < 2 ? set->product : set->sparse_product) (&product);
  }
  compare (kernels->name, "product of frames", y[0], y[1], n_y);
  compare (kernels->name, "sparse_product", y[0], y[2], n_y);
  for (guint i = 0; i < 3; i++)
    g_free (y[i]);
}

static void
test_shape (const SnnKernels *kernels, const Shape *s, gboolean accumulate)
{
  gsize columns = (gsize) (s->pixels - 1) * s->stride + s->kernel;
  gsize lines = (gsize) (s->rows - 1) * s->stride + s->kernel;
  gsize x_row = columns * s->in + 3, y_pixel = s->out + 2;
  gsize y_row = s->pixels * y_pixel + 1;
  gsize n_y = s->rows * y_row, k = (gsize) s->kernel * s->kernel * s->in;
  gsize taps[25];
  SnnRandom random;
  g_autofree float *x = NULL, *w = NULL, *start = NULL, *dw_start = NULL;
  const SnnKernels *all[2] = { &snn_kernels_plain, kernels };
  float *y[2], *dw[2];

  snn_random_init (&random, 3, SNN_RANDOM_PHANTOM, k);
  x = random_floats (&random, lines * x_row);
  w = random_floats (&random, k * s->out);
  start = random_floats (&random, n_y);
  dw_start = random_floats (&random, k * s->out);
  for (guint tap = 0; tap < s->kernel * s->kernel; tap++)
    taps[tap] = tap / s->kernel * x_row + tap % s->kernel * s->in;

  for (guint i = 0; i < 2; i++) {
    g_autofree float *packed = g_new (float,
        snn_kernels_packed_size (all[i], k, s->out));

    for (guint first = 0; first < s->out;
        first += snn_kernels_panel (all[i], s->out))
      snn_kernels_pack (all[i], k, s->out, first, w, s->out, 1,
          packed + k * first);
    y[i] = g_memdup2 (start, n_y * sizeof (float));
    dw[i] = g_memdup2 (dw_start, k * s->out * sizeof (float));
    all[i]->product (&(SnnProduct) {
          .frames = 1,.rows = s->rows,.pixels = s->pixels,.x = x,
          .x_row = s->stride * x_row,.x_pixel = (gsize) s->stride * s->in,
          .y = y[i],.y_row = y_row,.y_pixel = y_pixel,
          .n_taps = s->kernel * s->kernel,.taps = taps,.in = s->in,
          .out = s->out,.w = packed,.accumulate = accumulate });
    all[i]->outer (&(SnnOuter) {
          .rows = s->rows,.pixels = s->pixels,.x = x,
          .x_row = s->stride * x_row,.x_pixel = (gsize) s->stride * s->in,
          .dy = start,.y_row = y_row,.y_pixel = y_pixel,
          .n_taps = s->kernel * s->kernel,.taps = taps,.in = s->in,
          .out = s->out,.dw = dw[i] });
  }
  /* The gaps between rows and pixels must be untouched as well. */
  compare (kernels->name, "product", y[0], y[1], n_y);
  compare (kernels->name, "outer", dw[0], dw[1], k * s->out);
  for (guint i = 0; i < 2; i++) {
    g_free (y[i]);
    g_free (dw[i]);
  }
}

GST_START_TEST (test_products)
{
  for (guint i = 0; snn_kernels_names ()[i]; i++)
    for (guint s = 0; s < G_N_ELEMENTS (shapes); s++) {
      const SnnKernels *kernels = snn_kernels_find (snn_kernels_names ()[i]);

      test_shape (kernels, &shapes[s], FALSE);
      test_shape (kernels, &shapes[s], TRUE);
      for (guint f = 0; f < G_N_ELEMENTS (frames); f++)
        test_frames (kernels, &shapes[s], frames[f], f % 2);
    }
}

GST_END_TEST;

/* All kernels against the plain one, and that against outer() on the same
 * values as floats. */
static void
test_spike_shape (const SnnKernels *kernels, const Shape *s, guint largest)
{
  gsize x_pixel = s->in + (s->stride > 1 ? 5 : 0);
  gsize x_row = s->pixels * x_pixel + 7;
  gsize y_pixel = s->stride * s->out;
  gsize columns = (gsize) s->pixels * s->stride + s->kernel;
  gsize y_row = columns * s->out;
  gsize lines = (gsize) s->rows * s->stride + s->kernel;
  gsize k = (gsize) s->kernel * s->kernel * s->in * s->out;
  g_autofree guint8 *x = g_malloc0 (s->rows * x_row + 64);
  g_autofree float *x_floats = g_new0 (float, s->rows * x_row);
  g_autofree float *dy = NULL, *start = NULL;
  g_autofree float *expected = g_new0 (float, k);
  const SnnKernels *all[2] = { &snn_kernels_plain, kernels };
  gssize taps[25];
  SnnRandom random;
  float *dw[2];

  snn_random_init (&random, 7, SNN_RANDOM_PHANTOM, k);
  dy = random_floats (&random, lines * y_row);
  start = random_floats (&random, k);
  for (gsize i = 0; i < s->rows * x_row; i++)
    if (snn_random_double (&random) < 0.2)
      x[i] = (guint8) (1. + largest * snn_random_double (&random));
  for (gsize i = 0; i < s->rows * x_row; i++)
    x_floats[i] = x[i];
  /* Backwards, and to both sides, as a convolution's. */
  for (guint tap = 0; tap < s->kernel * s->kernel; tap++)
    taps[tap] = (gssize) ((s->kernel / 2) * (y_row + s->out))
        - (gssize) (tap / s->kernel * y_row + tap % s->kernel * s->out);

  for (guint i = 0; i < 2; i++) {
    dw[i] = g_memdup2 (start, k * sizeof (float));
    all[i]->spike_outer (&(SnnSpikeOuter) {
          .rows = s->rows,.pixels = s->pixels,.x = x,.x_row = x_row,
          .x_pixel = x_pixel,.dy = dy + (s->kernel / 2) * (y_row + s->out),
          .y_row = s->stride * y_row,.y_pixel = y_pixel,
          .n_taps = s->kernel * s->kernel,.taps = taps,.in = s->in,
          .out = s->out,.factor = 0.3f,.dw = dw[i] });
  }
  compare (kernels->name, "spike_outer", dw[0], dw[1], k);

  for (guint tap = 0; tap < s->kernel * s->kernel; tap++) {
    const gsize here = 0;

    snn_kernels_plain.outer (&(SnnOuter) {
          .rows = s->rows,.pixels = s->pixels,.x = x_floats,.x_row = x_row,
          .x_pixel = x_pixel,
          .dy = dy + (s->kernel / 2) * (y_row + s->out) + taps[tap],
          .y_row = s->stride * y_row,.y_pixel = y_pixel,.n_taps = 1,
          .taps = &here,.in = s->in,.out = s->out,
          .dw = expected + (gsize) tap * s->in * s->out });
  }
  for (gsize i = 0; i < k; i++)
    if (!(fabs (start[i] + 0.3 * expected[i] - dw[0][i]) < 1e-5))
      ck_abort_msg ("spike_outer: weight %" G_GSIZE_FORMAT " has %g, from outer "
          "%g", i, dw[0][i], start[i] + 0.3 * expected[i]);
  for (guint i = 0; i < 2; i++)
    g_free (dw[i]);
}

GST_START_TEST (test_spike_outer)
{
  const Shape more[] = {
    {1, 376, 3, 1, 16, 16}, {5, 24, 3, 1, 32, 40}, {3, 12, 3, 1, 70, 33},
    {4, 9, 2, 2, 128, 64}, {3, 50, 5, 1, 2, 5}, {6, 7, 3, 1, 8, 17},
    {4, 47, 3, 1, 1, 16},
  };

  for (guint i = 0; snn_kernels_names ()[i]; i++) {
    const SnnKernels *kernels = snn_kernels_find (snn_kernels_names ()[i]);

    for (guint s = 0; s < G_N_ELEMENTS (shapes); s++)
      test_spike_shape (kernels, &shapes[s], 1);
    for (guint s = 0; s < G_N_ELEMENTS (more); s++)
      test_spike_shape (kernels, &more[s], 4);
  }
}

GST_END_TEST;

/* For loop tests, whose second round leaks, and third one is of signed neurons. */
static float *
make_leak (gsize n)
{
  float *leak = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    leak[i] = 1.f - 0.01f * (float) i;
  return leak;
}

GST_START_TEST (test_fire)
{
  const gsize n = 77;
  SnnRandom random;
  g_autofree float *current = NULL, *membrane = NULL, *threshold = NULL;
  g_autofree float *slope = g_new (float, n);
  g_autofree float *scale = g_new (float, n);
  g_autofree float *leak = make_leak (n);
  g_autofree float *reset = NULL;

  snn_random_init (&random, 5, SNN_RANDOM_PHANTOM, 0);
  current = random_floats (&random, n);
  membrane = random_floats (&random, n);
  reset = random_floats (&random, n);
  threshold = random_floats (&random, n);
  for (gsize i = 0; i < n; i++) {
    threshold[i] = fabsf (threshold[i]) + 0.01f;
    slope[i] = 1.f / threshold[i];
    scale[i] = 0.3f * slope[i];
  }
  /* A membrane exactly at its threshold does not fire: the test is strict. */
  membrane[0] = threshold[0];
  leak[0] = 1.f;
  current[0] = 0.f;

  for (guint k = 0; snn_kernels_names ()[k]; k++) {
    const SnnKernels *all[2] = { &snn_kernels_plain,
      snn_kernels_find (snn_kernels_names ()[k])
    };
    float *s[2], *u[2], *g[2], *net[2];
    guint count[2];

    for (guint i = 0; i < 2; i++) {
      s[i] = g_memdup2 (current, n * sizeof (float));
      u[i] = g_memdup2 (membrane, n * sizeof (float));
      g[i] = g_new0 (float, n);
      net[i] = g_new0 (float, n);
      for (gsize j = 0; j < n; j += 2)
        net[i][j] = 1.f;
      count[i] = all[i]->fire (&(SnnFire) {
            .n = n,.current = s[i],.membrane = u[i],.threshold = threshold,
            .leak = __i__ % 2 ? leak : NULL,
            .reset = __i__ >= 3 ? reset : NULL,
            .net = __i__ == 2 ? net[i] : NULL,.surrogate = g[i],.scale = scale,.slope = slope });
    }
    fail_unless_equals_int (count[0], count[1]);
    fail_unless (count[0] > 0 && count[0] < n);
    fail_unless_equals_float (s[1][0], 0.);
    compare (all[1]->name, "spikes", s[0], s[1], n);
    compare (all[1]->name, "membrane", u[0], u[1], n);
    compare (all[1]->name, "surrogate", g[0], g[1], n);
    compare (all[1]->name, "net counts", net[0], net[1], n);
    for (guint i = 0; i < 2; i++) {
      g_free (net[i]);
      g_free (s[i]);
      g_free (u[i]);
      g_free (g[i]);
    }
  }
}

GST_END_TEST;

GST_START_TEST (test_fire_backward)
{
  const gsize n = 77;
  SnnRandom random;
  g_autofree float *gradient = NULL, *carry = NULL, *distance = NULL;
  g_autofree float *slope = g_new (float, n);
  g_autofree float *scale = g_new (float, n);
  g_autofree float *leak = make_leak (n);

  snn_random_init (&random, 6, SNN_RANDOM_PHANTOM, 0);
  gradient = random_floats (&random, n);
  carry = random_floats (&random, n);
  distance = random_floats (&random, n);
  for (gsize i = 0; i < n; i++) {
    slope[i] = 2.f + (float) i / (float) n; /* to 0 at about half of them */
    scale[i] = 0.3f * slope[i];
  }

  for (guint k = 0; snn_kernels_names ()[k]; k++) {
    const SnnKernels *all[2] = { &snn_kernels_plain,
      snn_kernels_find (snn_kernels_names ()[k])
    };
    float *du[2], *next[2];

    for (guint i = 0; i < 2; i++) {
      du[i] = g_memdup2 (gradient, n * sizeof (float));
      next[i] = g_memdup2 (carry, n * sizeof (float));
      all[i]->fire_backward (&(SnnFireBackward) {
            .n = n,.gradient = du[i],.carry = next[i],.distance = distance,
            .leak = __i__ % 2 ? leak : NULL,.resets = __i__ >= 2,
            .scale = scale,.slope = slope });
    }
    compare (all[1]->name, "gradient", du[0], du[1], n);
    compare (all[1]->name, "carry", next[0], next[1], n);
    for (gsize i = 0; i < n; i++) {
      double height = 1. - fabs ((double) distance[i]) * slope[i];
      double expected = gradient[i] * scale[i] * MAX (height, 0.)
          + (__i__ >= 2 && distance[i] > 0.f ? 0. : carry[i]);

      fail_unless (fabs (du[1][i] - expected) < 1e-6);
      fail_unless_equals_float (next[1][i],
          __i__ % 2 ? leak[i] * du[1][i] : du[1][i]);
    }
    for (guint i = 0; i < 2; i++) {
      g_free (du[i]);
      g_free (next[i]);
    }
  }
}

GST_END_TEST;

static Suite *
kernels_suite (void)
{
  Suite *suite = suite_create ("kernels");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_products);
  tcase_add_test (tc, test_spike_outer);
  tcase_add_loop_test (tc, test_fire, 0, 5);
  tcase_add_loop_test (tc, test_fire_backward, 0, 4);
  return suite;
}

GST_CHECK_MAIN (kernels);
