/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tail.h"

/* An ANN keeps what every layer put out. */

static void
make_trace (const SnnPasses *passes, SnnTrace *trace)
{
  trace->values = snn_plan_buffers_new (passes->plan, 1);
}

static void
make_worker (const SnnPasses *passes, SnnPassWorker *worker)
{
  worker->gradients = snn_plan_gradients_new (passes->plan, 1);
}

static void
forward (SnnPasses *passes, SnnRun *run, SnnPassWorker *worker, guint item,
    const SnnInput *input)
{
  SnnTrace *trace = &passes->traces[item];

  run->values = trace->values;
  snn_run_load (run, input, 0, 1, 0);
  snn_run_forward (run, passes->tail.first);
  if (snn_tail_exists (passes))
    snn_tail_take (passes, item, run);
  else
    snn_run_read (run, 0, 1, trace->logits);
}

static void
backward (SnnPasses *passes, SnnRun *run, SnnPassWorker *worker, guint item,
    const SnnInput *input)
{
  run->values = passes->traces[item].values;
  snn_passes_backward_trunk (passes, run, item, 1.f);
}

static float
factor (const SnnPasses *passes, const SnnInput *input)
{
  return 1.f;
}

const SnnPass snn_pass_ann = {
  .takes_tail = TRUE,
  .make_worker = make_worker,
  .make_trace = make_trace,
  .forward = forward,
  .backward = backward,
  .factor = factor,
};
