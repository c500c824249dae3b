/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include <snn/convert/conversion.h>
#include <snn/ops/neurons.h>
#include <snn/train/trainer.h>
#include <snn/base/api.h>

SNN_BEGIN_DECLS

/* Enumerations that are types of properties: those of the core, and those
 * that only the elements have. */

#define GST_TYPE_SNN_LOSS (gst_snn_loss_get_type ())
#define GST_TYPE_SNN_SCHEDULE (gst_snn_schedule_get_type ())
#define GST_TYPE_SNN_INITIALISATION (gst_snn_initialisation_get_type ())
#define GST_TYPE_SNN_GRADIENT (gst_snn_gradient_get_type ())
#define GST_TYPE_SNN_SURROGATE (gst_snn_surrogate_get_type ())
#define GST_TYPE_SNN_NEURON (gst_snn_neuron_get_type ())
#define GST_TYPE_SNN_RESET (gst_snn_reset_get_type ())
#define GST_TYPE_SNN_READOUT (gst_snn_readout_get_type ())
#define GST_TYPE_SNN_CONVERSION_METHOD (gst_snn_conversion_method_get_type ())
#define GST_TYPE_SNN_SCALES (gst_snn_scales_get_type ())
#define GST_TYPE_SNN_WEIGHTS (gst_snn_weights_get_type ())

GType gst_snn_loss_get_type (void);
GType gst_snn_schedule_get_type (void);
GType gst_snn_initialisation_get_type (void);
GType gst_snn_gradient_get_type (void);
GType gst_snn_surrogate_get_type (void);
GType gst_snn_neuron_get_type (void);
GType gst_snn_reset_get_type (void);
GType gst_snn_readout_get_type (void);
GType gst_snn_conversion_method_get_type (void);
GType gst_snn_scales_get_type (void);
GType gst_snn_weights_get_type (void);

/* Which network a trainer makes. */
typedef enum
{
  GST_SNN_ARCHITECTURE_UNET,
  GST_SNN_ARCHITECTURE_UNET3D,
  GST_SNN_ARCHITECTURE_VGG5,
} GstSnnArchitecture;

#define GST_TYPE_SNN_ARCHITECTURE (gst_snn_architecture_get_type ())
GType gst_snn_architecture_get_type (void);

/* Membrane potentials at a sample's first timestep. */
typedef enum
{
  GST_SNN_INITIAL_MEMBRANE_ZERO,
  GST_SNN_INITIAL_MEMBRANE_HALF,
} GstSnnInitialMembrane;

#define GST_TYPE_SNN_INITIAL_MEMBRANE (gst_snn_initial_membrane_get_type ())
GType gst_snn_initial_membrane_get_type (void);

/* gst_snn_initial_membrane_fraction: of the threshold. */
double gst_snn_initial_membrane_fraction (GstSnnInitialMembrane membrane);

/* What an inference element puts out. */
typedef enum
{
  GST_SNN_OUTPUT_PROBABILITY,
  GST_SNN_OUTPUT_LOGIT,
} GstSnnOutput;

#define GST_TYPE_SNN_OUTPUT (gst_snn_output_get_type ())
GType gst_snn_output_get_type (void);

/* What an inference element does with samples of another size than the network's. */
typedef enum
{
  GST_SNN_OTHER_SIZE_REFUSE,
  GST_SNN_OTHER_SIZE_WHOLE,
  GST_SNN_OTHER_SIZE_TILES,
} GstSnnOtherSize;

#define GST_TYPE_SNN_OTHER_SIZE (gst_snn_other_size_get_type ())
GType gst_snn_other_size_get_type (void);

SNN_END_DECLS
