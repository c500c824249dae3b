/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

/* A fuzz target is a file of this folder that defines LLVMFuzzerTestOneInput();
 * it is linked with libFuzzer, or with driver.c where the compiler has none. A
 * new one is a row in tests/meson.build, and a folder of seeds in corpus/. A
 * target fails by g_error(), a critical warning of GLib, a crash or a
 * sanitizer. */

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);
int LLVMFuzzerInitialize (int *argc, char ***argv);

/* snn_fuzz_path: (transfer none): a file of this process in memory, called
 * @name. */
const gchar *snn_fuzz_path (const gchar * name);

/* snn_fuzz_write: puts @data there; returns its path. */
const gchar *snn_fuzz_write (const gchar * name, const uint8_t * data,
    size_t size);

/* snn_fuzz_check_error: that a refusal says why and, where @path is not NULL,
 * of which file. */
void snn_fuzz_check_error (const GError * error, const gchar * path);
