/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <gst/gst.h>

#include "elements/accuracysink.h"
#include "elements/anninference.h"
#include "elements/anntrainer.h"
#include "elements/cifarsrc.h"
#include "elements/dicesink.h"
#include "elements/directencoder.h"
#include "elements/maskoverlay.h"
#include "elements/poissonencoder.h"
#include "elements/probabilitymean.h"
#include "elements/regionfinder.h"
#include "elements/regularencoder.h"
#include "elements/snnconverter.h"
#include "elements/snnfinetuner.h"
#include "elements/snninference.h"

/* Each element's file registers itself (GST_ELEMENT_REGISTER_DEFINE). */

static gboolean
plugin_init (GstPlugin *plugin)
{
  gboolean registered = FALSE;

  registered |= GST_ELEMENT_REGISTER (accuracysink, plugin);
  registered |= GST_ELEMENT_REGISTER (anninference, plugin);
  registered |= GST_ELEMENT_REGISTER (anntrainer, plugin);
  registered |= GST_ELEMENT_REGISTER (cifarsrc, plugin);
  registered |= GST_ELEMENT_REGISTER (dicesink, plugin);
  registered |= GST_ELEMENT_REGISTER (directencoder, plugin);
  registered |= GST_ELEMENT_REGISTER (maskoverlay, plugin);
  registered |= GST_ELEMENT_REGISTER (poissonencoder, plugin);
  registered |= GST_ELEMENT_REGISTER (probabilitymean, plugin);
  registered |= GST_ELEMENT_REGISTER (regionfinder, plugin);
  registered |= GST_ELEMENT_REGISTER (regularencoder, plugin);
  registered |= GST_ELEMENT_REGISTER (snnconverter, plugin);
  registered |= GST_ELEMENT_REGISTER (snnfinetuner, plugin);
  registered |= GST_ELEMENT_REGISTER (snninference, plugin);
  return registered;
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, snn,
    "Spiking neural networks: encoding, inference, training, conversion",
    plugin_init, PACKAGE_VERSION, "LGPL", PACKAGE_NAME, PACKAGE_ORIGIN)
