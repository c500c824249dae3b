/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <glib/gstdio.h>

#include "../base/error.h"

/* protobuf's own limit of a message. */
#define LARGEST_FILE G_MAXINT32
#define LARGEST_TENSOR G_MAXINT32

/* A message in memory can be larger than in the file: an empty one takes two
 * bytes there. What files of real networks need on top of their own size is far
 * less than this. */
#define MORE_MEMORY (32u << 20)

#define LONGEST_TEXT 1000

/* Memory that is still to be had. */
typedef struct
{
  gsize left;
  gboolean refused;
} Budget;

static void *
take (void *data, size_t size)
{
  Budget *budget = data;
  void *memory = size <= budget->left ? malloc (size) : NULL;

  if (memory)
    budget->left -= size;
  else
    budget->refused = TRUE;
  return memory;
}

static void
give_back (void *data, void *memory)
{
  free (memory);
}

static gboolean
read_file (const gchar *path, gchar **content, gsize *size, GError **error)
{
  g_autoptr (GError) failure = NULL;
  GStatBuf facts;

  if (g_stat (path, &facts) != 0) {
    g_set_error (error, SNN_ERROR,
        errno == ENOENT ? SNN_ERROR_NOT_FOUND : SNN_ERROR_OPEN,
        "%s: can't open: %s", path, g_strerror (errno));
    return FALSE;
  }
  if (!S_ISREG (facts.st_mode)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_OPEN,
        "%s: is no regular file", path);
    return FALSE;
  }
  if (facts.st_size > LARGEST_FILE) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED, "%s: has %"
        G_GINT64_FORMAT " bytes; at most %d are supported", path,
        (gint64) facts.st_size, LARGEST_FILE);
    return FALSE;
  }
  if (g_file_get_contents (path, content, size, &failure))
    return TRUE;
  g_set_error (error, SNN_ERROR, SNN_ERROR_READ, "%s: %s", path,
      failure->message);
  return FALSE;
}

static gboolean
is_text (const gchar *text)
{
  return !text || (strlen (text) <= LONGEST_TEXT
      && g_utf8_validate (text, -1, NULL));
}

static gboolean
are_texts (gchar **texts, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (!is_text (texts[i]))
      return FALSE;
  return TRUE;
}

static gboolean
check_node (const SnnOnnx__NodeProto *node)
{
  for (gsize i = 0; i < node->n_attribute; i++)
    if (!is_text (node->attribute[i]->name))
      return FALSE;
  return are_texts (node->input, node->n_input)
      && are_texts (node->output, node->n_output) && is_text (node->name)
      && is_text (node->op_type) && is_text (node->domain);
}

/* So that any of them can stand in a message, or be a node's name. */
static gboolean
check_texts (const SnnOnnx__GraphProto *graph)
{
  for (gsize i = 0; i < graph->n_node; i++)
    if (!check_node (graph->node[i]))
      return FALSE;
  for (gsize i = 0; i < graph->n_initializer; i++)
    if (!is_text (graph->initializer[i]->name))
      return FALSE;
  for (gsize i = 0; i < graph->n_input; i++)
    if (!is_text (graph->input[i]->name))
      return FALSE;
  for (gsize i = 0; i < graph->n_output; i++)
    if (!is_text (graph->output[i]->name))
      return FALSE;
  return TRUE;
}

SnnOnnx__ModelProto *
snn_onnx_message_read (const gchar *path, gsize *size, GError **error)
{
  g_autofree gchar *content = NULL;
  Budget budget = { 0 };
  ProtobufCAllocator allocator = { take, give_back, &budget };
  SnnOnnx__ModelProto *model;

  if (!read_file (path, &content, size, error))
    return NULL;
  budget.left = 2 * *size + MORE_MEMORY;
  model = snn_onnx__model_proto__unpack (&allocator, *size,
      (const uint8_t *) content);
  if (!model && budget.refused) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED, "%s: takes more "
        "memory than a file of %" G_GSIZE_FORMAT " bytes should", path, *size);
  } else if (!model || !model->graph) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "%s: is no ONNX file%s",
        path, model ? ": it has no graph" : "");
  } else if (!check_texts (model->graph)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "%s: has a name that is "
        "not UTF-8, or is longer than %d bytes", path, LONGEST_TEXT);
  } else
    return model;
  snn_onnx_message_free (model);
  return NULL;
}

void
snn_onnx_message_free (SnnOnnx__ModelProto *model)
{
  Budget budget = { 0 };
  ProtobufCAllocator allocator = { take, give_back, &budget };

  if (model)
    snn_onnx__model_proto__free_unpacked (model, &allocator);
}

