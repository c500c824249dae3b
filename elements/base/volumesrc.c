/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "volumesrc.h"

#include <string.h>

#include <snn/base/error.h>
#include <snn/base/input-files.h>
#include <snn/base/remarks.h>
#include <snn/base/text.h>
#include <snn/volumes/folds.h>
#include <snn/volumes/slices.h>
#include <snn/volumes/volume-cache.h>
#include "volumecut.h"
#include "volumesettings.h"

GST_DEBUG_CATEGORY_STATIC (gst_snn_volume_src_debug);
#define GST_CAT_DEFAULT gst_snn_volume_src_debug

/* How many bad files one error names. */
#define MAX_PROBLEMS 20

/* Subjects that pass together: those chosen, or those held out. */
typedef struct
{
  guint n_subjects;
  guint32 *subjects;
  guint32 *counts;              /* slices of each; NULL until counted */
  guint n_unwanted;             /* that are left out, as a sink has them */
} Group;

typedef struct
{
  GstSnnVolumeSettings settings;        /* as when the stream started */
  GstSnnVolumeCut cut;          /* of the subject below */
  double common[3];             /* that all have got; 0: they differ */
  Group chosen;
  Group held_out;
  SnnVolumeCache *cache;
  SnnInputFiles *inputs;        /* the file of splits, if there is one */
  GHashTable *skipped;          /* set of subjects that can't be used */

  SnnSlice *slices;             /* of the phase */
  guint subject;
} State;

typedef struct
{
  GstSnnVolumeSettings settings;
  State state;
} GstSnnVolumeSrcPrivate;

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_SNN_IMAGE_CAPS));

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (GstSnnVolumeSrc, gst_snn_volume_src,
    GST_TYPE_SNN_SAMPLE_SRC, G_ADD_PRIVATE (GstSnnVolumeSrc)
    GST_DEBUG_CATEGORY_INIT (gst_snn_volume_src_debug, "volumesrc", 0,
        "Sources of volumes"));

static GstSnnVolumeSrcPrivate *
get_private (gpointer src)
{
  return gst_snn_volume_src_get_instance_private (GST_SNN_VOLUME_SRC (src));
}

gpointer
gst_snn_volume_src_settings (gpointer object)
{
  return &get_private (object)->settings;
}

static void
group_clear (Group *group)
{
  g_free (group->subjects);
  g_free (group->counts);
}

static void
state_clear (State *state)
{
  gst_snn_properties_clear (&gst_snn_volume_properties, &state->settings);
  group_clear (&state->chosen);
  group_clear (&state->held_out);
  g_clear_pointer (&state->cache, snn_volume_cache_free);
  gst_snn_volume_cut_clear (&state->cut);
  g_clear_pointer (&state->inputs, snn_input_files_free);
  g_clear_pointer (&state->skipped, g_hash_table_unref);
  g_free (state->slices);
  memset (state, 0, sizeof *state);
}

/* (transfer full): names of all subjects. */
static gchar **
list_names (GstSnnVolumeSrc *src, guint n_subjects)
{
  gchar **names = g_new0 (gchar *, n_subjects + 1);
  const gchar *location;

  for (guint i = 0; i < n_subjects; i++)
    names[i] = GST_SNN_VOLUME_SRC_GET_CLASS (src)->identify (src, i, &location);
  return names;
}

static gboolean
group_select (Group *group, const gchar *const *names, guint n_subjects,
    const GstSnnVolumeSettings *settings, SnnSubset subset, GPtrArray *remarks,
    GError **error)
{
  if (settings->split && *settings->split) {
    group->subjects = snn_folds_read (settings->split, names, n_subjects,
        settings->fold, subset, &group->n_subjects, remarks, error);
  } else {
    g_autofree guint32 *persons =
        snn_folds_group (names, n_subjects, settings->group, error);

    if (persons)
      group->subjects = snn_folds_select (n_subjects, persons, settings->folds,
          settings->fold, settings->fold_seed, subset, &group->n_subjects);
  }
  if (settings->max_subjects > 0)
    group->n_subjects = MIN (group->n_subjects, settings->max_subjects);
  return group->subjects != NULL;
}

