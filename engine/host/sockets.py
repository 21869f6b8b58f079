"""Where the socket of a data directory is, and who is at its other end."""

from __future__ import annotations

import hashlib
import os
import socket
import stat
import struct
import tempfile
from pathlib import Path

LONGEST_PATH = 100
"""Bytes; the kernel takes 107 on Linux, 103 elsewhere."""
FOLDER, NAME = "run", "engine.sock"
UCRED = struct.Struct("3i")
SOL_LOCAL, LOCAL_PEERCRED, XUCRED = 0, 1, struct.Struct("2I68x")
"""As in the headers of macOS and the BSDs, which Python does not name."""


def candidates(data_dir: Path) -> list[Path]:
    """Where the socket may be, the best first: beside the stores, or where paths are short.

    A path can be too long for the kernel, and some file systems (of networks, of other systems)
    hold no sockets.
    """
    digest = hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:16]
    runtime = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    places = [
        data_dir / FOLDER / NAME,
        Path(runtime) / f"vespera-{os.getuid()}-{digest}" / NAME,
        Path("/tmp") / f"vespera-{os.getuid()}-{digest}" / NAME,  # noqa: S108 - a folder made 0700, its owner checked
    ]
    return [path for path in places if len(os.fsencode(path)) <= LONGEST_PATH]


def listen(data_dir: Path) -> socket.socket:
    """A listening socket that only this user reaches. Only for who holds the lock.

    What an earlier owner left behind is removed. Raises OSError that names each place tried.
    """
    problems = []
    for path in candidates(data_dir):
        try:
            return _bind(path)
        except OSError as error:
            problems.append(f"{path}: {error.strerror or error}")
    raise OSError("no place for the socket: " + ("; ".join(problems) or "all paths are too long"))


def _bind(path: Path) -> socket.socket:
    _private_folder(path.parent)
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listening.bind(str(path))
        path.chmod(0o600)
        listening.listen(128)
        listening.setblocking(False)
    except OSError:
        listening.close()
        raise
    return listening


def _private_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise PermissionError(0, "it belongs to someone else")
    if stat.S_IMODE(found.st_mode) != 0o700:  # noqa: PLR2004 - a mode
        folder.chmod(0o700)


def peer_uid(connected: socket.socket) -> int:
    """The user at the other end, as the kernel knows it. Raises OSError."""
    if hasattr(socket, "SO_PEERCRED"):
        raw = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, UCRED.size)
        return int(UCRED.unpack(raw)[1])
    raw = connected.getsockopt(SOL_LOCAL, LOCAL_PEERCRED, XUCRED.size)
    return int(XUCRED.unpack(raw)[1])
