/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <snn/train/trainer.h>

/* A small training that tests of it have in common. */

#define HEIGHT 8
#define WIDTH 12
#define PIXELS (HEIGHT * WIDTH)
#define TIMESTEPS 9
#define N_SAMPLES 5

/* Blobs to find, bright on noise. */
typedef struct
{
  float values[N_SAMPLES][TIMESTEPS][PIXELS];
  guint8 targets[N_SAMPLES][PIXELS];
  SnnSample samples[N_SAMPLES];
} Batch;

Batch *make_batch (gboolean spiking);

/* What loop tests go through. */
typedef enum
{
  KIND_ANN,
  KIND_THROUGH_TIME,
  KIND_BY_RATES,
  KIND_QUANTISED,
  KIND_BY_TIMESTEP,
  KIND_LINEAR,
  KIND_LINEAR_BY_RATES,
  KIND_LINEAR_QUANTISED,
  N_KINDS,
} Kind;

gboolean is_spiking (Kind kind);
SnnGradient gradient_of (Kind kind);
SnnNetwork *make_network (Kind kind, guint64 seed);

/* A learning rate of 0.01 that stays, dropout of 0.2 and a plateau. */
void init_settings (SnnTrainingSettings * settings, guint threads);

/* Two minibatches, of 3 and of 2 samples. */
void train_epoch (SnnTrainer * trainer, Batch * batch);

void assert_same_files (const gchar * a, const gchar * b);

/* Six epochs, and a checkpoint of them. */
void train_and_save (Kind kind, guint threads, const gchar * to);
