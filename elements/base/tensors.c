/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tensors.h"

#include <snn/base/error.h>

#include "samplemeta.h"

/* The field of caps that has the values of classes in files. */
#define CLASSES "classes"

static const gchar *const type_names[] = {
  [SNN_VALUE_FLOAT32] = "float32",
  [SNN_VALUE_UINT8] = "uint8",
  [SNN_VALUE_INT8] = "int8",
};

static gboolean
parse_type (const gchar *text, SnnValueType *type)
{
  for (guint i = 0; i < G_N_ELEMENTS (type_names); i++)
    if (g_str_equal (text, type_names[i])) {
      *type = i;
      return TRUE;
    }
  return FALSE;
}

/* NNStreamer leaves out trailing ones, and ends an unused rank with 0. */
static gboolean
parse_dimensions (const gchar *text, GstSnnTensor *tensor)
{
  guint *dims[] = { &tensor->width, &tensor->height, &tensor->depth,
    &tensor->channels, &tensor->timesteps
  };
  g_auto (GStrv) parts = g_strsplit (text, ":", -1);
  gboolean ended = FALSE;
  gsize size = snn_value_size (tensor->type);
  guint i;

  for (i = 0; i < G_N_ELEMENTS (dims); i++)
    *dims[i] = 1;
  for (i = 0; parts[i]; i++) {
    guint64 value;

    if (!g_ascii_string_to_unsigned (g_strstrip (parts[i]), 10, 0, G_MAXINT,
            &value, NULL))
      return FALSE;
    ended |= value == 0;
    if (ended && (value > 1 || i == 0))
      return FALSE;
    if (i >= G_N_ELEMENTS (dims)) {
      if (value > 1)
        return FALSE;
      continue;
    }
    *dims[i] = MAX (value, 1);
    if (!g_size_checked_mul (&size, size, *dims[i]) || size > G_MAXINT)
      return FALSE;
  }
  return i > 0;
}

gboolean
gst_snn_tensors_from_caps (GstSnnTensors *tensors, const GstCaps *caps,
    GError **error)
{
  const gchar *statistic = gst_structure_get_string (gst_caps_get_structure
      (caps, 0), GST_SNN_CAPS_STATISTIC);

  if (!statistic)
    return gst_snn_tensors_from_value_caps (tensors, caps, error);
  tensors->n_tensors = 0;
  g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "Found values that are the %s "
      "of predictions where images or probabilities are expected: niftisink "
      "content=probability writes them", statistic);
  return FALSE;
}

/* Places in the list are numbers in labels and channels of predictions: sorted in
 * silence, values would be those of others. */
static gboolean
parse_classes (SnnClasses *classes, const gchar *text)
{
  guint places[SNN_CLASSES_MAX];

  if (!snn_classes_parse_places (classes, text, places, NULL))
    return FALSE;
  for (guint i = 0; i < classes->n; i++)
    if (places[i] != i)
      return FALSE;
  return TRUE;
}

gboolean
gst_snn_tensors_from_value_caps (GstSnnTensors *tensors, const GstCaps *caps,
    GError **error)
{
  const GstStructure *structure = gst_caps_get_structure (caps, 0);
  const gchar *format = gst_structure_get_string (structure, "format");
  const gchar *types = gst_structure_get_string (structure, "types");
  const gchar *dimensions = gst_structure_get_string (structure, "dimensions");
  g_auto (GStrv) type = g_strsplit_set (types ? types : "", ",.", -1);
  g_auto (GStrv) dims = g_strsplit_set (dimensions ? dimensions : "", ",.", -1);
  const gchar *classes = gst_structure_get_string (structure, CLASSES);
  gint n = 0;

  gst_structure_get_int (structure, "num_tensors", &n);
  if (!gst_structure_has_name (structure, "other/tensors")
      || !format || !g_str_equal (format, "static"))
    goto malformed;
  if (n < 1 || n > GST_SNN_TENSORS_MAX || g_strv_length (type) != (guint) n
      || g_strv_length (dims) != (guint) n)
    goto malformed;

  tensors->n_tensors = n;
  tensors->statistic = g_intern_string (gst_structure_get_string (structure,
          GST_SNN_CAPS_STATISTIC));
  if (!parse_classes (&tensors->classes, classes))
    goto malformed;
  for (gint i = 0; i < n; i++)
    if (!parse_type (g_strstrip (type[i]), &tensors->tensor[i].type)
        || !parse_dimensions (dims[i], &tensors->tensor[i]))
      goto malformed;
  return TRUE;

malformed:
  {
    g_autofree gchar *text = gst_caps_to_string (caps);

    tensors->n_tensors = 0;
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT,
        "Can't work on a stream of %s: expected static tensors, an image of "
        "float32 or spikes of int8 or uint8 and at most one uint8 label, and classes "
        "that ascend", text);
    return FALSE;
  }
}

/* How caps may be spelled: what is between tensors, and how many dimensions
 * are written, which have to be enough. */
typedef struct
{
  const gchar *separator;
  guint rank;
} Spelling;

