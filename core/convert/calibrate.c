/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "calibrate.h"

#include <math.h>
#include <string.h>

#include "../base/error.h"
#include "../base/remarks.h"

/* Parts of the samples, each of which is summed up by itself: whatever the threads. */
#define N_PARTS 8

#define RIDGE 0.01
#define LARGEST_WEIGHT 50.f
#define LEAST_WEIGHT 0.02f

/* Conjugate gradients end when the residual is so much smaller, or after so many
 * steps, which is where it stops to matter. */
#define TOLERANCE 1e-3
#define MOST_STEPS 60

/* As often the softness is tried, twice as large each time. */
#define N_TRIALS 4

/* What one sample feeds into the layer: whole frames of the plan. */
typedef struct
{
  float **inputs;               /* of each buffer; NULL but for those of branches */
  float *difference;            /* z / v - x w, of the sum's buffer */
  float *weight;
} Fed;

/* What is summed up over samples: the gradient of the layer's values where that of its
 * sum is what @seed makes it, with inputs as they are or squared, after a pass forward
 * or not. */
typedef struct
{
  gboolean squares;
  gboolean forward;
  void (*seed) (const Fed * fed, const SnnRun * run, guint sum, gsize size);
} Kind;

typedef struct
{
  SnnConverter *ann;
  SnnSensitivity *sensitivity;
  SnnConverter *spiking;
  SnnConverter *probe;          /* as spiking, with weights to try */
  float **scales;
  guint n;
  double *divergences;          /* of each sample */

  /* Of each worker. */
  float ***gradients;
  float ***potentials;
  float ***weights;

  /* The layer being calibrated. */
  guint layer;
  guint sum;                    /* its buffer, into which ... */
  guint first;                  /* ... steps from here to ... */
  guint end;                    /* ... here lead, among others */
  guint channels;
  const float *scale;           /* NULL: of the output, 1 */
  Fed *fed;

  const Kind *kind;             /* what is summed up now ... */
  float *part_gradients[N_PARTS];       /* ... over each part of the samples */
} Calibration;

static const SnnPlan *
plan_of (const Calibration *c)
{
  return c->spiking->plan;
}

/* Whether a step adds to the layer's sum by weights. */
static gboolean
is_branch (const Calibration *c, guint index)
{
  const SnnStep *step = &plan_of (c)->steps[index];

  return step->output == c->sum && step->node
      && snn_node_has_weights (step->node);
}

/* Branches without weights can't be changed, and sums of the output may have them. */
static gboolean
find_branches (Calibration *c)
{
  const SnnPlan *plan = plan_of (c);

  c->sum = c->layer < plan->n_layers
      ? plan->steps[plan->layer_step[c->layer]].input : plan->output;
  c->end = c->layer < plan->n_layers ? plan->layer_step[c->layer]
      : plan->n_steps;
  c->first = c->end;
  for (guint i = c->end; i-- > 0;)
    if (plan->steps[i].output == c->sum) {
      if (!is_branch (c, i))
        return FALSE;
      c->first = i;
    }
  c->channels = plan->frames[c->sum].shape.channels;
  c->scale = c->layer < plan->n_layers
      ? c->scales[snn_converter_node (c->spiking->network,
          snn_converter_step (c->spiking, c->layer)->node)] : NULL;
  return c->first < c->end;
}

/* Calls @each with the place of a branch's values in the network's gradient, and in
 * one list of all the layer's values; returns how many these are. */
static gsize
for_values (const Calibration *c, void (*each) (const Calibration * c,
        gsize offset, gsize at, gsize n, float *values, gpointer data),
    const SnnConverter *of, gpointer data)
{
  gsize at = 0;

  for (guint i = c->first; i < c->end; i++) {
    const SnnNode *node = of->plan->steps[i].node;

    for (guint p = 0; is_branch (c, i) && p < node->n_parameters; p++) {
      const SnnParameter *parameter = &node->parameters[p];

      if (!parameter->trained)
        continue;
      if (each)
        each (c, parameter->offset, at, parameter->n, parameter->values, data);
      at += parameter->n;
    }
  }
  return at;
}

