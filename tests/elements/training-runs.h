/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tests/elements/helpers.h"

/* Runs of the trainers on a small dataset, for the tests of what they share. */

#define SIDE 8
#define N (SIDE * SIDE)

/* 5 batches an epoch, of which the last is not full. */
#define SLICES SNN_TEST_SLICES "shuffle=true seed=4 "

typedef struct
{
  const gchar *name;
  const gchar *settings;
  const gchar *input; /* between source and trainer */
  const gchar *other; /* a model of the other kind */
} SnnTestTrainer;

#define ANN 0
#define FINETUNED 1
#define SNN_TEST_N_TRAINERS 3

extern const SnnTestTrainer snn_test_trainers[SNN_TEST_N_TRAINERS];

/* The fixture: a folder with the dataset, ann.nir and snn.nir. */
extern gchar *folder;

void snn_test_training_setup (void);
void snn_test_training_teardown (void);

/* snn_test_forget_model: removes a model of the folder and its checkpoint. */
void snn_test_forget_model (const gchar * name);

/* snn_test_training: a pipeline with the trainer @kind, called "it",
 * whose source and trainer have these properties too. */
gchar *snn_test_training (guint kind, const gchar * source,
    const gchar * settings);

/* snn_test_train: runs it to its end; @run: (nullable): what came of it. */
void snn_test_train (guint kind, const gchar * source, const gchar * settings,
    SnnTestRun * run);
void snn_test_train_error (guint kind, const gchar * settings,
    GQuark domain, gint code, const gchar * text);
