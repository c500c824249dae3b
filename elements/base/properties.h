/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <snn/base/api.h>

SNN_BEGIN_DECLS

/* Properties as a table: a row says all about one, and one pair of functions
 * sets and gets them under the object's lock.
 *
 * To add a property, add a field to the element's settings and a row to its
 * table:
 *
 *   {"timesteps", "Timesteps", "Number of timesteps T", GST_SNN_UINT,
 *       GST_SNN_AT (Settings, timesteps), .min = 1, .max = 100, .fallback = 20},
 *
 * and run docs/elements/update. A value outside of min and max is not taken:
 * the element says so when it is started, and does not start. Unless the row
 * says otherwise, a property is set in READY or before; while the stream runs
 * it keeps its value, and whoever sets another is warned. */

/* The types of properties, and of their fields; what each of them is stands in a
 * row of propertykinds.c. */
typedef enum
{
  GST_SNN_BOOLEAN,              /* gboolean */
  GST_SNN_INT,                  /* gint */
  GST_SNN_UINT,                 /* guint */
  GST_SNN_UINT64,               /* guint64; up to G_MAXINT64, so that the -1 that
                                 * GStreamer's parser takes for a large one is
                                 * refused */
  GST_SNN_DOUBLE,               /* double */
  GST_SNN_STRING,               /* gchar *, owned */
  GST_SNN_ENUM,                 /* any enum */
  GST_SNN_FLAGS,                /* guint */
  GST_SNN_FRACTION,             /* GstSnnFraction */
  GST_SNN_DOUBLES,              /* GArray * of double, owned; NULL is empty */
} GstSnnPropertyType;

typedef struct
{
  gint numerator;
  gint denominator;
} GstSnnFraction;

/**
 * GstSnnProperty:
 * @name, @nick, @blurb: as gst-inspect-1.0 shows them
 * @type: of the property and the field
 * @offset, @size: of the field: GST_SNN_AT()
 * @min, @max: least and largest value of numbers; both 0: any, or where values
 *   are counts, up to G_MAXINT, so that -1 is not a large count
 * @fallback: the default of numbers, enums and flags (a fraction's denominator
 *   is 1)
 * @text: the default of a string; %NULL: unset
 * @core_default: the default is what the table's init() left in the field
 * @get_type: of enums and flags
 * @mutability: 0: GST_PARAM_MUTABLE_READY
 * @read_only: a result, which the element writes under its lock
 *
 * A row of a table.
 */
typedef struct
{
  const gchar *name;
  const gchar *nick;
  const gchar *blurb;
  GstSnnPropertyType type;
  gsize offset;
  gsize size;
  double min;
  double max;
  double fallback;
  const gchar *text;
  gboolean core_default;
  GType (*get_type) (void);
  GParamFlags mutability;
  gboolean read_only;
} GstSnnProperty;

#define GST_SNN_AT(settings, field)                                            \
  .offset = G_STRUCT_OFFSET (settings, field),                                 \
  .size = sizeof (((settings *) NULL)->field)

/* GST_SNN_THREADS: the row of an element that shares its work between threads, whose
 * @settings have a guint @field. */
#define GST_SNN_THREADS(settings, field)                                       \
  {"threads", "Threads",                                                       \
      "Number of threads that share the work, 0: one a processor; results do not " \
      "depend on it",                                                          \
      GST_SNN_UINT, GST_SNN_AT (settings, field), .max = 1024}

/**
 * GstSnnPropertyTable:
 * @rows, @n_rows: the properties
 * @size: of the struct that they are fields of
 * @settings: that struct of an object
 * @init: (nullable): fills in the defaults that the core has
 */
typedef struct
{
  const GstSnnProperty *rows;
  guint n_rows;
  gsize size;
  gpointer (*settings) (gpointer object);
  void (*init) (gpointer settings);
} GstSnnPropertyTable;

/* GST_SNN_TABLE: of the array @rows, whose fields are in a @settings. */
#define GST_SNN_TABLE(rows, settings, get, init)                               \
  { rows, G_N_ELEMENTS (rows), sizeof (settings), get, init }

/* gst_snn_properties_install: in class_init; @table stays the caller's and has
 * to stay alive. */
void gst_snn_properties_install (gpointer object_class,
    const GstSnnPropertyTable * table);

/* gst_snn_properties_init: in init: every field to its default. What the fields
 * own is freed with the object. */
void gst_snn_properties_init (gpointer object,
    const GstSnnPropertyTable * table);

/* gst_snn_properties_clear: frees what the fields of a copy own. */
void gst_snn_properties_clear (const GstSnnPropertyTable * table,
    gpointer settings);

/* gst_snn_properties_copy: a copy of the settings to @copy, which is
 * uninitialised or was cleared, and is to be cleared. */
void gst_snn_properties_copy (gpointer object,
    const GstSnnPropertyTable * table, gpointer copy);

/**
 * gst_snn_properties_start:
 * @copy: as of gst_snn_properties_copy()
 *
 * The settings that a stream starts with. They count until it stops.
 *
 * Returns: FALSE with a message posted where a property was given a value that
 * it can't have; @copy is made, and to be cleared, all the same
 */
gboolean gst_snn_properties_start (gpointer object,
    const GstSnnPropertyTable * table, gpointer copy);

/* gst_snn_properties_notify: that the read-only ones have changed. */
void gst_snn_properties_notify (gpointer object,
    const GstSnnPropertyTable * table);

/* gst_snn_property_allows: whether @value is in the range of @spec, ours or any
 * other. */
gboolean gst_snn_property_allows (GParamSpec * spec, const GValue * value);

/* gst_snn_property_describe_range: (transfer full): "1 to 100, default 20" for
 * numbers, "a, b or c, default a" for enums and flags, or %NULL. */
gchar *gst_snn_property_describe_range (GParamSpec * spec);

SNN_END_DECLS
