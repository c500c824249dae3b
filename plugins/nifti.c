/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gst/gst.h>

#include "elements/labelmapsrc.h"
#include "elements/niftidec.h"
#include "elements/niftisink.h"
#include "elements/niftisrc.h"
#include "elements/niftitype.h"
#include "elements/phantomsrc.h"
#include "elements/voxelaugment.h"
#include "elements/voxelnormalize.h"

/* Each element's file registers itself (GST_ELEMENT_REGISTER_DEFINE). */

static gboolean
plugin_init (GstPlugin *plugin)
{
  gboolean registered = FALSE;

  registered |= GST_ELEMENT_REGISTER (labelmapsrc, plugin);
  registered |= GST_ELEMENT_REGISTER (niftidec, plugin);
  registered |= GST_ELEMENT_REGISTER (niftisink, plugin);
  registered |= GST_ELEMENT_REGISTER (niftisrc, plugin);
  registered |= GST_TYPE_FIND_REGISTER (nifti, plugin);
  registered |= GST_ELEMENT_REGISTER (phantomsrc, plugin);
  registered |= GST_ELEMENT_REGISTER (voxelaugment, plugin);
  registered |= GST_ELEMENT_REGISTER (voxelnormalize, plugin);
  return registered;
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, nifti,
    "Medical volumes in NIfTI files: source, decoder, sink, normalisation",
    plugin_init, PACKAGE_VERSION, "LGPL", PACKAGE_NAME, PACKAGE_ORIGIN)