static guint
least_rank (const GstSnnTensors *tensors)
{
  guint least = 1;

  for (guint i = 0; i < tensors->n_tensors; i++) {
    const GstSnnTensor *t = &tensors->tensor[i];
    guint rank = t->timesteps > 1 ? 5 : t->channels > 1 ? 4
        : t->depth > 1 ? 3 : t->height > 1 ? 2 : 1;

    least = MAX (least, rank);
  }
  return least;
}

static GstStructure *
spell (const GstSnnTensors *tensors, const Spelling *spelling)
{
  g_autoptr (GString) types = g_string_new (NULL);
  g_autoptr (GString) dims = g_string_new (NULL);
  GstStructure *structure;

  for (guint i = 0; i < tensors->n_tensors; i++) {
    const GstSnnTensor *t = &tensors->tensor[i];
    const guint values[] = { t->width, t->height, t->depth, t->channels,
      t->timesteps
    };

    if (i > 0) {
      g_string_append (types, spelling->separator);
      g_string_append (dims, spelling->separator);
    }
    g_string_append (types, type_names[t->type]);
    for (guint d = 0; d < spelling->rank; d++)
      g_string_append_printf (dims, "%s%u", d ? ":" : "",
          d < G_N_ELEMENTS (values) ? values[d] : 1);
  }
  structure = gst_structure_new ("other/tensors",
      "format", G_TYPE_STRING, "static",
      "num_tensors", G_TYPE_INT, (gint) tensors->n_tensors,
      "types", G_TYPE_STRING, types->str,
      "dimensions", G_TYPE_STRING, dims->str,
      "framerate", GST_TYPE_FRACTION, 0, 1, NULL);
  if (tensors->classes.n > 0) {
    g_autofree gchar *classes = snn_classes_to_text (&tensors->classes);

    gst_structure_set (structure, CLASSES, G_TYPE_STRING, classes, NULL);
  }
  if (tensors->statistic)
    gst_structure_set (structure, GST_SNN_CAPS_STATISTIC, G_TYPE_STRING,
        tensors->statistic, NULL);
  return structure;
}

GstCaps *
gst_snn_tensors_to_caps (const GstSnnTensors *tensors)
{
  return gst_caps_new_full (spell (tensors, &(Spelling) { ",", 5 }), NULL);
}

GstCaps *
gst_snn_tensors_to_any_caps (const GstSnnTensors *tensors,
    const GValue *framerate)
{
  static const guint ranks[] = { 5, 4, 3, 2, 1, 8, 16 };
  static const gchar *const separators[] = { ",", "." };
  GstCaps *caps = gst_caps_new_empty ();
  guint least = least_rank (tensors);

  for (guint s = 0; s < (tensors->n_tensors > 1 ? 2 : 1); s++)
    for (guint r = 0; r < G_N_ELEMENTS (ranks); r++)
      if (ranks[r] >= least)
        gst_caps_append_structure (caps, spell (tensors,
                &(Spelling) { separators[s], ranks[r] }));
  if (framerate)
    gst_caps_set_value (caps, "framerate", framerate);
  else
    gst_caps_set_simple (caps, "framerate", GST_TYPE_FRACTION_RANGE, 0, 1,
        G_MAXINT, 1, NULL);
  return caps;
}

static gboolean
tensor_equal (const GstSnnTensor *a, const GstSnnTensor *b)
{
  return a->type == b->type && a->width == b->width && a->height == b->height
      && a->depth == b->depth && a->channels == b->channels
      && a->timesteps == b->timesteps;
}

gboolean
gst_snn_tensors_equal (const GstSnnTensors *a, const GstSnnTensors *b)
{
  if (a->n_tensors != b->n_tensors
      || !snn_classes_equal (&a->classes, &b->classes)
      || g_strcmp0 (a->statistic, b->statistic) != 0)
    return FALSE;
  for (guint i = 0; i < a->n_tensors; i++)
    if (!tensor_equal (&a->tensor[i], &b->tensor[i]))
      return FALSE;
  return TRUE;
}

gsize
gst_snn_tensor_size (const GstSnnTensor *tensor)
{
  return snn_value_size (tensor->type) * tensor->width * tensor->height
      * tensor->depth * tensor->channels * tensor->timesteps;
}

SnnShape
gst_snn_tensor_shape (const GstSnnTensor *tensor)
{
  return (SnnShape) {
    .channels = tensor->channels,
    .height = tensor->height,
    .width = tensor->width,
    .depth = tensor->depth > 1 ? tensor->depth : 0,
  };
}

gboolean
gst_snn_tensors_check_buffer (const GstSnnTensors *tensors, GstBuffer *buffer,
    GError **error)
{
  guint n = gst_buffer_n_memory (buffer);

  if (n != tensors->n_tensors) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
        "A buffer has %u memories where the caps say %u tensors", n,
        tensors->n_tensors);
    return FALSE;
  }
  for (guint i = 0; i < n; i++) {
    gsize found =
        gst_memory_get_sizes (gst_buffer_peek_memory (buffer, i), NULL, NULL);
    gsize expected = gst_snn_tensor_size (&tensors->tensor[i]);

    if (found != expected) {
      g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
          "Tensor %u of a buffer has %" G_GSIZE_FORMAT " bytes where the caps "
          "say %" G_GSIZE_FORMAT, i, found, expected);
      return FALSE;
    }
  }
  return TRUE;
}

