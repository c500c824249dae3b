/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers.h"

#include <string.h>

/* Shapes: x is [height][width][channels] of a step's input buffer and y of its
 * output buffer, inside their borders; dx and dy are the loss's gradients. */

typedef struct
{
  const SnnRun *run;
  const SnnStep *step;
  const SnnNode *node;
  const SnnKernels *kernels;
  const SnnPackedStep *packed;
  const SnnFrame *in;
  const SnnFrame *out;
} Layer;

static Layer
layer_of (const SnnRun *run, const SnnStep *step)
{
  return (Layer) {
    .run = run,
    .step = step,
    .node = step->node,
    .kernels = run->packed->kernels,
    .packed = &run->packed->steps[step - run->plan->steps],
    .in = &run->plan->frames[step->input],
    .out = &run->plan->frames[step->output],
  };
}

static float *
frame_at (float *const *buffers, guint buffer, const SnnFrame *layout,
    guint frame)
{
  return buffers[buffer] + frame * layout->size + layout->first;
}

static float *
input_at (const Layer *l, guint frame)
{
  return frame_at (l->run->values, l->step->input, l->in, frame);
}

static float *
output_at (const Layer *l, guint frame)
{
  return frame_at (l->run->values, l->step->output, l->out, frame);
}

static float *
input_gradient_at (const Layer *l, guint frame)
{
  return frame_at (l->run->gradients, l->step->input, l->in, frame);
}

static float *
output_gradient_at (const Layer *l, guint frame)
{
  return frame_at (l->run->gradients, l->step->output, l->out, frame);
}

static gboolean
wants_input_gradient (const Layer *l)
{
  return l->step->input != l->run->plan->input;
}

/* y[p] (+)= sum over taps of x[stride p + tap - padding] w[tap] */
static void
conv2d_forward (const Layer *l)
{
  const SnnNode *node = l->node;

  for (guint f = 0; f < l->run->n_frames; f++)
    l->kernels->product (&(SnnProduct) {
          .rows = node->out.height,
          .pixels = node->out.width,
          .x = input_at (l, f)
              - node->padding * (l->in->row + node->in.channels),
          .x_row = node->stride * l->in->row,
          .x_pixel = (gsize) node->stride * node->in.channels,
          .y = output_at (l, f),
          .y_row = l->out->row,
          .y_pixel = node->out.channels,
          .n_taps = node->kernel * node->kernel,
          .taps = l->packed->input_taps,
          .in = node->in.channels,
          .out = node->out.channels,
          .w = l->packed->forward,
          .accumulate = l->step->accumulate });
}

/* Floats of dy that a call should read, so that they stay in the nearest cache
 * for all input channels. */
#define SPIKE_DELTAS 6144

gboolean
snn_step_takes_spikes (const SnnStep *step)
{
  const SnnNode *node = step->node;

  return node && ((node->type == SNN_NODE_CONV2D && node->stride == 1)
      || node->type == SNN_NODE_CONV_TRANSPOSE2D);
}

static gboolean
has_spikes (const Layer *l)
{
  return l->run->spike_frames && l->run->spike_frames[l->step->input].x
      && snn_step_takes_spikes (l->step);
}

/* dw[tap] += sum over p of x[p]^T dy[@scale p + spike_taps[tap]], in bands of
 * rows or parts of a row. */
static void
add_spike_outers (const Layer *l, guint frame, guint scale)
{
  const SnnSpikeFrames *spikes = &l->run->spike_frames[l->step->input];
  const SnnShape in = l->node->in, out = l->node->out;
  const gsize line = (gsize) in.width * scale * scale * MIN (out.channels, 32);
  const guint pixels = MIN (in.width, SNN_SPIKE_POSITIONS);
  const guint rows = MAX (1, MIN (SPIKE_DELTAS / line,
          SNN_SPIKE_POSITIONS / pixels));

  for (guint y = 0; y < in.height; y += rows)
    for (guint x = 0; x < in.width; x += pixels)
      l->kernels->spike_outer (&(SnnSpikeOuter) {
            .rows = MIN (rows, in.height - y),
            .pixels = MIN (pixels, in.width - x),
            .x = spikes->x + frame * spikes->frame + y * spikes->row
                + (gsize) x * in.channels,
            .x_row = spikes->row,
            .x_pixel = in.channels,
            .dy = output_gradient_at (l, frame) + y * scale * l->out->row
                + (gsize) x * scale * out.channels,
            .y_row = scale * l->out->row,
            .y_pixel = (gsize) scale * out.channels,
            .n_taps = l->node->kernel * l->node->kernel,
            .taps = l->packed->spike_taps,
            .in = in.channels,
            .out = out.channels,
            .factor = spikes->factor,
            .dw = l->run->weight_gradient + l->step->weights });
}

