/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tests/folder.h"

/* What tests of files of networks begin with: an empty folder of each test's own, and
 * the paths of files in it that are not there yet. */

static gchar *folder;
static gchar *path;
static gchar *other_path;

static inline void
setup (void)
{
  folder = snn_test_folder_new ();
  path = g_build_filename (folder, "network", NULL);
  other_path = g_build_filename (folder, "other", NULL);
}

static inline void
teardown (void)
{
  g_clear_pointer (&folder, snn_test_folder_free);
  g_clear_pointer (&path, g_free);
  g_clear_pointer (&other_path, g_free);
}