/* Whether the properties can hold; posts the error when not. */
static gboolean
check_settings (GstSnnVolumeSrc *src, State *state, gboolean evaluate)
{
  const GstSnnVolumeSettings *settings = &state->settings;
  g_autoptr (GError) error = NULL;

  if (!gst_snn_volume_cut_init (&state->cut, &settings->cut, &error)) {
    GST_SNN_ELEMENT_ERROR (src, RESOURCE, SETTINGS, ("%s", error->message),
        (NULL));
    return FALSE;
  }
  if (!(settings->split && *settings->split)
      && settings->fold >= settings->folds) {
    GST_SNN_ELEMENT_ERROR (src, RESOURCE, SETTINGS,
        ("There is no fold %u among %u folds, which are counted from 0",
            settings->fold, settings->folds), (NULL));
    return FALSE;
  }
  if (evaluate && settings->subset != SNN_SUBSET_TRAIN) {
    GST_SNN_ELEMENT_ERROR (src, RESOURCE, SETTINGS,
        ("Held-out subjects to evaluate exist only with subset=train"), (NULL));
    return FALSE;
  }
  return TRUE;
}

static gboolean
pick_subjects (GstSnnVolumeSrc *src, State *state, guint n_subjects,
    gboolean evaluate)
{
  const GstSnnVolumeSettings *settings = &state->settings;
  g_auto (GStrv) names = NULL;
  g_autoptr (GPtrArray) remarks = NULL;
  g_autoptr (GError) error = NULL;

  if (n_subjects > GST_SNN_MAX_SUBJECTS) {
    GST_SNN_ELEMENT_ERROR (src, RESOURCE, SETTINGS,
        ("There are %u subjects where at most %d can be handled", n_subjects,
            GST_SNN_MAX_SUBJECTS), (NULL));
    return FALSE;
  }
  state->inputs = snn_input_files_new ();
  if (settings->split)
    snn_input_files_add (state->inputs, settings->split);
  names = list_names (src, n_subjects);
  remarks = snn_remarks_new ();
  if (!group_select (&state->chosen, (const gchar * const *) names, n_subjects,
          settings, settings->subset, remarks, &error)
      || (evaluate && !group_select (&state->held_out,
              (const gchar * const *) names, n_subjects, settings,
              SNN_SUBSET_TEST, NULL, &error))) {
    GST_SNN_ELEMENT_ERROR (src, RESOURCE, SETTINGS, ("%s", error->message),
        (NULL));
    return FALSE;
  }
  for (guint i = 0; i < remarks->len; i++)
    GST_SNN_ELEMENT_WARNING (src, RESOURCE, SETTINGS, ("%s",
            (const gchar *) g_ptr_array_index (remarks, i)), (NULL));
  if (state->chosen.n_subjects == 0
      || (evaluate && state->held_out.n_subjects == 0)) {
    const gchar *what = state->chosen.n_subjects ? "evaluate" : "send";

    if (settings->split && *settings->split)
      GST_SNN_ELEMENT_ERROR (src, RESOURCE, SETTINGS,
          ("Fold %u of %s leaves none to %s", settings->fold, settings->split,
              what), (NULL));
    else
      GST_SNN_ELEMENT_ERROR (src, RESOURCE, SETTINGS,
          ("%u subjects in %u folds leave none to %s with fold %u held out",
              n_subjects, settings->folds, what, settings->fold), (NULL));
    return FALSE;
  }
  return TRUE;
}

static void
gst_snn_volume_src_close (GstSnnSampleSrc *sample_src)
{
  GstSnnVolumeSrc *src = GST_SNN_VOLUME_SRC (sample_src);
  GstSnnVolumeSrcClass *class = GST_SNN_VOLUME_SRC_GET_CLASS (src);

  if (class->close)
    class->close (src);
  state_clear (&get_private (src)->state);
}

/* Leaves out the subjects of @group that a sink has already. */
static void
drop_unwanted (GstSnnVolumeSrc *src, Group *group)
{
  guint n = 0;

  for (guint i = 0; i < group->n_subjects; i++) {
    const gchar *location = NULL;
    g_autofree gchar *name = GST_SNN_VOLUME_SRC_GET_CLASS (src)->identify (src,
        group->subjects[i], &location);

    if (gst_snn_volume_is_wanted (GST_ELEMENT (src), name, location))
      group->subjects[n++] = group->subjects[i];
  }
  group->n_unwanted = group->n_subjects - n;
  group->n_subjects = n;
}

/* Leaves a subject out, and says so, where that is what the user chose; takes
 * @error then. */
