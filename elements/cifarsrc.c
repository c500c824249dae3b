/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-cifarsrc
 * @title: cifarsrc
 * @short_description: the images of CIFAR-10, with their classes
 * @see_also: accuracysink, voxelnormalize
 *
 * Reads CIFAR-10 in its binary version, data_batch_1.bin to data_batch_5.bin
 * and test_batch.bin. Each buffer is one image, float32 of 32 x 32 pixels in
 * three channels with values from 0 to 1, and its class, one byte. A
 * voxelnormalize with minimum=0 maximum=1 scales them further.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 cifarsrc location=cifar-10-batches-bin epochs=20 \
 *     shuffle=true evaluate=true ! \
 *   voxelnormalize mode=zero-mean minimum=0 maximum=1 ! \
 *   anntrainer network=vgg5 classes=10 loss=cross-entropy location=ann.nir ! \
 *   accuracysink location=report.json
 * ]| Trains a classifier; the test images are classified after each epoch.
 * |[
 * gst-launch-1.0 cifarsrc location=cifar-10-batches-bin subset=test ! \
 *   voxelnormalize mode=zero-mean minimum=0 maximum=1 ! \
 *   poissonencoder timesteps=100 ! snninference model=snn.nir ! \
 *   accuracysink location=report.json
 * ]| How many of the test images a spiking network gets right.
 */
#include "cifarsrc.h"

#include <gst/snn/properties.h>
#include <gst/snn/tensors.h>
#include <snn/volumes/cifar.h>
#include <snn/base/error.h>

GST_DEBUG_CATEGORY_STATIC (gst_snn_cifar_src_debug);
#define GST_CAT_DEFAULT gst_snn_cifar_src_debug

typedef enum
{
  GST_SNN_CIFAR_SRC_TRAIN,
  GST_SNN_CIFAR_SRC_TEST,
} GstSnnCifarSrcSubset;

typedef struct
{
  gchar *location;
  GstSnnCifarSrcSubset subset;
  guint max_samples;
  guint held_out;
  gboolean augment;
} Settings;

typedef struct
{
  Settings settings;            /* as they were when the stream started */
  guint64 seed;
  gboolean test;                /* whether test images are the ones to send */
  guint32 first[2];             /* training, test images to send: the first one */
  guint32 n[2];                 /* and how many */
  SnnCifar *cifar;
  gboolean has_caps;
  GstSnnEpoch phase;
  guint32 *images;              /* of the phase */
} State;

struct _GstSnnCifarSrc
{
  GstSnnSampleSrc parent_instance;

  Settings settings;
  State state;
};

static
G_DEFINE_ENUM_TYPE (GstSnnCifarSrcSubset, gst_snn_cifar_src_subset,
    {GST_SNN_CIFAR_SRC_TRAIN, "Training images: all files but test_batch*",
        "train"},
    {GST_SNN_CIFAR_SRC_TEST, "Test images: test_batch*", "test"})

/* What is sent, always. */
static const GstSnnTensors tensors = {
  .n_tensors = 2,
  .tensor = {
    {SNN_VALUE_FLOAT32, SNN_CIFAR_SIDE, SNN_CIFAR_SIDE, 1, SNN_CIFAR_CHANNELS,
        1},
    {SNN_VALUE_UINT8, 1, 1, 1, 1, 1},
  },
};

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("other/tensors, format=(string)static, num_tensors=2, "
        "types=(string)\"float32,uint8\", "
        "dimensions=(string)\"32:32:1:3:1,1:1:1:1:1\", framerate=0/1"));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstSnnCifarSrc, gst_snn_cifar_src,
    GST_TYPE_SNN_SAMPLE_SRC,
    GST_DEBUG_CATEGORY_INIT (gst_snn_cifar_src_debug, "cifarsrc", 0,
        "CIFAR-10 images"));
GST_ELEMENT_REGISTER_DEFINE (cifarsrc, "cifarsrc", GST_RANK_NONE,
    GST_TYPE_SNN_CIFAR_SRC);

