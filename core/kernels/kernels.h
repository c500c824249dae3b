/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "poisson.h"
#include "spiking.h"

G_BEGIN_DECLS

/* The inner loops of everything that runs a network. Frames are channels-last,
 * [height][width][channels], with a border of zeros where a convolution needs
 * one; a tap is then a fixed offset, and a convolution of any kind a product
 * of pixels and weights.
 *
 * There are several sets of kernels: `plain`, loops to read and to compare
 * with; `blas`, OpenBLAS, which runs everywhere; `avx2` and `avx512`; and `vnni` and
 * `amx`, which are `avx512` but for spikes. The best that the CPU has is taken, or what
 * $GST_SNN_KERNELS names. All but `blas` give the same bits: sums run over taps
 * and input channels in order, with fused multiply-adds. */

/**
 * SnnProduct:
 * @frames, @rows, @pixels: the output's extent
 * @x_frame, @x_row, @x_pixel, @y_frame, @y_row, @y_pixel: strides in values
 * @taps: @n_taps offsets in values, from an output pixel's place in @x
 * @in, @out: channels
 * @w: weights [n_taps][in][out], packed by snn_kernels_pack()
 * @accumulate: adds to @y rather than replacing it
 *
 * y[f, r, p, o] (+)= sum over t, i of x[f, r, p, taps[t] + i] w[t, i, o]
 */
typedef struct
{
  guint frames;
  guint rows;
  guint pixels;
  const float *x;
  gsize x_frame;
  gsize x_row;
  gsize x_pixel;
  float *y;
  gsize y_frame;
  gsize y_row;
  gsize y_pixel;
  guint n_taps;
  const gsize *taps;
  guint in;
  guint out;
  const float *w;
  gboolean accumulate;
} SnnProduct;

/**
 * SnnOuter:
 *
 * dw[t, i, o] += sum over r, p of x[r, p, taps[t] + i] dy[r, p, o]
 *
 * @dw is not packed; the rest is as in #SnnProduct.
 */
typedef struct
{
  guint rows;
  guint pixels;
  const float *x;
  gsize x_row;
  gsize x_pixel;
  const float *dy;
  gsize y_row;
  gsize y_pixel;
  guint n_taps;
  const gsize *taps;
  guint in;
  guint out;
  float *dw;
} SnnOuter;

/* Positions that an SnnSpikeOuter may have. */
enum
{
  SNN_SPIKE_POSITIONS = 376,
};

/**
 * SnnSpikeOuter:
 * @rows, @pixels: the input's extent, up to %SNN_SPIKE_POSITIONS in all
 * @x: bytes, most of them zero, with strides @x_row and @x_pixel; up to 64 past
 *   the last one may be read
 * @dy: with strides of the input's rows and pixels
 * @taps: @n_taps offsets in values, from a pixel's place in @dy
 * @factor: what an @x of 1 stands for
 *
 * dw[t, i, o] += factor sum over r, p of x[r, p, i] dy[r, p, taps[t] + o]
 *
 * What #SnnOuter does, but only where there are spikes. Where @x is 0, @dy is
 * taken for finite.
 */
typedef struct
{
  guint rows;
  guint pixels;
  const guint8 *x;
  gsize x_row;
  gsize x_pixel;
  const float *dy;
  gsize y_row;
  gsize y_pixel;
  guint n_taps;
  const gssize *taps;
  guint in;
  guint out;
  float factor;
  float *dw;
} SnnSpikeOuter;

/**
 * SnnFire:
 * @n: neurons of a row
 * @current: weighted input; replaced by spikes, 0 or 1
 * @membrane: u, updated
 * @threshold: v for each neuron of the row
 * @leak: (nullable): for each neuron, the share of u that is left from one
 *   timestep to the next; %NULL: all of it
 * @reset: (nullable): for each neuron, what u becomes where it spikes; %NULL: u - v
 * @net: (nullable): spikes that each neuron has sent so far less those that it
 *   took back, updated; %NULL: neurons take none back. Not with @reset
 * @surrogate: (nullable): receives ds/du at the new u, before the reset
 * @scale, @slope: the surrogate is scale[i] max(0, 1 - |u - v| slope[i])
 *
 * One timestep of integrate-and-fire neurons with soft reset, eqs. 1 and 2 of
 * Yue et al. 2023: u += current; s = u > v; u -= v s. Leaky ones begin with
 * u = leak u + current, rounded once. With @reset, u = @reset where s is 1.
 *
 * Signed ones have s = -1 where u < 0 and @net > 0. Between 0 and v such a neuron
 * is at neither of its thresholds, and the surrogate is as high as at one: it falls
 * off from 0 and from v outwards, |u - v| being replaced by the distance to
 * [0, v].
 */
