/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reference-network.h"

#include <math.h>
#include <string.h>

#include "reference-terms.h"

/* One sample's history. Values are [channels][depth][height][width] of a
 * node's output, potentials those of neurons before they are
 * reset. */
typedef struct
{
  const SnnNetwork *network;
  guint n_timesteps;
  double **values;              /* [timestep * nodes + node] */
  double **potentials;
  double **carried;             /* [node]: u after the reset; dL/du going back */
  double **sent;                /* [node]: spikes so far, less those taken back */
  double *logits;
} Trace;

gsize
reference_n_trained (const SnnNode *node)
{
  gsize n = 0;

  for (guint p = 0; p < node->n_parameters; p++)
    n += node->parameters[p].trained ? node->parameters[p].n : 0;
  return n;
}

double *
reference_weights (const SnnNetwork *network)
{
  double *weights = g_new (double, snn_network_n_weights (network));
  gsize n = 0;

  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);

    for (guint p = 0; p < node->n_parameters; p++)
      for (gsize v = 0; node->parameters[p].trained
          && v < node->parameters[p].n; v++)
        weights[n++] = node->parameters[p].values[v];
  }
  return weights;
}

static guint
n_nodes (const Trace *trace)
{
  return trace->network->nodes->len;
}

static double *
value_at (const Trace *trace, guint t, guint node)
{
  return trace->values[t * n_nodes (trace) + node];
}

static Trace *
trace_new (const SnnNetwork *network, guint n_timesteps)
{
  Trace *trace = g_new0 (Trace, 1);
  guint n = network->nodes->len;

  trace->network = network;
  trace->n_timesteps = n_timesteps;
  trace->values = g_new0 (double *, n * n_timesteps);
  trace->potentials = g_new0 (double *, n * n_timesteps);
  trace->carried = g_new0 (double *, n);
  trace->sent = g_new0 (double *, n);
  for (guint i = 0; i < n; i++) {
    gsize size = snn_shape_size (snn_network_node (network, i)->out);

    trace->carried[i] = g_new0 (double, size);
    trace->sent[i] = g_new0 (double, size);
    for (guint t = 0; t < n_timesteps; t++) {
      trace->values[t * n + i] = g_new0 (double, size);
      trace->potentials[t * n + i] = g_new0 (double, size);
    }
  }
  trace->logits = g_new0 (double, snn_shape_size (snn_network_output
          (network)));
  return trace;
}

static void
trace_free (Trace *trace)
{
  guint n = n_nodes (trace);

  for (guint i = 0; i < n * trace->n_timesteps; i++) {
    g_free (trace->values[i]);
    g_free (trace->potentials[i]);
  }
  for (guint i = 0; i < n; i++) {
    g_free (trace->carried[i]);
    g_free (trace->sent[i]);
  }
  g_free (trace->sent);
  g_free (trace->values);
  g_free (trace->potentials);
  g_free (trace->carried);
  g_free (trace->logits);
  g_free (trace);
}

typedef struct
{
  const double *w;
  double *dw;
  const double *x;
  double *dx;
  double *y;
  const double *dy;
} Pass;

static void
forward_term (gsize to, gsize from, gssize weight, double scale, gpointer data)
{
  Pass *p = data;

  p->y[to] += (weight < 0 ? 1. : p->w[weight]) * scale * p->x[from];
}

static void
backward_term (gsize to, gsize from, gssize weight, double scale,
    gpointer data)
{
  Pass *p = data;

  p->dx[from] += (weight < 0 ? 1. : p->w[weight]) * scale * p->dy[to];
  if (weight >= 0)
    p->dw[weight] += scale * p->x[from] * p->dy[to];
}

static double *
summed_input (const Trace *trace, guint t, const SnnNode *node)
{
  gsize size = snn_shape_size (node->in);
  double *sum = g_new0 (double, size + 1);

  for (guint j = 0; j < node->n_inputs; j++)
    for (gsize i = 0; i < size; i++)
      sum[i] += value_at (trace, t, node->inputs[j])[i];
  sum[size] = 1.;
  return sum;
}

