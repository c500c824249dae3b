/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "properties.h"

#include <string.h>

#include "messages.h"

/* What a spec stands for; kept with it for good, as its class is. */
typedef struct
{
  const GstSnnPropertyTable *table;
  const GstSnnProperty *row;
} Binding;

static
G_DEFINE_QUARK (gst-snn-property-binding, binding);

/* What an object has beside its settings. */
typedef struct
{
  GObject *object;
  GPtrArray *tables;            /* whose fields it has */
  GHashTable *refused;          /* name of a property to what is wrong */
} Attached;

static
G_DEFINE_QUARK (gst-snn-properties, attached);

/* What the types need to know of each other: sizes of fields. */
static const gsize sizes[] = {
  [GST_SNN_BOOLEAN] = sizeof (gboolean),
  [GST_SNN_INT] = sizeof (gint),
  [GST_SNN_UINT] = sizeof (guint),
  [GST_SNN_UINT64] = sizeof (guint64),
  [GST_SNN_DOUBLE] = sizeof (double),
  [GST_SNN_STRING] = sizeof (gchar *),
  [GST_SNN_ENUM] = sizeof (gint),
  [GST_SNN_FLAGS] = sizeof (guint),
  [GST_SNN_FRACTION] = sizeof (GstSnnFraction),
  [GST_SNN_DOUBLES] = sizeof (GArray *),
};

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

static GParamSpec *
new_int (const GstSnnProperty *row, const void *value, GParamFlags flags)
{
  static gsize type = 0;
  GParamSpecInt *spec = g_param_spec_internal (register_strict (&type,
          G_TYPE_PARAM_INT, "GstSnnParamInt"), row->name, row->nick,
      row->blurb, flags);
  gboolean any = row->min == 0. && row->max == 0.;

  spec->minimum = any ? G_MININT : (gint) row->min;
  spec->maximum = any ? G_MAXINT : (gint) row->max;
  spec->default_value = *(const gint *) value;
  return G_PARAM_SPEC (spec);
}

static GParamSpec *
new_uint (const GstSnnProperty *row, const void *value, GParamFlags flags)
{
  static gsize type = 0;
  GParamSpecUInt *spec = g_param_spec_internal (register_strict (&type,
          G_TYPE_PARAM_UINT, "GstSnnParamUInt"), row->name, row->nick,
      row->blurb, flags);
  gboolean any = row->min == 0. && row->max == 0.;

  spec->minimum = (guint) row->min;
  spec->maximum = any ? G_MAXINT : (guint) row->max;
  spec->default_value = *(const guint *) value;
  return G_PARAM_SPEC (spec);
}

static GParamSpec *
new_uint64 (const GstSnnProperty *row, const void *value, GParamFlags flags)
{
  static gsize type = 0;
  GParamSpecUInt64 *spec = g_param_spec_internal (register_strict (&type,
          G_TYPE_PARAM_UINT64, "GstSnnParamUInt64"), row->name, row->nick,
      row->blurb, flags);

  spec->maximum = G_MAXINT64;
  spec->default_value = *(const guint64 *) value;
  return G_PARAM_SPEC (spec);
}

static GParamSpec *
new_double (const GstSnnProperty *row, const void *value, GParamFlags flags)
{
  static gsize type = 0;
  GParamSpecDouble *spec = g_param_spec_internal (register_strict (&type,
          G_TYPE_PARAM_DOUBLE, "GstSnnParamDouble"), row->name, row->nick,
      row->blurb, flags);
  gboolean any = row->min == 0. && row->max == 0.;

  spec->minimum = any ? -G_MAXDOUBLE : row->min;
  spec->maximum = any ? G_MAXDOUBLE : row->max;
  spec->default_value = *(const double *) value;
  return G_PARAM_SPEC (spec);
}

