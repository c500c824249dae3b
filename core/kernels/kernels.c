/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "kernels.h"

#include <string.h>

static gboolean
cpu_runs (const SnnKernels *kernels)
{
#ifdef HAVE_X86_SIMD
  if (kernels == &snn_kernels_avx2)
    return __builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("bmi2")
        && __builtin_cpu_supports ("fma");
  if (kernels == &snn_kernels_avx512)
    return cpu_runs (&snn_kernels_avx2)
        && __builtin_cpu_supports ("avx512f")
        && __builtin_cpu_supports ("avx512bw")
        && __builtin_cpu_supports ("avx512vl")
        && __builtin_cpu_supports ("avx512dq");
  if (kernels == &snn_kernels_vnni)
    return cpu_runs (&snn_kernels_avx512)
        && __builtin_cpu_supports ("avx512vnni");
#endif
#ifdef HAVE_AMX
  if (kernels == &snn_kernels_amx)
    return cpu_runs (&snn_kernels_avx512)
        && __builtin_cpu_supports ("amx-tile")
        && __builtin_cpu_supports ("amx-int8") && snn_spiking_amx_allowed ();
#endif
  return TRUE;
}

static const SnnKernels *const all_kernels[] = {
  &snn_kernels_plain,
  &snn_kernels_blas,
#ifdef HAVE_X86_SIMD
  &snn_kernels_avx2,
  &snn_kernels_avx512,
  &snn_kernels_vnni,
#endif
#ifdef HAVE_AMX
  &snn_kernels_amx,
#endif
};

const SnnKernels *
snn_kernels_find (const gchar *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (all_kernels); i++)
    if (g_str_equal (all_kernels[i]->name, name) && cpu_runs (all_kernels[i]))
      return all_kernels[i];
  return NULL;
}

const gchar *const *
snn_kernels_names (void)
{
  static const gchar *names[G_N_ELEMENTS (all_kernels) + 1];
  static gsize once = 0;

  if (g_once_init_enter (&once)) {
    guint n = 0;

    for (guint i = 0; i < G_N_ELEMENTS (all_kernels); i++)
      if (cpu_runs (all_kernels[i]))
        names[n++] = all_kernels[i]->name;
    g_once_init_leave (&once, 1);
  }
  return names;
}

const SnnKernels *
snn_kernels_get (void)
{
  static const SnnKernels *kernels = NULL;

  if (g_once_init_enter ((SnnKernels **) & kernels)) {
    const gchar *wanted = g_getenv ("GST_SNN_KERNELS");
    const gboolean named = wanted && *wanted;
    const SnnKernels *chosen = named ? snn_kernels_find (wanted) : NULL;

    if (named && !chosen)
      g_warning ("GST_SNN_KERNELS=%s is not among the kernels that this CPU "
          "runs; choosing the best", wanted);
    for (guint i = G_N_ELEMENTS (all_kernels); !chosen; i--)
      if (cpu_runs (all_kernels[i - 1]))
        chosen = all_kernels[i - 1];
    g_once_init_leave ((SnnKernels **) & kernels, (SnnKernels *) chosen);
  }
  return kernels;
}

guint
snn_kernels_panel (const SnnKernels *kernels, guint out)
{
  return kernels->panel ? kernels->panel : out;
}

gsize
snn_kernels_packed_size (const SnnKernels *kernels, gsize k, guint out)
{
  gsize width = snn_kernels_panel (kernels, out);

  return (out + width - 1) / width * width * k;
}

/* Rows that are packed together where a row's values lie apart: a cache line of each. */
#define PACKED_ROWS 16

void
snn_kernels_pack (const SnnKernels *kernels, gsize k, guint out, guint first,
    const float *w, gsize row, gsize column, float *packed)
{
  const guint width = snn_kernels_panel (kernels, out);
  const guint n = MIN (width, out - first);

  w += first * column;
  for (gsize done = 0; done < k; done += PACKED_ROWS) {
    const guint rows = (guint) MIN (k - done, PACKED_ROWS);

    if (n < width)
      memset (packed, 0, rows * width * sizeof *packed);
    if (column == 1)
      for (guint r = 0; r < rows; r++)
        memcpy (packed + r * width, w + r * row, n * sizeof *packed);
    else
      for (guint i = 0; i < n; i++)
        for (guint r = 0; r < rows; r++)
          packed[r * width + i] = w[r * row + i * column];
    w += PACKED_ROWS * row;
    packed += PACKED_ROWS * width;
  }
}