static double
threshold_of (const SnnNode *node, gsize i)
{
  return node->threshold[i / reference_n_pixels (node->out)];
}

static double
leak_of (const SnnNode *node, gsize i)
{
  const SnnParameter *tau = snn_node_parameter (node, "tau");

  return tau ? 1. - 1. / tau->values[i / reference_n_pixels (node->out)] : 1.;
}

/* What a neuron that spikes is set to; FALSE where its threshold is subtracted. */
static gboolean
reset_of (const SnnNode *node, gsize i, double *reset)
{
  if (!node->resets)
    return FALSE;
  *reset = snn_node_parameter (node, "reset")->values[i / reference_n_pixels (node->out)];
  return TRUE;
}

/* u[t] = leak (u[t-1] - v s[t-1]) + I[t], s[t] = 1 where u[t] > v. Signed ones send
 * -1 where u < 0 and their net count allows it; where it does, the surrogate falls
 * off from [0, v], by which a potential between is as good as v, and one below 0
 * as good as u + v. */
static void
fire (const Trace *trace, guint t, guint index, const double *current)
{
  const SnnNode *node = snn_network_node (trace->network, index);
  double *u = trace->potentials[t * n_nodes (trace) + index];

  for (gsize i = 0; i < snn_shape_size (node->out); i++) {
    double v = threshold_of (node, i);
    double s, reset;

    u[i] = leak_of (node, i) * trace->carried[index][i] + current[i];
    s = u[i] > v ? 1. : 0.;
    if (node->op == &snn_op_signed_if && trace->sent[index][i] > 0. && s == 0.)
      s = u[i] < 0. ? -1. : 0.;
    value_at (trace, t, index)[i] = s;
    trace->carried[index][i] = s == 1. && reset_of (node, i, &reset) ? reset
        : u[i] - v * s;
    if (node->op == &snn_op_signed_if && trace->sent[index][i] > 0.)
      u[i] = u[i] > v ? u[i] : v + MIN (u[i], 0.);
    trace->sent[index][i] += s;
  }
}

static void
forward (const Trace *trace, const double *weights, const SnnSample *sample,
    guint t)
{
  for (guint i = 0; i < n_nodes (trace); i++) {
    const SnnNode *node = snn_network_node (trace->network, i);
    double *y = value_at (trace, t, i);
    gsize size = snn_shape_size (node->out);
    g_autofree double *x = NULL;

    if (node->op == &snn_op_input) {
      const float *input = (const float *) sample->input.data + t * size;

      for (gsize k = 0; k < size; k++)
        y[k] = input[k];
      continue;
    }
    x = summed_input (trace, t, node);
    if (snn_node_is_neuron (node))
      fire (trace, t, i, x);
    else
      reference_node_terms (node, forward_term, &(Pass) {.w = weights,.x = x,.y = y });
    for (gsize k = 0; node->op == &snn_op_relu && k < size; k++)
      y[k] = MAX (y[k], 0.);
    weights += reference_n_trained (node);
  }
}

/* What the summed output potential is multiplied by to be a logit. */
static double
readout_factor (const SnnNetwork *network, const SnnTrainingSettings *settings,
    guint n_timesteps)
{
  if (!network->spiking)
    return 1.;
  return settings->logit_gain
      * (network->readout == SNN_READOUT_MEAN ? 1. / n_timesteps : 1.);
}

/* What reference_loss() takes. */
static double
loss_of (const SnnNetwork *network, const SnnTrainingSettings *settings,
    guint n, Trace *const *traces, const SnnSample *samples,
    double *const *dlogits)
{
  g_autofree double **logits = g_new (double *, n);

  for (guint s = 0; s < n; s++)
    logits[s] = traces[s]->logits;
  return reference_loss (network, settings, n, logits, samples, dlogits);
}

