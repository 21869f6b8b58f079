"""Who owns the data directory: whoever holds the lock file, for as long as the process lives."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

from engine.errors import DataDirectoryError, DataDirectoryInUseError
from engine.host.owner import Owner

if TYPE_CHECKING:
    from pathlib import Path

LOCK_NAME = "engine.lock"
LONGEST_NOTE = 10_000


class DirectoryLock:
    """An advisory lock that the kernel drops when its process ends, however it ends.

    The file says who holds it, in one line that :meth:`engine.host.owner.Owner.parse` reads.
    """

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / LOCK_NAME
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds it."""
        return self._descriptor is not None

    def acquire(self, owner: Owner | None = None) -> None:
        """Create the directory if need be and take it, in the name of ``owner``.

        Raises DataDirectoryInUseError when another process holds it, DataDirectoryError when the
        directory can't be written.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DataDirectoryError(
                f"can't use the data directory {self._path.parent}: {error.strerror};"
                " check its permissions, or use another --data-dir"
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            found = Owner.parse(_read(descriptor))
            os.close(descriptor)
            raise DataDirectoryInUseError(
                f"{self._path.parent} is in use by {found or 'another process'};"
                " close that one, or use another --data-dir"
            ) from None
        self._descriptor = descriptor
        self.note(owner or Owner(os.getpid()))

    def note(self, owner: Owner) -> None:
        """Say in the file who holds it."""
        if self._descriptor is not None:
            text = owner.text().encode()
            os.pwrite(self._descriptor, text, 0)
            os.ftruncate(self._descriptor, len(text))

    def release(self) -> None:
        """Let go. The file stays: removing it would let two processes lock two files."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def read_owner(data_dir: Path) -> tuple[Owner | None, bool]:
    """Who took the directory last, and whether it is held now. Raises OSError.

    The owner is None when nobody ever took it, or in the moment in which it is written.
    """
    try:
        descriptor = os.open(data_dir / LOCK_NAME, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None, False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return Owner.parse(_read(descriptor)), True
    else:
        return Owner.parse(_read(descriptor)), False
    finally:
        os.close(descriptor)


def _read(descriptor: int) -> str:
    return os.pread(descriptor, LONGEST_NOTE, 0).decode(errors="replace").strip()