static void
put_values (const Calibration *c, gsize offset, gsize at, gsize n,
    float *values, gpointer data)
{
  const double *from = data;

  for (gsize i = 0; i < n; i++)
    values[i] = (float) from[at + i];
}

static void
add_values (const Calibration *c, gsize offset, gsize at, gsize n,
    float *values, gpointer data)
{
  const double *from = data;

  for (gsize i = 0; i < n; i++)
    values[i] += (float) from[at + i];
}

/* Part after part. */
static void
take_gradient (const Calibration *c, gsize offset, gsize at, gsize n,
    float *values, gpointer data)
{
  double *to = data;

  for (gsize i = 0; i < n; i++) {
    to[at + i] = 0.;
    for (guint part = 0; part < N_PARTS; part++)
      to[at + i] += c->part_gradients[part][offset + i];
  }
}

static void
free_fed (Calibration *c)
{
  for (guint i = 0; c->fed && i < c->n; i++) {
    for (guint f = 0; f < plan_of (c)->n_frames; f++)
      g_free (c->fed[i].inputs[f]);
    g_free (c->fed[i].inputs);
    g_free (c->fed[i].difference);
    g_free (c->fed[i].weight);
  }
  g_clear_pointer (&c->fed, g_free);
}

static gboolean
make_fed (Calibration *c, GError **error)
{
  const SnnPlan *plan = plan_of (c);
  const gsize sum_size = plan->frames[c->sum].size;
  gsize size = 2 * sum_size;
  gboolean ok = TRUE;

  c->fed = g_new0 (Fed, c->n);
  for (guint i = 0; i < c->n; i++)
    c->fed[i].inputs = g_new0 (float *, plan->n_frames);
  for (guint s = c->first; s < c->end; s++)
    size += is_branch (c, s) ? plan->frames[plan->steps[s].input].size : 0;
  for (guint i = 0; ok && i < c->n; i++) {
    Fed *fed = &c->fed[i];

    fed->difference = g_try_new0 (float, sum_size);
    fed->weight = g_try_new0 (float, sum_size);
    ok = fed->difference && fed->weight;
    for (guint s = c->first; ok && s < c->end; s++) {
      float **input = &fed->inputs[plan->steps[s].input];

      if (is_branch (c, s) && !*input) {
        *input = g_try_new0 (float, plan->frames[plan->steps[s].input].size);
        ok = *input != NULL;
      }
    }
  }
  if (!ok)
    g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED,
        "There is no memory for the %.0f MB that %u samples feed into a layer; "
        "expected fewer calibration samples",
        (double) size * sizeof (float) * c->n / 1e6, c->n);
  return ok;
}

/* Whether a neuron does the same for both currents. */
static gboolean
agree (float wanted, float found)
{
  return (wanted < 0.f && found < 0.f) || (wanted > 1.f && found > 1.f);
}

static void
feed_sample (gpointer data, guint item, guint worker)
{
  Calibration *c = data;
  const SnnFrame *frame = &plan_of (c)->frames[c->sum];
  const gsize n = snn_shape_size (frame->shape);
  const gboolean is_output = c->layer == plan_of (c)->n_layers;
  float **inputs = c->fed[item].inputs;
  float *wanted = c->potentials[worker][c->layer];
  float *weight = c->weights[worker][c->layer];
  g_autofree float *found = g_new (float, n);

  /* The sum is one of the buffers for as long as it is filled. */
  inputs[c->sum] = c->fed[item].difference;
  if (snn_converter_mean_inputs (c->spiking, item, worker, c->layer, inputs)) {
    snn_frame_read (frame, inputs[c->sum], found);
    snn_sensitivity_measure (c->sensitivity, item, worker, c->layer,
        c->potentials[worker], c->weights[worker]);
    for (gsize i = 0; i < n; i++) {
      wanted[i] /= c->scale ? c->scale[i % c->channels] : 1.f;
      found[i] = !is_output && agree (wanted[i], found[i]) ? 0.f
          : wanted[i] - found[i];
    }
    snn_frame_write (frame, found, c->fed[item].difference);
    snn_frame_write (frame, weight, c->fed[item].weight);
  }
  inputs[c->sum] = NULL;
}

