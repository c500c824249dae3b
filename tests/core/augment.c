/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gst/check/gstcheck.h>

#include <snn/base/random.h>
#include <snn/volumes/affine.h>
#include <snn/volumes/augment.h>
#include <snn/volumes/phantom.h>
#include <snn/volumes/resample.h>
#include <snn/volumes/warp.h>

static const SnnAugmentation everything = {
  .rotation = 15.,.scale = 0.1,.shift = 3.,.mirror = 7,.deformation = 1.,
  .deformation_distance = 16.,.gamma = 0.3,.bias = 0.3,.noise = 0.05,
  .blur = 1.,.low_resolution = 3.,.cutout = 0.5,.probability = 1.
};

/* A sample of @dims out of a phantom, with statistics of its own. */
typedef struct
{
  SnnAugmentSample sample;
  SnnStatistics statistics;
  gsize n;
} Sample;

static void
sample_init (Sample *s, gsize width, gsize height, gsize depth)
{
  static SnnVolume *volume = NULL;
  const gsize *dims;
  const guint8 none = 0;
  SnnBox box;
  float fill;

  if (!volume)
    volume = snn_phantom_new (1, 2, 0.06);
  dims = volume->info->dims;
  fill = volume->info->statistics.quantile[0];

  s->n = width * height * depth;
  s->sample = (SnnAugmentSample) {
    .dims = {width, height, depth},.channels = 1,.axis = {0, 1, 2},
    .zooms = {1., 1., 1.},.image = g_new (float, s->n),
    .label = g_malloc (s->n),.statistics = &s->statistics
  };
  s->statistics = volume->info->statistics;
  for (guint i = 0; i < 3; i++) {
    box.size[i] = s->sample.dims[i];
    box.origin[i] = ((gint64) dims[i] - (gint64) box.size[i]) / 2;
  }
  snn_box_cut (&box, SNN_AXIS_NONE, 0, dims, volume->image, sizeof (float),
      &fill, s->sample.image);
  snn_box_cut (&box, SNN_AXIS_NONE, 0, dims, volume->mask, 1, &none,
      s->sample.label);
}

static void
sample_clear (Sample *s)
{
  g_free (s->sample.image);
  g_free (s->sample.label);
}

static gboolean
same (const Sample *a, const Sample *b)
{
  return memcmp (a->sample.image, b->sample.image, a->n * sizeof (float)) == 0
      && memcmp (a->sample.label, b->sample.label, a->n) == 0
      && memcmp (&a->statistics, &b->statistics, sizeof a->statistics) == 0;
}

/* Extents of a slice, a volume, and both smaller than what is done to them. */
static const gsize extents[][3] = {
  {56, 48, 1}, {32, 56, 48}, {5, 3, 1}, {3, 2, 4}, {1, 1, 1}, {9, 1, 1},
};

GST_START_TEST (test_nothing_leaves_all_bytes)
{
  const SnnAugmentation nothing = {.deformation_distance = 16. };
  Sample a, b;

  fail_unless (snn_augmentation_is_none (&nothing));
  fail_if (snn_augmentation_is_none (&everything));
  sample_init (&a, 56, 48, 1);
  sample_init (&b, 56, 48, 1);
  a.sample.image[5] = b.sample.image[5] = NAN;
  snn_augment (&nothing, 1, 2, 3, &b.sample, NULL);
  fail_unless (same (&a, &b));
  sample_clear (&a);
  sample_clear (&b);
}

GST_END_TEST;

/* A function of seed, epoch and sample, and of nothing else: threads, the
 * place in memory. */
GST_START_TEST (test_same_draw_same_bytes)
{
  static const struct
  {
    guint64 seed;
    guint32 epoch, sample;
  } others[] = { {2, 0, 0}, {1, 1, 0}, {1, 0, 1} };
  g_autoptr (SnnPool) pool = snn_pool_new (3);

  for (guint i = 0; i < G_N_ELEMENTS (extents); i++) {
    const gsize *d = extents[i];
    Sample a, b;

    sample_init (&a, d[0], d[1], d[2]);
    sample_init (&b, d[0], d[1], d[2]);
    snn_augment (&everything, 1, 0, 0, &a.sample, NULL);
    snn_augment (&everything, 1, 0, 0, &b.sample, pool);
    fail_unless (same (&a, &b), "%zu x %zu x %zu", d[0], d[1], d[2]);
    sample_clear (&b);
    for (guint k = 0; k < G_N_ELEMENTS (others) && a.n > 1000; k++) {
      sample_init (&b, d[0], d[1], d[2]);
      snn_augment (&everything, others[k].seed, others[k].epoch,
          others[k].sample, &b.sample, pool);
      fail_if (same (&a, &b), "%zu x %zu x %zu, other %u", d[0], d[1], d[2],
          k);
      sample_clear (&b);
    }
    sample_clear (&a);
  }
}