/* With strides a gradient reaches only some inputs: scatter it. */
static void
conv2d_scatter (const Layer *l, guint frame)
{
  const SnnNode *node = l->node;
  const float *dy = output_gradient_at (l, frame);
  float *dx = input_gradient_at (l, frame);
  gint k = (gint) node->kernel, pad = (gint) node->padding;

  if (!l->step->accumulate_gradient)
    for (guint y = 0; y < node->in.height; y++)
      memset (dx + y * l->in->row, 0,
          (gsize) node->in.width * node->in.channels * sizeof *dx);
  for (gint y = 0; y < (gint) node->out.height; y++)
    for (gint x = 0; x < (gint) node->out.width; x++)
      for (gint tap = 0; tap < k * k; tap++) {
        gint iy = y * (gint) node->stride + tap / k - pad;
        gint ix = x * (gint) node->stride + tap % k - pad;
        const float *w = node->weight
            + (gsize) tap * node->in.channels * node->out.channels;

        if (iy < 0 || ix < 0 || iy >= (gint) node->in.height
            || ix >= (gint) node->in.width)
          continue;
        for (guint i = 0; i < node->in.channels; i++)
          for (guint o = 0; o < node->out.channels; o++)
            dx[(gsize) iy * l->in->row + (gsize) ix * node->in.channels + i] +=
                dy[(gsize) y * l->out->row + (gsize) x * node->out.channels
                + o] * *w++;
      }
}

/* dx[p] (+)= sum over taps of dy[p + padding - tap] w[tap]^T (stride 1);
 * dw[tap] += sum over p of x[stride p + tap - padding]^T dy[p] */
static void
conv2d_backward (const Layer *l)
{
  const SnnNode *node = l->node;
  guint reach = node->kernel - 1 - node->padding;

  for (guint f = 0; f < l->run->n_frames; f++) {
    const float *dy = output_gradient_at (l, f);

    if (has_spikes (l))
      add_spike_outers (l, f, 1);
    else
      l->kernels->outer (&(SnnOuter) {
          .rows = node->out.height,
          .pixels = node->out.width,
          .x = input_at (l, f)
              - node->padding * (l->in->row + node->in.channels),
          .x_row = node->stride * l->in->row,
          .x_pixel = (gsize) node->stride * node->in.channels,
          .dy = dy,
          .y_row = l->out->row,
          .y_pixel = node->out.channels,
          .n_taps = node->kernel * node->kernel,
          .taps = l->packed->input_taps,
          .in = node->in.channels,
          .out = node->out.channels,
          .dw = l->run->weight_gradient + l->step->weights });
    if (!wants_input_gradient (l))
      continue;
    if (node->stride != 1) {
      conv2d_scatter (l, f);
      continue;
    }
    l->kernels->product (&(SnnProduct) {
          .rows = node->in.height,
          .pixels = node->in.width,
          .x = dy - reach * (l->out->row + node->out.channels),
          .x_row = l->out->row,
          .x_pixel = node->out.channels,
          .y = input_gradient_at (l, f),
          .y_row = l->in->row,
          .y_pixel = node->in.channels,
          .n_taps = node->kernel * node->kernel,
          .taps = l->packed->output_taps,
          .in = node->out.channels,
          .out = node->in.channels,
          .w = l->packed->backward,
          .accumulate = l->step->accumulate_gradient });
  }
}

/* y[k p + tap] (+)= x[p] w[tap], kernel and stride k */
static void
conv_transpose2d_forward (const Layer *l)
{
  const SnnNode *node = l->node;
  const gsize here = 0;
  gsize size = snn_kernels_packed_size (l->kernels, node->in.channels,
      node->out.channels);

  for (guint f = 0; f < l->run->n_frames; f++)
    for (guint tap = 0; tap < node->kernel * node->kernel; tap++)
      l->kernels->product (&(SnnProduct) {
            .rows = node->in.height,
            .pixels = node->in.width,
            .x = input_at (l, f),
            .x_row = l->in->row,
            .x_pixel = node->in.channels,
            .y = output_at (l, f) + l->packed->output_taps[tap],
            .y_row = node->kernel * l->out->row,
            .y_pixel = (gsize) node->kernel * node->out.channels,
            .n_taps = 1,
            .taps = &here,
            .in = node->in.channels,
            .out = node->out.channels,
            .w = l->packed->forward + tap * size,
            .accumulate = l->step->accumulate });
}