static GParamSpec *
new_spec (const GstSnnProperty *row, const void *value)
{
  GParamFlags flags = G_PARAM_STATIC_STRINGS | (row->read_only
      ? G_PARAM_READABLE : G_PARAM_READWRITE
      | (row->mutability ? row->mutability : GST_PARAM_MUTABLE_READY));
  const GstSnnFraction *fraction = value;

  switch (row->type) {
    case GST_SNN_BOOLEAN:
      return g_param_spec_boolean (row->name, row->nick, row->blurb,
          *(const gboolean *) value, flags);
    case GST_SNN_INT:
      return new_int (row, value, flags);
    case GST_SNN_UINT:
      return new_uint (row, value, flags);
    case GST_SNN_UINT64:
      return new_uint64 (row, value, flags);
    case GST_SNN_DOUBLE:
      return new_double (row, value, flags);
    case GST_SNN_STRING:
      return g_param_spec_string (row->name, row->nick, row->blurb, row->text,
          flags);
    case GST_SNN_ENUM:
      return g_param_spec_enum (row->name, row->nick, row->blurb,
          row->get_type (), *(const gint *) value, flags);
    case GST_SNN_FLAGS:
      return g_param_spec_flags (row->name, row->nick, row->blurb,
          row->get_type (), *(const guint *) value, flags);
    case GST_SNN_FRACTION:
      return gst_param_spec_fraction (row->name, row->nick, row->blurb, 0, 1,
          G_MAXINT, 1, fraction->numerator, fraction->denominator, flags);
    case GST_SNN_DOUBLES:
      return gst_param_spec_array (row->name, row->nick, row->blurb,
          g_param_spec_double ("value", "Value", "One of the values",
              row->min, row->max, row->fallback, flags), flags);
  }
  g_return_val_if_reached (NULL);
}

static GArray *
new_doubles (const GValue *value)
{
  guint n = gst_value_array_get_size (value);
  GArray *array = g_array_new (FALSE, FALSE, sizeof (double));

  for (guint i = 0; i < n; i++) {
    double item = g_value_get_double (gst_value_array_get_value (value, i));

    g_array_append_val (array, item);
  }
  return array;
}

static void
append_doubles (const GArray *array, GValue *value)
{
  for (guint i = 0; array && i < array->len; i++) {
    GValue item = G_VALUE_INIT;

    g_value_init (&item, G_TYPE_DOUBLE);
    g_value_set_double (&item, g_array_index (array, double, i));
    gst_value_array_append_and_take_value (value, &item);
  }
}

static void
clear_field (const GstSnnProperty *row, void *field)
{
  if (row->type == GST_SNN_STRING)
    g_clear_pointer ((gchar **) field, g_free);
  else if (row->type == GST_SNN_DOUBLES)
    g_clear_pointer ((GArray **) field, g_array_unref);
}

static void
set_field (const GstSnnProperty *row, void *field, const GValue *value)
{
  GstSnnFraction *fraction = field;

  clear_field (row, field);
  switch (row->type) {
    case GST_SNN_BOOLEAN:
      *(gboolean *) field = g_value_get_boolean (value);
      break;
    case GST_SNN_INT:
      *(gint *) field = g_value_get_int (value);
      break;
    case GST_SNN_UINT:
      *(guint *) field = g_value_get_uint (value);
      break;
    case GST_SNN_UINT64:
      *(guint64 *) field = g_value_get_uint64 (value);
      break;
    case GST_SNN_DOUBLE:
      *(double *) field = g_value_get_double (value);
      break;
    case GST_SNN_STRING:
      *(gchar **) field = g_value_dup_string (value);
      break;
    case GST_SNN_ENUM:
      *(gint *) field = g_value_get_enum (value);
      break;
    case GST_SNN_FLAGS:
      *(guint *) field = g_value_get_flags (value);
      break;
    case GST_SNN_FRACTION:
      fraction->numerator = gst_value_get_fraction_numerator (value);
      fraction->denominator = gst_value_get_fraction_denominator (value);
      break;
    case GST_SNN_DOUBLES:
      *(GArray **) field = new_doubles (value);
      break;
  }
}

static void
get_field (const GstSnnProperty *row, const void *field, GValue *value)
{
  const GstSnnFraction *fraction = field;

  switch (row->type) {
    case GST_SNN_BOOLEAN:
      g_value_set_boolean (value, *(const gboolean *) field);
      break;
    case GST_SNN_INT:
      g_value_set_int (value, *(const gint *) field);
      break;
    case GST_SNN_UINT:
      g_value_set_uint (value, *(const guint *) field);
      break;
    case GST_SNN_UINT64:
      g_value_set_uint64 (value, *(const guint64 *) field);
      break;
    case GST_SNN_DOUBLE:
      g_value_set_double (value, *(const double *) field);
      break;
    case GST_SNN_STRING:
      g_value_set_string (value, *(gchar *const *) field);
      break;
    case GST_SNN_ENUM:
      g_value_set_enum (value, *(const gint *) field);
      break;
    case GST_SNN_FLAGS:
      g_value_set_flags (value, *(const guint *) field);
      break;
    case GST_SNN_FRACTION:
      gst_value_set_fraction (value, fraction->numerator,
          fraction->denominator);
      break;
    case GST_SNN_DOUBLES:
      append_doubles (*(GArray *const *) field, value);
      break;
  }
}

