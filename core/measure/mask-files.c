/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mask-files.h"

#include <math.h>

#include "../base/error.h"
#include "../base/remarks.h"

/* A value this far from a whole number was not rounded in a file: it is a part of
 * a label, or no label at all. */
#define WHOLE_TOLERANCE 0.01

/* Which class a value of the mask is of, as nifti-read.c has it of labels. */
static guint
class_of (const SnnNiftiSettings *settings, float value)
{
  double whole = rint (value);

  if (!isfinite (value))
    return 0;
  return settings->classes.n > 0 ? snn_classes_find (&settings->classes, whole)
      : whole != 0.;
}

/* As a network would predict it: one channel of a mask; of classes, a channel for
 * the background and each. */
static void
predict (const SnnNiftiSettings *settings, const float *values, gsize n,
    float *probability)
{
  const guint channels = snn_classes_n_outputs (&settings->classes);

  for (gsize i = 0; i < n; i++) {
    guint class = class_of (settings, values[i]);

    if (channels == 1)
      probability[i] = class > 0;
    else
      for (guint c = 0; c < channels; c++)
        probability[c * n + i] = c == class;
  }
}

static void
remark_on_fractions (const gchar *mask, const SnnVolume *volume, gsize n,
    GPtrArray *remarks)
{
  guint64 n_fractions = 0;
  float first = 0.f;

  for (gsize i = 0; i < n; i++) {
    const float value = volume->image[i];

    if (isfinite (value) && fabs (value - rint (value)) > WHOLE_TOLERANCE
        && n_fractions++ == 0)
      first = value;
  }
  if (n_fractions > 0)
    snn_remark (remarks, "%s: %" G_GUINT64_FORMAT " of its voxels are far from "
        "whole numbers, such as %.6g; they are rounded. Is it a map of "
        "probabilities?", mask, n_fractions, first);
}

/* A mask that others made is often 0 and 1 where labels have numbers of structures:
 * nothing of it counts then, and a Dice of 0 alone would not tell why. */
static void
remark_on_values (const gchar *mask, const SnnVolume *volume, gsize n,
    const SnnNiftiSettings *settings, GPtrArray *remarks)
{
  g_autofree gchar *classes = snn_classes_to_text (&settings->classes);
  guint64 n_other = 0;
  float first = 0.f;

  for (gsize i = 0; i < n; i++) {
    if (class_of (settings, volume->image[i]) > 0)
      return;
    if (isfinite (volume->image[i]) && rint (volume->image[i]) != 0.
        && n_other++ == 0)
      first = volume->image[i];
  }
  if (n_other > 0)
    snn_remark (remarks, "%s: none of its %" G_GUINT64_FORMAT " voxels that are "
        "not 0, such as %.6g, is %s%s, which is expected of both files: nothing "
        "of it counts. Is it a mask of 0 and 1?", mask, n_other, first,
        settings->classes.n > 1 ? "one of " : "", classes);
}

/* Masks are read as images are, whose values have 24 bits: from here on two whole
 * numbers become one, and what is of a class would be missed, or taken for one. */
#define LARGEST_VALUE ((1 << 24) - 1)

/* Whether the values of classes are told apart in masks. */
static gboolean
check_values (const gchar *mask, const SnnNiftiSettings *settings,
    GError **error)
{
  const gint *values = settings->classes.values;

  for (guint i = 0; i < settings->classes.n; i++)
    if (values[i] > LARGEST_VALUE || values[i] < -LARGEST_VALUE) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED, "%s can't be compared "
          "by the class %d: values from %d to %d are told apart in masks", mask,
          values[i], -LARGEST_VALUE, LARGEST_VALUE);
      return FALSE;
    }
  return TRUE;
}

gboolean
snn_evaluation_add_mask_files (SnnEvaluation *evaluation,
    const gchar *subject, const gchar *mask, const gchar *label,
    const SnnNiftiSettings *settings, gboolean map, GPtrArray *remarks,
    GError **error)
{
  SnnNiftiSettings own = *settings;
  g_autoptr (SnnVolume) volume = NULL;
  g_autofree float *probability = NULL;
  SnnLabelledSlice slice = { NULL, };
  const SnnSubjectResult *completed;
  gsize plane;

  if (!map && !check_values (mask, settings, error))
    return FALSE;
  own.label_map = TRUE;
  volume = snn_nifti_load_labelled (mask, label, &own, remarks, error);
  if (!volume)
    return FALSE;
  g_free (volume->info->subject);
  volume->info->subject = g_strdup (subject);
  plane = volume->info->dims[0] * volume->info->dims[1];
  if (!map) {
    remark_on_fractions (mask, volume, plane * volume->info->dims[2], remarks);
    remark_on_values (mask, volume, plane * volume->info->dims[2], settings,
        remarks);
    probability = g_new (float, plane
        * snn_classes_n_outputs (&settings->classes));
  }
  slice.volume = volume->info;
  slice.axis = SNN_AXIS_Z;
  for (guint i = 0; i < 3; i++)
    slice.box.size[i] = volume->info->dims[i];
  slice.width = volume->info->dims[0];
  slice.height = volume->info->dims[1];
  slice.depth = 1;
  slice.n_slices = (guint) volume->info->dims[2];
  for (slice.index = 0; slice.index < slice.n_slices; slice.index++) {
    const float *values = volume->image + slice.index * plane;

    if (!map)
      predict (settings, values, plane, probability);
    slice.probability = map ? values : probability;
    slice.mask = volume->mask + slice.index * plane;
    if (!snn_evaluation_add (evaluation, &slice, &completed, error))
      return FALSE;
  }
  return TRUE;
}
