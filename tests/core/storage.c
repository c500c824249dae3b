/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstcheck.h>

#include <snn/base/random.h>

#include "core/run/memory-stock.h"
#include "core/run/spiking.h"
#include "core/run/storage.h"
#include "core/run/workspace.h"

/* Memory is handed on between those who need it one after the other, and to nobody
 * else. */

#define MOST 40
#define KINDS 3

static gboolean
same_kind (gconstpointer data, guint i, guint j)
{
  const guint *kind = data;

  return kind[i] == kind[j];
}

/* Things of three kinds that live at random, some of which are left alone. */
GST_START_TEST (test_lifetimes)
{
  SnnRandom random;
  guint n_shared = 0;

  snn_random_init (&random, (guint64) __i__, SNN_RANDOM_PHANTOM, 0);
  for (guint n = 1; n <= MOST; n++) {
    guint born[MOST], dies[MOST], kind[MOST];
    g_autofree guint *storage = NULL;
    guint n_wrong = 0;

    for (guint i = 0; i < n; i++) {
      born[i] = (guint) (snn_random_double (&random) * 30.);
      dies[i] = born[i] + (guint) (snn_random_double (&random) * 10.);
      kind[i] = (guint) (snn_random_double (&random) * KINDS);
      if (i % 7 == 3)
        born[i] = G_MAXUINT;
    }
    storage = snn_storage_share (n, born, dies, same_kind, kind);
    for (guint i = 0; i < n; i++) {
      n_wrong += storage[storage[i]] != storage[i]
          || kind[storage[i]] != kind[i]
          || (born[i] == G_MAXUINT && storage[i] != i);
      n_shared += storage[i] != i;
      for (guint j = 0; j < n; j++)
        n_wrong += i != j && storage[i] == storage[j]
            && born[i] <= dies[j] && born[j] <= dies[i];
    }
    fail_unless (n_wrong == 0, "%u things: %u are wrong", n, n_wrong);
  }
  fail_unless (n_shared > 0);
}

GST_END_TEST;

/* A chain of three kinds in turn needs no more than each of them once. */
GST_START_TEST (test_chain)
{
  guint times[MOST], kind[MOST];
  g_autofree guint *storage = NULL;

  for (guint i = 0; i < MOST; i++) {
    times[i] = i;
    kind[i] = i % KINDS;
  }
  storage = snn_storage_share (MOST, times, times, same_kind, kind);
  for (guint i = 0; i < MOST; i++)
    fail_unless_equals_int (storage[i], i % KINDS);
}

GST_END_TEST;

static guint
count_different (guint n, gpointer const *pointers)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < n; i++)
    if (pointers[i])
      g_hash_table_add (seen, pointers[i]);
  return g_hash_table_size (seen);
}

/* The five frames of each level of a U-Net, and its bottom's, of slices and volumes. */
GST_START_TEST (test_unet)
{
  static const SnnShape shapes[] = { {1, 16, 24}, {1, 8, 16, 4} };
  g_autoptr (SnnNetwork) ann =
      snn_network_new_unet (shapes[__i__], 16, 2, 1, NULL);
  g_autoptr (SnnNetwork) network = snn_network_to_spiking (ann);
  SnnPlan *plan = snn_plan_new (network);
  SnnSpiking *spiking = snn_spiking_new (plan, snn_kernels_get ());
  SnnSpikingMemory *own = snn_spiking_memory_new (spiking, 4);
  SnnSpikingMemory *shared = snn_spiking_memory_new_shared (spiking, 4);
  float **gradients = snn_plan_gradients_new (plan, 1);
  float **of_steps = snn_step_buffers_new (plan, 1);
  const guint n = spiking->constant + 1;
  const guint all = count_different (n, (gpointer *) own->bytes);
  const guint few = count_different (n, (gpointer *) shared->bytes);

  fail_unless (few + 4 <= all, "%u frames share %u", all, few);
  fail_unless_equals_int (few, count_different (n, (gpointer *) shared->lists));
  fail_unless (count_different (plan->n_frames, (gpointer *) gradients) + 4
      <= plan->n_frames);
  fail_unless (count_different (plan->n_frames, (gpointer *) of_steps)
      < count_different (plan->n_frames, (gpointer *) gradients));
  for (guint i = 0; i < plan->n_frames; i++)
    fail_unless (i == plan->input || of_steps[i] != of_steps[plan->input]);
  snn_shared_buffers_free (plan->n_frames, gradients);
  snn_shared_buffers_free (plan->n_frames, of_steps);
  snn_spiking_memory_free (spiking, own);
  snn_spiking_memory_free (spiking, shared);
  snn_spiking_free (spiking);
  snn_plan_free (plan);
}

