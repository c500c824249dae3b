/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The inner loops of a spiking forward pass: convolution and integrate-and-fire
 * in one, on a row of neurons and a block of timesteps.
 *
 * Inputs are bytes (spikes, signed spikes, or sums of spikes), weights fixed-
 * point numbers of up to 24 bits, and currents their exact 32-bit sums. Sums of
 * integers are the same in any order, and what follows (one multiplication by a
 * power of two, one addition, one comparison, one subtraction in float32) is
 * the same everywhere: all sets of kernels give the same bits. */

enum
{
  SNN_BLOCK = 32,               /* timesteps that pass a layer together, at most */
  SNN_LARGEST_BYTE = 127,       /* of inputs, signed or not, and narrow weights */
  SNN_PLACE = 16,               /* bytes that a narrow weight's panel takes */
  SNN_TOGETHER = 2,             /* places that are worked on without a question between */
  SNN_LIST_SLACK = 16,          /* places behind the last one that may be touched */
  SNN_TAPS = 3,                 /* pixels of a run that lists are good for, at most */
  SNN_LISTED_INPUTS = 1 << 20,  /* of a run */
  SNN_LISTED_PIXELS = 254,      /* of a row, border and all */
};

/**
 * SnnSpikeList:
 * @pixels: of each row, with the border
 * @sizes: [lists], sums of the bytes' sizes, counted before lists are made
 * @places: of bytes that are not 0, each as often as its value: %SNN_PLACE times
 *   1 + channel, or where the byte is below 0, times 1 + channels + channel; for each
 *   pixel filled up by zeros to a multiple of %SNN_TOGETHER
 * @first: [lists][pixels + 1], for each pixel its first one's index in @places, and behind
 *   them the end; only of lists whose size is not 0
 *
 * The spikes of rows of pixels, a list for each row and timestep.
 */
typedef struct
{
  guint pixels;
  guint32 *sizes;
  guint32 *places;
  guint32 *first;
} SnnSpikeList;

/**
 * SnnListRow:
 * @bytes: of a row and timestep, @pixels times @channels
 * @largest: what they are at most, whatever the sign
 * @is_signed: whether there may be bytes below 0
 * @places, @first: as in #SnnSpikeList, of this list but for @places
 *
 * What lists are made of. Up to 15 bytes past the row may be read, and
 * %SNN_LIST_SLACK behind the last place may be written.
 */
typedef struct
{
  const guint8 *bytes;
  guint pixels;
  guint channels;
  gint largest;
  gboolean is_signed;
  guint32 *places;
  guint32 *first;
} SnnListRow;

/* What kernels read weights as, of which a set has one or several. */
typedef enum
{
  SNN_PACKED_FOR_BITS,          /* or for whatever a set without others reads */
  SNN_PACKED_FOR_BYTES,
  SNN_PACKED_FOR_LISTS,
  SNN_N_PACKINGS,
} SnnPacking;

/**
 * SnnFireBranch:
 * @x: byte of the first pixel, timestep and run
 * @pixel, @time, @run: bytes from one to the next
 * @n_runs, @length: each neuron reads @n_runs runs of @length adjacent bytes,
 *   the rows of a convolution kernel
 * @is_signed: whether there are bytes below 0
 * @bits, @n_planes, @plane: the bytes' bits, where the kernels want them: plane
 *   b has bit b of byte i as bit i, and starts b @plane bytes after @bits; the
 *   last plane of signed bytes counts negative (two's complement)
 * @at: index of @x in @bits
 * @list: (nullable): in place of @bits; @list_row is the number of the first run's
 *   first list, and the next run's is @list_run on, @list_at the first neuron's
 *   first pixel, and @list_pixel are pixels from a neuron's to the next one's
 * @taps: pixels that a run covers
 * @narrow: whether weights are packed as narrow ones
 * @packing: for lists where there is @list, else what the kernels' choose() says
 * @weights: of one panel, by the kernels' pack() for @packing
 *
 * One of the inputs that meet in a neuron. Memory may be read, though it does
 * not count, up to 64 bytes past a run.
 */
typedef struct
{
  const guint8 *x;
  gsize pixel;
  gsize time;
  gsize run;
  guint n_runs;
  guint length;
  gboolean is_signed;
  const guint8 *bits;
  guint n_planes;
  gsize plane;
  gsize at;
  const SnnSpikeList *list;
  gsize list_row;
  gsize list_run;
  guint list_at;
  guint list_pixel;
  guint taps;
  gboolean narrow;
  SnnPacking packing;
  gconstpointer weights;
} SnnFireBranch;

