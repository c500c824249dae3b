/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include "../base/api.h"

SNN_BEGIN_DECLS

/* CIFAR-10 in its binary version (Krizhevsky 2009): files of records of one
 * label byte and 3072 pixel bytes, which are [channel][row][column] with the
 * channels red, green, blue. */

#define SNN_CIFAR_SIDE 32
#define SNN_CIFAR_CHANNELS 3
#define SNN_CIFAR_VALUES (SNN_CIFAR_CHANNELS * SNN_CIFAR_SIDE * SNN_CIFAR_SIDE)
#define SNN_CIFAR_CLASSES 10

typedef struct _SnnCifar SnnCifar;

/**
 * snn_cifar_open:
 * @location: a file, a folder with data_batch_*.bin and test_batch.bin, or a
 *   pattern with *, ? or [...]
 *
 * Opens the files and counts their images. Files whose names begin with
 * test_batch hold test images, all others training images. Images are numbered
 * from 0 in order of file names, test images last.
 *
 * Returns: (transfer full): or %NULL with SNN_ERROR_NOT_FOUND, SNN_ERROR_OPEN,
 * or SNN_ERROR_FORMAT where a file is not made of whole records
 */
SnnCifar *snn_cifar_open (const gchar * location, GError ** error);
void snn_cifar_close (SnnCifar * cifar);

/* snn_cifar_count: of test or of training images; the latter come first. */
guint32 snn_cifar_count (const SnnCifar * cifar, gboolean test);

/**
 * snn_cifar_read:
 * @image: less than the two counts together
 * @values: (out): SNN_CIFAR_VALUES values in [0, 1], the byte over 255
 * @label: (out): less than SNN_CIFAR_CLASSES
 *
 * Returns: FALSE with SNN_ERROR_READ, or SNN_ERROR_FORMAT for a label that is
 * no class; both name the file
 */
gboolean snn_cifar_read (const SnnCifar * cifar, guint32 image, float *values,
    guint8 * label, GError ** error);

/**
 * snn_cifar_digest:
 * @first, @n: images
 *
 * Returns: (transfer full): in hexadecimal digits, of their labels in order: other
 * images in their place have others. Labels that can't be read count as none
 */
gchar *snn_cifar_digest (const SnnCifar * cifar, guint32 first, guint32 n);

/**
 * snn_cifar_augment:
 * @seed, @sample, @epoch: the draw is a function of these alone
 * @values: SNN_CIFAR_VALUES values, in place
 *
 * Moves the image by up to 4 pixels each way, zeros coming in at the border,
 * and mirrors it left to right in one case out of two.
 */
void snn_cifar_augment (guint64 seed, guint32 sample, guint32 epoch,
    float *values);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SnnCifar, snn_cifar_close)

SNN_END_DECLS