/* Weights relative to their mean, and within their bounds; none on borders, which are
 * no neurons. */
static void
bound_weights (Calibration *c)
{
  const SnnFrame *frame = &plan_of (c)->frames[c->sum];
  const gsize n = snn_shape_size (frame->shape);
  g_autofree float *dense = g_new (float, n);
  double sum = 0.;

  for (guint i = 0; i < c->n; i++)
    for (gsize j = 0; j < frame->size; j++)
      sum += c->fed[i].weight[j];
  for (guint i = 0; i < c->n; i++) {
    snn_frame_read (frame, c->fed[i].weight, dense);
    for (gsize j = 0; j < n; j++)
      dense[j] = LEAST_WEIGHT + (sum > 0. ? MIN (LARGEST_WEIGHT,
              (float) (dense[j] / sum * (double) n * c->n)) : 1.f);
    snn_frame_write (frame, dense, c->fed[i].weight);
  }
}

static void
seed_difference (const Fed *fed, const SnnRun *run, guint sum, gsize size)
{
  for (gsize i = 0; i < size; i++)
    run->gradients[sum][i] = fed->weight[i] * fed->difference[i];
}

/* What the weights that are tried make of it. */
static void
seed_product (const Fed *fed, const SnnRun *run, guint sum, gsize size)
{
  for (gsize i = 0; i < size; i++)
    run->gradients[sum][i] = fed->weight[i] * run->values[sum][i];
}

static void
seed_weight (const Fed *fed, const SnnRun *run, guint sum, gsize size)
{
  memcpy (run->gradients[sum], fed->weight, size * sizeof (float));
}

static const Kind differences = {.seed = seed_difference };
static const Kind products = {.forward = TRUE,.seed = seed_product };
static const Kind squares = {.squares = TRUE,.seed = seed_weight };

/* The gradient of one part of the samples. */
static void
sum_part (gpointer data, guint part, guint worker)
{
  Calibration *c = data;
  const SnnPlan *plan = c->probe->plan;
  g_autofree float **values =
      g_memdup2 (c->probe->worker_values[worker],
      plan->n_frames * sizeof (float *));
  const SnnRun run = {
    .plan = plan,
    .packed = c->probe->packed,
    .n_frames = 1,
    .values = values,
    .gradients = c->gradients[worker],
    .weight_gradient = c->part_gradients[part],
  };

  memset (run.weight_gradient, 0, plan->n_weights * sizeof (float));
  for (gsize item = (gsize) c->n * part / N_PARTS;
      item < (gsize) c->n * (part + 1) / N_PARTS; item++) {
    const Fed *fed = &c->fed[item];

    if (snn_is_cancelled (c->ann->cancel))
      return;
    for (guint i = 0; i < plan->n_frames; i++) {
      if (!fed->inputs[i])
        continue;
      if (!c->kind->squares)
        values[i] = fed->inputs[i];
      for (gsize j = 0; c->kind->squares && j < plan->frames[i].size; j++)
        values[i][j] = fed->inputs[i][j] * fed->inputs[i][j];
    }
    for (guint i = c->first; c->kind->forward && i < c->end; i++)
      if (is_branch (c, i))
        snn_layer_forward (&run, &plan->steps[i]);
    c->kind->seed (fed, &run, c->sum, plan->frames[c->sum].size);
    for (guint i = c->end; i-- > c->first;)
      if (is_branch (c, i))
        snn_layer_backward (&run, &plan->steps[i]);
  }
}

static void
sum_gradient (Calibration *c, const Kind *kind, double *to)
{
  c->kind = kind;
  snn_pool_run (c->ann->pool, N_PARTS, sum_part, c);
  for_values (c, take_gradient, c->probe, to);
}

/* A hundredth of the mean diagonal of an output channel, which is the last dimension of
 * all weights. */