/* dx[p] (+)= sum over taps of dy[k p + tap] w[tap]^T;
 * dw[tap] += sum over p of x[p]^T dy[k p + tap] */
static void
conv_transpose2d_backward (const Layer *l)
{
  const SnnNode *node = l->node;
  const gsize here = 0;

  for (guint f = 0; f < l->run->n_frames; f++) {
    const float *dy = output_gradient_at (l, f);

    if (has_spikes (l))
      add_spike_outers (l, f, node->kernel);
    for (guint tap = 0; !has_spikes (l) && tap < node->kernel * node->kernel;
        tap++)
      l->kernels->outer (&(SnnOuter) {
            .rows = node->in.height,
            .pixels = node->in.width,
            .x = input_at (l, f),
            .x_row = l->in->row,
            .x_pixel = node->in.channels,
            .dy = dy + l->packed->output_taps[tap],
            .y_row = node->kernel * l->out->row,
            .y_pixel = (gsize) node->kernel * node->out.channels,
            .n_taps = 1,
            .taps = &here,
            .in = node->in.channels,
            .out = node->out.channels,
            .dw = l->run->weight_gradient + l->step->weights
                + (gsize) tap * node->in.channels * node->out.channels });
    if (!wants_input_gradient (l))
      continue;
    l->kernels->product (&(SnnProduct) {
          .rows = node->in.height,
          .pixels = node->in.width,
          .x = dy,
          .x_row = node->kernel * l->out->row,
          .x_pixel = (gsize) node->kernel * node->out.channels,
          .y = input_gradient_at (l, f),
          .y_row = l->in->row,
          .y_pixel = node->in.channels,
          .n_taps = node->kernel * node->kernel,
          .taps = l->packed->output_taps,
          .in = node->out.channels,
          .out = node->in.channels,
          .w = l->packed->backward,
          .accumulate = l->step->accumulate_gradient });
  }
}

/* y[f] (+)= x[f] w: frames are the rows of one matrix. Outputs from @first on
 * are whole panels. */
void
snn_linear_forward (const SnnRun *run, const SnnStep *step, guint first,
    guint n)
{
  const Layer layer = layer_of (run, step), *l = &layer;
  const gsize here = 0;
  const gsize in = step->node->in.channels;

  l->kernels->product (&(SnnProduct) {
        .rows = l->run->n_frames,
        .pixels = 1,
        .x = input_at (l, 0),
        .x_row = l->in->size,
        .x_pixel = l->in->size,
        .y = output_at (l, 0) + first,
        .y_row = l->out->size,
        .y_pixel = l->out->size,
        .n_taps = 1,
        .taps = &here,
        .in = in,
        .out = n,
        .w = l->packed->forward + in * first,
        .accumulate = l->step->accumulate });
}

/* dw += sum over f of x[f]^T dy[f];
 * dx[f] (+)= dy[f] w^T, for inputs from @first on */
void
snn_linear_backward (const SnnRun *run, const SnnStep *step, guint first,
    guint n)
{
  const Layer layer = layer_of (run, step), *l = &layer;
  const gsize here = 0;
  const gsize out = step->node->out.channels;

  l->kernels->outer (&(SnnOuter) {
        .rows = l->run->n_frames,
        .pixels = 1,
        .x = input_at (l, 0) + first,
        .x_row = l->in->size,
        .x_pixel = l->in->size,
        .dy = output_gradient_at (l, 0),
        .y_row = l->out->size,
        .y_pixel = l->out->size,
        .n_taps = 1,
        .taps = &here,
        .in = n,
        .out = out,
        .dw = l->run->weight_gradient + l->step->weights + first * out });
  if (!wants_input_gradient (l))
    return;
  l->kernels->product (&(SnnProduct) {
        .rows = l->run->n_frames,
        .pixels = 1,
        .x = output_gradient_at (l, 0),
        .x_row = l->out->size,
        .x_pixel = l->out->size,
        .y = input_gradient_at (l, 0) + first,
        .y_row = l->in->size,
        .y_pixel = l->in->size,
        .n_taps = 1,
        .taps = &here,
        .in = out,
        .out = n,
        .w = l->packed->backward + out * first,
        .accumulate = l->step->accumulate_gradient });
}