/* Defaults other than 0, which the field has. */
static void
set_default (const GstSnnProperty *row, void *field)
{
  if (row->core_default)
    return;
  switch (row->type) {
    case GST_SNN_BOOLEAN:
    case GST_SNN_INT:
    case GST_SNN_ENUM:
      *(gint *) field = (gint) row->fallback;
      break;
    case GST_SNN_UINT:
    case GST_SNN_FLAGS:
      *(guint *) field = (guint) row->fallback;
      break;
    case GST_SNN_UINT64:
      *(guint64 *) field = (guint64) row->fallback;
      break;
    case GST_SNN_DOUBLE:
      *(double *) field = row->fallback;
      break;
    case GST_SNN_STRING:
      *(gchar **) field = g_strdup (row->text);
      break;
    case GST_SNN_FRACTION:
      *(GstSnnFraction *) field = (GstSnnFraction) { (gint) row->fallback, 1 };
      break;
    case GST_SNN_DOUBLES:
      break;
  }
}

static void *
field_of (const GstSnnProperty *row, gpointer settings)
{
  return (guint8 *) settings + row->offset;
}

static void
set_defaults (const GstSnnPropertyTable *table, gpointer settings)
{
  if (table->init)
    table->init (settings);
  for (guint i = 0; i < table->n_rows; i++)
    set_default (&table->rows[i], field_of (&table->rows[i], settings));
}

