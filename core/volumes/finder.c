/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "finder.h"

#include <string.h>

#include "../base/error.h"
#include "../run/engine.h"
#include "../run/probability.h"
#include "affine.h"
#include "component.h"
#include "resample.h"

/* Slices that pass the network together. */
#define BATCH 8

struct _SnnFinder
{
  SnnNetwork *network;
  SnnFinderSettings settings;
  SnnPool *pool;
  SnnEngine *engine;            /* for slices of the size at hand */
  GPtrArray *states;            /* of a spiking network, one for each of a batch */
};

/* A volume as the network sees it. */
typedef struct
{
  SnnVolume *volume;
  SnnBox box;
  gsize dims[3];                /* of a slice */
  guint n_slices;
  SnnNormalization normalization;
  float *shares;                /* structures x volume */
} View;

SnnFinder *
snn_finder_new (SnnNetwork *network, const SnnFinderSettings *settings,
    GError **error)
{
  const guint channels = snn_network_input (network).channels;
  const guint depth = snn_network_input (network).depth;
  const guint expected = 2 * settings->context + 1;
  SnnFinder *finder;

  if (depth > 0) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH, "The network works on %u "
        "slices together, where structures are looked for slice by slice", depth);
    return NULL;
  }
  if (channels != expected) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH, "The network works on %u "
        "channels, where a slice with %u neighbours to each side has %u",
        channels, settings->context, expected);
    return NULL;
  }
  finder = g_new0 (SnnFinder, 1);
  finder->network = snn_network_ref (network);
  finder->settings = *settings;
  finder->pool = snn_pool_new (settings->threads);
  finder->states =
      g_ptr_array_new_with_free_func ((GDestroyNotify) snn_state_unref);
  return finder;
}

void
snn_finder_free (SnnFinder *finder)
{
  if (!finder)
    return;
  g_ptr_array_unref (finder->states);
  g_clear_pointer (&finder->engine, snn_engine_unref);
  snn_pool_free (finder->pool);
  snn_network_unref (finder->network);
  g_free (finder);
}

guint
snn_finder_n_structures (const SnnFinder *finder)
{
  const guint channels = snn_network_output (finder->network).channels;

  return channels > 1 ? channels - 1 : 1;
}

/* Makes the engine one for slices as large as those of @view. */
static gboolean
fit_network (SnnFinder *finder, const View *view, GError **error)
{
  const SnnShape now = finder->engine
      ? snn_network_input (snn_engine_network (finder->engine)) : (SnnShape) {
    0,};
  g_autoptr (SnnNetwork) network = NULL;

  if (now.width == view->dims[0] && now.height == view->dims[1])
    return TRUE;
  network = snn_network_resized (finder->network, 0, (guint) view->dims[1],
      (guint) view->dims[0], error);
  if (!network)
    return FALSE;
  g_ptr_array_set_size (finder->states, 0);
  g_clear_pointer (&finder->engine, snn_engine_unref);
  finder->engine = snn_engine_new (network, finder->settings.threads);
  for (guint i = 0; i < BATCH && network->spiking; i++)
    g_ptr_array_add (finder->states, snn_state_new (network));
  return TRUE;
}

/* The volume with the network's voxels. */
static SnnVolume *
resample (const SnnFinder *finder, const SnnGrid *from, const float *values,
    float fill, GError **error)
{
  g_autoptr (SnnVolumeInfo) info = snn_volume_info_new ("");
  g_autofree float *image = NULL;
  SnnGrid grid;
  gsize n;

  if (!snn_grid_respace (from, finder->settings.zooms, &grid, error))
    return NULL;
  memcpy (info->dims, grid.dims, sizeof grid.dims);
  memcpy (info->affine, grid.affine, sizeof grid.affine);
  snn_grid_zooms (&grid, info->zooms);
  n = grid.dims[0] * grid.dims[1] * grid.dims[2];
  image = g_try_new (float, n);
  if (!image) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_READ, "No memory for %"
        G_GSIZE_FORMAT " voxels to look for structures in", n);
    return NULL;
  }
  if (!snn_resample_image (values, from, &grid, fill, finder->pool, image,
          error))
    return NULL;
  snn_statistics_compute (&info->statistics, image, n);
  return snn_volume_new (g_steal_pointer (&info), g_steal_pointer (&image),
      NULL);
}

/* All of @volume, made larger where the network has to halve it. */
static gboolean
view_init (View *view, const SnnFinder *finder, SnnVolume *volume,
    GError **error)
{
  const SnnFinderSettings *settings = &finder->settings;
  const gsize step = snn_network_reduction (finder->network).height;
  const gsize *dims = volume->info->dims;

  view->volume = volume;
  for (guint i = 0; i < 3; i++) {
    const gsize halved = (dims[i] + step - 1) / step;

    view->box.size[i] = i == settings->axis ? dims[i] : halved * step;
    view->box.origin[i] = -(gint64) ((view->box.size[i] - dims[i]) / 2);
  }
  view->n_slices = (guint) snn_box_slice_dims (&view->box, settings->axis,
      view->dims);
  snn_normalization_init (&view->normalization, settings->mode,
      &volume->info->statistics, settings->lower, settings->upper);
  view->shares = g_try_malloc0_n (dims[0] * dims[1] * dims[2],
      snn_finder_n_structures (finder) * sizeof (float));
  if (view->shares)
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_READ, "No memory for what is found "
      "in %" G_GSIZE_FORMAT " voxels", dims[0] * dims[1] * dims[2]);
  return FALSE;
}

