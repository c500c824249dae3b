# SPDX-License-Identifier: LGPL-2.1-or-later
"""Files written whole, and files beside the results, to embed."""
import base64
import hashlib
import os
import stat
import tempfile

# Of a file that a page holds; a page of more is none that a browser opens.
LARGEST_EMBEDDED = 64 << 20


def reason(error):
    """What the system said, without Python's number."""
    return f"{error.filename}: {error.strerror}" if error.filename \
        else str(error)


def digest(path):
    """The SHA-256 of a file. Raises OSError."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_whole(path, data):
    """Replaces the file at path by data, bytes: there is always the old file
    or the new one. A link stays one, and a file's mode what it was. Raises
    OSError that names path."""
    target = os.path.realpath(path)
    temporary = None
    try:
        try:
            mode = stat.S_IMODE(os.stat(target).st_mode)
        except FileNotFoundError:
            mask = os.umask(0)
            os.umask(mask)
            mode = 0o666 & ~mask
        handle, temporary = tempfile.mkstemp(
            prefix=".snn-", dir=os.path.dirname(target))
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        os.rename(temporary, target)
    except BaseException as error:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror, path) from None
        raise


class Refused(Exception):
    """A file that is not embedded; the text says which and why."""


def embed(folder, name):
    """The file that a result names, in base 64. Results may come from anyone:
    only regular files of a bounded size in the folder of the results, or below
    it, are read, wherever links lead. Raises Refused."""
    try:
        root = os.path.realpath(folder)
        path = os.path.realpath(os.path.join(root, name))
        if os.path.commonpath([root, path]) != root:
            raise Refused(f"{name}: not embedded, as it is not in the folder "
                          "of the results")
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(handle, "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise Refused(f"{name}: not embedded, as it is no regular file")
            if status.st_size > LARGEST_EMBEDDED:
                raise Refused(f"{name}: not embedded, as it has "
                              f"{status.st_size} bytes, more than "
                              f"{LARGEST_EMBEDDED}")
            return base64.b64encode(file.read(LARGEST_EMBEDDED)).decode()
    except OSError as error:
        raise Refused(f"{name}: {error.strerror}") from None
    except ValueError as error:
        raise Refused(f"{name}: {error}") from None
