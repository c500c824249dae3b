/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-voxelnormalize
 * @title: voxelnormalize
 * @short_description: scale each volume's intensities to a common range
 * @see_also: niftisrc, poissonencoder
 *
 * Scanners give intensities in no particular unit, so that each volume is
 * scaled on its own: clipped at two percentiles, against outliers, and mapped
 * to [0, 1], to [-1, 1] or to z-scores. The percentiles are those of the whole
 * volume, and all of its slices are scaled alike; samples that say nothing
 * about their volume are scaled by their own. Where an element ahead has changed
 * the values of a volume, its percentiles hold for them no more, and that is an
 * error. Voxels that are not finite numbers get the lowest value, and are warned
 * of. Labels pass unchanged.
 *
 * Where intensities do have a unit, as in CT, or a range, as in photographs,
 * #GstSnnVoxelNormalize:minimum and #GstSnnVoxelNormalize:maximum take the
 * place of
 * the percentiles.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 phantomsrc num-buffers=1 ! voxelnormalize mode=zero-mean ! \
 *   fakesink dump=true
 * ]|
 */
#include "voxelnormalize.h"

#include <math.h>

#include <gst/snn/imagemeta.h>
#include <gst/snn/properties.h>
#include <gst/snn/recipe.h>
#include <gst/snn/samplemeta.h>
#include <gst/snn/tensors.h>
#include <snn/base/error.h>
#include <snn/volumes/normalize.h>

GST_DEBUG_CATEGORY_STATIC (gst_snn_voxel_normalize_debug);
#define GST_CAT_DEFAULT gst_snn_voxel_normalize_debug

/* What is left to the network downstream. */
#define AUTO -1

#define DEFAULT_LOWER 0.5
#define DEFAULT_UPPER 99.5

typedef struct
{
  gint mode;                    /* an SnnNormalizeMode, or AUTO until it starts */
  double lower;
  double upper;
  double minimum;
  double maximum;
} Settings;

typedef struct
{
  Settings settings;            /* as they were when the stream started */
  GstSnnTensors tensors;
  GstSnnFacts facts;
  guint64 n_repaired;           /* values that were no finite numbers, ... */
  guint64 n_samples_repaired;   /* ... and the samples that had them */
  GHashTable *warned;           /* names of volumes that became one value */
} State;

struct _GstSnnVoxelNormalize
{
  GstBaseTransform parent_instance;

  Settings settings;
  State state;
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_SNN_IMAGE_CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (GST_SNN_IMAGE_CAPS));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstSnnVoxelNormalize, gst_snn_voxel_normalize,
    GST_TYPE_BASE_TRANSFORM,
    GST_DEBUG_CATEGORY_INIT (gst_snn_voxel_normalize_debug, "voxelnormalize", 0,
        "Intensity scaling"));
GST_ELEMENT_REGISTER_DEFINE (voxelnormalize, "voxelnormalize", GST_RANK_NONE,
    GST_TYPE_SNN_VOXEL_NORMALIZE);

static
G_DEFINE_ENUM_TYPE (GstSnnVoxelNormalizeMode, gst_snn_voxel_normalize_mode,
    {AUTO, "As the network downstream was trained with; unit where it does not "
        "say", "auto"},
    {SNN_NORMALIZE_UNIT, "0 to 1", "unit"},
    {SNN_NORMALIZE_ZERO_MEAN, "-1 to 1", "zero-mean"},
    {SNN_NORMALIZE_Z_SCORE, "Standard deviations from the mean", "z-score"},
    {SNN_NORMALIZE_ROBUST, "-1 to 1, by median and quartiles of what is not "
        "background; percentiles play no part", "robust"})

static gpointer
settings_of (gpointer object)
{
  return &GST_SNN_VOXEL_NORMALIZE (object)->settings;
}

