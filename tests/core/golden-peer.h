/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <snn/run/engine.h>
#include <snn/train/trainer.h>
#include "tests/npy.h"

G_BEGIN_DECLS

/* Networks against what PyTorch made of them once: arrays in folders of
 * SNN_TEST_DATA, which a script of tests/data wrote. Where they differ, the test
 * fails, with @what or the layer's name. */

/* golden_load: (transfer full): FOLDER/NAME.npy, with the name as printf() makes it. */
Npy *golden_load (const gchar *folder, const gchar *format, ...)
    G_GNUC_PRINTF (2, 3);

/* golden_set_weights: those of FOLDER/PREFIX.NODE.npy for all of @network's layers
 * with weights; and all thresholds. */
void golden_set_weights (SnnNetwork *network, const gchar *folder,
    const gchar *prefix, float threshold);

/* golden_check_close: @n values are finite, and those expected to @tolerance of the
 * largest one of these. */
void golden_check_close (const gchar *what, const float *found,
    const float *expected, gsize n, double tolerance);

/* golden_check: @n values are those of FOLDER/NAME.npy, as above. */
void golden_check (const gchar *folder, const gchar *name, const float *found,
    gsize n, double tolerance);

/* golden_check_gradient: all weights' gradients, in our order and one after the other,
 * against FOLDER/PREFIX.NODE.npy. */
void golden_check_gradient (const SnnNetwork *network, const gchar *folder,
    const gchar *prefix, const float *gradient, double tolerance);

/* Samples with a mask each, as our functions take them. */
typedef struct
{
  guint n;
  gpointer inputs;              /* [n][values] of float, or [n][timesteps][values] of gint8
                                 * where the network is spiking */
  guint8 *masks;                /* [n][values] */
  float *logits;                /* [n][values], for what a network makes of them */
  float **logits_at;            /* of each sample */
  SnnSample *samples;
} GoldenSamples;

/* golden_samples_new: (transfer full): @n for @network, of the files FOLDER/PREFIXmask
 * [samples][values] and, as it is spiking or not, spikes [timesteps][samples][values] or
 * image [samples][values]. */
GoldenSamples *golden_samples_new (const SnnNetwork *network,
    const gchar *folder, const gchar *prefix, guint n, guint timesteps);

void golden_samples_free (GoldenSamples *samples);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GoldenSamples, golden_samples_free)

/* golden_check_loss: @network's binary cross-entropy and logits against FOLDER/PREFIX.loss
 * and logits; fills in @gradient, of all weights. */
void golden_check_loss (SnnNetwork *network, GoldenSamples *samples,
    const gchar *folder, const gchar *prefix, float *gradient);

/* golden_check_spikes: of each layer of neurons, sample @s of @n_samples, against the
 * counts [samples][values] of FOLDER/PREFIX.LETTER.npy, the layer's first; all of
 * @n_layers. */
void golden_check_spikes (const SnnNetwork *network, const SnnState *state,
    const gchar *folder, const gchar *prefix, guint s, guint n_samples,
    guint n_layers);

G_END_DECLS
