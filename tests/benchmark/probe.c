/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* probe: what this CPU can do at most, in 1e9 a second over all threads:
 * multiply-adds of each unit (fma_*, vnni_*, amx_*), 32-bit products
 * (mul32_*, of one core) and bytes copied in memory (read and written ones both
 * count); and what kernels it runs. */

#include "benchmark.h"

#include <string.h>

#include "core/kernels/kernels.h"
#include <snn/base/pool.h>

#ifdef __x86_64__
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#define SECONDS 0.1
#define COPIED (64 << 20)

/* Does @n rounds of work and returns how many operations they are. */
typedef double (*Work) (guint64 n);

typedef struct
{
  BenchOptions options;
  SnnPool *pool;
  Work work;
  double *rates;                /* of each worker */
} Bench;

static double
copy (guint64 n)
{
  static GPrivate key = G_PRIVATE_INIT (g_free);
  gchar *bytes = g_private_get (&key);

  if (!bytes) {
    bytes = g_malloc (2 * COPIED);
    memset (bytes, 1, 2 * COPIED);
    g_private_set (&key, bytes);
  }
  for (guint64 i = 0; i < n; i++)
    memcpy (bytes + i % 2 * COPIED, bytes + (i + 1) % 2 * COPIED, COPIED);
  return 2. * COPIED * (double) n;
}

#ifdef __x86_64__

/* Chains of dependent operations, so many that their latency is hidden. */
enum
{
  CHAINS = 12,
  ROUNDS = 1000,
};

/* Keeps results from being optimized away. */
#define keep(x) __asm__ volatile ("" : "+v" (x))

__attribute__((target ("avx2,fma")))
static double
fma_avx2 (guint64 n)
{
  __m256 sum[CHAINS] = { 0 }, x = _mm256_set1_ps (0.5f);

  for (guint64 i = 0; i < n * ROUNDS; i++)
#pragma GCC unroll 12
    for (guint j = 0; j < CHAINS; j++) {
      sum[j] = _mm256_fmadd_ps (x, x, sum[j]);
      keep (sum[j]);
    }
  return 8. * CHAINS * ROUNDS * (double) n;
}

__attribute__((target ("avx512f")))
static double
fma_avx512 (guint64 n)
{
  __m512 sum[CHAINS] = { 0 }, x = _mm512_set1_ps (0.5f);

  for (guint64 i = 0; i < n * ROUNDS; i++)
#pragma GCC unroll 12
    for (guint j = 0; j < CHAINS; j++) {
      sum[j] = _mm512_fmadd_ps (x, x, sum[j]);
      keep (sum[j]);
    }
  return 16. * CHAINS * ROUNDS * (double) n;
}

__attribute__((target ("avx512f")))
static double
mul32_avx512 (guint64 n)
{
  __m512i word[CHAINS], x = _mm512_set1_epi64 (3);

#pragma GCC unroll 12
  for (guint j = 0; j < CHAINS; j++)
    word[j] = x;
  for (guint64 i = 0; i < n * ROUNDS; i++)
#pragma GCC unroll 12
    for (guint j = 0; j < CHAINS; j++) {
      word[j] = _mm512_mul_epu32 (word[j], x);
      keep (word[j]);
    }
  return 8. * CHAINS * ROUNDS * (double) n;
}

__attribute__((target ("avx512f,avx512vnni")))
static double
vnni_avx512 (guint64 n)
{
  __m512i sum[CHAINS], x = _mm512_set1_epi8 (1);

#pragma GCC unroll 12
  for (guint j = 0; j < CHAINS; j++)
    sum[j] = x;
  for (guint64 i = 0; i < n * ROUNDS; i++)
#pragma GCC unroll 12
    for (guint j = 0; j < CHAINS; j++) {
      sum[j] = _mm512_dpbusd_epi32 (sum[j], x, x);
      keep (sum[j]);
    }
  return 64. * CHAINS * ROUNDS * (double) n;
}

/* Palette 1: eight tiles of 16 rows of 64 bytes; four of them are sums. */
static const struct
{
  guint8 palette, start_row, reserved[14];
  guint16 row_bytes[16];
  guint8 rows[16];
} tiles = { 1, 0, { 0 }, { 64, 64, 64, 64, 64, 64, 64, 64 },
  { 16, 16, 16, 16, 16, 16, 16, 16 } };

