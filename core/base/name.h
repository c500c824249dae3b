/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include "api.h"

SNN_BEGIN_DECLS

/**
 * SnnName:
 * @nick: as properties, launch files, checkpoints and messages have it
 * @text: a line for whoever chooses
 *
 * What one of several alternatives is called, kept where the alternative is
 * made, and nowhere else. Sets of alternatives are counted from 0, without
 * gaps: a function from the number to the name returns %NULL beyond the last,
 * so that all of them can be listed.
 */
typedef struct
{
  const gchar *nick;
  const gchar *text;
} SnnName;

SNN_END_DECLS