static gpointer
settings_of (gpointer object)
{
  return &GST_SNN_CIFAR_SRC (object)->settings;
}

static const GstSnnProperty properties[] = {
  {"location", "Location",
      "Folder with data_batch_*.bin and test_batch.bin; or one such file, or "
      "a pattern with *, ? or [...]",
      GST_SNN_STRING, GST_SNN_AT (Settings, location)},
  {"subset", "Subset",
      "Which images to send",
      GST_SNN_ENUM, GST_SNN_AT (Settings, subset),
      .get_type = gst_snn_cifar_src_subset_get_type,
      .fallback = GST_SNN_CIFAR_SRC_TRAIN},
  {"max-samples", "Maximum of samples",
      "Send only so many images of the subset, the first ones, and as many "
      "test images to evaluate; 0: all",
      GST_SNN_UINT, GST_SNN_AT (Settings, max_samples)},
  {"held-out", "Held out",
      "So many training images, the last ones, are not trained with and take the "
      "place of the test images, to choose settings by; 0: none",
      GST_SNN_UINT, GST_SNN_AT (Settings, held_out)},
  {"augment", "Augment",
      "Move training images by up to 4 pixels and mirror half of them, anew "
      "in each epoch; a function of seed, image and epoch",
      GST_SNN_BOOLEAN, GST_SNN_AT (Settings, augment)},
};

static const GstSnnPropertyTable property_table =
    GST_SNN_TABLE (properties, Settings, settings_of, NULL);

/* Whether the files have what is asked for. */
static gboolean
find_images (State *state, gboolean evaluate, GError **error)
{
  const Settings *settings = &state->settings;
  const gchar *location = settings->location;
  guint32 n;

  if (!location || !*location) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND, "No location is set: "
        "the folder of CIFAR-10 in its binary version, a file out of it or a "
        "pattern is expected");
    return FALSE;
  }
  state->cifar = snn_cifar_open (location, error);
  if (!state->cifar)
    return FALSE;
  n = snn_cifar_count (state->cifar, FALSE);
  if (settings->held_out > 0 && settings->held_out >= n) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND, "held-out=%u leaves no "
        "image to train with, as there are %u training images in %s",
        settings->held_out, n, location);
    return FALSE;
  }
  state->first[TRUE] = state->n[FALSE] = n - settings->held_out;
  state->n[TRUE] = settings->held_out > 0 ? settings->held_out
      : snn_cifar_count (state->cifar, TRUE);
  for (guint test = 0; test < 2; test++) {
    if (settings->max_samples)
      state->n[test] = MIN (state->n[test], settings->max_samples);
    if (state->n[test] == 0 && (test ? state->test || evaluate
            : !state->test)) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND, "There are no %s "
          "images in %s: a file with a name %s is expected",
          test ? "test" : "training", location, test
          ? "that begins with test_batch" : "other than test_batch*");
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
gst_snn_cifar_src_open (GstSnnSampleSrc *src, gboolean evaluate)
{
  GstSnnCifarSrc *self = GST_SNN_CIFAR_SRC (src);
  State *state = &self->state;
  GError *error = NULL;

  if (!gst_snn_properties_start (src, &property_table, &state->settings))
    return FALSE;
  state->test = state->settings.subset == GST_SNN_CIFAR_SRC_TEST;
  state->seed = gst_snn_sample_src_get_seed (src);

  if (evaluate && state->test) {
    GST_SNN_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
        ("Test images are there to evaluate only with subset=train"), (NULL));
    return FALSE;
  }
  if (!find_images (state, evaluate, &error)) {
    gst_snn_element_error (GST_ELEMENT (self), error);
    return FALSE;
  }
  GST_INFO_OBJECT (self, "%u training and %u %s images", state->n[FALSE],
      state->n[TRUE], state->settings.held_out > 0 ? "held-out" : "test");
  return TRUE;
}