static double *
make_ridge (const Calibration *c, const double *diagonal, gsize n)
{
  double *ridge = g_new0 (double, n);

  for (gsize i = 0; i < n; i++)
    ridge[i % c->channels] += RIDGE * diagonal[i] * c->channels / n;
  for (gsize i = c->channels; i < n; i++)
    ridge[i] = ridge[i % c->channels];
  return ridge;
}

static double
dot (const double *a, const double *b, gsize n)
{
  double sum = 0.;

  for (gsize i = 0; i < n; i++)
    sum += a[i] * b[i];
  return sum;
}

/* Conjugate gradients, preconditioned by the diagonal (Hestenes and Stiefel 1952): no
 * matrix of all pairs of weights is needed, only what operators do anyway. */
static void
solve (Calibration *c, gsize n, double *x)
{
  g_autofree double *diagonal = g_new (double, n), *r = g_new (double, n);
  g_autofree double *z = g_new (double, n), *p = g_new (double, n);
  g_autofree double *product = g_new (double, n), *ridge = NULL;
  double before, now;

  sum_gradient (c, &squares, diagonal);
  sum_gradient (c, &differences, r);
  ridge = make_ridge (c, diagonal, n);
  for (gsize i = 0; i < n; i++) {
    diagonal[i] = MAX (diagonal[i] + ridge[i], G_MINDOUBLE);
    p[i] = z[i] = r[i] / diagonal[i];
    x[i] = 0.;
  }
  before = now = dot (r, z, n);
  for (guint step = 0; step < MOST_STEPS && now > TOLERANCE * TOLERANCE * before
      && !snn_is_cancelled (c->ann->cancel); step++) {
    double length, last = now;

    for_values (c, put_values, c->probe, p);
    snn_packed_update (c->probe->packed, c->ann->pool, NULL);
    sum_gradient (c, &products, product);
    for (gsize i = 0; i < n; i++)
      product[i] += ridge[i] * p[i];
    length = now / dot (p, product, n);
    for (gsize i = 0; i < n; i++) {
      x[i] += length * p[i];
      r[i] -= length * product[i];
      z[i] = r[i] / diagonal[i];
    }
    now = dot (r, z, n);
    for (gsize i = 0; i < n; i++)
      p[i] = z[i] + now / last * p[i];
  }
}

static gboolean
calibrate_layer (Calibration *c, GError **error)
{
  g_autofree double *x = NULL;
  gboolean ok;
  gsize n;

  if (!find_branches (c))
    return TRUE;
  ok = make_fed (c, error);
  if (ok) {
    snn_pool_run (c->ann->pool, c->n, feed_sample, c);
    bound_weights (c);
    n = for_values (c, NULL, c->probe, NULL);
    x = g_new (double, n);
    solve (c, n, x);
    ok = snn_check_cancelled (c->ann->cancel, "Conversion", error);
  }
  if (ok) {
    for_values (c, add_values, c->spiking, x);
    snn_packed_update (c->spiking->packed, c->ann->pool, NULL);
  }
  free_fed (c);
  return ok;
}

static void
measure_divergence (gpointer data, guint item, guint worker)
{
  Calibration *c = data;
  const SnnFrame *frame = &plan_of (c)->frames[plan_of (c)->output];
  g_autofree float **sums = g_new0 (float *, plan_of (c)->n_frames);
  g_autofree float *sum = g_new (float, frame->size);
  g_autofree float *output = g_new (float, snn_shape_size (frame->shape));

  sums[plan_of (c)->output] = sum;
  if (!snn_converter_mean_inputs (c->spiking, item, worker,
          plan_of (c)->n_layers, sums))
    return;
  snn_frame_read (frame, sum, output);
  c->divergences[item] = snn_sensitivity_divergence (c->sensitivity, item,
      worker, output);
}

/* Of the spiking network from the ANN, over all samples in their order. */
static double
sum_divergence (Calibration *c)
{
  double sum = 0.;

  snn_pool_run (c->ann->pool, c->n, measure_divergence, c);
  for (guint i = 0; i < c->n; i++)
    sum += c->divergences[i];
  return sum;
}

