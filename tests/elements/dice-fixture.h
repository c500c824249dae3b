/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "tests/elements/helpers.h"

/* dicesink alone, which reports to files in a folder, and predictions for it. */

#define NEAR(a, b) G_STMT_START { \
    const double found_ = (a), expected_ = (b); \
    fail_unless (fabs (found_ - expected_) < 1e-9, "%.12g is not %.12g", \
        found_, expected_); \
  } G_STMT_END

#define CAPS "other/tensors, format=static, num_tensors=2, " \
  "types=\"float32,uint8\", framerate=0/1, dimensions="
#define CAPS_4X3 CAPS "\"4:3:1:1:1,4:3:1:1:1\""

/* Volumes of 5 slices of 4 x 3, cut across z; label 1 in the left half. */
#define WIDTH 4
#define HEIGHT 3
#define SLICES 5
#define N (WIDTH * HEIGHT)

typedef struct
{
  SnnTestElement e;
  gchar *folder;
  gchar *json;
  gchar *csv;
} SnnDiceFixture;

/* snn_dice_set_up: with more @settings, "" or properties and their values. */
void snn_dice_set_up (SnnDiceFixture * f, const gchar * settings,
    const gchar * caps);
void snn_dice_tear_down (SnnDiceFixture * f);

SnnVolumeInfo *snn_dice_volume (const gchar * name);

/* snn_dice_slice: where the first @columns columns are predicted, surely, and
 * the others with @rest; without a meta where @volume is %NULL. */
GstBuffer *snn_dice_slice (SnnVolumeInfo * volume, guint slice, guint columns,
    float rest);
GstBuffer *snn_dice_evaluation_slice (SnnVolumeInfo * volume, guint slice,
    guint columns, guint epoch);

void snn_dice_push (SnnDiceFixture * f, GstBuffer * buffer);

/* snn_dice_push_interleaved: three subjects, their slices in a random order; 2,
 * 1 and 3 of 4 columns are predicted where 2 are true: Dice 1, 2/3 and 4/5. */
void snn_dice_push_interleaved (SnnDiceFixture * f, guint seed);

/* snn_dice_value: @field of the next element message called @name, all others
 * before it dropped. */
double snn_dice_value (SnnDiceFixture * f, const gchar * name,
    const gchar * field);

/* snn_dice_load: the report at @path, which belongs to @parser. */
JsonObject *snn_dice_load (JsonParser * parser, const gchar * path);
double snn_dice_mean (JsonObject * object, const gchar * member);
