/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "messages.h"

#include <snn/base/error.h>
#include <snn/base/text.h>

/* (transfer full) (nullable): @text, which it takes, with the ends of its lines
 * kept. */
static gchar *
take_shown (gchar *text)
{
  gchar *shown = text ? snn_text_shown (text, "\n") : NULL;

  g_free (text);
  return shown;
}

void
gst_snn_element_post (GstElement *element, GstMessageType type, GQuark domain,
    gint code, gchar *text, gchar *debug, GstSnnPlace place)
{
  gchar *shown = take_shown (text), *more = take_shown (debug);

  gst_debug_log (place.category, type == GST_MESSAGE_INFO ? GST_LEVEL_INFO
      : GST_LEVEL_WARNING, place.file, place.function, place.line,
      G_OBJECT (element), "%s: %s%s%s", gst_message_type_get_name (type), shown,
      more ? "; " : "", more ? more : "");
  gst_element_message_full (element, type, domain, code, shown, more,
      place.file, place.function, place.line);
}

/* Takes @error and @debug (nullable). */
static void
post_error (GstElement *element, GError *error, gchar *debug,
    GstSnnPlace place)
{
  GQuark domain = GST_STREAM_ERROR;
  gint code = GST_STREAM_ERROR_FAILED;

  if (error->domain == SNN_ERROR) {
    switch ((SnnError) error->code) {
      case SNN_ERROR_NOT_FOUND:
        domain = GST_RESOURCE_ERROR;
        code = GST_RESOURCE_ERROR_NOT_FOUND;
        break;
      case SNN_ERROR_OPEN:
        domain = GST_RESOURCE_ERROR;
        code = GST_RESOURCE_ERROR_OPEN_READ;
        break;
      case SNN_ERROR_READ:
        domain = GST_RESOURCE_ERROR;
        code = GST_RESOURCE_ERROR_READ;
        break;
      case SNN_ERROR_WRITE:
        domain = GST_RESOURCE_ERROR;
        code = GST_RESOURCE_ERROR_WRITE;
        break;
      case SNN_ERROR_NO_SPACE:
        domain = GST_RESOURCE_ERROR;
        code = GST_RESOURCE_ERROR_NO_SPACE_LEFT;
        break;
      case SNN_ERROR_FORMAT:
        code = GST_STREAM_ERROR_DECODE;
        break;
      case SNN_ERROR_UNSUPPORTED:
        code = GST_STREAM_ERROR_NOT_IMPLEMENTED;
        break;
      case SNN_ERROR_MISMATCH:
        code = GST_STREAM_ERROR_WRONG_TYPE;
        break;
      case SNN_ERROR_NUMERIC:
        code = GST_STREAM_ERROR_FAILED;
        break;
      case SNN_ERROR_CANCELLED:
        g_error_free (error);
        g_free (debug);
        return;
    }
  } else if (error->domain == GST_RESOURCE_ERROR
      || error->domain == GST_STREAM_ERROR
      || error->domain == GST_CORE_ERROR) {
    domain = error->domain;
    code = error->code;
  }
  gst_snn_element_post (element, GST_MESSAGE_ERROR, domain, code,
      g_strdup (error->message), debug, place);
  g_error_free (error);
}

void
gst_snn_element_error_at (GstElement *element, GError *error,
    GstSnnPlace place)
{
  post_error (element, error, NULL, place);
}

/* The caps that an element refused, and in which stream. */
typedef struct
{
  guint32 stream;
  GstCaps *caps;                /* NULL: there were none */
} Refusal;

static void
refusal_free (Refusal *refusal)
{
  gst_clear_caps (&refusal->caps);
  g_free (refusal);
}

static gboolean
same_caps (const GstCaps *a, const GstCaps *b)
{
  return a && b ? gst_caps_is_equal (a, b) : a == b;
}

static gboolean
get_stream (GstElement *element, GstPad *pad, gpointer stream)
{
  g_autoptr (GstEvent) start =
      gst_pad_get_sticky_event (pad, GST_EVENT_STREAM_START, 0);

  if (start)
    *(guint32 *) stream = gst_event_get_seqnum (start);
  return !start;
}

/* Every stream begins with an event of another number; of several pads, the first
 * that has one tells. */
static guint32
current_stream (GstElement *element)
{
  guint32 stream = GST_SEQNUM_INVALID;

  gst_element_foreach_sink_pad (element, get_stream, &stream);
  return stream;
}

/* Whether @element has said so much of @caps before; of a buffer without caps also
 * where it refused those of its stream. It may be asked by several threads. */
static gboolean
is_told (GstElement *element, guint32 stream, const GstCaps *caps)
{
  const GQuark quark = g_quark_from_static_string ("gst-snn-refused-caps");
  Refusal *refusal;
  gboolean told;

  GST_OBJECT_LOCK (element);
  refusal = g_object_get_qdata (G_OBJECT (element), quark);
  told = refusal && refusal->stream == stream && stream != GST_SEQNUM_INVALID
      && (!caps || same_caps (refusal->caps, caps));
  if (!told) {
    refusal = g_new (Refusal, 1);
    refusal->stream = stream;
    refusal->caps = caps ? gst_caps_copy (caps) : NULL;
    g_object_set_qdata_full (G_OBJECT (element), quark, refusal,
        (GDestroyNotify) refusal_free);
  }
  GST_OBJECT_UNLOCK (element);
  return told;
}

void
gst_snn_element_refuse_caps_at (GstElement *element, const GstCaps *caps,
    GError *error, GstSnnPlace place)
{
  if (is_told (element, current_stream (element), caps))
    g_error_free (error);
  else
    post_error (element, error,
        gst_info_strdup_printf ("caps are %" GST_PTR_FORMAT, caps), place);
}
