/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "propertykinds.h"

/* Fields that own nothing, of types that GValue has by the same name. */
#define PLAIN(name, type)                                                      \
static void                                                                    \
name##_set_default (const GstSnnProperty *row, void *field)                    \
{                                                                              \
  *(type *) field = (type) row->fallback;                                      \
}                                                                              \
                                                                               \
static void                                                                    \
name##_set (void *field, const GValue *value)                                  \
{                                                                              \
  *(type *) field = g_value_get_##name (value);                                \
}                                                                              \
                                                                               \
static void                                                                    \
name##_get (const void *field, GValue *value)                                  \
{                                                                              \
  g_value_set_##name (value, *(const type *) field);                           \
}

PLAIN (boolean, gboolean)
PLAIN (int, gint)
PLAIN (uint, guint)
PLAIN (uint64, guint64)
PLAIN (double, double)
PLAIN (enum, gint)
PLAIN (flags, guint)

/* GObject would put a value that is out of range to the nearest that is not,
 * or drop it with a line of GLib's, and the stream would run with a number that
 * nobody asked for. Specs of these types let values through to set_property(),
 * which remembers that they were refused. */
static gboolean
let_pass (GParamSpec *spec, GValue *value)
{
  return FALSE;
}

static void
strict_class_init (gpointer class, gpointer data)
{
  G_PARAM_SPEC_CLASS (class)->value_validate = let_pass;
}

/* A type of specs like @parent, but for the validation. */
static GType
register_strict (gsize *type, GType parent, const gchar *name)
{
  if (g_once_init_enter (type)) {
    GTypeQuery query;
    GTypeInfo info = { 0, };

    g_type_query (parent, &query);
    info.class_size = query.class_size;
    info.class_init = strict_class_init;
    info.instance_size = query.instance_size;
    g_once_init_leave (type, g_type_register_static (parent, name, &info, 0));
  }
  return (GType) *type;
}

/* Numbers, whose specs GObject calls GParamSpec@Number and G_PARAM_SPEC_@UPPER; a
 * row without a range has that of @least to @most. */
#define NUMBER(number, type, Number, UPPER, least, most, format)               \
static GParamSpec *                                                            \
number##_new_spec (const GstSnnProperty *row, const void *field,               \
    GParamFlags flags)                                                         \
{                                                                              \
  static gsize strict = 0;                                                     \
  GParamSpec##Number *spec = g_param_spec_internal (register_strict (&strict,  \
          G_TYPE_PARAM_##UPPER, "GstSnnParam" #Number), row->name, row->nick,  \
      row->blurb, flags);                                                      \
  const gboolean any = row->min == 0. && row->max == 0.;                       \
                                                                               \
  spec->minimum = any ? least : (type) row->min;                               \
  spec->maximum = any ? most : (type) row->max;                                \
  spec->default_value = *(const type *) field;                                 \
  return G_PARAM_SPEC (spec);                                                  \
}                                                                              \
                                                                               \
static gboolean                                                                \
number##_is (GParamSpec *spec)                                                 \
{                                                                              \
  return G_IS_PARAM_SPEC_##UPPER (spec);                                       \
}                                                                              \
                                                                               \
static gboolean                                                                \
number##_allows (GParamSpec *spec, const GValue *value)                        \
{                                                                              \
  const type v = g_value_get_##number (value);                                 \
                                                                               \
  return v >= G_PARAM_SPEC_##UPPER (spec)->minimum                             \
      && v <= G_PARAM_SPEC_##UPPER (spec)->maximum;                            \
}                                                                              \
                                                                               \