const SnnOnnx__AttributeProto *
snn_onnx_attribute (const SnnOnnx__NodeProto *node, const gchar *name)
{
  for (gsize i = 0; i < node->n_attribute; i++)
    if (g_strcmp0 (node->attribute[i]->name, name) == 0)
      return node->attribute[i];
  return NULL;
}

gint64
snn_onnx_int (const SnnOnnx__NodeProto *node, const gchar *name,
    gint64 fallback)
{
  const SnnOnnx__AttributeProto *a = snn_onnx_attribute (node, name);

  return a && a->has_i ? a->i : fallback;
}

float
snn_onnx_float (const SnnOnnx__NodeProto *node, const gchar *name,
    float fallback)
{
  const SnnOnnx__AttributeProto *a = snn_onnx_attribute (node, name);

  return a && a->has_f ? a->f : fallback;
}

gboolean
snn_onnx_is_text (const SnnOnnx__NodeProto *node, const gchar *name,
    const gchar *fallback, const gchar *text)
{
  const SnnOnnx__AttributeProto *a = snn_onnx_attribute (node, name);
  const gsize n = strlen (text);

  return a && a->has_s ? a->s.len == n && memcmp (a->s.data, text, n) == 0
      : g_str_equal (fallback, text);
}

gboolean
snn_onnx_tensor_count (const SnnOnnx__TensorProto *tensor, guint64 *n)
{
  *n = 1;
  for (gsize d = 0; d < tensor->n_dims; d++)
    if (tensor->dims[d] < 0 || !g_uint64_checked_mul (n, *n,
            (guint64) tensor->dims[d]) || *n > LARGEST_TENSOR)
      return FALSE;
  return TRUE;
}

/* Values lie in bytes, little-endian, or as numbers of the message. */
static const guint8 *
raw_values (const SnnOnnx__TensorProto *tensor, guint64 n, gsize size)
{
  return tensor->has_raw_data && tensor->raw_data.len == n * size
      ? tensor->raw_data.data : NULL;
}

static float
raw_float (const guint8 *from)
{
  guint32 bits;
  float value;

  memcpy (&bits, from, sizeof bits);
  bits = GUINT32_FROM_LE (bits);
  memcpy (&value, &bits, sizeof value);
  return value;
}

float *
snn_onnx_tensor_floats (const SnnOnnx__TensorProto *tensor, guint64 n)
{
  const guint8 *raw = raw_values (tensor, n, sizeof (float));
  float *values;

  if (tensor->data_type != SNN_ONNX_FLOAT
      || (!raw && n != tensor->n_float_data))
    return NULL;
  values = g_new (float, MAX (n, 1));
  for (guint64 i = 0; i < n; i++)
    values[i] = raw ? raw_float (raw + i * sizeof (float))
        : tensor->float_data[i];
  return values;
}

/* As bytes, or as numbers of 32 bits in the message. */
static gint64 *
read_bools (const SnnOnnx__TensorProto *tensor, guint64 n)
{
  const guint8 *raw = raw_values (tensor, n, 1);
  gint64 *values;

  if (!raw && n != tensor->n_int32_data)
    return NULL;
  values = g_new (gint64, MAX (n, 1));
  for (guint64 i = 0; i < n; i++)
    values[i] = raw ? raw[i] != 0 : tensor->int32_data[i] != 0;
  return values;
}

gint64 *
snn_onnx_tensor_ints (const SnnOnnx__TensorProto *tensor, guint64 n)
{
  const gboolean is_wide = tensor->data_type == SNN_ONNX_INT64;
  const gsize size = is_wide ? sizeof (gint64) : sizeof (gint32);
  const guint8 *raw = raw_values (tensor, n, size);
  gint64 *values;

  if (tensor->data_type == SNN_ONNX_BOOL)
    return read_bools (tensor, n);
  if ((!is_wide && tensor->data_type != SNN_ONNX_INT32) || (!raw && n
          != (is_wide ? tensor->n_int64_data : tensor->n_int32_data)))
    return NULL;
  values = g_new (gint64, MAX (n, 1));
  for (guint64 i = 0; i < n; i++) {
    gint64 wide;
    gint32 narrow;

    if (raw && is_wide) {
      memcpy (&wide, raw + i * size, size);
      values[i] = GINT64_FROM_LE (wide);
    } else if (raw) {
      memcpy (&narrow, raw + i * size, size);
      values[i] = GINT32_FROM_LE (narrow);
    } else
      values[i] = is_wide ? tensor->int64_data[i] : tensor->int32_data[i];
  }
  return values;
}
