# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs that are run, and the folders that they work in: they end with the one
that began them, and what was left of one that was killed is taken away later."""
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

PREFIX = ".snn-segment-"
# That a program has to end by itself.
GRACE_SECONDS = 10.
# Those by which a shell, a queue or a terminal ends what it runs. SIGINT is not one
# of them, as Python raises KeyboardInterrupt of it.
SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class Stopped(KeyboardInterrupt):
    """A signal said to end."""

    def __init__(self, number):
        super().__init__()
        self.number = number


def _stop(number, _frame):
    # Once is enough: what is begun to be taken away is taken away.
    for known in SIGNALS:
        signal.signal(known, signal.SIG_IGN)
    raise Stopped(number)


def raise_of_signals():
    """But of those that are ignored, as nohup has it."""
    for number in SIGNALS:
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _stop)


class Children:
    """Those that run now, in any thread."""

    def __init__(self):
        self._lock = threading.Lock()
        self._running = set()
        self._stopped = False

    def run(self, command):
        """(Status, what it wrote to its standard error); None where all were
        stopped before."""
        with self._lock:
            if self._stopped:
                return None
            child = subprocess.Popen(command, stdout=subprocess.DEVNULL,
                                     stderr=subprocess.PIPE)
            self._running.add(child)
        try:
            _, text = child.communicate()
        finally:
            with self._lock:
                self._running.discard(child)
        return child.returncode, text

    def stop(self):
        """Ends all, and lets none begin."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for child in running:
            child.terminate()
        end = time.monotonic() + GRACE_SECONDS
        for child in running:
            try:
                child.wait(max(0., end - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()


def _host():
    return re.sub("[^A-Za-z0-9.]", "", socket.gethostname()) or "host"


def work_folder(beside):
    """A folder for one program, to be used as a context; its name says whose."""
    return tempfile.TemporaryDirectory(prefix=f"{PREFIX}{_host()}-{os.getpid()}-",
                                       dir=beside)


def _runs(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


def remove_stale(folder):
    """Takes away what processes of this machine that are gone left in a folder; of
    those of another machine nothing is known here."""
    pattern = re.escape(f"{PREFIX}{_host()}-") + "([0-9]+)-[^-]+"
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        found = re.fullmatch(pattern, name)
        if found and not _runs(int(found[1])):
            shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