/* Slice @index with its neighbours, scaled, as often as there are timesteps. */
static void
cut (const SnnFinder *finder, const View *view, guint index, float *out)
{
  const SnnFinderSettings *settings = &finder->settings;
  const gsize n = view->dims[0] * view->dims[1]
      * (2 * settings->context + 1);
  const guint timesteps =
      finder->network->spiking ? settings->timesteps : 1;

  snn_volume_cut (view->volume, &view->box, settings->axis, index,
      settings->context, out);
  snn_normalize (&view->normalization, out, n);
  for (guint t = 1; t < timesteps; t++)
    memcpy (out + t * n, out, n * sizeof *out);
}

/* Puts what the network says of slice @index into the volumes of structures. */
static void
note (const SnnFinder *finder, View *view, guint index, float *logits)
{
  const gsize *dims = view->volume->info->dims;
  const gsize n = dims[0] * dims[1] * dims[2];
  const gsize plane = view->dims[0] * view->dims[1];
  const guint channels = snn_network_output (finder->network).channels;

  if (channels > 1)
    snn_softmax (logits, channels, plane);
  else
    snn_sigmoid (logits, plane);
  for (guint s = 0; s < snn_finder_n_structures (finder); s++)
    snn_box_paste (&view->box, finder->settings.axis, index, dims,
        view->shares + s * n, sizeof (float),
        logits + (channels > 1 ? s + 1 : 0) * plane);
}

static gboolean
predict (SnnFinder *finder, View *view, const gint *cancel, GError **error)
{
  const guint timesteps =
      finder->network->spiking ? finder->settings.timesteps : 1;
  const gsize plane = view->dims[0] * view->dims[1];
  const gsize n_in = plane * (2 * finder->settings.context + 1) * timesteps;
  const gsize n_out = plane * snn_network_output (finder->network).channels;
  g_autofree float *inputs = g_new (float, BATCH * n_in);
  g_autofree float *outputs = g_new (float, BATCH * n_out);
  SnnInput input[BATCH];
  float *logits[BATCH];

  for (guint i = 0; i < BATCH; i++) {
    input[i] = (SnnInput) { inputs + i * n_in, SNN_VALUE_FLOAT32, timesteps };
    logits[i] = outputs + i * n_out;
  }
  for (guint first = 0; first < view->n_slices; first += BATCH) {
    const guint n = MIN (BATCH, view->n_slices - first);

    for (guint i = 0; i < n; i++) {
      cut (finder, view, first + i, inputs + i * n_in);
      if (finder->network->spiking) {
        snn_state_reset (g_ptr_array_index (finder->states, i));
        snn_state_announce_end (g_ptr_array_index (finder->states, i));
      }
    }
    if (!snn_engine_run (finder->engine, n, input, finder->network->spiking
            ? (SnnState **) finder->states->pdata : NULL, logits, cancel,
            error))
      return FALSE;
    for (guint i = 0; i < n; i++)
      note (finder, view, first + i, logits[i]);
  }
  return TRUE;
}

static gboolean
find_structure (const SnnFinder *finder, const View *view, guint structure,
    SnnFinding *finding, GError **error)
{
  const SnnVolumeInfo *info = view->volume->info;
  const gsize n = info->dims[0] * info->dims[1] * info->dims[2];
  SnnComponent component;

  if (!snn_component_largest (view->shares + structure * n, info->dims,
          finder->settings.cut_off, NULL, &component, error))
    return FALSE;
  finding->mm3 = (double) component.n * info->zooms[0] * info->zooms[1]
      * info->zooms[2];
  finding->found = component.n > 0 && finding->mm3 >= finder->settings.least;
  finding->probability = component.mean;
  snn_affine_apply (info->affine, component.centre, finding->centre);
  return TRUE;
}

gboolean
snn_finder_find (SnnFinder *finder, const SnnGrid *grid, const float *values,
    float fill, SnnFinding *findings, const gint *cancel, GError **error)
{
  g_autoptr (SnnVolume) volume = resample (finder, grid, values, fill, error);
  View view = { 0, };
  gboolean ok = volume && view_init (&view, finder, volume, error)
      && fit_network (finder, &view, error)
      && predict (finder, &view, cancel, error);

  for (guint s = 0; s < snn_finder_n_structures (finder) && ok; s++)
    ok = find_structure (finder, &view, s, &findings[s], error);
  g_free (view.shares);
  return ok;
}