gboolean
gst_snn_property_allows (GParamSpec *spec, const GValue *value)
{
  GValue copy = G_VALUE_INIT;
  gboolean changed;

  g_return_val_if_fail (G_IS_PARAM_SPEC (spec), FALSE);
  g_return_val_if_fail (G_VALUE_HOLDS (value, spec->value_type), FALSE);
  if (G_IS_PARAM_SPEC_INT (spec)) {
    gint v = g_value_get_int (value);

    return v >= G_PARAM_SPEC_INT (spec)->minimum
        && v <= G_PARAM_SPEC_INT (spec)->maximum;
  }
  if (G_IS_PARAM_SPEC_UINT (spec)) {
    guint v = g_value_get_uint (value);

    return v >= G_PARAM_SPEC_UINT (spec)->minimum
        && v <= G_PARAM_SPEC_UINT (spec)->maximum;
  }
  if (G_IS_PARAM_SPEC_UINT64 (spec)) {
    guint64 v = g_value_get_uint64 (value);

    return v >= G_PARAM_SPEC_UINT64 (spec)->minimum
        && v <= G_PARAM_SPEC_UINT64 (spec)->maximum;
  }
  if (G_IS_PARAM_SPEC_DOUBLE (spec)) {
    double v = g_value_get_double (value);

    return v >= G_PARAM_SPEC_DOUBLE (spec)->minimum
        && v <= G_PARAM_SPEC_DOUBLE (spec)->maximum;
  }
  /* Of others, what the spec would change is not allowed. */
  g_value_init (&copy, spec->value_type);
  g_value_copy (value, &copy);
  changed = g_param_value_validate (spec, &copy);
  g_value_unset (&copy);
  return !changed;
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

gchar *
gst_snn_property_describe_range (GParamSpec *spec)
{
  g_autofree gchar *fallback = NULL;
  const GValue *value;

  g_return_val_if_fail (G_IS_PARAM_SPEC (spec), NULL);
  value = g_param_spec_get_default_value (spec);
  if (G_IS_PARAM_SPEC_INT (spec))
    return g_strdup_printf ("%d to %d, default %d",
        G_PARAM_SPEC_INT (spec)->minimum, G_PARAM_SPEC_INT (spec)->maximum,
        G_PARAM_SPEC_INT (spec)->default_value);
  if (G_IS_PARAM_SPEC_UINT (spec))
    return g_strdup_printf ("%u to %u, default %u",
        G_PARAM_SPEC_UINT (spec)->minimum, G_PARAM_SPEC_UINT (spec)->maximum,
        G_PARAM_SPEC_UINT (spec)->default_value);
  if (G_IS_PARAM_SPEC_UINT64 (spec))
    return g_strdup_printf ("%" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
        ", default %" G_GUINT64_FORMAT, G_PARAM_SPEC_UINT64 (spec)->minimum,
        G_PARAM_SPEC_UINT64 (spec)->maximum,
        G_PARAM_SPEC_UINT64 (spec)->default_value);
  if (G_IS_PARAM_SPEC_DOUBLE (spec))
    return g_strdup_printf ("%g to %g, default %g",
        G_PARAM_SPEC_DOUBLE (spec)->minimum,
        G_PARAM_SPEC_DOUBLE (spec)->maximum,
        G_PARAM_SPEC_DOUBLE (spec)->default_value);
  if (G_IS_PARAM_SPEC_BOOLEAN (spec))
    return g_strdup_printf ("true or false, default %s",
        g_value_get_boolean (value) ? "true" : "false");
  if (G_IS_PARAM_SPEC_ENUM (spec) || G_IS_PARAM_SPEC_FLAGS (spec)) {
    g_autofree gchar *nicks = list_nicks (spec);

    fallback = gst_value_serialize (value);
    return g_strdup_printf ("%s, default %s", nicks, fallback);
  }
  return NULL;
}

static Attached *
get_attached (gpointer object)
{
  return g_object_get_qdata (object, attached_quark ());
}

/* Remembers what was refused, or forgets it: a later value is a good one. */
static void
remember (GObject *object, const gchar *name, gchar *text)
{
  GHashTable *refused = get_attached (object)->refused;

  GST_OBJECT_LOCK (object);
  if (text)
    g_hash_table_insert (refused, (gpointer) name, text);
  else
    g_hash_table_remove (refused, name);
  GST_OBJECT_UNLOCK (object);
}

/* Whether a stream runs or starts, for which what only counts at its start is
 * too late. */
static gboolean
is_too_late (GObject *object, const GParamSpec *spec)
{
  return !(spec->flags
      & (GST_PARAM_MUTABLE_PAUSED | GST_PARAM_MUTABLE_PLAYING))
      && GST_IS_ELEMENT (object)
      && MAX (GST_STATE (object), GST_STATE_NEXT (object)) > GST_STATE_READY;
}

/* Whether @value is not the property's, and comes when it can't be any more:
 * what a running stream does stays what its properties say. */
static gboolean
comes_too_late (GObject *object, GParamSpec *spec, const GstSnnProperty *row,
    const void *field, const GValue *value)
{
  GValue now = G_VALUE_INIT;
  gboolean late;

  g_value_init (&now, spec->value_type);
  GST_OBJECT_LOCK (object);
  get_field (row, field, &now);
  late = is_too_late (object, spec)
      && g_param_values_cmp (spec, &now, value) != 0;
  GST_OBJECT_UNLOCK (object);
  g_value_unset (&now);
  return late;
}

static void
set_property (GObject *object, guint id, const GValue *value,
    GParamSpec *spec)
{
  const Binding *binding =
      g_param_spec_get_qdata (spec, binding_quark ());
  gpointer settings = binding->table->settings (object);
  void *field = field_of (binding->row, settings);

  if (comes_too_late (object, spec, binding->row, field, value)) {
    g_warning ("%s of %s can't be changed while its stream runs, and stays as "
        "it is; set it in READY or before", spec->name,
        GST_OBJECT_NAME (object));
    return;
  }
  if (!gst_snn_property_allows (spec, value)) {
    g_autofree gchar *range = gst_snn_property_describe_range (spec);
    g_autofree gchar *found = gst_value_serialize (value);

    GST_ERROR_OBJECT (object, "%s can't be %s: %s", spec->name, found, range);
    remember (object, spec->name, g_strdup_printf ("%s is %s, expected %s",
            spec->name, found, range));
    return;
  }
  remember (object, spec->name, NULL);
  GST_OBJECT_LOCK (object);
  set_field (binding->row, field, value);
  GST_OBJECT_UNLOCK (object);
}

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  const Binding *binding =
      g_param_spec_get_qdata (spec, binding_quark ());
  gpointer settings = binding->table->settings (object);

  GST_OBJECT_LOCK (object);
  get_field (binding->row, field_of (binding->row, settings), value);
  GST_OBJECT_UNLOCK (object);
}