static const GstSnnProperty properties[] = {
  {"mode", "Mode",
      "Range that intensities are scaled to",
      GST_SNN_ENUM, GST_SNN_AT (Settings, mode),
      .get_type = gst_snn_voxel_normalize_mode_get_type, .fallback = AUTO},
  {"lower-percentile", "Lower percentile",
      "Intensities below this percentile of the volume are raised to it; -1: as "
      "the network downstream was trained with, 0.5 where it does not say",
      GST_SNN_DOUBLE, GST_SNN_AT (Settings, lower), .min = AUTO, .max = 100.,
      .fallback = AUTO},
  {"upper-percentile", "Upper percentile",
      "Intensities above this percentile of the volume are lowered to it; -1: "
      "as the network downstream was trained with, 99.5 where it does not say",
      GST_SNN_DOUBLE, GST_SNN_AT (Settings, upper), .min = AUTO, .max = 100.,
      .fallback = AUTO},
  {"minimum", "Minimum",
      "Intensities below this are raised to it, in every volume; counts in "
      "place of the percentiles where maximum is greater. Where neither these "
      "nor a range is set, a range that the network downstream was trained with "
      "counts",
      GST_SNN_DOUBLE, GST_SNN_AT (Settings, minimum)},
  {"maximum", "Maximum",
      "Intensities above this are lowered to it, in every volume; counts in "
      "place of the percentiles where it is greater than minimum",
      GST_SNN_DOUBLE, GST_SNN_AT (Settings, maximum)},
};

static const GstSnnPropertyTable property_table =
    GST_SNN_TABLE (properties, Settings, settings_of, NULL);

static gboolean
is_fixed (const Settings *settings)
{
  return settings->minimum < settings->maximum;
}

/* Whether a network that was trained with percentiles gets a range, or the other
 * way round: it may be meant, where all scanners have one unit. */
static void
warn_of_other_way (GstSnnVoxelNormalize *self, const GstSnnRecipe *recipe,
    const Settings *settings)
{
  const gchar *range = gst_snn_recipe_find (recipe, SNN_RECIPE_MAXIMUM);
  const gchar *percentile = gst_snn_recipe_find (recipe, SNN_RECIPE_UPPER);

  if (is_fixed (settings) && percentile)
    GST_SNN_ELEMENT_WARNING (self, RESOURCE, SETTINGS,
        ("The range minimum=%g maximum=%g is set where the network was made "
            "with upper-percentile=%s", settings->minimum, settings->maximum,
            percentile), (NULL));
  else if (!is_fixed (settings) && range)
    GST_SNN_ELEMENT_WARNING (self, RESOURCE, SETTINGS,
        ("Percentiles are set where the network was made with maximum=%s",
            range), (NULL));
}

/* Makes explicit what intensities are clipped at. */
static gboolean
choose_range (GstSnnVoxelNormalize *self, const GstSnnRecipe *recipe,
    Settings *settings)
{
  static const GstSnnRecipeItem percentiles[] = {
    {SNN_RECIPE_LOWER, "lower-percentile"},
    {SNN_RECIPE_UPPER, "upper-percentile"},
  };
  static const GstSnnRecipeItem range[] = {
    {SNN_RECIPE_MINIMUM, "minimum"},
    {SNN_RECIPE_MAXIMUM, "maximum"},
  };
  const gchar *minimum = gst_snn_recipe_find (recipe, range[0].name);
  const gchar *maximum = gst_snn_recipe_find (recipe, range[1].name);
  g_autofree gchar *text = NULL;

  if (minimum && maximum && !is_fixed (settings) && settings->lower < 0.
      && settings->upper < 0.) {
    settings->minimum = g_ascii_strtod (minimum, NULL);
    settings->maximum = g_ascii_strtod (maximum, NULL);
    GST_INFO_OBJECT (self, "from %s to %s, as the network was made", minimum,
        maximum);
  }
  warn_of_other_way (self, recipe, settings);
  for (guint i = 0; i < 2 && is_fixed (settings); i++) {
    gchar set[G_ASCII_DTOSTR_BUF_SIZE];

    g_ascii_formatd (set, sizeof set, "%.15g",
        i == 0 ? settings->minimum : settings->maximum);
    g_free (text);
    if (!gst_snn_recipe_choose (GST_ELEMENT (self), recipe, &range[i], set,
            NULL, NULL, &text))
      return FALSE;
  }
  return gst_snn_recipe_choose_number (GST_ELEMENT (self), recipe,
      &percentiles[0], 100., DEFAULT_LOWER, &settings->lower)
      && gst_snn_recipe_choose_number (GST_ELEMENT (self), recipe,
      &percentiles[1], 100., DEFAULT_UPPER, &settings->upper);
}

/* Intensities on another scale than in training make a network predict
 * nothing, in silence. */
