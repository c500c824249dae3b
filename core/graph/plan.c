/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan.h"

#include "op.h"

typedef struct
{
  SnnPlan *plan;
  guint *n_consumers;           /* of each node's output */
  gint *value;                  /* buffer of each node's output, or -1 */
} Planner;

static guint
add_buffer (SnnPlan *plan, SnnShape shape)
{
  plan->frames[plan->n_frames].shape = shape;
  return plan->n_frames++;
}

static SnnStep *
add_step (SnnPlan *plan, SnnStepType type, const SnnNode *node, guint input,
    guint output)
{
  SnnStep *step = &plan->steps[plan->n_steps++];

  *step = (SnnStep) {
    .type = type,
    .node = node,
    .input = input,
    .output = output,
  };
  return step;
}

/* The node that sums @index with others, when nothing else reads it: then
 * @index can add to the sum itself. */
static const SnnNode *
sole_sum (const Planner *planner, guint index)
{
  const SnnNetwork *network = planner->plan->network;

  if (planner->n_consumers[index] != 1)
    return NULL;
  for (guint i = index + 1; i < network->nodes->len; i++) {
    const SnnNode *node = snn_network_node (network, i);

    for (guint j = 0; j < node->n_inputs; j++)
      if (node->inputs[j] == index)
        return node->n_inputs > 1 ? node : NULL;
  }
  return NULL;
}

/* The buffer in which @node finds its input, and how many branches already
 * are in it (0 when new). Sums are kept by the node's first input. */
static guint
input_buffer (Planner *planner, const SnnNode *node, GHashTable *sums,
    gboolean *started)
{
  gpointer known;

  if (node->n_inputs == 1) {
    *started = TRUE;
    return (guint) planner->value[node->inputs[0]];
  }
  *started = g_hash_table_lookup_extended (sums, node, NULL, &known);
  if (!*started) {
    known = GUINT_TO_POINTER (add_buffer (planner->plan, node->in));
    g_hash_table_insert (sums, (gpointer) node, known);
  }
  return GPOINTER_TO_UINT (known);
}

/* Whether an activation may put its values where those that it reads are. Those of
 * another one are asked for again when gradients come back. */
static gboolean
works_in_place (const Planner *planner, const SnnNode *node)
{
  const guint from = node->inputs[0];

  if (!snn_node_is_activation (node))
    return FALSE;
  return node->n_inputs > 1 || (planner->n_consumers[from] == 1
      && !snn_node_is_activation (snn_network_node (planner->plan->network, from)));
}

static void
plan_node (Planner *planner, guint index, GHashTable *sums)
{
  SnnPlan *plan = planner->plan;
  const SnnNode *node = snn_network_node (plan->network, index);
  const SnnNode *sum = sole_sum (planner, index);
  gboolean started;
  guint input, output;
  SnnStep *step;

  if (node->op->role == SNN_ROLE_INPUT) {
    planner->value[index] = (gint) add_buffer (plan, node->out);
    plan->input = (guint) planner->value[index];
    return;
  }

  input = input_buffer (planner, node, sums, &started);
  for (guint j = 0; node->n_inputs > 1 && j < node->n_inputs; j++) {
    gint from = planner->value[node->inputs[j]];

    /* Branches of one consumer have added themselves. */
    if (from == (gint) input)
      continue;
    step = add_step (plan, SNN_STEP_ADD, NULL, (guint) from, input);
    step->accumulate = started;
    started = TRUE;
  }

  if (node->op->role == SNN_ROLE_OUTPUT) {
    planner->value[index] = (gint) input;
    plan->output = input;
    return;
  }
  if (works_in_place (planner, node) && input != plan->input) {
    output = input;
    step = add_step (plan, SNN_STEP_LAYER, node, input, output);
  } else if (sum && snn_node_has_weights (node)) {
    output = input_buffer (planner, sum, sums, &started);
    step = add_step (plan, SNN_STEP_LAYER, node, input, output);
    step->accumulate = started;
  } else {
    output = add_buffer (plan, node->out);
    step = add_step (plan, SNN_STEP_LAYER, node, input, output);
  }
  planner->value[index] = (gint) output;

  step->weights = plan->n_weights;
  for (guint p = 0; p < node->n_parameters; p++)
    plan->n_weights += node->parameters[p].trained ? node->parameters[p].n : 0;
  if (snn_node_is_activation (node)) {
    step->layer = plan->n_layers;
    plan->layer_size[plan->n_layers] = snn_shape_size (node->out);
    plan->layer_step[plan->n_layers++] = (guint) (step - plan->steps);
  }
}

static void
set_layouts (SnnPlan *plan)
{
  for (guint i = 0; i < plan->n_steps; i++) {
    const SnnStep *step = &plan->steps[i];
    SnnFrame *in = &plan->frames[step->input];
    SnnFrame *out = &plan->frames[step->output];

    guint before = 0, after = 0;

    if (step->node && step->node->op->borders)
      step->node->op->borders (step->node, &before, &after);
    in->pad = MAX (in->pad, before);
    out->pad = MAX (out->pad, after);
  }
  for (guint i = 0; i < plan->n_frames; i++) {
    SnnFrame *frame = &plan->frames[i];
    const SnnShape shape = frame->shape;
    const guint before = shape.depth > 0 ? frame->pad : 0;

    frame->row = ((gsize) shape.width + 2 * frame->pad) * shape.channels;
    frame->plane = ((gsize) shape.height + 2 * frame->pad) * frame->row;
    frame->size = ((gsize) MAX (shape.depth, 1) + 2 * before) * frame->plane;
    frame->first = before * frame->plane
        + frame->pad * (frame->row + shape.channels);
  }
}

static void
set_gradient_order (SnnPlan *plan)
{
  g_autofree gboolean *written = g_new0 (gboolean, plan->n_frames);

  for (guint i = plan->n_steps; i-- > 0;) {
    SnnStep *step = &plan->steps[i];

    if (step->input == step->output)
      continue;
    step->accumulate_gradient = written[step->input];
    written[step->input] = TRUE;
  }
}

SnnPlan *
snn_plan_new (SnnNetwork *network)
{
  SnnPlan *plan = g_new0 (SnnPlan, 1);
  guint n = network->nodes->len;
  guint n_edges = 0;
  g_autofree guint *n_consumers = g_new0 (guint, n);
  g_autofree gint *value = g_new (gint, n);
  g_autoptr (GHashTable) sums = g_hash_table_new (NULL, NULL);
  Planner planner = { plan, n_consumers, value };

  plan->network = snn_network_ref (network);
  for (guint i = 0; i < n; i++) {
    const SnnNode *node = snn_network_node (network, i);

    value[i] = -1;
    n_edges += node->n_inputs;
    for (guint j = 0; j < node->n_inputs; j++)
      n_consumers[node->inputs[j]]++;
  }
  plan->steps = g_new0 (SnnStep, n + n_edges);
  plan->frames = g_new0 (SnnFrame, 2 * n);
  plan->layer_size = g_new0 (gsize, n);
  plan->layer_step = g_new0 (guint, n);
  for (guint i = 0; i < n; i++)
    plan_node (&planner, i, sums);
  set_layouts (plan);
  set_gradient_order (plan);
  return plan;
}

void
snn_plan_free (SnnPlan *plan)
{
  if (!plan)
    return;
  snn_network_unref (plan->network);
  g_free (plan->steps);
  g_free (plan->frames);
  g_free (plan->layer_size);
  g_free (plan->layer_step);
  g_free (plan);
}
