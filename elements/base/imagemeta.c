/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "imagemeta.h"

/* Without tags: the image is what a sample began as, whatever is made of its
 * memories. */
GType
gst_snn_image_meta_api_get_type (void)
{
  static gsize type = 0;
  static const gchar *tags[] = { NULL };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type,
        gst_meta_api_type_register ("GstSnnImageMetaAPI", tags));
  return (GType) type;
}

static gboolean
gst_snn_image_meta_init (GstMeta *meta, gpointer params, GstBuffer *buffer)
{
  GstSnnImageMeta *image = (GstSnnImageMeta *) meta;

  *image = (GstSnnImageMeta) {.meta = *meta };
  return TRUE;
}

/* An exclusive lock is what a buffer takes on its memories: with two of them
 * a memory is no longer writable. */
static void
gst_snn_image_meta_set (GstSnnImageMeta *image, GstMemory *memory)
{
  if (memory) {
    gst_memory_ref (memory);
    gst_mini_object_lock (GST_MINI_OBJECT_CAST (memory),
        GST_LOCK_FLAG_EXCLUSIVE);
  }
  if (image->memory) {
    gst_mini_object_unlock (GST_MINI_OBJECT_CAST (image->memory),
        GST_LOCK_FLAG_EXCLUSIVE);
    gst_memory_unref (image->memory);
  }
  image->memory = memory;
}

static void
gst_snn_image_meta_free (GstMeta *meta, GstBuffer *buffer)
{
  gst_snn_image_meta_set ((GstSnnImageMeta *) meta, NULL);
}

static gboolean
gst_snn_image_meta_transform (GstBuffer *dest, GstMeta *meta,
    GstBuffer *buffer, GQuark type, gpointer data)
{
  GstSnnImageMeta *from = (GstSnnImageMeta *) meta;

  gst_buffer_add_snn_image_meta (dest, from->memory, &from->tensor);
  return TRUE;
}

const GstMetaInfo *
gst_snn_image_meta_get_info (void)
{
  static const GstMetaInfo *info = NULL;

  if (g_once_init_enter ((GstMetaInfo **) & info)) {
    const GstMetaInfo *made =
        gst_meta_register (gst_snn_image_meta_api_get_type (),
        "GstSnnImageMeta", sizeof (GstSnnImageMeta),
        gst_snn_image_meta_init, gst_snn_image_meta_free,
        gst_snn_image_meta_transform);

    g_once_init_leave ((GstMetaInfo **) & info, (GstMetaInfo *) made);
  }
  return info;
}

GstSnnImageMeta *
gst_buffer_get_snn_image_meta (GstBuffer *buffer)
{
  g_return_val_if_fail (GST_IS_BUFFER (buffer), NULL);

  return (GstSnnImageMeta *) gst_buffer_get_meta (buffer,
      gst_snn_image_meta_api_get_type ());
}

GstSnnImageMeta *
gst_buffer_add_snn_image_meta (GstBuffer *buffer, GstMemory *memory,
    const GstSnnTensor *tensor)
{
  GstSnnImageMeta *image;

  g_return_val_if_fail (GST_IS_BUFFER (buffer), NULL);
  g_return_val_if_fail (memory != NULL && tensor != NULL, NULL);
  image = gst_buffer_get_snn_image_meta (buffer);
  if (!image)
    image = (GstSnnImageMeta *) gst_buffer_add_meta (buffer,
        gst_snn_image_meta_get_info (), NULL);
  gst_snn_image_meta_set (image, memory);
  image->tensor = *tensor;
  return image;
}
