/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include <snn/base/api.h>

SNN_BEGIN_DECLS

/* The one place that posts errors, warnings and notes. */

/* A line of the program, which messages tell, and the category that its log
 * goes to. */
typedef struct
{
  GstDebugCategory *category;
  const gchar *file;
  const gchar *function;
  gint line;
} GstSnnPlace;

#define GST_SNN_HERE                                                           \
  ((GstSnnPlace) { GST_CAT_DEFAULT, __FILE__, G_STRFUNC, __LINE__ })

/**
 * gst_snn_element_post:
 * @text, @debug: (transfer full) (nullable)
 *
 * What GST_ELEMENT_ERROR() and its like end in: logs and posts a message whose
 * text is fit for a terminal, whatever names are in it.
 */
void gst_snn_element_post (GstElement * element, GstMessageType type,
    GQuark domain, gint code, gchar * text, gchar * debug, GstSnnPlace place);

#define GST_SNN_ELEMENT_MESSAGE(element, type, domain, code, text, debug)      \
  gst_snn_element_post (GST_ELEMENT (element), GST_MESSAGE_##type,             \
      GST_##domain##_ERROR, GST_##domain##_ERROR_##code,                       \
      _gst_element_error_printf text, _gst_element_error_printf debug,         \
      GST_SNN_HERE)

/* As GST_ELEMENT_ERROR(), GST_ELEMENT_WARNING() and GST_ELEMENT_INFO(). */
#define GST_SNN_ELEMENT_ERROR(element, domain, code, text, debug)              \
  GST_SNN_ELEMENT_MESSAGE (element, ERROR, domain, code, text, debug)
#define GST_SNN_ELEMENT_WARNING(element, domain, code, text, debug)            \
  GST_SNN_ELEMENT_MESSAGE (element, WARNING, domain, code, text, debug)
#define GST_SNN_ELEMENT_INFO(element, domain, code, text, debug)               \
  GST_SNN_ELEMENT_MESSAGE (element, INFO, domain, code, text, debug)

/**
 * gst_snn_element_error:
 * @error: (transfer full): of the core; freed
 *
 * Posts it as one error message with the domain and code that fit:
 * resource errors for files, stream errors for what flows. Errors of
 * GStreamer's own domains, as GST_RESOURCE_ERROR_SETTINGS for properties, are
 * posted as they are, SNN_ERROR_CANCELLED is not posted.
 */
#define gst_snn_element_error(element, error)                                  \
  gst_snn_element_error_at (element, error, GST_SNN_HERE)
void gst_snn_element_error_at (GstElement * element, GError * error,
    GstSnnPlace place);

/* gst_snn_element_refuse_caps: gst_snn_element_error() for @caps (nullable:
 * there are none) that don't do. Caps that were refused come again ahead of
 * whatever is sent next, and buffers without any; only the first time in a stream is
 * there a message. */
#define gst_snn_element_refuse_caps(element, caps, error)                      \
  gst_snn_element_refuse_caps_at (element, caps, error, GST_SNN_HERE)
void gst_snn_element_refuse_caps_at (GstElement * element,
    const GstCaps * caps, GError * error, GstSnnPlace place);

SNN_END_DECLS