/**
 * SnnFireRow:
 * @timesteps: 1 to %SNN_BLOCK
 * @pixels: of the row
 * @lanes: neurons of a pixel, at most the kernels' panel
 * @branches: @n_branches inputs, summed
 * @current: if not %NULL, the same current at every timestep, in place of
 *   branches; @current_pixel values from a pixel to the next
 * @scale, @threshold: 2^-e and v of each lane; a whole panel may be read
 * @leak: (nullable): share of u that is left from one timestep to the next, of
 *   each lane; a whole panel may be read; %NULL: all of it
 * @reset: (nullable): what u becomes where it is above v, of each lane; a whole
 *   panel may be read; %NULL: u - v
 * @start: (nullable): u before the first timestep, of each lane, where @membrane and
 *   @net hold nothing yet
 * @net: (nullable): as in #SnnFire, where membranes are; not with @reset
 * @membrane: u, updated; @neuron values from a pixel to the next
 * @ends: whether nobody will read @membrane and @net, which then need not be written
 * @keep: (nullable): 0 for neurons whose spikes are dropped, else 1, @neuron
 *   bytes a pixel
 * @counts: (nullable): spikes of each neuron (dropped ones too) less those taken
 *   back, added to; @neuron values a pixel
 * @spikes: receives 0, 1 or, of signed neurons, -1; @spikes_pixel and @spikes_time bytes
 * @distance: (nullable): receives u - v before the reset, of signed neurons the
 *   distance to [0, v] where that is what #SnnFire says; @neuron values a
 *   pixel and @distance_time a timestep
 *
 * For each timestep: u += scale sum x w; s = u > v; u -= v s. Leaky neurons begin
 * with u = leak u + scale sum x w, rounded once, as the product with a power of two
 * is exact.
 */
typedef struct
{
  guint timesteps;
  guint pixels;
  guint lanes;
  guint n_branches;
  const SnnFireBranch *branches;
  const float *current;
  gsize current_pixel;
  const float *scale;
  const float *threshold;
  const float *leak;
  const float *reset;
  const float *start;
  float *net;
  float *membrane;
  gboolean ends;
  gsize neuron;
  const guint8 *keep;
  guint32 *counts;
  guint8 *spikes;
  gsize spikes_pixel;
  gsize spikes_time;
  float *distance;
  gsize distance_time;
} SnnFireRow;

/**
 * SnnSpikingKernels:
 * @panel: neurons of a pixel that are worked on together
 * @dense: lists pay where bytes' sizes are no more than one for so many bytes;
 *   @narrow_dense: where all weights that they lead to are narrow
 * @choose: (nullable): how fire() wants weights packed for a block of @timesteps
 *   of a branch that is not listed; %NULL: for bits, always
 * @packed_size: bytes of one panel's weights for a branch, 0 where they are never
 *   packed so; of @narrow ones, up to %SNN_LARGEST_BYTE in size, about half or less;
 *   @taps as in #SnnFireBranch, or 0 where there will be no lists
 * @pack: from [n_runs * length][panel] to what fire() reads, where that has a size
 * @pack_bits: (nullable): gathers bit @bit of @n bytes, a multiple of 64
 * @count: (nullable): a row's @size
 * @list: (nullable): lists a row's spikes, of which there are some, from index @n on;
 *   returns the next one; there is @count, too
 * @fire: returns the number of spikes, those taken back among them
 * @end: (nullable): called by each thread after its calls of fire()
 */
typedef struct
{
  guint panel;
  guint dense;
  guint narrow_dense;
  SnnPacking (*choose) (guint timesteps, guint n_planes, gboolean narrow);
  gsize (*packed_size) (SnnPacking packing, guint n_runs, guint length,
      guint taps, gboolean narrow);
  void (*pack) (SnnPacking packing, guint n_runs, guint length, guint taps,
      gboolean narrow, const gint32 * w, gpointer packed);
  void (*pack_bits) (const guint8 * bytes, gsize n, guint bit, guint8 * bits);
  guint32 (*count) (const SnnListRow * row);
  guint32 (*list) (const SnnListRow * row, guint32 n);
  guint (*fire) (const SnnFireRow * row);
  void (*end) (void);
} SnnSpikingKernels;

extern const SnnSpikingKernels snn_spiking_plain;
#ifdef HAVE_X86_SIMD
extern const SnnSpikingKernels snn_spiking_avx2;
extern const SnnSpikingKernels snn_spiking_avx512;
extern const SnnSpikingKernels snn_spiking_vnni;
#endif
#ifdef HAVE_AMX
extern const SnnSpikingKernels snn_spiking_amx;

/* snn_spiking_amx_allowed: asks the system for tiles, once a process. */
gboolean snn_spiking_amx_allowed (void);
#endif

G_END_DECLS
