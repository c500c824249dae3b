/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sharedmodel.h"

#include <gst/gst.h>
#include <sys/stat.h>

#include "model.h"

GST_DEBUG_CATEGORY_STATIC (gst_snn_shared_model_debug);
#define GST_CAT_DEFAULT gst_snn_shared_model_debug

/* What is open, by what its file was when it was read. */
typedef struct
{
  gchar *file;
  SnnShape shape;               /* of the input; zeros: the file's */
  SnnEngine *engine;            /* owns the weights, and is never run */
  guint n_users;
} Model;

/* Held while a file is read, so that who asks for the same one waits for it. */
static GMutex lock;
static GPtrArray *models;       /* NULL where none is open */

static void
init_debug (void)
{
  static gsize done = 0;

  if (g_once_init_enter (&done)) {
    GST_DEBUG_CATEGORY_INIT (gst_snn_shared_model_debug, "snnsharedmodel", 0,
        "Networks that several elements run");
    g_once_init_leave (&done, 1);
  }
}

static void
model_free (gpointer data)
{
  Model *model = data;

  g_free (model->file);
  snn_engine_unref (model->engine);
  g_free (model);
}

/* (transfer full) (nullable): differs where a file is another, or another was
 * written in its place. */
static gchar *
identify (const gchar *path)
{
  struct stat status;

  if (!path || stat (path, &status) != 0)
    return NULL;
  return g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT ":%"
      G_GINT64_FORMAT ":%" G_GINT64_FORMAT ".%09ld:%" G_GINT64_FORMAT ".%09ld",
      (guint64) status.st_dev, (guint64) status.st_ino,
      (gint64) status.st_size, (gint64) status.st_mtim.tv_sec,
      status.st_mtim.tv_nsec, (gint64) status.st_ctim.tv_sec,
      status.st_ctim.tv_nsec);
}

static Model *
find (const gchar *file, gboolean spiking, SnnShape shape)
{
  for (guint i = 0; file && models && i < models->len; i++) {
    Model *model = g_ptr_array_index (models, i);

    if (g_strcmp0 (model->file, file) == 0
        && snn_shape_equal (model->shape, shape)
        && snn_engine_network (model->engine)->spiking == spiking)
      return model;
  }
  return NULL;
}

static Model *
find_engine (SnnEngine *engine)
{
  for (guint i = 0; models && i < models->len; i++) {
    Model *model = g_ptr_array_index (models, i);

    if (snn_engine_network (model->engine) == snn_engine_network (engine))
      return model;
  }
  return NULL;
}

static Model *
add (SnnNetwork *network, SnnShape shape)
{
  Model *model = g_new0 (Model, 1);

  model->engine = snn_engine_new (network, 1);
  model->shape = shape;
  if (!models)
    models = g_ptr_array_new_with_free_func (model_free);
  g_ptr_array_add (models, model);
  return model;
}

/* (transfer full): of one more user. */
static SnnEngine *
take (Model *model, guint threads)
{
  model->n_users++;
  return snn_engine_share (model->engine, threads);
}

/* Takes @file, which @path was before it is read here. */
static Model *
load (const gchar *path, gchar *file, gboolean spiking, GError **error)
{
  g_autofree gchar *before = file, *after = NULL;
  g_autoptr (SnnNetwork) network = gst_snn_model_load (path, spiking, error);
  Model *model;

  if (!network)
    return NULL;
  model = add (network, (SnnShape) { 0 });
  /* What was written over meanwhile is nobody else's. */
  after = identify (path);
  if (g_strcmp0 (before, after) == 0)
    model->file = g_steal_pointer (&after);
  return model;
}

SnnEngine *
gst_snn_shared_model_open (const gchar *path, gboolean spiking, guint threads,
    GError **error)
{
  g_autofree gchar *file = identify (path);
  SnnEngine *engine = NULL;
  Model *model;

  init_debug ();
  g_mutex_lock (&lock);
  model = find (file, spiking, (SnnShape) { 0 });
  if (model)
    GST_INFO ("%s is in memory, for %u already", path, model->n_users);
  else
    model = load (path, g_steal_pointer (&file), spiking, error);
  if (model)
    engine = take (model, threads);
  g_mutex_unlock (&lock);
  return engine;
}

SnnEngine *
gst_snn_shared_model_resize (SnnEngine *engine, SnnShape shape, guint threads,
    GError **error)
{
  const SnnNetwork *network = snn_engine_network (engine);
  g_autoptr (SnnNetwork) other = NULL;
  SnnEngine *resized = NULL;
  const gchar *file;
  Model *model;

  shape.channels = snn_network_input (network).channels;
  g_mutex_lock (&lock);
  file = find_engine (engine)->file;
  model = find (file, network->spiking, shape);
  if (!model) {
    other = snn_network_resized (network, shape.depth, shape.height,
        shape.width, error);
    if (other) {
      model = add (other, shape);
      model->file = g_strdup (file);
    }
  }
  if (model)
    resized = take (model, threads);
  g_mutex_unlock (&lock);
  return resized;
}

void
gst_snn_shared_model_close (SnnEngine *engine)
{
  Model *model;

  if (!engine)
    return;
  g_mutex_lock (&lock);
  model = find_engine (engine);
  if (--model->n_users == 0)
    g_ptr_array_remove_fast (models, model);
  if (models->len == 0)
    g_clear_pointer (&models, g_ptr_array_unref);
  g_mutex_unlock (&lock);
  snn_engine_unref (engine);
}
