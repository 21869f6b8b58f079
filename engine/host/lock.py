"""Who owns the data directory: whoever holds the lock file, for as long as the process lives."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

from engine.errors import DataDirectoryError, DataDirectoryInUseError

if TYPE_CHECKING:
    from pathlib import Path

LOCK_NAME = "engine.lock"


class DirectoryLock:
    """An advisory lock that the kernel drops when its process ends, however it ends."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / LOCK_NAME
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Create the directory if need be and take it.

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
            owner = os.read(descriptor, 100).decode(errors="replace").strip() or "unknown"
            os.close(descriptor)
            raise DataDirectoryInUseError(
                f"{self._path.parent} is in use by process {owner};"
                " close that one, or use another --data-dir"
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        self._descriptor = descriptor

    def release(self) -> None:
        """Let go. The file stays: removing it would let two processes lock two files."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