static gboolean
skip_subject (GstSnnVolumeSrc *src, guint subject, GError **error)
{
  State *state = &get_private (src)->state;
  const gchar *location = NULL;
  g_autofree gchar *name = NULL;
  g_autofree gchar *valid = NULL;

  if (state->settings.on_error != GST_SNN_ON_ERROR_SKIP)
    return FALSE;
  name = GST_SNN_VOLUME_SRC_GET_CLASS (src)->identify (src, subject, &location);
  valid = snn_text_valid (name);
  GST_SNN_ELEMENT_WARNING (src, STREAM, DECODE, ("%s; %s is left out",
          (*error)->message, name), (NULL));
  gst_element_post_message (GST_ELEMENT (src),
      gst_message_new_element (GST_OBJECT (src),
          gst_structure_new ("snn-skipped",
              "subject", G_TYPE_STRING, valid, NULL)));
  g_hash_table_add (state->skipped, GUINT_TO_POINTER (subject));
  g_clear_error (error);
  return TRUE;
}

/* Which voxel sizes all volumes have in common. */
static void
note_zooms (State *state, const SnnGrid *grid, gboolean first)
{
  double zooms[3];

  snn_grid_zooms (grid, zooms);
  for (guint i = 0; i < 3; i++)
    if (first)
      state->common[i] = zooms[i];
    else if (!snn_grid_same_zoom (state->common[i], zooms[i]))
      state->common[i] = 0.;
}

/* What can be told of @subject without its voxels: the grid that its volume
 * gets, and what is cut from it. */
static gboolean
check_subject (GstSnnVolumeSrc *src, guint subject, SnnGrid *grid, SnnBox *box,
    GError **error)
{
  const State *state = &get_private (src)->state;
  GstSnnVolumeSrcClass *class = GST_SNN_VOLUME_SRC_GET_CLASS (src);
  const gchar *location = NULL;
  g_autofree gchar *name = class->identify (src, subject, &location);

  if (!class->grid (src, subject, grid, error))
    return FALSE;
  if (gst_snn_volume_cut_box (&state->cut, name, grid, box, error))
    return TRUE;
  g_prefix_error (error, "%s: ", location ? location : name);
  return FALSE;
}

/* Checks all subjects that will be sent before the first is, so that one bad
 * file does not end a run in its middle. All problems are told at once. */
static gboolean
check_subjects (GstSnnVolumeSrc *src, State *state)
{
  Group *groups[] = { &state->chosen, &state->held_out };
  g_autoptr (GString) problems = g_string_new (NULL);
  GstSnnVolumeCover cover = { 0, };
  GError *first = NULL;
  guint n = 0;

  for (guint g = 0; g < G_N_ELEMENTS (groups); g++)
    for (guint i = 0; i < groups[g]->n_subjects; i++) {
      g_autoptr (GError) error = NULL;
      SnnGrid grid;
      SnnBox box;

      if (check_subject (src, groups[g]->subjects[i], &grid, &box, &error)) {
        note_zooms (state, &grid, cover.n == 0);
        gst_snn_volume_cover_note (&cover, grid.dims, &box);
        continue;
      }
      if (skip_subject (src, groups[g]->subjects[i], &error))
        continue;
      GST_INFO_OBJECT (src, "subject %u: %s", groups[g]->subjects[i],
          error->message);
      if (n++ < MAX_PROBLEMS)
        g_string_append_printf (problems, "\n%s", error->message);
      if (!first)
        first = g_steal_pointer (&error);
    }
  gst_snn_volume_cover_tell (&cover, GST_ELEMENT (src),
      &get_private (src)->settings.cut, state->settings.cut.size);
  if (n == 0)
    return TRUE;
  if (n > MAX_PROBLEMS)
    g_string_append_printf (problems, "\nand %u more", n - MAX_PROBLEMS);
  if (n > 1) {
    g_free (first->message);
    first->message = g_strdup_printf ("%u of %u subjects can't be used:%s", n,
        state->chosen.n_subjects + state->held_out.n_subjects, problems->str);
  }
  gst_snn_element_error (GST_ELEMENT (src), first);
  return FALSE;
}

static gboolean
gst_snn_volume_src_open (GstSnnSampleSrc *sample_src, gboolean evaluate)
{
  GstSnnVolumeSrc *src = GST_SNN_VOLUME_SRC (sample_src);
  State *state = &get_private (src)->state;
  GError *error = NULL;
  guint n_subjects;

  if (!gst_snn_properties_start (src, &gst_snn_volume_properties,
          &state->settings)
      || !gst_snn_cut_settings_choose (GST_ELEMENT (src),
          &state->settings.cut)
      || !check_settings (src, state, evaluate))
    return FALSE;
  n_subjects = GST_SNN_VOLUME_SRC_GET_CLASS (src)->open (src, &error);
  if (n_subjects == 0) {
    gst_snn_element_error (GST_ELEMENT (src), error);
    return FALSE;
  }
  if (GST_SNN_VOLUME_SRC_GET_CLASS (src)->classes)
    GST_SNN_VOLUME_SRC_GET_CLASS (src)->classes (src, &state->cut.classes);
  state->skipped = g_hash_table_new (NULL, NULL);
  if (!pick_subjects (src, state, n_subjects, evaluate))
    return FALSE;
  drop_unwanted (src, &state->chosen);
  drop_unwanted (src, &state->held_out);
  if (!check_subjects (src, state))
    return FALSE;
  state->cache = snn_volume_cache_new (gst_snn_sample_src_passes_once
      (sample_src) ? 0 : state->settings.cache_size);
  GST_INFO_OBJECT (src, "%u subjects, %u chosen, %u held out", n_subjects,
      state->chosen.n_subjects, state->held_out.n_subjects);
  return TRUE;
}