static Trace *
run (const SnnNetwork *network, const double *weights,
    const SnnTrainingSettings *settings, const SnnSample *sample)
{
  Trace *trace = trace_new (network, sample->input.timesteps);
  guint last = network->nodes->len - 1;
  gsize size = snn_shape_size (snn_network_output (network));

  for (guint i = 0; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);

    for (gsize k = 0; node->threshold && k < snn_shape_size (node->out); k++)
      trace->carried[i][k] =
          network->initial_membrane * threshold_of (node, k);
  }
  for (guint t = 0; t < trace->n_timesteps; t++) {
    forward (trace, weights, sample, t);
    for (gsize k = 0; k < size; k++)
      trace->logits[k] += value_at (trace, t, last)[k]
          * readout_factor (network, settings, trace->n_timesteps);
  }
  return trace;
}

static double
surrogate (const SnnTrainingSettings *settings, double u, double v)
{
  if (settings->surrogate == SNN_SURROGATE_RELATIVE)
    return settings->alpha / v * MAX (0., 1. - fabs (u / v - 1.));
  return settings->alpha * MAX (0., 1. - fabs (u - v));
}

/* From dL/dlogit back through all timesteps, added to @gradient. */
static void
backward (const Trace *trace, const double *weights,
    const SnnTrainingSettings *settings, const double *dlogits,
    double *gradient)
{
  guint n = n_nodes (trace);
  gsize size = snn_shape_size (snn_network_output (trace->network));

  for (guint i = 0; i < n; i++)
    memset (trace->carried[i], 0,
        snn_shape_size (snn_network_node (trace->network, i)->out)
        * sizeof (double));
  for (guint t = trace->n_timesteps; t-- > 0;) {
    g_autofree double **dy = g_new0 (double *, n);
    gsize end = snn_network_n_weights (trace->network);

    for (guint i = 0; i < n; i++)
      dy[i] = g_new0 (double,
          snn_shape_size (snn_network_node (trace->network, i)->out));
    for (gsize k = 0; k < size; k++)
      dy[n - 1][k] = dlogits[k]
          * readout_factor (trace->network, settings, trace->n_timesteps);
    for (guint i = n; i-- > 1;) {
      const SnnNode *node = snn_network_node (trace->network, i);
      gsize n_in = snn_shape_size (node->in);
      g_autofree double *x = summed_input (trace, t, node);
      g_autofree double *dx = g_new0 (double, n_in + 1);

      end -= reference_n_trained (node);
      if (snn_node_is_neuron (node))
        for (gsize k = 0; k < n_in; k++) {
          double u = trace->potentials[t * n + i][k], reset;

          if (u > threshold_of (node, k) && reset_of (node, k, &reset))
            trace->carried[i][k] = 0.;
          dx[k] = trace->carried[i][k] + dy[i][k]
              * surrogate (settings, u, threshold_of (node, k));
          trace->carried[i][k] = leak_of (node, k) * dx[k];
        }
      else if (node->op == &snn_op_relu)
        for (gsize k = 0; k < n_in; k++)
          dx[k] = x[k] > 0. ? dy[i][k] : 0.;
      else
        reference_node_terms (node, backward_term, &(Pass) {
              .w = weights + end,.dw = gradient + end,.x = x,.dx = dx,
              .dy = dy[i] });
      for (guint j = 0; j < node->n_inputs; j++)
        for (gsize k = 0; k < n_in; k++)
          dy[node->inputs[j]][k] += dx[k];
    }
    for (guint i = 0; i < n; i++)
      g_free (dy[i]);
  }
}

/* Into timestep 0 the means over all of them. */
static void
average (const Trace *trace)
{
  for (guint i = 0; i < n_nodes (trace); i++)
    for (gsize k = 0; k < snn_shape_size (snn_network_node (trace->network,
                i)->out); k++) {
      double sum = 0.;

      for (guint t = 0; t < trace->n_timesteps; t++)
        sum += value_at (trace, t, i)[k];
      value_at (trace, 0, i)[k] = sum / trace->n_timesteps;
    }
}

static guint
levels_of (const SnnTrainingSettings *settings, guint n_timesteps)
{
  return settings->levels > 0 ? settings->levels : n_timesteps;
}

/* r = clip (floor (L f + u[0] / v) / L, 0, 1), f being the current between what
 * never spikes and what always does. */