__attribute__((target ("amx-tile")))
static void
load_tiles (void)
{
  _tile_loadconfig (&tiles);
  _tile_zero (0);
  _tile_zero (1);
  _tile_zero (2);
  _tile_zero (3);
  _tile_zero (4);
  _tile_zero (5);
}

__attribute__((target ("amx-tile,amx-int8")))
static double
amx_int8 (guint64 n)
{
  load_tiles ();
  for (guint64 i = 0; i < n * ROUNDS; i++) {
    _tile_dpbssd (0, 4, 5);
    _tile_dpbssd (1, 4, 5);
    _tile_dpbssd (2, 4, 5);
    _tile_dpbssd (3, 4, 5);
  }
  _tile_release ();
  return 4. * 16. * 16. * 64. * ROUNDS * (double) n;
}

__attribute__((target ("amx-tile,amx-bf16")))
static double
amx_bf16 (guint64 n)
{
  load_tiles ();
  for (guint64 i = 0; i < n * ROUNDS; i++) {
    _tile_dpbf16ps (0, 4, 5);
    _tile_dpbf16ps (1, 4, 5);
    _tile_dpbf16ps (2, 4, 5);
    _tile_dpbf16ps (3, 4, 5);
  }
  _tile_release ();
  return 4. * 16. * 16. * 32. * ROUNDS * (double) n;
}

/* The kernel gives a process AMX's registers only if it asks for them. */
static gboolean
has_amx (void)
{
  const long request_permission = 0x1023, tile_data = 18;
  const guint needed = 1u << 22 | 1u << 24 | 1u << 25;
  guint a = 7, b, c = 0, d;

  __asm__ ("cpuid" : "+a" (a), "=b" (b), "+c" (c), "=d" (d));
  return (d & needed) == needed
      && syscall (SYS_arch_prctl, request_permission, tile_data) == 0;
}

#endif

static gpointer
prepare (const BenchOptions *options)
{
  Bench *b = g_new0 (Bench, 1);

  b->options = *options;
  b->pool = snn_pool_new (options->threads);
  b->rates = g_new0 (double, options->threads);
  return b;
}

static void
time_work (gpointer bench, guint item, guint worker)
{
  Bench *b = bench;
  guint64 n = 1;
  double seconds = 0.;

  b->work (1);
  for (; seconds < SECONDS; n *= 2) {
    gint64 start = g_get_monotonic_time ();
    double operations = b->work (n);

    seconds = (double) (g_get_monotonic_time () - start) / 1e6;
    b->rates[item] = operations / MAX (seconds, 1e-6);
  }
}

static void
report_rate (Bench *b, const gchar *name, Work work, guint threads)
{
  double sum = 0.;

  b->work = work;
  snn_pool_run (b->pool, threads, time_work, b);
  for (guint i = 0; i < threads; i++)
    sum += b->rates[i];
  g_print (" %s=%.4g", name, sum / 1e9);
}

static void
report (gpointer bench, double seconds)
{
  const guint threads = ((Bench *) bench)->options.threads;
  g_autofree gchar *kernels = g_strjoinv (",", (gchar **) snn_kernels_names ());

  g_print (" threads=%u kernels=%s", threads, kernels);
  report_rate (bench, "memory", copy, threads);
#ifdef __x86_64__
  if (__builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma"))
    report_rate (bench, "fma_avx2", fma_avx2, threads);
  if (__builtin_cpu_supports ("avx512f")) {
    report_rate (bench, "fma_avx512", fma_avx512, threads);
    report_rate (bench, "mul32_avx512_core", mul32_avx512, 1);
  }
  if (__builtin_cpu_supports ("avx512vnni"))
    report_rate (bench, "vnni_avx512", vnni_avx512, threads);
  if (has_amx ()) {
    report_rate (bench, "amx_bf16", amx_bf16, threads);
    report_rate (bench, "amx_int8", amx_int8, threads);
  }
#endif
}

static void
release (gpointer bench)
{
  Bench *b = bench;

  snn_pool_free (b->pool);
  g_free (b->rates);
  g_free (b);
}

const BenchMode bench_probe_modes[] = {
  {"probe", 0, prepare, NULL, report, release},
  {NULL}
};
