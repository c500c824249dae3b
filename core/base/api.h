/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* SNN_BEGIN_DECLS, SNN_END_DECLS: around all that a public header declares: it
 * has C's linkage in C++, and the libraries export it. Everything else is hidden
 * in them; tests/api says so. What frees, closes or unrefs a thing takes NULL
 * for nothing. */
#if defined(__GNUC__) && !defined(__GI_SCANNER__)
#define SNN_BEGIN_DECLS                                                        \
  G_BEGIN_DECLS                                                                \
  _Pragma ("GCC visibility push(default)")
#define SNN_END_DECLS                                                          \
  _Pragma ("GCC visibility pop")                                               \
  G_END_DECLS
#else
#define SNN_BEGIN_DECLS G_BEGIN_DECLS
#define SNN_END_DECLS G_END_DECLS
#endif