GstBuffer *
gst_snn_buffer_replace_tensor (GstBuffer *buffer, GstMemory *memory)
{
  GstBuffer *out = gst_buffer_new ();

  gst_buffer_append_memory (out, memory);
  gst_buffer_copy_into (out, buffer,
      GST_BUFFER_COPY_FLAGS | GST_BUFFER_COPY_TIMESTAMPS | GST_BUFFER_COPY_META,
      0, -1);
  if (gst_buffer_n_memory (buffer) > 1)
    gst_buffer_append_memory (out, gst_buffer_get_memory (buffer, 1));
  return out;
}

/* A view of some bytes, or their copy where @memory can't be shared. */
static GstMemory *
view_memory (GstMemory *memory, gsize offset, gsize size)
{
  return GST_MEMORY_FLAG_IS_SET (memory, GST_MEMORY_FLAG_NO_SHARE)
      ? gst_memory_copy (memory, (gssize) offset, (gssize) size)
      : gst_memory_share (memory, (gssize) offset, (gssize) size);
}

/* Takes @buffer, whose bytes are those of all tensors; a copy has them apart. */
static GstBuffer *
split_memories (const GstSnnTensors *tensors, GstBuffer *buffer)
{
  GstMemory *all = gst_buffer_get_all_memory (buffer);
  GstBuffer *out = gst_buffer_new ();
  gsize offset = 0;

  gst_buffer_copy_into (out, buffer,
      GST_BUFFER_COPY_FLAGS | GST_BUFFER_COPY_TIMESTAMPS | GST_BUFFER_COPY_META,
      0, -1);
  for (guint i = 0; i < tensors->n_tensors; i++) {
    gsize size = gst_snn_tensor_size (&tensors->tensor[i]);

    gst_buffer_append_memory (out, view_memory (all, offset, size));
    offset += size;
  }
  gst_memory_unref (all);
  gst_buffer_unref (buffer);
  return out;
}

static GstSnnFacts
buffer_facts (GstBuffer *buffer)
{
  const GstSnnSampleMeta *meta = gst_buffer_get_snn_sample_meta (buffer);

  if (!meta)
    return GST_SNN_FACTS_NONE;
  return meta->volume ? GST_SNN_FACTS_VOLUME : GST_SNN_FACTS_SAMPLE;
}

static gboolean
check_facts (GstSnnFacts *facts, GstBuffer *buffer, GError **error)
{
  static const gchar *const names[] = {
    [GST_SNN_FACTS_NONE] = "without a sample meta",
    [GST_SNN_FACTS_SAMPLE] = "with a sample meta of no volume",
    [GST_SNN_FACTS_VOLUME] = "with the sample meta of a volume",
  };
  GstSnnFacts found = buffer_facts (buffer);

  if (*facts == GST_SNN_FACTS_UNKNOWN)
    *facts = found;
  if (found == *facts)
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH,
      "Found a sample %s in a stream of samples %s, which could not be told "
      "apart: an element that makes new buffers has to copy their metas",
      names[found], names[*facts]);
  return FALSE;
}

/* Makes @buffer one with a memory for each tensor. */
static gboolean
find_tensors (const GstSnnTensors *tensors, GstBuffer **buffer,
    GError **error)
{
  GError *mismatch = NULL;
  gsize size = 0;

  if (gst_snn_tensors_check_buffer (tensors, *buffer, &mismatch))
    return TRUE;
  for (guint i = 0; i < tensors->n_tensors; i++)
    size += gst_snn_tensor_size (&tensors->tensor[i]);
  if (gst_buffer_get_size (*buffer) != size) {
    g_propagate_error (error, mismatch);
    return FALSE;
  }
  g_error_free (mismatch);
  *buffer = split_memories (tensors, *buffer);
  return TRUE;
}

GstFlowReturn
gst_snn_element_take_buffer (GstElement *element,
    const GstSnnTensors *tensors, GstSnnFacts *facts, GstBuffer **buffer)
{
  GError *error = NULL;

  if (tensors->n_tensors == 0) {
    gst_clear_buffer (buffer);
    g_set_error (&error, GST_CORE_ERROR, GST_CORE_ERROR_NEGOTIATION,
        "A buffer came without caps, which say what it holds; expected "
        "other/tensors caps ahead of it, as our sources, appsrc's property "
        "\"caps\" or a capsfilter give");
    gst_snn_element_refuse_caps (element, NULL, error);
    return GST_FLOW_NOT_NEGOTIATED;
  }
  if (find_tensors (tensors, buffer, &error)
      && check_facts (facts, *buffer, &error))
    return GST_FLOW_OK;
  gst_clear_buffer (buffer);
  gst_snn_element_error (element, error);
  return GST_FLOW_ERROR;
}