static void
restore_weights (Calibration *c, const SnnNetwork *from)
{
  SnnNetwork *network = c->spiking->network;

  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);
    const SnnNode *original = snn_network_node (from, i);

    for (guint p = 0; p < node->n_parameters; p++)
      memcpy (node->parameters[p].values, original->parameters[p].values,
          node->parameters[p].n * sizeof (float));
  }
  snn_packed_update (c->spiking->packed, c->ann->pool, NULL);
}

/* All layers, until a trial brings the outputs closer to the ANN's. */
static gboolean
calibrate_layers (Calibration *c, void (*progress) (gpointer data, guint done,
        guint total), gpointer data, GPtrArray *remarks, GError **error)
{
  const guint n_layers = c->ann->plan->n_layers + 1;
  g_autoptr (SnnNetwork) original = snn_network_copy (c->spiking->network);
  const double before = sum_divergence (c);
  double after = 0.;

  for (guint trial = 0; trial < N_TRIALS; trial++) {
    snn_sensitivity_set_softness (c->sensitivity, 1 << trial);
    for (c->layer = 0; c->layer < n_layers; c->layer++) {
      if (!calibrate_layer (c, error))
        return FALSE;
      if (progress)
        progress (data, trial * n_layers + c->layer + 1,
            (trial + 1) * n_layers);
    }
    after = sum_divergence (c);
    if (!snn_check_cancelled (c->ann->cancel, "Conversion", error))
      return FALSE;
    if (after <= before)
      return TRUE;
    restore_weights (c, original);
  }
  snn_remark (remarks, "Weights are left as they were: calibrated, the outputs of "
      "%u samples would differ more from the ANN's than without "
      "(a divergence of %g in place of %g)", c->n, after, before);
  return TRUE;
}

gboolean
snn_calibrate_weights (SnnConverter *ann, SnnSensitivity *sensitivity,
    SnnNetwork *network, float **scales, guint n,
    void (*progress) (gpointer data, guint done, guint total), gpointer data,
    GPtrArray *remarks, GError **error)
{
  g_autoptr (SnnNetwork) tried = snn_network_copy (network);
  const guint threads = snn_pool_threads (ann->pool);
  Calibration c = {
    .ann = ann,
    .sensitivity = sensitivity,
    .scales = scales,
    .n = n,
    .divergences = g_new0 (double, n),
    .gradients = g_new0 (float **, threads),
    .potentials = g_new0 (float **, threads),
    .weights = g_new0 (float **, threads),
  };
  gboolean ok;

  c.spiking = snn_converter_new (network, ann->settings, ann->inputs,
      ann->cancel);
  c.spiking->timesteps = ann->settings->calibration_timesteps;
  c.probe = snn_converter_new (tried, ann->settings, ann->inputs, ann->cancel);
  snn_packed_free (c.probe->packed);
  c.probe->packed = snn_packed_new (c.probe->plan, snn_kernels_get (), TRUE);
  snn_packed_update (c.probe->packed, ann->pool, NULL);
  for (guint i = 0; i < threads; i++) {
    c.gradients[i] = snn_plan_gradients_new (c.probe->plan, 1);
    c.potentials[i] = snn_sensitivity_buffers_new (sensitivity);
    c.weights[i] = snn_sensitivity_buffers_new (sensitivity);
  }
  for (guint i = 0; i < N_PARTS; i++)
    c.part_gradients[i] = g_new (float, MAX (c.probe->plan->n_weights, 1));

  ok = calibrate_layers (&c, progress, data, remarks, error);

  for (guint i = 0; i < threads; i++) {
    snn_shared_buffers_free (c.probe->plan->n_frames, c.gradients[i]);
    snn_sensitivity_buffers_free (sensitivity, c.potentials[i]);
    snn_sensitivity_buffers_free (sensitivity, c.weights[i]);
  }
  for (guint i = 0; i < N_PARTS; i++)
    g_free (c.part_gradients[i]);
  g_free (c.divergences);
  g_free (c.gradients);
  g_free (c.potentials);
  g_free (c.weights);
  snn_converter_free (c.spiking);
  snn_converter_free (c.probe);
  return ok;
}
