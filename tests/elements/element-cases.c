/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/elements/element-cases.h"

#include <snn/files/model-file.h>
#include "tests/cifar-files.h"
#include "tests/elements/helpers.h"

/* Volumes of several sizes, so that caps change within the stream. */
#define VOLUMES "phantomsrc subjects=2 axis=z roi=:,:,10:12 ! "
#define SLICES SNN_TEST_SLICES "epochs=2 ! "
#define IMAGES SLICES "voxelnormalize ! "
#define SINK " ! fakesink name=sink"

/* What a row writes has #/out in its name. */
const SnnElementCase snn_element_cases[] = {
  { "niftisrc", "", "location=#/images label-location=#/labels epochs=2", SINK,
      NULL },
  { "niftidec", "filesrc location=#/images/s0.nii ! ", "axis=z", SINK, NULL },
  { "phantomsrc", "", "subjects=2 axis=z roi=:,:,10:12 epochs=2", SINK, NULL },
  { "labelmapsrc", "",
      "location=#/labels labels=1 subjects=4 grid=8x6x2 voxel-size=1 axis=z "
      "epochs=2", SINK, NULL },
  { "cifarsrc", "", "location=# epochs=2", SINK, NULL },
  { "voxelaugment", VOLUMES, "deformation=1 bias-field=0.3 blur=1", SINK, NULL },
  { "voxelnormalize", VOLUMES, "", SINK, NULL },
  { "poissonencoder", VOLUMES "voxelnormalize ! ", "timesteps=6", SINK, NULL },
  { "regularencoder", VOLUMES "voxelnormalize ! ", "timesteps=6", SINK, NULL },
  { "directencoder", VOLUMES "voxelnormalize ! ", "timesteps=6", SINK, NULL },
  { "anninference", IMAGES, "model=#/ann.nir batch-size=5", SINK, NULL },
  { "snninference", IMAGES "poissonencoder timesteps=6 chunk=2 ! ",
      "model=#/snn.nir batch-size=5", SINK, NULL },
  { "probabilitymean", IMAGES "anninference model=#/ann.nir ! ", "", SINK,
      NULL },
  { "regionfinder", "phantomsrc subjects=2 roi=:,:,10:14 ! ",
      "model=#/finder.nir size=4x4x4 least-volume=0 cut-off=0", SINK, NULL },
  { "anntrainer", IMAGES,
      "location=#/out.nir width=2 depth=1 dropout=0.5 "
      "resume=false batch-size=4",
      SINK, "out.nir" },
  { "snnconverter", IMAGES, "model=#/ann.nir location=#/out.nir", SINK,
      "out.nir" },
  { "snnfinetuner", IMAGES "poissonencoder timesteps=6 ! ",
      "model=#/snn.nir "
      "location=#/out.nir resume=false batch-size=4",
      SINK, "out.nir" },
  { "maskoverlay", SLICES, "", SINK, NULL },
  { "niftisink", IMAGES, "location=#/out-%s.nii overwrite=true", "",
      "out-s2.nii" },
  { "dicesink", IMAGES "anninference model=#/ann.nir ! ", "location=#/out.json",
      "", "out.json" },
  { "accuracysink", "cifarsrc location=# ! anninference model=#/classes.nir ! ",
      "location=#/out.json", "", "out.json" },
};

const guint snn_n_element_cases = G_N_ELEMENTS (snn_element_cases);

/* The network that says how it was fed. */
static void
write_finder (const gchar *folder)
{
  g_autofree gchar *from = g_build_filename (folder, "ann.nir", NULL);
  g_autofree gchar *to = g_build_filename (folder, "finder.nir", NULL);
  g_autoptr (SnnNetwork) network = snn_model_load (from, NULL);

  snn_network_set_metadata (network, "axis", "z");
  snn_network_set_metadata (network, "scaling", "unit");
  fail_unless (snn_model_save (network, to, NULL));
}

gchar *
snn_element_cases_folder_new (void)
{
  gchar *folder = cifar_folder_new ();

  snn_test_write_dataset (folder, 3);
  snn_test_write_unet (folder, "ann.nir", SNN_ELEMENT_CASES_SIDE, FALSE);
  snn_test_write_unet (folder, "snn.nir", SNN_ELEMENT_CASES_SIDE, TRUE);
  write_finder (folder);
  snn_test_write_classifier (folder, "classes.nir", 32, 3, 10);
  return folder;
}

GstElement *
snn_element_case_launch (const SnnElementCase *c, const gchar *folder)
{
  g_autofree gchar *description = g_strdup_printf ("%s%s name=it %s%s",
      c->before, c->name, c->settings, c->after);

  return snn_test_launch (description, folder);
}

GstElement *
snn_element_case_make (const SnnElementCase *c)
{
  GstElement *element = gst_element_factory_make (c->name, NULL);

  fail_unless (element != NULL, "there is no %s", c->name);
  return gst_object_ref_sink (element);
}