static gboolean
choose_settings (GstSnnVoxelNormalize *self, Settings *settings)
{
  static const GstSnnRecipeItem mode = {
    .name = SNN_RECIPE_SCALING,
    .property = "mode",
    .must = TRUE,
    .expected = TRUE,
  };
  g_autoptr (GstSnnRecipe) recipe =
      gst_snn_recipe_ask (GST_BASE_TRANSFORM_SRC_PAD (self));

  return gst_snn_recipe_choose_enum (GST_ELEMENT (self), recipe, &mode,
      gst_snn_voxel_normalize_mode_get_type (), SNN_NORMALIZE_UNIT,
      &settings->mode)
      && choose_range (self, recipe, settings);
}

static gboolean
gst_snn_voxel_normalize_start (GstBaseTransform *transform)
{
  GstSnnVoxelNormalize *self = GST_SNN_VOXEL_NORMALIZE (transform);
  State *state = &self->state;

  if (!gst_snn_properties_start (self, &property_table, &state->settings)
      || !choose_settings (self, &state->settings))
    return FALSE;
  if (state->settings.minimum > state->settings.maximum) {
    GST_SNN_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
        ("minimum is %g and maximum %g, where the minimum must be smaller",
            state->settings.minimum, state->settings.maximum), (NULL));
    return FALSE;
  }
  if (state->settings.mode == SNN_NORMALIZE_ROBUST
      && is_fixed (&state->settings)) {
    GST_SNN_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
        ("mode=robust scales each volume by its own quartiles, which minimum=%g "
            "and maximum=%g contradict", state->settings.minimum,
            state->settings.maximum), (NULL));
    return FALSE;
  }
  if (state->settings.lower < state->settings.upper)
    return TRUE;
  GST_SNN_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
      ("lower-percentile is %g and upper-percentile %g, where the lower must "
          "be smaller", state->settings.lower, state->settings.upper), (NULL));
  return FALSE;
}

static gboolean
gst_snn_voxel_normalize_set_caps (GstBaseTransform *transform, GstCaps *in,
    GstCaps *out)
{
  GstSnnVoxelNormalize *self = GST_SNN_VOXEL_NORMALIZE (transform);
  GError *error = NULL;

  if (gst_snn_tensors_from_caps (&self->state.tensors, in, &error))
    return TRUE;
  gst_snn_element_refuse_caps (GST_ELEMENT (self), in, error);
  return FALSE;
}

static gboolean
needs_statistics (const Settings *settings)
{
  return !is_fixed (settings) || settings->mode == SNN_NORMALIZE_Z_SCORE;
}

/* Statistics of a volume are no good for what another element has made of its
 * values: all of them might lie below what was its lowest percentile. */
static gboolean
check_statistics (const Settings *settings, GstBuffer *buffer,
    const GstMapInfo *image, GError **error)
{
  const GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);

  if (!needs_statistics (settings) || !meta || !meta->volume
      || gst_snn_sample_meta_vouches (meta, image->data, image->size))
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
      "The values are not those of the volume any more, whose statistics are "
      "known: an element ahead has changed them. Put voxelnormalize, once, "
      "ahead of it, or set minimum and maximum");
  gst_snn_prefix_sample (error, buffer, 0);
  return FALSE;
}

/* That a volume has such values its source says, once and by its name. */
static void
count_repaired (State *state, const float *values, gsize n)
{
  guint64 before = state->n_repaired;

  if (state->facts == GST_SNN_FACTS_VOLUME)
    return;
  for (gsize i = 0; i < n; i++)
    state->n_repaired += !isfinite (values[i]);
  state->n_samples_repaired += state->n_repaired > before;
}

/* A volume that is nearly all background shows nothing once both ends of its range
 * are background, which a network does not say, nor its output. */