/* y[p] = mean of x[k p ... k p + k - 1] */
static void
avg_pool2d_forward (const Layer *l)
{
  const SnnNode *node = l->node;
  const guint k = node->kernel, channels = node->in.channels;
  const float share = 1.f / (float) (k * k);

  for (guint f = 0; f < l->run->n_frames; f++)
    for (guint row = 0; row < node->out.height; row++)
      for (guint pixel = 0; pixel < node->out.width; pixel++) {
        const float *x = input_at (l, f) + (gsize) row * k * l->in->row
            + (gsize) pixel * k * channels;
        float *y = output_at (l, f) + row * l->out->row
            + (gsize) pixel * channels;

        memcpy (y, x, channels * sizeof *y);
        for (guint tap = 1; tap < k * k; tap++) {
          const float *from = x + tap / k * l->in->row + tap % k * channels;

          for (guint c = 0; c < channels; c++)
            y[c] += from[c];
        }
        for (guint c = 0; c < channels; c++)
          y[c] *= share;
      }
}

/* dx[k p ... k p + k - 1] (+)= dy[p] / k^2 */
static void
avg_pool2d_backward (const Layer *l)
{
  const SnnNode *node = l->node;
  const guint k = node->kernel, channels = node->in.channels;
  const float share = 1.f / (float) (k * k);

  if (!wants_input_gradient (l))
    return;
  for (guint f = 0; f < l->run->n_frames; f++)
    for (guint row = 0; row < node->in.height; row++) {
      float *dx = input_gradient_at (l, f) + row * l->in->row;
      const float *dy = output_gradient_at (l, f) + row / k * l->out->row;

      for (guint pixel = 0; pixel < node->in.width; pixel++, dx += channels) {
        const float *from = dy + (gsize) (pixel / k) * channels;

        if (l->step->accumulate_gradient)
          for (guint c = 0; c < channels; c++)
            dx[c] += from[c] * share;
        else
          for (guint c = 0; c < channels; c++)
            dx[c] = from[c] * share;
      }
    }
}

/* y[c, h, w] = x[h, w, c] */
static void
flatten_forward (const Layer *l)
{
  const SnnShape in = l->node->in;

  for (guint f = 0; f < l->run->n_frames; f++) {
    const float *x = input_at (l, f);
    float *y = output_at (l, f);

    for (guint c = 0; c < in.channels; c++)
      for (guint row = 0; row < in.height; row++)
        for (guint pixel = 0; pixel < in.width; pixel++)
          *y++ = x[row * l->in->row + (gsize) pixel * in.channels + c];
  }
}

static void
flatten_backward (const Layer *l)
{
  const SnnShape in = l->node->in;

  if (!wants_input_gradient (l))
    return;
  for (guint f = 0; f < l->run->n_frames; f++) {
    const float *dy = output_gradient_at (l, f);
    float *dx = input_gradient_at (l, f);

    for (guint c = 0; c < in.channels; c++)
      for (guint row = 0; row < in.height; row++)
        for (guint pixel = 0; pixel < in.width; pixel++, dy++) {
          float *to = dx + row * l->in->row + (gsize) pixel * in.channels + c;

          *to = l->step->accumulate_gradient ? *to + *dy : *dy;
        }
  }
}

/* y (+)= x, row by row, as borders may differ */
static void
add_frames (const SnnFrame *to, float *y, const SnnFrame *from, const float *x,
    guint n_frames, gboolean accumulate)
{
  gsize n = (gsize) to->shape.width * to->shape.channels;

  for (guint f = 0; f < n_frames; f++)
    for (guint row = 0; row < to->shape.height; row++) {
      float *out = y + f * to->size + to->first + row * to->row;
      const float *in = x + f * from->size + from->first + row * from->row;

      if (accumulate)
        for (gsize i = 0; i < n; i++)
          out[i] += in[i];
      else
        memcpy (out, in, n * sizeof *out);
    }
}

static void
add_forward (const Layer *l)
{
  add_frames (l->out, l->run->values[l->step->output], l->in,
      l->run->values[l->step->input], l->run->n_frames, l->step->accumulate);
}