static gchar *                                                                 \
number##_describe (GParamSpec *spec)                                           \
{                                                                              \
  return g_strdup_printf (format " to " format ", default " format,            \
      G_PARAM_SPEC_##UPPER (spec)->minimum,                                    \
      G_PARAM_SPEC_##UPPER (spec)->maximum,                                    \
      G_PARAM_SPEC_##UPPER (spec)->default_value);                             \
}

NUMBER (int, gint, Int, INT, G_MININT, G_MAXINT, "%d")
NUMBER (uint, guint, UInt, UINT, 0, G_MAXINT, "%u")
NUMBER (uint64, guint64, UInt64, UINT64, 0, G_MAXINT64, "%" G_GUINT64_FORMAT)
NUMBER (double, double, Double, DOUBLE, -G_MAXDOUBLE, G_MAXDOUBLE, "%g")

static GParamSpec *
boolean_new_spec (const GstSnnProperty *row, const void *field,
    GParamFlags flags)
{
  return g_param_spec_boolean (row->name, row->nick, row->blurb,
      *(const gboolean *) field, flags);
}

static gboolean
boolean_is (GParamSpec *spec)
{
  return G_IS_PARAM_SPEC_BOOLEAN (spec);
}

static gchar *
boolean_describe (GParamSpec *spec)
{
  return g_strdup_printf ("true or false, default %s",
      G_PARAM_SPEC_BOOLEAN (spec)->default_value ? "true" : "false");
}

static GParamSpec *
enum_new_spec (const GstSnnProperty *row, const void *field, GParamFlags flags)
{
  return g_param_spec_enum (row->name, row->nick, row->blurb, row->get_type (),
      *(const gint *) field, flags);
}

static gboolean
enum_is (GParamSpec *spec)
{
  return G_IS_PARAM_SPEC_ENUM (spec);
}

static GParamSpec *
flags_new_spec (const GstSnnProperty *row, const void *field, GParamFlags flags)
{
  return g_param_spec_flags (row->name, row->nick, row->blurb,
      row->get_type (), *(const guint *) field, flags);
}

static gboolean
flags_is (GParamSpec *spec)
{
  return G_IS_PARAM_SPEC_FLAGS (spec);
}

static gchar *
list_nicks (const GParamSpec *spec)
{
  GString *text = g_string_new (NULL);
  g_autoptr (GTypeClass) class = g_type_class_ref (spec->value_type);
  guint n = G_IS_ENUM_CLASS (class) ? G_ENUM_CLASS (class)->n_values
      : G_FLAGS_CLASS (class)->n_values;

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%s%s",
        i == 0 ? "" : i + 1 < n ? ", " : " or ", G_IS_ENUM_CLASS (class)
        ? G_ENUM_CLASS (class)->values[i].value_nick
        : G_FLAGS_CLASS (class)->values[i].value_nick);
  return g_string_free (text, FALSE);
}

static gchar *
describe_names (GParamSpec *spec)
{
  g_autofree gchar *nicks = list_nicks (spec);
  g_autofree gchar *fallback =
      gst_value_serialize (g_param_spec_get_default_value (spec));

  return g_strdup_printf ("%s, default %s", nicks, fallback);
}

static GParamSpec *
string_new_spec (const GstSnnProperty *row, const void *field,
    GParamFlags flags)
{
  return g_param_spec_string (row->name, row->nick, row->blurb, row->text,
      flags);
}

static void
string_set_default (const GstSnnProperty *row, void *field)
{
  *(gchar **) field = g_strdup (row->text);
}

static void
string_clear (void *field)
{
  g_clear_pointer ((gchar **) field, g_free);
}

static void
string_set (void *field, const GValue *value)
{
  string_clear (field);
  *(gchar **) field = g_value_dup_string (value);
}

static void
string_get (const void *field, GValue *value)
{
  g_value_set_string (value, *(gchar *const *) field);
}

static void
string_own (void *field)
{
  *(gchar **) field = g_strdup (*(gchar **) field);
}

static GParamSpec *
fraction_new_spec (const GstSnnProperty *row, const void *field,
    GParamFlags flags)
{
  const GstSnnFraction *fraction = field;

  return gst_param_spec_fraction (row->name, row->nick, row->blurb, 0, 1,
      G_MAXINT, 1, fraction->numerator, fraction->denominator, flags);
}

static void
fraction_set_default (const GstSnnProperty *row, void *field)
{
  *(GstSnnFraction *) field = (GstSnnFraction) { (gint) row->fallback, 1 };
}

