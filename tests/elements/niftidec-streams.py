#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Masks of volumes that come over HTTP, and from a program's appsrc, are those of
the file itself; a transfer that breaks off leaves no mask.

usage: niftidec-streams.py
"""
import http.server
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402

TO_MASK = "voxelnormalize minimum=0 maximum=1 ! niftisink location={} content=mask"


class Server(http.server.BaseHTTPRequestHandler):
    """Serves the file; half of it where the name begins with "half"."""

    content = b""

    def do_GET(self):
        half = os.path.basename(self.path).startswith("half")
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(self.content)))
        self.end_headers()
        self.wfile.write(self.content[:len(self.content) // 2 if half else None])

    def log_message(self, *_):
        pass


def launch(description):
    """Runs it; returns what it printed, or None where all went well."""
    done = subprocess.run(["gst-launch-1.0", "-q", *description.split()],
                          capture_output=True, text=True, timeout=60,
                          env={**os.environ, "no_proxy": "*"})
    return None if done.returncode == 0 else done.stdout + done.stderr


def push(content, mask):
    """The bytes through appsrc, in pieces."""
    pipeline = Gst.parse_launch("appsrc name=in caps=application/x-nifti ! "
                                "niftidec subject=mine ! " + TO_MASK.format(mask))
    source = pipeline.get_by_name("in")
    pipeline.set_state(Gst.State.PLAYING)
    for at in range(0, len(content), 1000):
        source.emit("push-buffer", Gst.Buffer.new_wrapped(content[at:at + 1000]))
    source.emit("end-of-stream")
    message = pipeline.get_bus().timed_pop_filtered(
        60 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    pipeline.set_state(Gst.State.NULL)
    return message is not None and message.type == Gst.MessageType.EOS


def main():
    Gst.init(None)
    failures = []

    def check(what, holds, why=""):
        print("ok" if holds else "FAILED", what, why)
        if not holds:
            failures.append(what)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        head, wanted = folder / "head.nii.gz", folder / "wanted.nii.gz"
        why = launch("phantomsrc subjects=1 phantom-seed=1 ! niftisink "
                     f"location={head} content=probability")
        check("a volume is made up", why is None, why)
        why = launch(f"niftisrc location={head} ! " + TO_MASK.format(wanted))
        check("its mask, from the file", why is None, why)
        Server.content = head.read_bytes()

        url = f"http://127.0.0.1:{server.server_port}"
        for source in (f"souphttpsrc location={url}/head.nii.gz ! niftidec",
                       f"souphttpsrc location={url}/head.nii.gz ! typefind ! niftidec",
                       f"souphttpsrc location={url}/head.nii.gz ! decodebin "
                       "caps=other/tensors"):
            mask = folder / "http.nii.gz"
            why = launch(f"{source} ! " + TO_MASK.format(mask))
            check(source, why is None and mask.read_bytes() == wanted.read_bytes(),
                  why)
            mask.unlink(missing_ok=True)

        mask = folder / "half.nii.gz"
        why = launch(f"souphttpsrc retries=0 location={url}/half.nii.gz ! niftidec ! "
                     + TO_MASK.format(mask))
        check("a transfer that breaks off is an error", why is not None)
        check("and leaves no mask", not mask.exists())

        mask = folder / "pushed.nii.gz"
        check("appsrc ends well", push(Server.content, mask))
        check("with the same mask", mask.exists()
              and mask.read_bytes() == wanted.read_bytes())
    server.shutdown()
    return len(failures) > 0


if __name__ == "__main__":
    sys.exit(main())
