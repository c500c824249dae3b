/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "writer.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "../base/error.h"
#include "../base/input-files.h"
#include "file-pattern.h"
#include "nifti-source.h"

/* A subject that has been asked for. */
typedef struct
{
  gchar *source;                /* file of its volume; NULL: it has none */
  SnnVolumeInfo *info;          /* of its volume, once that has come */
  gchar *name;                  /* file that it is written to */
  gboolean ours;                /* this writer has written it */
  gboolean kept;
} Subject;

struct _SnnVolumeWriter
{
  gchar *location;
  SnnExistingFiles existing;
  SnnNiftiContent content;
  gboolean per_subject;         /* the location has a place for the subject */
  GMutex mutex;                 /* of what follows */
  GHashTable *subjects;         /* name to Subject, for as long as the writer */
  GHashTable *by_name;          /* file to Subject, neither owned */
  guint n_kept;
};

static void
subject_free (gpointer data)
{
  Subject *subject = data;

  g_free (subject->source);
  g_free (subject->name);
  g_clear_pointer (&subject->info, snn_volume_info_unref);
  g_free (subject);
}

/* Finds out at once what would else only fail when the first volume has been
 * predicted. */
static gboolean
check_folder (const gchar *location, gboolean make_folder, GError **error)
{
  g_autofree gchar *folder = g_path_get_dirname (location);

  if (!g_file_test (folder, G_FILE_TEST_IS_DIR) && make_folder
      && g_mkdir_with_parents (folder, 0777) != 0) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_WRITE, "Can't make folder %s, for "
        "the files of location %s: %s", folder, location, g_strerror (errno));
    return FALSE;
  }
  if (!g_file_test (folder, G_FILE_TEST_IS_DIR)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND, "There is no folder %s "
        "for the files of location %s", folder, location);
    return FALSE;
  }
  if (g_access (folder, W_OK) != 0) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_WRITE, "Folder %s, for the files "
        "of location %s, can't be written to", folder, location);
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_location (SnnVolumeWriter *writer, GError **error)
{
  const gchar *location = writer->location;

  if (!location || !*location) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_NOT_FOUND, "No location is set: a "
        "name that ends in .nii or .nii.gz is expected, with %%s for the "
        "subject");
    return FALSE;
  }
  if (!snn_file_pattern_check (location, &writer->per_subject, error))
    return FALSE;
  if (!g_str_has_suffix (location, ".nii")
      && !g_str_has_suffix (location, ".nii.gz")) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_UNSUPPORTED, "Location %s does not "
        "end in .nii or .nii.gz", location);
    return FALSE;
  }
  if (writer->existing == SNN_EXISTING_KEPT && writer->per_subject
      && !snn_file_pattern_tells_subject (location)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_FORMAT, "Files of location %s "
        "don't tell whose they are, so that those that exist can't be kept; "
        "put %%s (the subject) into its name", location);
    return FALSE;
  }
  return TRUE;
}

SnnVolumeWriter *
snn_volume_writer_new (const gchar *location, SnnExistingFiles existing,
    SnnNiftiContent content, gboolean make_folder, GError **error)
{
  SnnVolumeWriter *writer = g_new0 (SnnVolumeWriter, 1);

  writer->location = g_strdup (location);
  writer->existing = existing;
  writer->content = content;
  writer->subjects = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      subject_free);
  writer->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  g_mutex_init (&writer->mutex);
  if (check_location (writer, error)
      && check_folder (location, make_folder, error))
    return writer;
  snn_volume_writer_free (writer);
  return NULL;
}

void
snn_volume_writer_free (SnnVolumeWriter *writer)
{
  if (!writer)
    return;
  g_free (writer->location);
  g_hash_table_unref (writer->by_name);
  g_hash_table_unref (writer->subjects);
  g_mutex_clear (&writer->mutex);
  g_free (writer);
}

static void
fail_as_double (const gchar *a, const gchar *b, const gchar *subject,
    GError **error)
{
  g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH, "%s and %s are both of "
      "subject %s, and would be written to one file",
      a ? a : "a volume without a file", b ? b : "a volume without a file",
      subject);
}

static gboolean
check_same (const Subject *known, const gchar *subject, const gchar *source,
    GError **error)
{
  if (g_strcmp0 (known->source, source) == 0)
    return TRUE;
  fail_as_double (known->source, source, subject, error);
  return FALSE;
}

static gboolean
check_several (SnnVolumeWriter *writer, const gchar *subject, GError **error)
{
  GHashTableIter iter;
  gpointer first = NULL;

  if (writer->per_subject || g_hash_table_size (writer->subjects) == 0)
    return TRUE;
  g_hash_table_iter_init (&iter, writer->subjects);
  g_hash_table_iter_next (&iter, &first, NULL);
  g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH, "Location %s is one file, "
      "but there are several subjects, such as %s and %s; put %%s (the "
      "subject) or %%d (a number) into its name", writer->location,
      (const gchar *) first, subject);
  return FALSE;
}

