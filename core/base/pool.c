/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pool.h"

struct _SnnPool
{
  guint n_threads;
  GThread **threads;            /* n_threads - 1: the caller works too */

  GMutex busy;                  /* held for a run: callers take turns */
  GMutex lock;
  GCond start;
  GCond done;
  guint generation;             /* counts runs; a change wakes the threads */
  guint n_running;
  gboolean quit;

  SnnWork work;
  gpointer data;
  gint n_items;
  gint next;                    /* atomic: the next item nobody has taken */
};

typedef struct
{
  SnnPool *pool;
  guint worker;
} Worker;

/* Numbers too small for full precision (denormals) are taken for zero while
 * we work, and the caller's mode comes back afterwards. Gradients through many
 * surrogates are full of them, and CPUs are tens of times slower on each. */
#if defined (__x86_64__)
#define FLUSH_TO_ZERO 0x8040u

static guint64
flush_to_zero (void)
{
  guint mode = __builtin_ia32_stmxcsr ();

  __builtin_ia32_ldmxcsr (mode | FLUSH_TO_ZERO);
  return mode;
}

static void
restore_mode (guint64 mode)
{
  __builtin_ia32_ldmxcsr ((guint) mode);
}
#elif defined (__aarch64__)
#define FLUSH_TO_ZERO (G_GUINT64_CONSTANT (1) << 24)

static guint64
flush_to_zero (void)
{
  guint64 mode = __builtin_aarch64_get_fpcr64 ();

  __builtin_aarch64_set_fpcr64 (mode | FLUSH_TO_ZERO);
  return mode;
}

static void
restore_mode (guint64 mode)
{
  __builtin_aarch64_set_fpcr64 (mode);
}
#else
static guint64
flush_to_zero (void)
{
  return 0;
}

static void
restore_mode (guint64 mode)
{
}
#endif

static void
snn_pool_work (SnnPool *pool, guint worker)
{
  guint64 mode = flush_to_zero ();
  gint item;

  while ((item = g_atomic_int_add (&pool->next, 1)) < pool->n_items)
    pool->work (pool->data, (guint) item, worker);
  restore_mode (mode);
}

static gpointer
snn_pool_thread (gpointer data)
{
  g_autofree Worker *worker = data;
  SnnPool *pool = worker->pool;
  guint seen = 0;

  g_mutex_lock (&pool->lock);
  while (TRUE) {
    while (pool->generation == seen && !pool->quit)
      g_cond_wait (&pool->start, &pool->lock);
    if (pool->quit)
      break;
    seen = pool->generation;
    g_mutex_unlock (&pool->lock);
    snn_pool_work (pool, worker->worker);
    g_mutex_lock (&pool->lock);
    if (--pool->n_running == 0)
      g_cond_signal (&pool->done);
  }
  g_mutex_unlock (&pool->lock);
  return NULL;
}

/* FALSE where the system has no more threads to give. Results do not depend on
 * how many there are, so that the work goes on with those that were made. */
static gboolean
start_thread (SnnPool *pool, guint number)
{
  Worker *worker = g_new (Worker, 1);
  g_autoptr (GError) error = NULL;

  *worker = (Worker) {
  pool, number};
  pool->threads[number - 1] = g_thread_try_new ("snn-worker", snn_pool_thread,
      worker, &error);
  if (pool->threads[number - 1])
    return TRUE;
  g_warning ("Only %u of %u threads could be made: %s", number,
      pool->n_threads, error->message);
  g_free (worker);
  return FALSE;
}

SnnPool *
snn_pool_new (guint threads)
{
  SnnPool *pool = g_new0 (SnnPool, 1);

  pool->n_threads = threads ? threads : g_get_num_processors ();
  g_mutex_init (&pool->busy);
  g_mutex_init (&pool->lock);
  g_cond_init (&pool->start);
  g_cond_init (&pool->done);
  pool->threads = g_new0 (GThread *, pool->n_threads);
  for (guint i = 1; i < pool->n_threads; i++)
    if (!start_thread (pool, i)) {
      pool->n_threads = i;
      break;
    }
  return pool;
}

void
snn_pool_free (SnnPool *pool)
{
  if (!pool)
    return;
  g_mutex_lock (&pool->lock);
  pool->quit = TRUE;
  g_cond_broadcast (&pool->start);
  g_mutex_unlock (&pool->lock);
  for (guint i = 1; i < pool->n_threads; i++)
    g_thread_join (pool->threads[i - 1]);
  g_free (pool->threads);
  g_mutex_clear (&pool->busy);
  g_mutex_clear (&pool->lock);
  g_cond_clear (&pool->start);
  g_cond_clear (&pool->done);
  g_free (pool);
}

guint
snn_pool_threads (const SnnPool *pool)
{
  return pool->n_threads;
}

void
snn_pool_run (SnnPool *pool, guint n, SnnWork work, gpointer data)
{
  g_mutex_lock (&pool->busy);
  pool->work = work;
  pool->data = data;
  pool->n_items = (gint) n;
  g_atomic_int_set (&pool->next, 0);

  if (n > 1 && pool->n_threads > 1) {
    g_mutex_lock (&pool->lock);
    pool->n_running = pool->n_threads - 1;
    pool->generation++;
    g_cond_broadcast (&pool->start);
    g_mutex_unlock (&pool->lock);
  }
  snn_pool_work (pool, 0);
  g_mutex_lock (&pool->lock);
  while (pool->n_running > 0)
    g_cond_wait (&pool->done, &pool->lock);
  g_mutex_unlock (&pool->lock);
  g_mutex_unlock (&pool->busy);
}