static void
add_backward (const Layer *l)
{
  if (wants_input_gradient (l))
    add_frames (l->in, l->run->gradients[l->step->input], l->out,
        l->run->gradients[l->step->output], l->run->n_frames,
        l->step->accumulate_gradient);
}

/* x[i] *= factor[i] with one factor a neuron, for all timesteps of a sample */
static void
drop (const Layer *l, float *const *buffers)
{
  const float *factor = l->run->dropout ?
      l->run->dropout[l->step->layer] : NULL;
  const SnnShape shape = l->node->out;
  gsize n = (gsize) shape.width * shape.channels;

  for (guint f = 0; factor && f < l->run->n_frames; f++)
    for (guint row = 0; row < shape.height; row++) {
      float *x = frame_at (buffers, l->step->output, l->out, f)
          + row * l->out->row;

      for (gsize i = 0; i < n; i++)
        x[i] *= factor[row * n + i];
      if (l->run->samples && row + 1 == shape.height)
        factor += shape.height * n;
    }
}

/* y = max(x, 0), dropped */
static void
relu_forward (const Layer *l)
{
  gsize n = (gsize) l->node->out.width * l->node->out.channels;

  for (guint f = 0; f < l->run->n_frames; f++)
    for (guint row = 0; row < l->node->out.height; row++) {
      float *y = output_at (l, f) + row * l->out->row;

      for (gsize i = 0; i < n; i++)
        y[i] = y[i] > 0.f ? y[i] : 0.f;
    }
  drop (l, l->run->values);
}

/* dx = dy where y > 0; what was dropped is 0 there already */
static void
relu_backward (const Layer *l)
{
  gsize n = (gsize) l->node->out.width * l->node->out.channels;

  drop (l, l->run->gradients);
  for (guint f = 0; f < l->run->n_frames; f++)
    for (guint row = 0; row < l->node->out.height; row++) {
      const float *y = output_at (l, f) + row * l->out->row;
      float *dy = output_gradient_at (l, f) + row * l->out->row;

      for (gsize i = 0; i < n; i++)
        dy[i] = y[i] > 0.f ? dy[i] : 0.f;
    }
}

/* u[t] = u[t-1] + x[t] - v s[t-1], s[t] = u[t] > v; then dropped */
static void
if_forward (const Layer *l)
{
  const SnnShape shape = l->node->out;
  const SnnPackedLayer *rows = &l->run->packed->layers[l->step->layer];
  const gsize n = (gsize) shape.width * shape.channels;
  float *membrane = l->run->membranes[l->step->layer];
  float *surrogate = l->run->surrogates ?
      l->run->surrogates[l->step->layer] : NULL;
  guint64 spikes = 0;

  for (guint f = 0; f < l->run->n_frames; f++)
    for (guint row = 0; row < shape.height; row++)
      spikes += l->kernels->fire (&(SnnFire) {
            .n = n,
            .current = output_at (l, f) + row * l->out->row,
            .membrane = membrane + row * n,
            .threshold = rows->threshold,
            .surrogate = surrogate ?
                surrogate + (f * shape.height + row) * n : NULL,
            .scale = rows->scale,
            .slope = rows->slope });
  if (l->run->spikes)
    l->run->spikes[l->step->layer] += spikes;
  drop (l, l->run->values);
}

/* For the gradient of rates: see @rates of #SnnRun. */
static void
if_forward_rates (const Layer *l)
{
  const SnnShape shape = l->node->out;
  const gsize n = (gsize) shape.width * shape.channels;
  const float *threshold = l->run->packed->layers[l->step->layer].threshold;
  const float *rate = l->run->rates[l->step->layer];
  float *slope = l->run->surrogates[l->step->layer];

  for (guint f = 0; f < l->run->n_frames; f++)
    for (guint row = 0; row < shape.height; row++, rate += n, slope += n) {
      float *x = output_at (l, f) + row * l->out->row;

      for (gsize i = 0; i < n; i++) {
        float v = threshold[i];

        slope[i] = x[i] > 0.f && x[i] < v ? 1.f / v : 0.f;
        x[i] = rate[i];
      }
    }
}