static SnnVolume *
get_volume (GstSnnVolumeSrc *src, guint subject, GError **error)
{
  State *state = &get_private (src)->state;
  SnnVolume *volume = snn_volume_cache_get (state->cache, subject);
  g_autoptr (SnnVolume) own = NULL;

  if (volume)
    return volume;
  GST_DEBUG_OBJECT (src, "loading subject %u", subject);
  own = GST_SNN_VOLUME_SRC_GET_CLASS (src)->load (src, subject, error);
  if (!own)
    return NULL;
  volume = gst_snn_volume_cut_resample (&state->cut, own, error);
  if (volume)
    snn_volume_cache_put (state->cache, subject, volume);
  return volume;
}

/* Those that headers say can't be used; what only their voxels say is found out
 * later. */
static void
drop_skipped (const State *state, Group *group)
{
  guint n = 0;

  for (guint i = 0; i < group->n_subjects; i++)
    if (!g_hash_table_contains (state->skipped,
            GUINT_TO_POINTER (group->subjects[i])))
      group->subjects[n++] = group->subjects[i];
  group->n_subjects = n;
}

/* Finds how many slices each subject of @group has. */
static GstFlowReturn
count_slices (GstSnnVolumeSrc *src, Group *group)
{
  State *state = &get_private (src)->state;
  guint fixed = gst_snn_volume_cut_fixed_slices (&state->cut);
  g_autofree guint32 *counts = g_new (guint32, group->n_subjects);
  GError *error = NULL;

  for (guint i = 0; i < group->n_subjects; i++) {
    SnnGrid grid;
    SnnBox box;

    if (fixed) {
      counts[i] = fixed;
      continue;
    }
    if (gst_snn_sample_src_is_flushing (GST_SNN_SAMPLE_SRC (src)))
      return GST_FLOW_FLUSHING;
    if (!check_subject (src, group->subjects[i], &grid, &box, &error)) {
      gst_snn_element_error (GST_ELEMENT (src), error);
      return GST_FLOW_ERROR;
    }
    counts[i] = box.size[state->cut.axis];
  }
  group->counts = g_steal_pointer (&counts);
  return GST_FLOW_OK;
}

/* Makes the volume, box and caps those of @subject. */
static GstFlowReturn
select_subject (GstSnnVolumeSrc *src, guint subject)
{
  State *state = &get_private (src)->state;
  g_autoptr (SnnVolume) volume = NULL;
  GstSnnTensors tensors = { 0, };
  GError *error = NULL;
  SnnBox box;

  if (state->cut.volume && state->subject == subject)
    return GST_FLOW_OK;
  if (g_hash_table_contains (state->skipped, GUINT_TO_POINTER (subject)))
    return GST_SNN_FLOW_SKIPPED;

  volume = get_volume (src, subject, &error);
  if (!volume || !gst_snn_volume_cut_measure (&state->cut, volume, &box,
          &tensors, &error)) {
    if (skip_subject (src, subject, &error))
      return GST_SNN_FLOW_SKIPPED;
    gst_snn_element_error (GST_ELEMENT (src), error);
    return GST_FLOW_ERROR;
  }
  if (!gst_snn_tensors_equal (&tensors, &state->cut.tensors)) {
    GstFlowReturn flow =
        gst_snn_sample_src_set_tensors (GST_SNN_SAMPLE_SRC (src), &tensors);

    if (flow != GST_FLOW_OK)
      return flow;
  }
  gst_snn_volume_cut_take (&state->cut, g_steal_pointer (&volume), &box,
      &tensors);
  state->subject = subject;
  return GST_FLOW_OK;
}

static GstFlowReturn
no_subject (GstSnnVolumeSrc *src)
{
  GST_SNN_ELEMENT_ERROR (src, STREAM, DECODE,
      ("None of the subjects can be used, and %u were left out",
          g_hash_table_size (get_private (src)->state.skipped)), (NULL));
  return GST_FLOW_ERROR;
}