GST_END_TEST;

/* Whatever is drawn: values are finite and within what the statistics say,
 * and no label comes out that did not go in. */
GST_START_TEST (test_values_and_labels_stay_what_they_are)
{
  for (guint i = 0; i < G_N_ELEMENTS (extents); i++)
    for (guint draw = 0; draw < 10; draw++) {
      const gsize *d = extents[i];
      gsize labelled = 0, odd = 0, lost = 0;
      Sample s;

      sample_init (&s, d[0], d[1], d[2]);
      for (gsize k = 0; k < s.n; k++)
        s.sample.label[k] *= 53;
      snn_augment (&everything, 7, draw, draw, &s.sample, NULL);
      for (gsize k = 0; k < s.n; k++) {
        float value = s.sample.image[k];

        odd += !isfinite (value) || value < s.statistics.quantile[0]
            || value > s.statistics.quantile[SNN_N_QUANTILES - 1];
        lost += s.sample.label[k] != 0 && s.sample.label[k] != 53;
        labelled += s.sample.label[k] != 0;
      }
      fail_unless (odd == 0 && lost == 0, "%zu x %zu x %zu, draw %u: %zu values "
          "and %zu labels", d[0], d[1], d[2], draw, odd, lost);
      if (d[2] > 4)
        fail_unless (labelled > 500 && labelled < 9000);
      sample_clear (&s);
    }
}

GST_END_TEST;

/* How well an image tells its label: the correlation of the two. Labels that
 * did not go where their image goes would not be told any more. */
static double
correlation (const Sample *s)
{
  double sums[5] = { 0., };

  for (gsize i = 0; i < s->n; i++) {
    double x = s->sample.image[i], y = s->sample.label[i];

    sums[0] += x;
    sums[1] += y;
    sums[2] += x * x;
    sums[3] += y * y;
    sums[4] += x * y;
  }
  return (sums[4] - sums[0] * sums[1] / s->n)
      / sqrt ((sums[2] - sums[0] * sums[0] / s->n)
      * (sums[3] - sums[1] * sums[1] / s->n));
}

GST_START_TEST (test_labels_go_along)
{
  SnnAugmentation moves = everything;

  moves.gamma = moves.bias = moves.noise = moves.blur = 0.;
  moves.low_resolution = 1.;
  moves.cutout = 0.;
  for (guint depth = 1; depth <= 48; depth += 47)
    for (guint draw = 0; draw < 8; draw++) {
      double found;
      Sample s;

      /* The image is the label, seen through an unsharp lens. */
      sample_init (&s, 32, 56, depth);
      for (gsize i = 0; i < s.n; i++)
        s.sample.image[i] = s.sample.label[i];
      snn_statistics_compute (&s.statistics, s.sample.image, s.n);
      snn_augment (&moves, 3, draw, 0, &s.sample, NULL);
      found = correlation (&s);
      fail_unless (found > 0.93, "depth %u, draw %u: %g", depth, draw, found);
      sample_clear (&s);
    }
}

GST_END_TEST;

GST_START_TEST (test_mirrored_slices_are_exact)
{
  const SnnAugmentation mirror = {.mirror = 1 << 1 };
  guint mirrored = 0;

  for (guint draw = 0; draw < 100; draw++) {
    gboolean forth = TRUE, back = TRUE;
    Sample a, b;

    /* A slice across x: its width is y. */
    sample_init (&a, 56, 48, 1);
    sample_init (&b, 56, 48, 1);
    b.sample.axis[0] = 1;
    b.sample.axis[1] = 2;
    b.sample.axis[2] = 0;
    snn_augment (&mirror, 5, 0, draw, &b.sample, NULL);
    for (gsize y = 0; y < 48; y++)
      for (gsize x = 0; x < 56; x++) {
        gsize at = y * 56 + x, other = y * 56 + 55 - x;

        forth &= a.sample.image[at] == b.sample.image[at]
            && a.sample.label[at] == b.sample.label[at];
        back &= a.sample.image[at] == b.sample.image[other]
            && a.sample.label[at] == b.sample.label[other];
      }
    fail_unless (forth != back);
    mirrored += back;
    fail_unless (memcmp (&a.statistics, &b.statistics,
            sizeof a.statistics) == 0);
    sample_clear (&a);
    sample_clear (&b);
  }
  fail_unless (mirrored > 30 && mirrored < 70, "%u", mirrored);
}