static double
quantised_rate (const SnnNode *node, gsize i, double current, double levels,
    double initial)
{
  const double leak = leak_of (node, i);
  const double f = (current / threshold_of (node, i) - (1. - leak)) / leak;

  return CLAMP (floor (levels * f + initial) / levels, 0., 1.);
}

/* From the means of the input, in timestep 0, as all else there. */
static void
forward_quantised (const Trace *trace, const double *weights,
    const SnnTrainingSettings *settings)
{
  const guint levels = levels_of (settings, trace->n_timesteps);

  for (guint i = 1; i < n_nodes (trace); i++) {
    const SnnNode *node = snn_network_node (trace->network, i);
    gsize size = snn_shape_size (node->out);
    double *y = value_at (trace, 0, i);
    g_autofree double *x = summed_input (trace, 0, node);

    memset (y, 0, size * sizeof *y);
    if (!snn_node_is_neuron (node))
      reference_node_terms (node, forward_term, &(Pass) {.w = weights,.x = x,.y = y });
    else
      for (gsize k = 0; k < size; k++)
        y[k] = quantised_rate (node, k, x[k], levels,
            trace->network->initial_membrane);
    weights += reference_n_trained (node);
  }
}

/* Whether a neuron of this mean current has a slope: in rates, between never and
 * always; in quantised ones, from the step before the first to the one after the
 * last. */
static gboolean
has_slope (const Trace *trace, const SnnNode *node, gsize i, double current,
    const SnnTrainingSettings *settings)
{
  const double levels = levels_of (settings, trace->n_timesteps);
  const double initial = trace->network->initial_membrane;
  const double leak = leak_of (node, i);
  const double f = (current / threshold_of (node, i) - (1. - leak)) / leak;

  if (settings->gradient == SNN_GRADIENT_QCFS)
    return f > -initial / levels && f < 1. + (1. - initial) / levels;
  return f > 0. && f < 1.;
}

/* The network of mean values with @weights, about @own, the mean values that the
 * network's own weights gave. Its input and the place for the result are
 * timestep 0 of @trace. */
static void
forward_rates (const Trace *trace, const Trace *own, const double *weights,
    const SnnTrainingSettings *settings)
{
  for (guint i = 1; i < n_nodes (trace); i++) {
    const SnnNode *node = snn_network_node (trace->network, i);
    gsize size = snn_shape_size (node->out);
    double *y = value_at (trace, 0, i);
    g_autofree double *x = summed_input (trace, 0, node);
    g_autofree double *own_x = summed_input (own, 0, node);

    memset (y, 0, size * sizeof *y);
    if (!snn_node_is_neuron (node))
      reference_node_terms (node, forward_term, &(Pass) {.w = weights,.x = x,.y = y });
    else
      for (gsize k = 0; k < size; k++) {
        double v = threshold_of (node, k), leak = leak_of (node, k);

        y[k] = value_at (own, 0, i)[k];
        if (has_slope (own, node, k, own_x[k], settings))
          y[k] += (x[k] - own_x[k]) / (leak * v);
      }
    weights += reference_n_trained (node);
  }
}

/* The last timestep with @weights, about @own, all timesteps with the network's: a
 * spike is a line of the slope of its surrogate, and what was before is given. */
static void
forward_last (const Trace *trace, const Trace *own, const double *weights,
    const SnnTrainingSettings *settings)
{
  const guint last = own->n_timesteps - 1;

  for (guint i = 1; i < n_nodes (trace); i++) {
    const SnnNode *node = snn_network_node (trace->network, i);
    const double *u = own->potentials[last * n_nodes (own) + i];
    double *y = value_at (trace, 0, i);
    g_autofree double *x = summed_input (trace, 0, node);
    g_autofree double *own_x = summed_input (own, last, node);

    if (!snn_node_is_neuron (node))
      reference_node_terms (node, forward_term, &(Pass) {.w = weights,.x = x,.y = y });
    else
      for (gsize k = 0; k < snn_shape_size (node->out); k++)
        y[k] = value_at (own, last, i)[k] + (x[k] - own_x[k])
            * surrogate (settings, u[k], threshold_of (node, k));
    weights += reference_n_trained (node);
  }
}

