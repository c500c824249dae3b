/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "kernels.h"

G_BEGIN_DECLS

/* snn_product_*, snn_sparse_product_*: in the sets of kernels that are named so. */
#define SNN_PRODUCTS(set) \
  void snn_product_##set (const SnnProduct * product); \
  void snn_sparse_product_##set (const SnnProduct * product);

SNN_PRODUCTS (avx2)
SNN_PRODUCTS (avx512)
SNN_PRODUCTS (vnni)
SNN_PRODUCTS (amx)
#undef SNN_PRODUCTS

G_END_DECLS