GST_END_TEST;

/* Each change alone: what it leaves alone, and that it does something. A
 * change that is switched off leaves the draws of the others as they were. */
GST_START_TEST (test_each_change_alone)
{
  static const struct
  {
    const gchar *name;
    SnnAugmentation a;
    gboolean moves;
  } rows[] = {
    {"rotation", {.rotation = 15.}, TRUE},
    {"scale", {.scale = 0.2}, TRUE},
    {"shift", {.shift = 4.}, TRUE},
    {"mirror", {.mirror = 7}, TRUE},
    {"deformation", {.deformation = 2.,.deformation_distance = 8.}, TRUE},
    {"gamma", {.gamma = 0.5}, FALSE},
    {"bias", {.bias = 0.5}, FALSE},
    {"noise", {.noise = 0.1}, FALSE},
    {"blur", {.blur = 2.}, FALSE},
    {"low resolution", {.low_resolution = 4.}, FALSE},
    {"cutout", {.cutout = 0.5}, FALSE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    for (guint depth = 1; depth <= 20; depth += 19) {
      SnnAugmentation change = rows[i].a;
      Sample a, b;

      change.probability = 1.;
      sample_init (&a, 40, 30, depth);
      sample_init (&b, 40, 30, depth);
      for (guint draw = 0; draw < 4; draw++)
        snn_augment (&change, 5, draw, 0, &b.sample, NULL);
      fail_unless (memcmp (a.sample.image, b.sample.image,
              a.n * sizeof (float)) != 0, "%s", rows[i].name);
      fail_unless ((memcmp (a.sample.label, b.sample.label, a.n) != 0)
          == rows[i].moves, "%s, depth %u", rows[i].name, depth);
      sample_clear (&a);
      sample_clear (&b);
    }
}

GST_END_TEST;

/* What happens to one sample in four: how often one is moved, has other
 * intensities, and both; what is left alone is so to the bit. */
GST_START_TEST (test_probability)
{
  const SnnAugmentation a = {
    .rotation = 15.,.shift = 3.,.gamma = 0.5,.probability = 0.25
  };
  const guint n = 400;
  guint moved = 0, bent = 0, both = 0, untouched = 0;

  for (guint draw = 0; draw < n; draw++) {
    gboolean is_moved, is_bent, same;
    SnnStatistics before;
    Sample s, original;

    sample_init (&s, 40, 30, 1);
    sample_init (&original, 40, 30, 1);
    before = s.statistics;
    snn_augment (&a, 7, 0, draw, &s.sample, NULL);
    is_moved = memcmp (s.sample.label, original.sample.label, s.n) != 0;
    is_bent = memcmp (&before, &s.statistics, sizeof before) != 0;
    same = memcmp (s.sample.image, original.sample.image,
        s.n * sizeof (float)) == 0;
    moved += is_moved;
    bent += is_bent;
    both += is_moved && is_bent;
    untouched += same;
    fail_unless (same == !(is_moved || is_bent), "draw %u", draw);
    sample_clear (&s);
    sample_clear (&original);
  }
  /* Within four standard deviations of a binomial distribution. */
  fail_unless (abs ((gint) moved - 100) < 35, "%u moved", moved);
  fail_unless (abs ((gint) bent - 100) < 35, "%u bent", bent);
  fail_unless (abs ((gint) both - 25) < 20, "%u both", both);
  fail_unless (untouched == n - moved - bent + both, "%u", untouched);
}

GST_END_TEST;

GST_START_TEST (test_switches_are_independent)
{
  SnnAugmentation moves = {.rotation = 15.,.shift = 3.,.probability = 1. };
  SnnAugmentation more = moves;
  Sample a, b;

  more.noise = 0.1;
  more.blur = 1.;
  more.gamma = 0.4;
  more.cutout = 0.5;
  sample_init (&a, 56, 48, 1);
  sample_init (&b, 56, 48, 1);
  snn_augment (&moves, 1, 1, 1, &a.sample, NULL);
  snn_augment (&more, 1, 1, 1, &b.sample, NULL);
  fail_unless (memcmp (a.sample.label, b.sample.label, a.n) == 0);
  fail_if (memcmp (a.sample.image, b.sample.image, a.n * sizeof (float)) == 0);
  sample_clear (&a);
  sample_clear (&b);
}

GST_END_TEST;

/* Of a volume, statistics are those of what comes out. Of slices through gamma
 * alone, they are those that the volume of all slices has. */
GST_START_TEST (test_statistics_are_of_what_flows)
{
  const SnnAugmentation gamma = {.gamma = 0.5,.probability = 1. };
  const SnnAugmentation moved = {.rotation = 20.,.noise = 0.1,.bias = 0.3,
    .probability = 1. };
  g_autoptr (SnnVolume) volume = snn_phantom_new (1, 2, 0.06);
  const gsize *dims = volume->info->dims;
  gsize n = dims[0] * dims[1] * dims[2];
  g_autofree SnnStatistics *found = g_new (SnnStatistics, 1);
  Sample s;

  /* A crop is scaled as the volume that it is of. */
  sample_init (&s, 32, 56, 48);
  *found = s.statistics;
  snn_augment (&moved, 1, 2, 3, &s.sample, NULL);
  fail_unless (memcmp (found, &s.statistics, sizeof *found) == 0);
  sample_clear (&s);

  for (guint draw = 0; draw < 5; draw++) {
    g_autofree float *all = g_memdup2 (volume->image, n * sizeof (float));
    SnnStatistics told = volume->info->statistics;
    double range = told.quantile[995] - told.quantile[5];
    SnnAugmentSample sample = {
      .dims = {dims[0], dims[1], dims[2]},.channels = 1,.axis = {0, 1, 2},
      .zooms = {1., 1., 1.},.image = all,.statistics = &told
    };

    snn_augment (&gamma, 1, draw, 0, &sample, NULL);
    snn_statistics_compute (found, all, n);
    for (guint k = 0; k < SNN_N_QUANTILES; k++)
      fail_unless (fabs (found->quantile[k] - told.quantile[k])
          < 2e-3 * range, "draw %u, quantile %u: %g, told %g", draw, k,
          found->quantile[k], told.quantile[k]);
    fail_unless (fabs (found->mean - told.mean) < 2e-3 * range);
    fail_unless (fabs (found->deviation - told.deviation) < 2e-3 * range);
  }
}

GST_END_TEST;

/* Channels are moved alike; noise is each one's own. */
GST_START_TEST (test_channels)
{
  SnnAugmentation a = everything;
  g_autofree float *image = NULL;
  gsize same_noise = 0, n;
  Sample s;

  sample_init (&s, 28, 24, 1);
  n = s.n;
  image = g_new (float, 2 * n);
  for (guint pass = 0; pass < 2; pass++) {
    memcpy (image, s.sample.image, n * sizeof (float));
    memcpy (image + n, s.sample.image, n * sizeof (float));
    a.noise = pass ? 0.1 : 0.;
    {
      SnnStatistics statistics = s.statistics;
      SnnAugmentSample both = s.sample;

      both.image = image;
      both.label = NULL;
      both.channels = 2;
      both.statistics = &statistics;
      snn_augment (&a, 1, 1, 4, &both, NULL);
    }
    if (pass == 0)
      fail_unless (memcmp (image, image + n, n * sizeof (float)) == 0);
    for (gsize i = 0; pass && i < n; i++)
      same_noise += image[i] == image[n + i];
  }
  fail_unless (same_noise < n / 4, "%zu of %zu", same_noise, n);
  sample_clear (&s);
}

GST_END_TEST;

/* The quick way of moving a volume is held to resampling, where both are
 * inside of the old volume. */
GST_START_TEST (test_warp_agrees_with_resampling)
{
  const gsize dims[3] = { 20, 18, 16 };
  SnnGrid from = {.dims = {20, 18, 16} }, to;
  gsize n = 20 * 18 * 16, different = 0;
  g_autofree float *image = g_new (float, n), *a = g_new (float, n);
  g_autofree float *b = g_new (float, n);
  guint8 labels[20 * 18 * 16], la[20 * 18 * 16], lb[20 * 18 * 16];
  GError *error = NULL;
  SnnRandom random;
  SnnWarp warp;

  snn_random_init (&random, 1, SNN_RANDOM_PHANTOM, 0);
  snn_random_normals (&random, image, n);
  for (gsize i = 0; i < n; i++)
    labels[i] = image[i] > 0.5f ? 7 : image[i] < -1.f ? 200 : 0;
  snn_warp_init (&warp, dims);
  snn_affine_identity (from.affine);
  to = from;
  for (guint k = 0; k < 3; k++) {
    snn_affine_move (to.affine, (double[3]) { -9.5, -8.5, -7.5 });
    snn_affine_rotate (to.affine, k, 0.1);
    snn_affine_scale (to.affine, (double[3]) { 0.8, 0.9, 0.8 });
    snn_affine_move (to.affine, (double[3]) { 9.5, 8.5, 7.5 });
  }
  memcpy (warp.map, to.affine, sizeof warp.map);
  snn_warp_image (&warp, image, dims, NULL, a);
  snn_warp_labels (&warp, labels, dims, NULL, la);
  snn_resample_image (image, &from, &to, 0.f, NULL, b, &error);
  snn_resample_labels (labels, 1, &from, &to, 0, NULL, lb, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < n; i++) {
    fail_unless (fabsf (a[i] - b[i]) < 1e-3f, "%g, %g", a[i], b[i]);
    different += la[i] != lb[i];
  }
  fail_unless (different < n / 500, "%zu", different);
  snn_warp_clear (&warp);
}

GST_END_TEST;

/* Over many samples a box takes the part of them that it should: sides are even between
 * 0 and the most, centres anywhere, so that what is outside of the border is lost. Along
 * an axis a box of side s, centred anywhere, has s - s^2 / 4 in the sample; its mean over
 * s from 0 to m is m / 2 - m^2 / 12, and of the product of two axes, with the one s,
 * m^2 / 3 - m^3 / 8 + m^4 / 80. */
GST_START_TEST (test_what_cutout_takes)
{
  const double m = 0.8, expected = m * m / 3. - m * m * m / 8. + m * m * m * m / 80.;
  const SnnAugmentation change = {.cutout = m,.probability = 1. };
  const guint n = 800;
  double share = 0.;

  for (guint draw = 0; draw < n; draw++) {
    Sample a, b;
    gsize cut = 0;

    sample_init (&a, 40, 30, 1);
    sample_init (&b, 40, 30, 1);
    a.statistics.mean = b.statistics.mean = -123.;
    snn_augment (&change, 3, 0, draw, &b.sample, NULL);
    for (gsize i = 0; i < a.n; i++) {
      gboolean is_cut = b.sample.image[i] == -123.f;

      fail_unless (is_cut || a.sample.image[i] == b.sample.image[i], "draw %u, "
          "voxel %zu", draw, i);
      cut += is_cut;
    }
    fail_unless (memcmp (a.sample.label, b.sample.label, a.n) == 0);
    share += (double) cut / (double) a.n / n;
    sample_clear (&a);
    sample_clear (&b);
  }
  fail_unless (fabs (share - expected) < 0.02, "%g, not %g", share, expected);
}

GST_END_TEST;

static Suite *
augment_suite (void)
{
  Suite *suite = suite_create ("augment");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, test_nothing_leaves_all_bytes);
  tcase_add_test (tc, test_same_draw_same_bytes);
  tcase_add_test (tc, test_values_and_labels_stay_what_they_are);
  tcase_add_test (tc, test_labels_go_along);
  tcase_add_test (tc, test_mirrored_slices_are_exact);
  tcase_add_test (tc, test_each_change_alone);
  tcase_add_test (tc, test_probability);
  tcase_add_test (tc, test_switches_are_independent);
  tcase_add_test (tc, test_statistics_are_of_what_flows);
  tcase_add_test (tc, test_channels);
  tcase_add_test (tc, test_warp_agrees_with_resampling);
  tcase_add_test (tc, test_what_cutout_takes);
  return suite;
}

GST_CHECK_MAIN (augment);