struct _ReferenceRates
{
  const SnnNetwork *network;
  const SnnTrainingSettings *settings;
  guint n;
  const SnnSample *samples;
  Trace **own;                  /* of each sample, its timestep 0 the means */
};

ReferenceRates *
reference_rates_new (const SnnNetwork *network,
    const SnnTrainingSettings *settings, guint n, const SnnSample *samples)
{
  g_autofree double *weights = reference_weights (network);
  ReferenceRates *rates = g_new (ReferenceRates, 1);

  *rates = (ReferenceRates) {
    .network = network,
    .settings = settings,
    .n = n,
    .samples = samples,
    .own = g_new (Trace *, n),
  };
  for (guint s = 0; s < n; s++) {
    rates->own[s] = run (network, weights, settings, &samples[s]);
    if (settings->gradient != SNN_GRADIENT_FPTT)
      average (rates->own[s]);
    if (settings->gradient == SNN_GRADIENT_QCFS)
      forward_quantised (rates->own[s], weights, settings);
  }
  return rates;
}

void
reference_rates_free (ReferenceRates *rates)
{
  for (guint s = 0; s < rates->n; s++)
    trace_free (rates->own[s]);
  g_free (rates->own);
  g_free (rates);
}

double
reference_rates_loss (const ReferenceRates *rates, const double *weights,
    double *const *logits)
{
  const SnnNetwork *network = rates->network;
  const guint last = network->nodes->len - 1;
  gsize size = snn_shape_size (snn_network_output (network));
  g_autofree Trace **traces = g_new0 (Trace *, rates->n);
  double loss;

  for (guint s = 0; s < rates->n; s++) {
    const Trace *own = rates->own[s];
    const gboolean at_end = rates->settings->gradient == SNN_GRADIENT_FPTT;

    traces[s] = trace_new (network, 1);
    memcpy (value_at (traces[s], 0, 0),
        value_at (own, at_end ? own->n_timesteps - 1 : 0, 0),
        snn_shape_size (snn_network_input (network)) * sizeof (double));
    (at_end ? forward_last : forward_rates) (traces[s], own, weights,
        rates->settings);
    for (gsize k = 0; k < size; k++) {
      double potential = value_at (traces[s], 0, last)[k];

      for (guint t = 0; t + 1 < own->n_timesteps; t++)
        potential += at_end ? value_at (own, t, last)[k]
            : value_at (traces[s], 0, last)[k];
      traces[s]->logits[k] = potential
          * readout_factor (network, rates->settings, own->n_timesteps);
    }
    if (logits)
      memcpy (logits[s], traces[s]->logits, size * sizeof (double));
  }
  loss = loss_of (network, rates->settings, rates->n, traces, rates->samples,
      NULL);
  for (guint s = 0; s < rates->n; s++)
    trace_free (traces[s]);
  return loss;
}

double
reference_gradient (const SnnNetwork *network, const double *weights,
    const SnnTrainingSettings *settings, guint n, const SnnSample *samples,
    double *const *logits, double *gradient)
{
  gsize size = snn_shape_size (snn_network_output (network));
  g_autofree Trace **traces = g_new0 (Trace *, n);
  g_autofree double **dlogits = g_new0 (double *, n);
  double loss;

  for (guint s = 0; s < n; s++) {
    traces[s] = run (network, weights, settings, &samples[s]);
    dlogits[s] = g_new0 (double, size);
    if (logits)
      memcpy (logits[s], traces[s]->logits, size * sizeof (double));
  }
  loss = loss_of (network, settings, n, traces, samples, dlogits);
  if (gradient) {
    memset (gradient, 0, snn_network_n_weights (network) * sizeof (double));
    for (guint s = 0; s < n; s++)
      backward (traces[s], weights, settings, dlogits[s], gradient);
  }
  for (guint s = 0; s < n; s++) {
    trace_free (traces[s]);
    g_free (dlogits[s]);
  }
  return loss;
}
