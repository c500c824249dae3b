/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "properties.h"
#include "tensors.h"

G_BEGIN_DECLS

/* gst_snn_choose_caps: (transfer full): the first of the ways to say what
 * @tensors are that the peer of @pad takes, without a label where it takes none,
 * with the frame rate nearest to @rate; our own words where there is none, so
 * that it is refused in downstream's. Private to the library. */
GstCaps *gst_snn_choose_caps (GstPad * pad, const GstSnnTensors * tensors,
    const GstSnnFraction * rate);

G_END_DECLS