static Subject *
find_subject (SnnVolumeWriter *writer, const gchar *subject,
    const gchar *source, GError **error)
{
  Subject *found = g_hash_table_lookup (writer->subjects, subject);
  g_autofree gchar *name = NULL;

  if (found)
    return check_same (found, subject, source, error) ? found : NULL;
  if (!check_several (writer, subject, error))
    return NULL;
  if (strchr (subject, G_DIR_SEPARATOR)) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_WRITE, "Subject %s can't be part "
        "of a file's name, as it has a %s", subject, G_DIR_SEPARATOR_S);
    return NULL;
  }
  name = snn_file_pattern_expand (writer->location, subject,
      g_hash_table_size (writer->subjects));
  found = g_hash_table_lookup (writer->by_name, name);
  if (found) {
    g_set_error (error, SNN_ERROR, SNN_ERROR_MISMATCH, "Subject %s would be "
        "written to %s, as %s", subject, name,
        found->source ? found->source : "another is");
    return NULL;
  }
  found = g_new0 (Subject, 1);
  found->source = g_strdup (source);
  found->name = g_steal_pointer (&name);
  g_hash_table_insert (writer->subjects, g_strdup (subject), found);
  g_hash_table_insert (writer->by_name, found->name, found);
  return found;
}

/* A link whose target is missing is there too: it is somebody's. */
static gboolean
is_there (const gchar *name)
{
  return g_file_test (name, G_FILE_TEST_EXISTS)
      || g_file_test (name, G_FILE_TEST_IS_SYMLINK);
}

/* Whether file @name has whole numbers where others are wanted: it passes for a result
 * of this run if it is kept. A mask that another program has stored as floats can't be
 * told from probabilities by its header, so that only the other way is looked at. */
static gboolean
is_other_kind (const SnnVolumeWriter *writer, const gchar *name)
{
  g_auto (SnnNiftiSource) source = { NULL, };

  return writer->content != SNN_NIFTI_MASK
      && snn_nifti_source_open (name, &source, NULL, NULL)
      && nifti_is_inttype (source.header->fields.datatype)
      && (source.header->fields.scl_slope == 0.
      || source.header->fields.scl_slope == 1.);
}

static gboolean
check_existing (const SnnVolumeWriter *writer, const Subject *subject,
    GError **error)
{
  if (!snn_input_files_check (subject->name, error))
    return FALSE;
  if (writer->existing == SNN_EXISTING_REPLACED || subject->ours
      || !is_there (subject->name))
    return TRUE;
  if (is_other_kind (writer, subject->name))
    g_set_error (error, SNN_ERROR, SNN_ERROR_WRITE, "%s exists, and is not replaced: "
        "it is a mask, of whole numbers, where %s would be written; expected another "
        "location", subject->name, writer->content == SNN_NIFTI_PROBABILITY
        ? "probabilities" : "uncertainty");
  else
    g_set_error (error, SNN_ERROR, SNN_ERROR_WRITE, "%s exists, and is not "
        "replaced", subject->name);
  return FALSE;
}

/* Whether @info is of the subject's volume, which the first to come is. */
static gboolean
take_volume (Subject *subject, SnnVolumeInfo *info, GError **error)
{
  if (!subject->info)
    subject->info = snn_volume_info_ref (info);
  if (snn_volume_info_same (subject->info, info))
    return TRUE;
  fail_as_double (subject->source, info->location, info->subject, error);
  return FALSE;
}

const gchar *
snn_volume_writer_name (SnnVolumeWriter *writer, SnnVolumeInfo *info,
    GError **error)
{
  Subject *found;
  gboolean allowed;

  g_mutex_lock (&writer->mutex);
  found = find_subject (writer, info->subject, info->location, error);
  allowed = found && take_volume (found, info, error)
      && check_existing (writer, found, error);
  g_mutex_unlock (&writer->mutex);
  return allowed ? found->name : NULL;
}

gboolean
snn_volume_writer_keeps (SnnVolumeWriter *writer, const gchar *subject,
    const gchar *source)
{
  Subject *found;
  gboolean kept;

  if (writer->existing != SNN_EXISTING_KEPT)
    return FALSE;
  g_mutex_lock (&writer->mutex);
  found = find_subject (writer, subject, source, NULL);
  if (found && !found->kept && !found->ours && is_there (found->name)
      && !is_other_kind (writer, found->name)) {
    found->kept = TRUE;
    writer->n_kept++;
  }
  kept = found && found->kept;
  g_mutex_unlock (&writer->mutex);
  return kept;
}

guint
snn_volume_writer_n_kept (SnnVolumeWriter *writer)
{
  guint n;

  g_mutex_lock (&writer->mutex);
  n = writer->n_kept;
  g_mutex_unlock (&writer->mutex);
  return n;
}

/* The subject whose file @name is, where it may be written. */
static Subject *
begin_file (SnnVolumeWriter *writer, const gchar *name, GError **error)
{
  Subject *subject;
  gboolean allowed;

  /* Somebody else may have written it in the meantime. */
  g_mutex_lock (&writer->mutex);
  subject = g_hash_table_lookup (writer->by_name, name);
  allowed = subject && check_existing (writer, subject, error);
  g_mutex_unlock (&writer->mutex);
  g_return_val_if_fail (subject != NULL, NULL);
  return allowed ? subject : NULL;
}

static void
end_file (SnnVolumeWriter *writer, Subject *subject)
{
  g_mutex_lock (&writer->mutex);
  subject->ours = TRUE;
  g_mutex_unlock (&writer->mutex);
}

gboolean
snn_volume_writer_write (SnnVolumeWriter *writer,
    const SnnVolumeBuilder *builder, const gchar *name, GError **error)
{
  Subject *subject = begin_file (writer, name, error);

  if (!subject || !snn_volume_builder_write (builder, name, error))
    return FALSE;
  end_file (writer, subject);
  return TRUE;
}

gboolean
snn_volume_writer_write_map (SnnVolumeWriter *writer, const SnnPartMap *map,
    const gchar *name, GError **error)
{
  Subject *subject = begin_file (writer, name, error);

  if (!subject || !snn_part_map_write (map, name, error))
    return FALSE;
  end_file (writer, subject);
  return TRUE;
}