static void
gst_snn_cifar_src_close (GstSnnSampleSrc *src)
{
  State *state = &GST_SNN_CIFAR_SRC (src)->state;

  g_clear_pointer (&state->cifar, snn_cifar_close);
  g_free (state->images);
  gst_snn_properties_clear (&property_table, &state->settings);
  *state = (State) { 0 };
}

static GstFlowReturn
gst_snn_cifar_src_begin_phase (GstSnnSampleSrc *src, const GstSnnEpoch *phase,
    SnnRandom *random, guint *n_samples)
{
  State *state = &GST_SNN_CIFAR_SRC (src)->state;
  gboolean test = state->test || phase->evaluate;

  state->phase = *phase;
  *n_samples = state->n[test];
  g_free (state->images);
  state->images = g_new (guint32, *n_samples);
  for (guint i = 0; i < *n_samples; i++)
    state->images[i] = state->first[test] + i;
  if (random)
    snn_random_shuffle (random, state->images, *n_samples);

  if (!state->has_caps) {
    GstFlowReturn flow = gst_snn_sample_src_set_tensors (src, &tensors);

    if (flow != GST_FLOW_OK)
      return flow;
    state->has_caps = TRUE;
  }
  return GST_FLOW_OK;
}

static GstFlowReturn
gst_snn_cifar_src_make (GstSnnSampleSrc *src, guint index, GstBuffer **buffer)
{
  const State *state = &GST_SNN_CIFAR_SRC (src)->state;
  guint32 image = state->images[index];
  gsize size = SNN_CIFAR_VALUES * sizeof (float);
  g_autofree float *values = g_malloc (size);
  guint8 *label = g_malloc (1);
  GstSnnSampleMeta *meta;
  GError *error = NULL;

  if (!snn_cifar_read (state->cifar, image, values, label, &error)) {
    g_free (label);
    gst_snn_element_error (GST_ELEMENT (src), error);
    return GST_FLOW_ERROR;
  }
  if (state->settings.augment && !state->test && !state->phase.evaluate)
    snn_cifar_augment (state->seed, image, state->phase.epoch, values);

  *buffer = gst_buffer_new_wrapped (g_steal_pointer (&values), size);
  gst_buffer_append_memory (*buffer,
      gst_memory_new_wrapped (0, label, 1, 0, 1, label, g_free));
  meta = gst_buffer_add_snn_sample_meta (*buffer, NULL);
  meta->axis = SNN_AXIS_NONE;   /* 0, which a new meta has, is a slice across x */
  meta->sample = image;
  return GST_FLOW_OK;
}

/* Of the images to train with, which are fewer with those that are held out. */
static gchar *
gst_snn_cifar_src_describe (GstSnnSampleSrc *src)
{
  const State *state = &GST_SNN_CIFAR_SRC (src)->state;
  const guint first = state->first[state->test], n = state->n[state->test];
  g_autofree gchar *digest = snn_cifar_digest (state->cifar, first, n);

  return g_strdup_printf ("augment=%s\nimages=%u, digest %s\n",
      state->settings.augment ? "true" : "false", n, digest);
}

static void
gst_snn_cifar_src_class_init (GstSnnCifarSrcClass *class)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);
  GstSnnSampleSrcClass *sample_class = GST_SNN_SAMPLE_SRC_CLASS (class);

  gst_snn_properties_install (class, &property_table);

  gst_element_class_set_static_metadata (element_class,
      "CIFAR-10 source", "Source/File",
      "Reads the images of CIFAR-10 with their classes",
      "gst-snn developers <developers@gst-snn.invalid>");
  gst_element_class_add_static_pad_template (element_class, &src_template);
  sample_class->open = gst_snn_cifar_src_open;
  sample_class->close = gst_snn_cifar_src_close;
  sample_class->begin_phase = gst_snn_cifar_src_begin_phase;
  sample_class->make = gst_snn_cifar_src_make;
  sample_class->describe = gst_snn_cifar_src_describe;
}

static void
gst_snn_cifar_src_init (GstSnnCifarSrc *self)
{
  gst_snn_properties_init (self, &property_table);
}