static void
warn_of_constant (GstSnnVoxelNormalize *self, const SnnVolumeInfo *volume,
    guint channel)
{
  State *state = &self->state;
  const Settings *settings = &state->settings;
  const SnnStatistics *statistics =
      snn_volume_info_statistics (volume, channel);
  const double least = statistics->quantile[0];
  const double greatest = statistics->quantile[SNN_N_QUANTILES - 1];
  g_autofree gchar *name = NULL;

  if (!(least < greatest))
    return;
  name = volume->n_channels > 1 ? g_strdup_printf ("%s, channel %u",
      volume->subject, channel) : g_strdup (volume->subject);
  if (!state->warned)
    state->warned = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
        NULL);
  if (!g_hash_table_add (state->warned, g_strdup (name)))
    return;
  if (settings->mode == SNN_NORMALIZE_ROBUST)
    GST_SNN_ELEMENT_WARNING (self, STREAM, FORMAT,
        ("%s: both quartiles of what is not background are %g, where voxels are "
            "from %g to %g: all of them become 0. Another mode than robust may "
            "tell them apart", name, snn_statistics_foreground (statistics, 50.),
            least, greatest), (NULL));
  else
    GST_SNN_ELEMENT_WARNING (self, STREAM, FORMAT,
        ("%s: lower-percentile=%g and upper-percentile=%g are both %g, where "
            "voxels are from %g to %g: all of them become one value. "
            "mode=robust, which looks at what is not background, other "
            "percentiles, or minimum and maximum tell them apart", name,
            settings->lower, settings->upper,
            snn_statistics_percentile (statistics, settings->lower), least,
            greatest), (NULL));
}

/* Values of which @statistics (nullable: there are none to look at) hold; FALSE
 * where they became one. */
static gboolean
normalize_values (const Settings *settings, const SnnStatistics *statistics,
    float *values, gsize n)
{
  SnnNormalization normalization;

  if (is_fixed (settings))
    snn_normalization_init_range (&normalization, settings->mode, statistics,
        settings->minimum, settings->maximum);
  else
    snn_normalization_init (&normalization, settings->mode, statistics,
        settings->lower, settings->upper);
  snn_normalize (&normalization, values, n);
  return !snn_normalization_is_constant (&normalization);
}

/* Images of several files are channels that have their own statistics each; what
 * else has channels, such as a picture's colours, is scaled as one. */
static void
normalize (GstSnnVoxelNormalize *self, const GstSnnSampleMeta *meta,
    float *values, gsize n)
{
  const Settings *settings = &self->state.settings;
  const SnnVolumeInfo *volume = meta ? meta->volume : NULL;
  g_autofree SnnStatistics *own = NULL;

  if (!volume && needs_statistics (settings)) {
    own = g_new (SnnStatistics, 1);
    snn_statistics_compute (own, values, n);
  }
  if (!volume) {
    normalize_values (settings, own, values, n);
    return;
  }
  n /= volume->n_channels;
  for (guint c = 0; c < volume->n_channels; c++)
    if (!normalize_values (settings, snn_volume_info_statistics (volume, c),
            values + c * n, n))
      warn_of_constant (self, volume, c);
}

static gboolean
gst_snn_voxel_normalize_stop (GstBaseTransform *transform)
{
  State *state = &GST_SNN_VOXEL_NORMALIZE (transform)->state;

  g_clear_pointer (&state->warned, g_hash_table_unref);
  *state = (State) { 0 };
  return TRUE;
}

static GstFlowReturn
gst_snn_voxel_normalize_submit_input_buffer (GstBaseTransform *transform,
    gboolean is_discont, GstBuffer *input)
{
  State *state = &GST_SNN_VOXEL_NORMALIZE (transform)->state;
  GstFlowReturn flow = gst_snn_element_take_buffer (GST_ELEMENT (transform),
      &state->tensors, &state->facts, &input);

  if (flow != GST_FLOW_OK)
    return flow;
  return GST_BASE_TRANSFORM_CLASS
      (gst_snn_voxel_normalize_parent_class)->submit_input_buffer (transform,
      is_discont, input);
}

static GstFlowReturn
gst_snn_voxel_normalize_transform_ip (GstBaseTransform *transform,
    GstBuffer *buffer)
{
  GstSnnVoxelNormalize *self = GST_SNN_VOXEL_NORMALIZE (transform);
  State *state = &self->state;
  GError *error = NULL;
  GstMapInfo map;

  /* Only the image is mapped, and copied first if others hold it. */
  if (!gst_buffer_map_range (buffer, 0, 1, &map, GST_MAP_READWRITE)) {
    GST_SNN_ELEMENT_ERROR (self, RESOURCE, WRITE,
        ("The image of a sample can't be written to"), (NULL));
    return GST_FLOW_ERROR;
  }
  if (check_statistics (&state->settings, buffer, &map, &error)) {
    count_repaired (state, (float *) map.data, map.size / sizeof (float));
    normalize (self, gst_buffer_get_snn_sample_meta (buffer),
        (float *) map.data, map.size / sizeof (float));
  }
  gst_buffer_unmap (buffer, &map);
  if (error) {
    gst_snn_element_error (GST_ELEMENT (self), error);
    return GST_FLOW_ERROR;
  }
  /* So that a picture of the prediction can have the image under it. */
  gst_buffer_add_snn_image_meta (buffer, gst_buffer_peek_memory (buffer, 0),
      &state->tensors.tensor[0]);
  return GST_FLOW_OK;
}