/* dx = dr dr/dI */
static void
if_backward_rates (const Layer *l)
{
  const SnnShape shape = l->node->out;
  const gsize n = (gsize) shape.width * shape.channels;
  const float *slope = l->run->surrogates[l->step->layer];

  drop (l, l->run->gradients);
  for (guint f = 0; f < l->run->n_frames; f++)
    for (guint row = 0; row < shape.height; row++, slope += n) {
      float *dy = output_gradient_at (l, f) + row * l->out->row;

      for (gsize i = 0; i < n; i++)
        dy[i] *= slope[i];
    }
}

/* dL/du[t] = dL/ds[t] ds/du[t] + dL/du[t+1]: the reset passes no gradient;
 * dx[t] = dL/du[t] */
static void
if_backward (const Layer *l)
{
  const SnnShape shape = l->node->out;
  const gsize n = (gsize) shape.width * shape.channels;
  const SnnPackedLayer *rows = &l->run->packed->layers[l->step->layer];
  float *carry = l->run->carries[l->step->layer];

  drop (l, l->run->gradients);
  if (l->run->distances) {
    const float *distance = l->run->distances[l->step->layer];

    for (guint row = 0; row < shape.height; row++)
      for (guint f = l->run->n_frames; f-- > 0;)
        l->kernels->fire_backward (&(SnnFireBackward) {
              .n = n,
              .gradient = output_gradient_at (l, f) + row * l->out->row,
              .carry = carry + row * n,
              .distance = distance + (row * l->run->n_frames + f) * n,
              .scale = rows->scale,
              .slope = rows->slope });
    return;
  }
  for (guint f = l->run->n_frames; f-- > 0;)
    for (guint row = 0; row < shape.height; row++) {
      const float *slope = l->run->surrogates[l->step->layer]
          + (f * shape.height + row) * n;
      float *dy = output_gradient_at (l, f) + row * l->out->row;
      float *du = carry + row * n;

      for (gsize i = 0; i < n; i++)
        dy[i] = du[i] = dy[i] * slope[i] + du[i];
    }
}

static void
activation_forward (const Layer *l)
{
  if (l->step->input != l->step->output)
    add_forward (l);
  if (l->node->type == SNN_NODE_RELU)
    relu_forward (l);
  else if (l->run->rates)
    if_forward_rates (l);
  else
    if_forward (l);
}

static void
activation_backward (const Layer *l)
{
  if (l->node->type == SNN_NODE_RELU)
    relu_backward (l);
  else if (l->run->rates)
    if_backward_rates (l);
  else
    if_backward (l);
  if (l->step->input != l->step->output)
    add_backward (l);
}

void
snn_layer_forward (const SnnRun *run, const SnnStep *step)
{
  const Layer l = layer_of (run, step);

  if (step->type == SNN_STEP_ADD) {
    add_forward (&l);
    return;
  }
  switch (step->node->type) {
    case SNN_NODE_CONV2D:
      conv2d_forward (&l);
      break;
    case SNN_NODE_CONV_TRANSPOSE2D:
      conv_transpose2d_forward (&l);
      break;
    case SNN_NODE_LINEAR:
      snn_linear_forward (run, step, 0, step->node->out.channels);
      break;
    case SNN_NODE_AVG_POOL2D:
      avg_pool2d_forward (&l);
      break;
    case SNN_NODE_FLATTEN:
      flatten_forward (&l);
      break;
    case SNN_NODE_RELU:
    case SNN_NODE_IF:
      activation_forward (&l);
      break;
    case SNN_NODE_INPUT:
    case SNN_NODE_OUTPUT:
      break;
  }
}

void
snn_layer_backward (const SnnRun *run, const SnnStep *step)
{
  const Layer l = layer_of (run, step);

  if (step->type == SNN_STEP_ADD) {
    add_backward (&l);
    return;
  }
  switch (step->node->type) {
    case SNN_NODE_CONV2D:
      conv2d_backward (&l);
      break;
    case SNN_NODE_CONV_TRANSPOSE2D:
      conv_transpose2d_backward (&l);
      break;
    case SNN_NODE_LINEAR:
      snn_linear_backward (run, step, 0, step->node->in.channels);
      break;
    case SNN_NODE_AVG_POOL2D:
      avg_pool2d_backward (&l);
      break;
    case SNN_NODE_FLATTEN:
      flatten_backward (&l);
      break;
    case SNN_NODE_RELU:
    case SNN_NODE_IF:
      activation_backward (&l);
      break;
    case SNN_NODE_INPUT:
    case SNN_NODE_OUTPUT:
      break;
  }
}
