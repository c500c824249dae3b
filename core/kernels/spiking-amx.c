/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The spiking kernels by AMX: tiles of up to 16 timesteps by 64 inputs times 64
 * inputs by 16 neurons. As the rows of a tile are timesteps, a neuron's
 * membrane walks down the result in a register.
 *
 * Weights of 24 bits are three tiles of signed digits to base 256, whose
 * products are exact, and so are the sums of these modulo 2^32. */

#include "spiking.h"

#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "spiking-integrate.h"

enum
{
  DEPTH = 64,                   /* inputs of a tile */
  DIGITS = 3,
  ROWS = 16,                    /* of a tile */
  TILE = 1024,                  /* bytes */
};

/* Tiles: sums of each digit; the input; weights of each digit. Their numbers
 * become part of instructions' names, which enumerators can't. */
#define SUM0 0
#define SUM1 1
#define SUM2 2
#define INPUT 3
#define WEIGHT0 4
#define WEIGHT1 5
#define WEIGHT2 6
#define N_TILES 7

static gsize
amx_packed_size (guint n_runs, guint length)
{
  return (gsize) n_runs * ((length + DEPTH - 1) / DEPTH) * DIGITS * TILE;
}

/* A tile of weights: row r has inputs 4 r to 4 r + 3 of each neuron. */
static void
amx_pack (guint n_runs, guint length, const gint32 *w, gpointer packed)
{
  gint8 *tiles = packed;

  memset (packed, 0, amx_packed_size (n_runs, length));
  for (guint run = 0; run < n_runs; run++)
    for (guint first = 0; first < length; first += DEPTH) {
      for (guint i = first; i < MIN (first + DEPTH, length); i++)
        for (guint o = 0; o < SNN_PANEL; o++) {
          gint32 rest = w[((gsize) run * length + i) * SNN_PANEL + o];
          gsize at = (i - first) / 4 * 64 + o * 4 + i % 4;

          for (guint digit = 0; digit < DIGITS; digit++) {
            gint8 value = (gint8) (rest & 0xff);

            tiles[digit * TILE + at] = value;
            rest = (rest - value) / 256;
          }
        }
      tiles += DIGITS * TILE;
    }
}

/* How many rows and bytes a row each tile has: 64 bytes that the processor
 * reads. */
typedef struct
{
  guint8 palette;
  guint8 start_row;
  guint8 reserved[14];
  guint16 row_bytes[16];
  guint8 rows[16];
} TileConfig;

/* Timesteps of a tile. A block of more than its rows is two tiles, which
 * overlap in one timestep where their number is odd. */
static inline guint
tile_timesteps (guint timesteps)
{
  return timesteps <= ROWS ? timesteps : (timesteps + 1) / 2;
}

static void
amx_begin (guint timesteps)
{
  TileConfig config = {.palette = 1 };

  for (guint tile = 0; tile < N_TILES; tile++) {
    config.rows[tile] =
        (guint8) (tile < WEIGHT0 ? tile_timesteps (timesteps) : ROWS);
    config.row_bytes[tile] = 64;
  }
  /* The intrinsic tells the compiler of the first 8 bytes only. */
  __asm__ volatile ("ldtilecfg %0"::"m" (config));
}

static void
amx_end (void)
{
  _tile_release ();
}

static inline void
add_branch (const SnnFireBranch *branch, guint pixel, guint t)
{
  const guint8 *w = branch->weights;
  const guint8 *x = branch->x + pixel * branch->pixel + t * branch->time;

  for (guint run = 0; run < branch->n_runs; run++, x += branch->run)
    for (guint first = 0; first < branch->length; first += DEPTH) {
      _tile_loadd (INPUT, x + first, branch->time);
      _tile_loadd (WEIGHT0, w, 64);
      _tile_loadd (WEIGHT1, w + TILE, 64);
      _tile_loadd (WEIGHT2, w + 2 * TILE, 64);
      w += DIGITS * TILE;
      if (branch->is_signed) {
        _tile_dpbssd (SUM0, INPUT, WEIGHT0);
        _tile_dpbssd (SUM1, INPUT, WEIGHT1);
        _tile_dpbssd (SUM2, INPUT, WEIGHT2);
      } else {
        _tile_dpbusd (SUM0, INPUT, WEIGHT0);
        _tile_dpbusd (SUM1, INPUT, WEIGHT1);
        _tile_dpbusd (SUM2, INPUT, WEIGHT2);
      }
    }
}

/* Sums of @n timesteps from @t on. */
static void
add_tile (const SnnFireRow *row, guint pixel, guint t, guint n,
    gint32 (*sums)[SNN_PANEL])
{
  gint32 digits[DIGITS][ROWS][SNN_PANEL] __attribute__((aligned (64)));

  _tile_zero (SUM0);
  _tile_zero (SUM1);
  _tile_zero (SUM2);
  for (guint b = 0; b < row->n_branches; b++)
    add_branch (&row->branches[b], pixel, t);
  _tile_stored (SUM0, digits[0], 64);
  _tile_stored (SUM1, digits[1], 64);
  _tile_stored (SUM2, digits[2], 64);
  for (guint i = 0; i < n; i++)
    for (guint o = 0; o < SNN_PANEL; o++)
      sums[i][o] = (gint32) ((guint32) digits[0][i][o]
          + ((guint32) digits[1][i][o] << 8)
          + ((guint32) digits[2][i][o] << 16));
}

static void
add_pixels (const SnnFireRow *row, guint pixel, guint pixels,
    gint32 (*sums)[SNN_BLOCK][SNN_PANEL])
{
  const guint n = tile_timesteps (row->timesteps);
  const guint last = row->timesteps - n;

  for (guint i = 0; i < pixels; i++) {
    add_tile (row, pixel + i, 0, n, sums[i]);
    if (last > 0)
      add_tile (row, pixel + i, last, n, sums[i] + last);
  }
}

static guint
amx_fire (const SnnFireRow *row)
{
  return snn_fire_row (row, add_pixels);
}

gboolean
snn_spiking_amx_allowed (void)
{
  enum
  {
    ARCH_REQ_XCOMP_PERM = 0x1023,
    XFEATURE_XTILEDATA = 18,
  };

  return syscall (SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
}

const SnnSpikingKernels snn_spiking_amx = {
  .panel = SNN_PANEL,
  .packed_size = amx_packed_size,
  .pack = amx_pack,
  .begin = amx_begin,
  .end = amx_end,
  .fire = amx_fire,
};