static gboolean
gst_snn_voxel_normalize_sink_event (GstBaseTransform *transform,
    GstEvent *event)
{
  const State *state = &GST_SNN_VOXEL_NORMALIZE (transform)->state;

  if (GST_EVENT_TYPE (event) == GST_EVENT_EOS && state->n_repaired > 0)
    GST_SNN_ELEMENT_WARNING (transform, STREAM, FORMAT,
        ("%" G_GUINT64_FORMAT " values, in %" G_GUINT64_FORMAT " samples, were "
            "not finite numbers and became the lowest value",
            state->n_repaired, state->n_samples_repaired), (NULL));
  return GST_BASE_TRANSFORM_CLASS
      (gst_snn_voxel_normalize_parent_class)->sink_event (transform, event);
}

/* What is done, in words of recipes. */
static gchar *
describe (const Settings *settings)
{
  const gboolean fixed = is_fixed (settings);
  g_autoptr (GTypeClass) class =
      g_type_class_ref (gst_snn_voxel_normalize_mode_get_type ());
  gchar lower[G_ASCII_DTOSTR_BUF_SIZE], upper[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (lower, sizeof lower, "%.15g",
      fixed ? settings->minimum : settings->lower);
  g_ascii_formatd (upper, sizeof upper, "%.15g",
      fixed ? settings->maximum : settings->upper);
  return g_strdup_printf (SNN_RECIPE_SCALING "=%s\n%s=%s\n%s=%s\n",
      g_enum_get_value (G_ENUM_CLASS (class), settings->mode)->value_nick,
      fixed ? SNN_RECIPE_MINIMUM : SNN_RECIPE_LOWER, lower,
      fixed ? SNN_RECIPE_MAXIMUM : SNN_RECIPE_UPPER, upper);
}

/* A training that goes on has to be on the same scale. */
static gboolean
gst_snn_voxel_normalize_query (GstBaseTransform *transform,
    GstPadDirection direction, GstQuery *query)
{
  const Settings *settings =
      &GST_SNN_VOXEL_NORMALIZE (transform)->state.settings;

  if (direction == GST_PAD_SINK && gst_snn_query_is_resume (query)) {
    g_autofree gchar *lines = describe (settings);

    gst_snn_query_describe (query, lines);
  }
  return GST_BASE_TRANSFORM_CLASS (gst_snn_voxel_normalize_parent_class)->query
      (transform, direction, query);
}

static void
gst_snn_voxel_normalize_class_init (GstSnnVoxelNormalizeClass *class)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (class);
  GstBaseTransformClass *transform_class = GST_BASE_TRANSFORM_CLASS (class);

  gst_snn_properties_install (class, &property_table);

  gst_element_class_set_static_metadata (element_class,
      "Voxel normalizer", "Filter/Effect/Tensor",
      "Scales the intensities of each volume to a common range",
      "gst-snn developers <developers@gst-snn.invalid>");
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  transform_class->start = gst_snn_voxel_normalize_start;
  transform_class->stop = gst_snn_voxel_normalize_stop;
  transform_class->query = gst_snn_voxel_normalize_query;
  transform_class->submit_input_buffer =
      gst_snn_voxel_normalize_submit_input_buffer;
  transform_class->set_caps = gst_snn_voxel_normalize_set_caps;
  transform_class->transform_ip = gst_snn_voxel_normalize_transform_ip;
  transform_class->sink_event = gst_snn_voxel_normalize_sink_event;
}

static void
gst_snn_voxel_normalize_init (GstSnnVoxelNormalize *self)
{
  gst_snn_properties_init (self, &property_table);
}