typedef struct
{
  gsize n;
  float *current;
  float *membrane;
  const float *threshold;
  const float *leak;
  const float *reset;
  float *net;
  float *surrogate;
  const float *scale;
  const float *slope;
} SnnFire;

/**
 * SnnFireBackward:
 * @n: neurons of a row
 * @gradient: dL/ds; replaced by dL/du
 * @carry: what the next timestep adds to dL/du, its own dL/du times the leak;
 *   replaced by what this one adds to that of the timestep before
 * @distance: u - v before the reset, or of a signed neuron to [0, v]
 * @leak: (nullable): as in #SnnFire
 * @resets: whether there was a @reset, from which on nothing depends on u
 * @scale, @slope: of the surrogate, as in #SnnFire
 *
 * One timestep backward: dL/du[t] = dL/ds[t] ds/du[t] + leak dL/du[t+1], without the
 * second term where u[t] was followed by a reset to a value.
 */
typedef struct
{
  gsize n;
  float *gradient;
  float *carry;
  const float *distance;
  const float *leak;
  gboolean resets;
  const float *scale;
  const float *slope;
} SnnFireBackward;

/**
 * SnnKernels:
 * @panel: output channels that weights are packed by; 0: all together
 * @sparse_product: the same as @product, fast where many inputs are 0 in all frames:
 *   gradients of neurons that never come near their threshold. Taps and strides of
 *   @x are multiples of @in, and @w is taken for finite
 * @fire: returns the number of spikes
 * @spiking: the forward pass of spiking networks on integers
 */
typedef struct
{
  const gchar *name;
  guint panel;
  void (*product) (const SnnProduct * product);
  void (*sparse_product) (const SnnProduct * product);
  void (*outer) (const SnnOuter * outer);
  void (*spike_outer) (const SnnSpikeOuter * outer);
  guint (*fire) (const SnnFire * fire);
  void (*fire_backward) (const SnnFireBackward * fire);
  void (*poisson) (const SnnPoisson * poisson);
  const SnnSpikingKernels *spiking;
} SnnKernels;

/* snn_kernels_get: what to use in this process. */
const SnnKernels *snn_kernels_get (void);

/* snn_kernels_find: by name, %NULL where this CPU or build has none. */
const SnnKernels *snn_kernels_find (const gchar * name);

/* The names of all sets that run here, %NULL-terminated, best last. */
const gchar *const *snn_kernels_names (void);

/* snn_kernels_panel: columns of a panel of a matrix of @out. */
guint snn_kernels_panel (const SnnKernels * kernels, guint out);

/* snn_kernels_packed_size: values of a packed matrix of @k rows (taps times
 * input channels) and @out columns. */
gsize snn_kernels_packed_size (const SnnKernels * kernels, gsize k, guint out);

/* snn_kernels_pack: @k rows of the panel from column @first on, of a matrix of
 * @out columns: to [k][panel], zero-filled. @w is the matrix's first row, its
 * rows and columns being @row and @column values apart. */
void snn_kernels_pack (const SnnKernels * kernels, gsize k, guint out,
    guint first, const float *w, gsize row, gsize column, float *packed);

extern const SnnKernels snn_kernels_plain;
extern const SnnKernels snn_kernels_blas;
#ifdef HAVE_X86_SIMD
extern const SnnKernels snn_kernels_avx2;
extern const SnnKernels snn_kernels_avx512;
extern const SnnKernels snn_kernels_vnni;
#endif
#ifdef HAVE_AMX
extern const SnnKernels snn_kernels_amx;
#endif

G_END_DECLS
