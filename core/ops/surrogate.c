/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "surrogate.h"

/* A surrogate is a row: its names, and how wide it is. */
static const struct
{
  SnnName name;
  gboolean relative;            /* as wide as the threshold is high, or 1 */
} surrogates[] = {
  [SNN_SURROGATE_RELATIVE] = {
    {"relative", "alpha / v max(0, 1 - |u / v - 1|)"}, TRUE},
  [SNN_SURROGATE_ABSOLUTE] = {
    {"absolute", "alpha max(0, 1 - |u - v|)"}, FALSE},
};

const SnnName *
snn_surrogate_name (guint surrogate)
{
  return surrogate < G_N_ELEMENTS (surrogates)
      ? &surrogates[surrogate].name : NULL;
}

float
snn_surrogate_slope (SnnSurrogate surrogate, float v)
{
  return surrogates[surrogate].relative ? 1.f / v : 1.f;
}
