/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shows the volumes of a page with NiiVue: the image, and masks that can be
 * switched on and off. */
(() => {
  "use strict";

  /* After Okabe and Ito. What a mask is has a colour of its own; masks of
   * other kinds take the further ones in turn. */
  const roles = {
    "truth": [240, 228, 66],
    "ann": [86, 180, 233],
    "converted": [213, 94, 0],
    "fine-tuned": [0, 158, 115],
  };
  const further = [[204, 121, 167], [230, 159, 0], [0, 114, 178]];

  const views = [
    ["Four views", "MULTIPLANAR"],
    ["Sagittal", "SAGITTAL"],
    ["Coronal", "CORONAL"],
    ["Axial", "AXIAL"],
    ["Rendered", "RENDER"],
  ];

  function ramp([r, g, b]) {
    return { R: [0, r], G: [0, g], B: [0, b], A: [0, 255], I: [0, 255] };
  }

  function element(name, properties, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  }

  function legend(text) {
    return element("legend", {}, text);
  }

  function maskSwitches(nv, masks) {
    const set = element("fieldset", {}, legend("Masks"));
    masks.forEach(({ name, rgb }, i) => {
      const swatch = element("span", { className: "swatch" });
      swatch.style.background = `rgb(${rgb.join()})`;
      const box = element("input", { type: "checkbox", checked: i === 0 });
      box.addEventListener("change", () =>
        nv.setOpacity(i + 1, box.checked ? 0.6 : 0));
      set.append(element("label", {}, box, swatch, name));
    });
    return set;
  }

  function viewChoice(nv) {
    const choice = element("select", {});
    views.forEach(([name, type]) =>
      choice.append(element("option", { value: type }, name)));
    choice.addEventListener("change", () =>
      nv.setSliceType(niivue.SLICE_TYPE[choice.value]));
    return element("label", {}, "View ", choice);
  }

  async function show(viewer) {
    const canvas = viewer.querySelector("canvas");
    const controls = viewer.querySelector(".controls");
    const note = viewer.querySelector("[role=status]");
    const layers = [...viewer.querySelectorAll(".layer")];

    if (!document.createElement("canvas").getContext("webgl2")) {
      canvas.parentElement.hidden = true;
      note.textContent = "This view needs WebGL 2, which this browser does " +
        "not offer.";
      return;
    }
    const nv = new niivue.Niivue({
      backColor: [0, 0, 0, 1],
      isOrientCube: false,
      isRadiologicalConvention: false,
      isCornerOrientationText: true,
      fontColor: [1, 1, 1, 1],
      fontSizeScaling: 0.5,
      show3Dcrosshair: true,
      crosshairWidth: 0.25,
      crosshairColor: [0.85, 0.85, 0.85, 0.8],
      dragAndDropEnabled: false,
      loadingText: "",
      logLevel: "silent",
    });
    await nv.attachToCanvas(canvas);
    nv.setInterpolation(true);
    const masks = [];
    let n_further = 0;
    for (const layer of layers) {
      const { kind, name, role, file } = layer.dataset;
      const mask = kind === "mask";
      const rgb = !mask ? [] : roles[role] || further[n_further++ % further.length];
      const colour = `rgb-${rgb.join("-")}`;
      /* NiiVue wants a ramp of each. */
      if (mask)
        nv.addColormap(colour, ramp(rgb));
      const volume = await niivue.NVImage.loadFromBase64({
        base64: layer.textContent,
        name: file,
        colormap: mask ? colour : "gray",
        opacity: mask ? (masks.length === 0 ? 0.6 : 0) : 1,
        ...(mask ? { cal_min: 0.5, cal_max: 1 } : {}),
      });
      nv.addVolume(volume);
      if (mask)
        masks.push({ name, rgb });
      layer.remove();
    }
    controls.append(maskSwitches(nv, masks), viewChoice(nv));
    nv.drawScene();
    viewer.dataset.shown = String(1 + masks.length);
  }

  for (const viewer of document.querySelectorAll(".viewer"))
    show(viewer).catch((error) => {
      viewer.querySelector("[role=status]").textContent =
        `The volume could not be shown: ${error.message}`;
    });
})();
