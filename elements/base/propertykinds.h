/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "properties.h"

G_BEGIN_DECLS

/* What a type of properties is; private to properties.c. */

/**
 * GstSnnPropertyKind:
 * @size: of a field
 * @new_spec: of a row, whose default is what @field has; a value that is out of
 *   range reaches set_property()
 * @set_default: puts the row's default, other than the core's, into a field of
 *   zeros
 * @set: takes a copy of a value in place of what the field has
 * @get: to an initialised value
 * @own: (nullable): makes a field that is a plain copy of another one own what it
 *   has; %NULL where fields own nothing, as for @clear
 * @clear: (nullable): frees what a field owns
 * @is: (nullable): whether a spec is of such values, be it ours or GObject's; %NULL
 *   where nobody needs to know, and the following are not there
 * @allows: (nullable): whether a value is in the range of such a spec; %NULL where
 *   the spec itself tells
 * @describe: (transfer full): as gst_snn_property_describe_range()
 */
typedef struct
{
  gsize size;
  GParamSpec *(*new_spec) (const GstSnnProperty * row, const void *field,
      GParamFlags flags);
  void (*set_default) (const GstSnnProperty * row, void *field);
  void (*set) (void *field, const GValue * value);
  void (*get) (const void *field, GValue * value);
  void (*own) (void *field);
  void (*clear) (void *field);
  gboolean (*is) (GParamSpec * spec);
  gboolean (*allows) (GParamSpec * spec, const GValue * value);
  gchar *(*describe) (GParamSpec * spec);
} GstSnnPropertyKind;

const GstSnnPropertyKind *gst_snn_property_kind (GstSnnPropertyType type);

/* gst_snn_property_kind_of: the kind that has @spec, or %NULL. */
const GstSnnPropertyKind *gst_snn_property_kind_of (GParamSpec * spec);

G_END_DECLS
