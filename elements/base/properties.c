/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "properties.h"

#include <string.h>

#include "messages.h"
#include "propertykinds.h"

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

static const GstSnnPropertyKind *
kind_of (const GstSnnProperty *row)
{
  return gst_snn_property_kind (row->type);
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
  for (guint i = 0; i < table->n_rows; i++) {
    const GstSnnProperty *row = &table->rows[i];

    if (!row->core_default)
      kind_of (row)->set_default (row, field_of (row, settings));
  }
}

gboolean
gst_snn_property_allows (GParamSpec *spec, const GValue *value)
{
  const GstSnnPropertyKind *kind;
  GValue copy = G_VALUE_INIT;
  gboolean changed;

  g_return_val_if_fail (G_IS_PARAM_SPEC (spec), FALSE);
  g_return_val_if_fail (G_VALUE_HOLDS (value, spec->value_type), FALSE);
  kind = gst_snn_property_kind_of (spec);
  if (kind && kind->allows)
    return kind->allows (spec, value);
  /* Of others, what the spec would change is not allowed. */
  g_value_init (&copy, spec->value_type);
  g_value_copy (value, &copy);
  changed = g_param_value_validate (spec, &copy);
  g_value_unset (&copy);
  return !changed;
}

gchar *
gst_snn_property_describe_range (GParamSpec *spec)
{
  const GstSnnPropertyKind *kind;

  g_return_val_if_fail (G_IS_PARAM_SPEC (spec), NULL);
  kind = gst_snn_property_kind_of (spec);
  return kind ? kind->describe (spec) : NULL;
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
  kind_of (row)->get (field, &now);
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
  kind_of (binding->row)->set (field, value);
  GST_OBJECT_UNLOCK (object);
}

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  const Binding *binding =
      g_param_spec_get_qdata (spec, binding_quark ());
  gpointer settings = binding->table->settings (object);

  GST_OBJECT_LOCK (object);
  kind_of (binding->row)->get (field_of (binding->row, settings), value);
  GST_OBJECT_UNLOCK (object);
}

static GParamFlags
flags_of (const GstSnnProperty *row)
{
  return G_PARAM_STATIC_STRINGS | (row->read_only ? G_PARAM_READABLE
      : G_PARAM_READWRITE
      | (row->mutability ? row->mutability : GST_PARAM_MUTABLE_READY));
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
    GParamSpec *spec = kind_of (row)->new_spec (row, field_of (row, defaults),
        flags_of (row));
    Binding *binding = g_new (Binding, 1);

    g_assert (row->size == kind_of (row)->size);
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
  for (guint i = 0; i < table->n_rows; i++) {
    const GstSnnProperty *row = &table->rows[i];

    if (kind_of (row)->clear)
      kind_of (row)->clear (field_of (row, settings));
  }
}

void
gst_snn_properties_copy (gpointer object, const GstSnnPropertyTable *table,
    gpointer copy)
{
  GST_OBJECT_LOCK (object);
  memcpy (copy, table->settings (object), table->size);
  for (guint i = 0; i < table->n_rows; i++) {
    const GstSnnProperty *row = &table->rows[i];

    if (kind_of (row)->own)
      kind_of (row)->own (field_of (row, copy));
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
  GST_SNN_ELEMENT_ERROR (object, RESOURCE, SETTINGS, ("%s", refused->str),
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
