#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Uses both libraries from Python, by their typelibs alone: reads the metas of
buffers that flow, and runs networks on numpy arrays without a pipeline.

usage: introspection.py

GI_TYPELIB_PATH and LD_LIBRARY_PATH say
where the libraries are, GST_PLUGIN_PATH_1_0 where the plugins.
"""
import os
import sys
import tempfile

import numpy as np

import gi
gi.require_version("Gst", "1.0")
gi.require_version("SnnCore", "1.0")
gi.require_version("GstSnn", "1.0")
from gi.repository import GLib, Gst, GstSnn, SnnCore  # noqa: E402

Gst.init(None)

SUBJECTS = 3
SLICES = ("phantomsrc subjects=%d size=16x16x16 axis=z ! voxelnormalize "
          % SUBJECTS)


def run(description, handoffs):
    """Runs a pipeline to its end; each of handoffs, element name to function,
    is called with every buffer of a fakesink or identity."""
    pipeline = Gst.parse_launch(description)
    for name, function in handoffs.items():
        element = pipeline.get_by_name(name)
        element.set_property("signal-handoffs", True)
        element.connect("handoff", lambda _, buffer, *more, to=function:
                        to(buffer))
    pipeline.set_state(Gst.State.PLAYING)
    message = pipeline.get_bus().timed_pop_filtered(
        60 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    assert message.type == Gst.MessageType.EOS, message.parse_error()
    pipeline.set_state(Gst.State.NULL)


def values(buffer, index, kind):
    memory = buffer.peek_memory(index)
    taken, mapped = memory.map(Gst.MapFlags.READ)
    assert taken
    array = np.frombuffer(mapped.data, kind).copy()
    memory.unmap(mapped)
    return array


def facts(buffer):
    """What the meta says of a sample, as Python's own values."""
    meta = GstSnn.buffer_get_snn_sample_meta(buffer)
    assert meta is not None
    return {
        "subject": meta.volume.subject,
        "dims": list(meta.volume.dims),
        "origin": list(meta.box.origin),
        "size": list(meta.box.size),
        "axis": meta.axis,
        "slice": meta.slice,
        "n_slices": meta.n_slices,
        "sample": meta.sample,
        "epoch": meta.epoch,
    }


def test_metas():
    """Each sample says which it is, also once it has been drawn, scaled and
    converted as a picture."""
    for rest in ("", "! maskoverlay ! videoscale ! videoconvert "
                 "! video/x-raw, format=RGB, width=40, height=40 "):
        seen = []
        run(SLICES.replace("! voxel", "epochs=2 ! voxel") + rest +
            "! fakesink name=sink", {"sink": lambda b: seen.append(facts(b))})
        assert len(seen) == 2 * SUBJECTS * 16, len(seen)
        subjects = {each["subject"] for each in seen}
        assert len(subjects) == SUBJECTS and all(subjects), subjects
        for number, each in enumerate(seen):
            assert each["axis"] == SnnCore.Axis.Z
            assert all(0 <= origin and origin + 16 <= size for origin, size in
                       zip(each["origin"], each["dims"])), each
            assert each["size"] == [16, 16, 16], each
            assert each["n_slices"] == 16
            assert each["slice"] == number % 16, each
            assert each["sample"] == number % (SUBJECTS * 16), each
            assert each["epoch"] == number // (SUBJECTS * 16), each


def test_caps_and_events():
    found, tensors = GstSnn.tensors_from_caps(Gst.Caps.from_string(
        'other/tensors, format=static, num_tensors=2, types="float32,uint8", '
        'dimensions="4:3:1:1:1,4:3:1:1:1", framerate=0/1'))
    assert found and tensors.n_tensors == 2
    try:
        GstSnn.tensors_from_caps(Gst.Caps.from_string("video/x-raw"))
        raise AssertionError("parsed")
    except GLib.Error as error:
        assert error.matches(SnnCore.error_quark(), SnnCore.Error.FORMAT)
    epoch = GstSnn.Epoch()
    epoch.epoch, epoch.epochs, epoch.n_samples = 3, 7, 20
    there, parsed, end = GstSnn.event_parse_epoch(
        GstSnn.event_new_epoch_end(epoch))
    assert there and end
    assert (parsed.epoch, parsed.epochs, parsed.n_samples) == (3, 7, 20)


def test_networks(folder):
    """An ANN gives the predictions of the pipeline; a spiking one goes on where
    its state is, however its timesteps are cut."""
    path = os.path.join(folder, "ann.nir")
    images, predictions = [], []
    run(SLICES + "! anntrainer width=2 depth=1 location=%s ! fakesink" % path,
        {})
    run(SLICES + "! identity name=in ! anninference model=%s ! fakesink "
        "name=sink" % path,
        {"in": lambda b: images.append(values(b, 0, np.float32)),
         "sink": lambda b: predictions.append(values(b, 0, np.float32))})
    network = SnnCore.model_load(path)
    shape, output = network.get_shapes()
    assert (shape.channels, shape.height, shape.width) == (1, 16, 16)
    assert (output.channels, output.height, output.width) == (1, 16, 16)
    assert not network.spiking and network.find("none") is None
    assert network.node(0).name == "input"
    engine = SnnCore.Engine.new(network, 2)
    assert len(images) == len(predictions) == SUBJECTS * 16
    for image, prediction in zip(images, predictions):
        logits = np.frombuffer(engine.run_bytes(
            None, GLib.Bytes.new(image.tobytes()),
            SnnCore.ValueType.FLOAT32).get_data(), np.float32)
        assert np.allclose(1 / (1 + np.exp(-logits)), prediction, rtol=1e-5)

    spiking = network.to_spiking()
    engine = SnnCore.Engine.new(spiking, 1)
    spikes = np.random.default_rng(5).integers(0, 2, (12, 16, 16), np.uint8)
    whole, parts = SnnCore.State.new(spiking), SnnCore.State.new(spiking)

    def of(state, some):
        return engine.run_bytes(state, GLib.Bytes.new(some.tobytes()),
                                SnnCore.ValueType.UINT8).get_data()
    at_once = of(whole, spikes)
    for part in np.split(spikes, 4):
        in_parts = of(parts, part)
    assert whole.timesteps() == parts.timesteps() == 12
    assert at_once == in_parts
    assert np.isfinite(np.frombuffer(at_once, np.float32)).all()
    whole.reset()
    assert of(whole, spikes) == at_once
    assert engine.network().spiking


def test_errors(folder):
    path = os.path.join(folder, "none.nir")
    try:
        SnnCore.model_load(path)
        raise AssertionError("loaded")
    except GLib.Error as error:
        assert error.matches(SnnCore.error_quark(), SnnCore.Error.NOT_FOUND)
        assert path in error.message
    engine = SnnCore.Engine.new(
        SnnCore.model_load(os.path.join(folder, "ann.nir")), 1)
    try:
        engine.run_bytes(None, GLib.Bytes.new(b"some bytes"),
                         SnnCore.ValueType.FLOAT32)
        raise AssertionError("run")
    except GLib.Error as error:
        assert error.matches(SnnCore.error_quark(), SnnCore.Error.MISMATCH)
        assert "10 bytes, expected one sample of 1024" in error.message, error


def main():
    with tempfile.TemporaryDirectory() as folder:
        test_metas()
        test_caps_and_events()
        test_networks(folder)
        test_errors(folder)


if __name__ == "__main__":
    sys.exit(main())
