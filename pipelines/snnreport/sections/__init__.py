# SPDX-License-Identifier: LGPL-2.1-or-later
"""The sections of the page, in their order. Each module has add(report), which
adds what the results have of its experiments, and nothing where they have
none. A new section: a module, and its name in ALL."""
from . import (calibration, claims, provenance, segmentation, spikes,
               timesteps, training, volumes)

ALL = (claims, segmentation, calibration, timesteps, training, spikes, volumes,
       provenance)