GST_END_TEST;

/* Takers of a stock, and how many of them had some at once at most. */
typedef struct
{
  const SnnSpiking *spiking;
  guint seed;
  gint *n_at_work;
  gint most;
  guint n_wrong;
} Taker;

static gpointer
take_often (gpointer data)
{
  Taker *taker = data;

  for (guint i = 0; i < 200; i++) {
    const guint n = 1 + (i + taker->seed) % 3;
    const guint timesteps = 1 + (i * 7 + taker->seed) % 16;
    SnnSpikingMemory *memories[3];
    gint before;

    snn_memory_stock_take (taker->spiking, n, timesteps, memories);
    before = g_atomic_int_add (taker->n_at_work, 1);
    taker->most = MAX (taker->most, before + 1);
    for (guint j = 0; j < n; j++) {
      /* Nobody else writes here. */
      taker->n_wrong += memories[j]->timesteps < timesteps;
      memories[j]->start[0] = (float) taker->seed;
    }
    g_thread_yield ();
    for (guint j = 0; j < n; j++)
      taker->n_wrong += memories[j]->start[0] != (float) taker->seed;
    g_atomic_int_add (taker->n_at_work, -1);
    snn_memory_stock_give (taker->spiking, n, memories);
  }
  return NULL;
}

/* Many who run one network have no more memories than processors work on. */
GST_START_TEST (test_stock)
{
  const guint processors = g_get_num_processors ();
  g_autoptr (SnnNetwork) ann =
      snn_network_new_unet ((SnnShape) {1, 8, 8}, 2, 1, 1, NULL);
  g_autoptr (SnnNetwork) network = snn_network_to_spiking (ann);
  SnnPlan *plan = snn_plan_new (network);
  SnnSpiking *spiking = snn_spiking_new (plan, snn_kernels_get ());
  g_autofree Taker *takers = g_new0 (Taker, 4 * processors);
  g_autofree GThread **threads = g_new (GThread *, 4 * processors);
  gint n_at_work = 0;

  for (guint i = 0; i < 4 * processors; i++) {
    takers[i] = (Taker) { spiking, i, &n_at_work, 0, 0 };
    threads[i] = g_thread_new ("taker", take_often, &takers[i]);
  }
  for (guint i = 0; i < 4 * processors; i++) {
    g_thread_join (threads[i]);
    fail_unless (takers[i].n_wrong == 0, "taker %u: %u are wrong", i,
        takers[i].n_wrong);
    fail_unless (takers[i].most <= (gint) processors,
        "%d had memories, there are %u processors", takers[i].most, processors);
  }
  fail_unless (snn_memory_stock_size (spiking) <= 3 * processors);
  snn_spiking_free (spiking);
  snn_plan_free (plan);
}

GST_END_TEST;

static Suite *
storage_suite (void)
{
  Suite *suite = suite_create ("storage");
  TCase *tc = tcase_create ("general");

  suite_add_tcase (suite, tc);
  tcase_add_loop_test (tc, test_lifetimes, 0, 20);
  tcase_add_test (tc, test_chain);
  tcase_add_loop_test (tc, test_unet, 0, 2);
  tcase_add_test (tc, test_stock);
  return suite;
}

GST_CHECK_MAIN (storage);