static GstFlowReturn
gst_snn_volume_src_begin_phase (GstSnnSampleSrc *sample_src,
    const GstSnnEpoch *phase,
    SnnRandom *random, guint *n_samples)
{
  GstSnnVolumeSrc *src = GST_SNN_VOLUME_SRC (sample_src);
  State *state = &get_private (src)->state;
  Group *group = phase->evaluate ? &state->held_out : &state->chosen;
  gsize n;

  if (!group->counts) {
    GstFlowReturn flow;

    drop_skipped (state, group);
    flow = count_slices (src, group);
    if (flow != GST_FLOW_OK)
      return flow;
  }
  *n_samples = 0;
  if (group->n_subjects == 0)
    return group->n_unwanted > 0 ? GST_FLOW_OK : no_subject (src);
  g_free (state->slices);
  state->slices = snn_slices_list (group->n_subjects, group->subjects,
      group->counts, random, &n);
  *n_samples = n;
  /* Caps are of the first subject that can be read. */
  for (gsize i = 0; i < n; i++) {
    GstFlowReturn flow = select_subject (src, state->slices[i].subject);

    if (flow != GST_SNN_FLOW_SKIPPED)
      return flow;
  }
  return no_subject (src);
}

static GstFlowReturn
gst_snn_volume_src_make (GstSnnSampleSrc *sample_src, guint index,
    GstBuffer **buffer)
{
  GstSnnVolumeSrc *src = GST_SNN_VOLUME_SRC (sample_src);
  State *state = &get_private (src)->state;
  const SnnSlice *slice = &state->slices[index];
  GstFlowReturn flow = select_subject (src, slice->subject);

  if (flow != GST_FLOW_OK)
    return flow;
  *buffer = gst_snn_volume_cut_make (&state->cut, slice);
  /* While downstream works on a head, nobody has use for it here. */
  if (slice->last && gst_snn_sample_src_passes_once (sample_src))
    gst_snn_volume_cut_forget (&state->cut);
  return GST_FLOW_OK;
}

/* Names of subjects and of their files; folders may move. */
static gchar *
digest_subjects (GstSnnVolumeSrc *src, const Group *group)
{
  GstSnnVolumeSrcClass *class = GST_SNN_VOLUME_SRC_GET_CLASS (src);
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_MD5);

  for (guint i = 0; i < group->n_subjects; i++) {
    const gchar *location = NULL;
    g_autofree gchar *name =
        class->identify (src, group->subjects[i], &location);
    g_autofree gchar *file =
        location ? g_path_get_basename (location) : g_strdup ("");

    g_checksum_update (sum, (const guchar *) name, strlen (name) + 1);
    g_checksum_update (sum, (const guchar *) file, strlen (file) + 1);
  }
  return g_strdup (g_checksum_get_string (sum));
}

static gchar *
gst_snn_volume_src_describe (GstSnnSampleSrc *sample_src)
{
  GstSnnVolumeSrc *src = GST_SNN_VOLUME_SRC (sample_src);
  const State *state = &get_private (src)->state;
  g_autofree gchar *digest = digest_subjects (src, &state->chosen);
  g_autofree gchar *roi = snn_regions_describe (state->cut.regions);
  g_autofree gchar *settings = gst_snn_volume_settings_describe
      (&state->settings, state->common, roi, &state->cut.classes);

  return g_strdup_printf ("%ssubjects=%u, digest %s\n", settings,
      state->chosen.n_subjects, digest);
}

static void
gst_snn_volume_src_class_init (GstSnnVolumeSrcClass *class)
{
  GstSnnSampleSrcClass *sample_class = GST_SNN_SAMPLE_SRC_CLASS (class);

  gst_snn_properties_install (class, &gst_snn_volume_properties);

  gst_element_class_add_static_pad_template (GST_ELEMENT_CLASS (class),
      &src_template);
  sample_class->open = gst_snn_volume_src_open;
  sample_class->close = gst_snn_volume_src_close;
  sample_class->begin_phase = gst_snn_volume_src_begin_phase;
  sample_class->make = gst_snn_volume_src_make;
  sample_class->describe = gst_snn_volume_src_describe;

  gst_type_mark_as_plugin_api (GST_TYPE_SNN_VOLUME_SRC, 0);
}

static void
gst_snn_volume_src_init (GstSnnVolumeSrc *src)
{
  gst_snn_properties_init (src, &gst_snn_volume_properties);
}