static void
fraction_set (void *field, const GValue *value)
{
  *(GstSnnFraction *) field = (GstSnnFraction) {
    gst_value_get_fraction_numerator (value),
    gst_value_get_fraction_denominator (value)
  };
}

static void
fraction_get (const void *field, GValue *value)
{
  const GstSnnFraction *fraction = field;

  gst_value_set_fraction (value, fraction->numerator, fraction->denominator);
}

static GParamSpec *
doubles_new_spec (const GstSnnProperty *row, const void *field,
    GParamFlags flags)
{
  return gst_param_spec_array (row->name, row->nick, row->blurb,
      g_param_spec_double ("value", "Value", "One of the values", row->min,
          row->max, row->fallback, flags), flags);
}

/* The default is none of them, and row->fallback that of each. */
static void
doubles_set_default (const GstSnnProperty *row, void *field)
{
}

static void
doubles_clear (void *field)
{
  g_clear_pointer ((GArray **) field, g_array_unref);
}

static void
doubles_set (void *field, const GValue *value)
{
  const guint n = gst_value_array_get_size (value);
  GArray *array = g_array_new (FALSE, FALSE, sizeof (double));

  for (guint i = 0; i < n; i++) {
    double item = g_value_get_double (gst_value_array_get_value (value, i));

    g_array_append_val (array, item);
  }
  doubles_clear (field);
  *(GArray **) field = array;
}

static void
doubles_get (const void *field, GValue *value)
{
  const GArray *array = *(GArray *const *) field;

  for (guint i = 0; array && i < array->len; i++) {
    GValue item = G_VALUE_INIT;

    g_value_init (&item, G_TYPE_DOUBLE);
    g_value_set_double (&item, g_array_index (array, double, i));
    gst_value_array_append_and_take_value (value, &item);
  }
}

/* Set anew as a whole, an array never changes: copies may share it. */
static void
doubles_own (void *field)
{
  if (*(GArray **) field)
    g_array_ref (*(GArray **) field);
}

#define FIELD(name, type)                                                      \
  .size = sizeof (type),                                                       \
  .new_spec = name##_new_spec,                                                 \
  .set_default = name##_set_default,                                           \
  .set = name##_set,                                                           \
  .get = name##_get

/* To add one, add its name to GstSnnPropertyType and a row here. */
static const GstSnnPropertyKind kinds[] = {
  [GST_SNN_BOOLEAN] = {FIELD (boolean, gboolean),
      .is = boolean_is, .describe = boolean_describe},
  [GST_SNN_INT] = {FIELD (int, gint),
      .is = int_is, .allows = int_allows, .describe = int_describe},
  [GST_SNN_UINT] = {FIELD (uint, guint),
      .is = uint_is, .allows = uint_allows, .describe = uint_describe},
  [GST_SNN_UINT64] = {FIELD (uint64, guint64),
      .is = uint64_is, .allows = uint64_allows, .describe = uint64_describe},
  [GST_SNN_DOUBLE] = {FIELD (double, double),
      .is = double_is, .allows = double_allows, .describe = double_describe},
  [GST_SNN_STRING] = {FIELD (string, gchar *),
      .own = string_own, .clear = string_clear},
  [GST_SNN_ENUM] = {FIELD (enum, gint),
      .is = enum_is, .describe = describe_names},
  [GST_SNN_FLAGS] = {FIELD (flags, guint),
      .is = flags_is, .describe = describe_names},
  [GST_SNN_FRACTION] = {FIELD (fraction, GstSnnFraction)},
  [GST_SNN_DOUBLES] = {FIELD (doubles, GArray *),
      .own = doubles_own, .clear = doubles_clear},
};

const GstSnnPropertyKind *
gst_snn_property_kind (GstSnnPropertyType type)
{
  g_return_val_if_fail ((guint) type < G_N_ELEMENTS (kinds), NULL);

  return &kinds[type];
}

const GstSnnPropertyKind *
gst_snn_property_kind_of (GParamSpec *spec)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (kinds[i].is && kinds[i].is (spec))
      return &kinds[i];
  return NULL;
}