void
gst_snn_properties_install (gpointer object_class,
    const GstSnnPropertyTable *table)
{
  GObjectClass *class = G_OBJECT_CLASS (object_class);
  g_autofree guint8 *defaults = g_malloc0 (table->size);

  class->set_property = set_property;
  class->get_property = get_property;
  set_defaults (table, defaults);
  for (guint i = 0; i < table->n_rows; i++) {
    const GstSnnProperty *row = &table->rows[i];
    GParamSpec *spec = new_spec (row, field_of (row, defaults));
    Binding *binding = g_new (Binding, 1);

    g_assert (row->size == sizes[row->type]);
    *binding = (Binding) { table, row };
    g_param_spec_set_qdata_full (spec, binding_quark (), binding, g_free);
    g_object_class_install_property (class, i + 1, spec);
    if (row->get_type)
      gst_type_mark_as_plugin_api (row->get_type (), 0);
  }
  gst_snn_properties_clear (table, defaults);
}

/* With the object, after all its classes have finalized it. */
static void
attached_free (gpointer data)
{
  Attached *attached = data;

  for (guint i = 0; i < attached->tables->len; i++) {
    const GstSnnPropertyTable *table = attached->tables->pdata[i];

    gst_snn_properties_clear (table, table->settings (attached->object));
  }
  g_ptr_array_unref (attached->tables);
  g_hash_table_unref (attached->refused);
  g_free (attached);
}

void
gst_snn_properties_init (gpointer object, const GstSnnPropertyTable *table)
{
  Attached *attached = get_attached (object);

  if (!attached) {
    attached = g_new (Attached, 1);
    attached->object = object;
    attached->tables = g_ptr_array_new ();
    attached->refused = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
        g_free);
    g_object_set_qdata_full (object, attached_quark (), attached,
        attached_free);
  }
  g_ptr_array_add (attached->tables, (gpointer) table);
  set_defaults (table, table->settings (object));
}

void
gst_snn_properties_clear (const GstSnnPropertyTable *table, gpointer settings)
{
  for (guint i = 0; i < table->n_rows; i++)
    clear_field (&table->rows[i], field_of (&table->rows[i], settings));
}

void
gst_snn_properties_copy (gpointer object, const GstSnnPropertyTable *table,
    gpointer copy)
{
  GST_OBJECT_LOCK (object);
  memcpy (copy, table->settings (object), table->size);
  for (guint i = 0; i < table->n_rows; i++) {
    void *field = field_of (&table->rows[i], copy);

    if (table->rows[i].type == GST_SNN_STRING)
      *(gchar **) field = g_strdup (*(gchar **) field);
    else if (table->rows[i].type == GST_SNN_DOUBLES && *(GArray **) field)
      g_array_ref (*(GArray **) field);
  }
  GST_OBJECT_UNLOCK (object);
}

gboolean
gst_snn_properties_start (gpointer object, const GstSnnPropertyTable *table,
    gpointer copy)
{
  g_autoptr (GString) refused = g_string_new (NULL);
  GHashTableIter iter;
  gpointer text;

  gst_snn_properties_copy (object, table, copy);
  GST_OBJECT_LOCK (object);
  g_hash_table_iter_init (&iter, get_attached (object)->refused);
  while (g_hash_table_iter_next (&iter, NULL, &text))
    g_string_append_printf (refused, "%s%s", refused->len ? "; " : "",
        (const gchar *) text);
  GST_OBJECT_UNLOCK (object);
  if (refused->len == 0)
    return TRUE;
  GST_SNN_ELEMENT_ERROR (object, LIBRARY, SETTINGS, ("%s", refused->str),
      (NULL));
  return FALSE;
}

void
gst_snn_properties_notify (gpointer object, const GstSnnPropertyTable *table)
{
  for (guint i = 0; i < table->n_rows; i++)
    if (table->rows[i].read_only)
      g_object_notify (object, table->rows[i].name);
}
