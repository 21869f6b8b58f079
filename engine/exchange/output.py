"""Files that are either the old ones or complete, never a part."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from engine.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@contextmanager
def atomic(path: Path) -> Iterator[TextIO]:
    """A file that appears at ``path`` only when it is whole and on the disk.

    Raises InvalidInputError if it can't be written.
    """
    target = Path(os.path.realpath(path))  # a symbolic link stays one
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            yield stream
            stream.flush()
            os.fchmod(handle, _mode(target))
            os.fsync(handle)
        Path(temporary).replace(target)
        temporary = ""
        _sync_folder(target.parent)
    except OSError as error:
        raise InvalidInputError(f"{str(path)!r} can't be written: {error.strerror}") from None
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)


def write_folder(folder: Path, files: Mapping[str, str]) -> None:
    """Write each text at its path below ``folder``; a new folder appears only when it is whole.

    Raises InvalidInputError if that fails.
    """
    try:
        if folder.exists():
            _write_all(folder, files)
            return
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as below:
            whole = Path(below) / folder.name
            _write_all(whole, files)
            whole.rename(folder)
        _sync_folder(folder.parent)
    except OSError as error:
        raise InvalidInputError(f"{str(folder)!r} can't be written: {error.strerror}") from None


def _write_all(folder: Path, files: Mapping[str, str]) -> None:
    (folder / "tasks").mkdir(parents=True, exist_ok=True)
    root = folder.resolve()
    for name, text in files.items():
        path = folder / name
        if not path.parent.resolve().is_relative_to(root):
            raise InvalidInputError(f"{str(path)!r} leaves the folder by a symbolic link")
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.is_symlink() or path.read_bytes() != text.encode():
            path.unlink(missing_ok=True) if path.is_symlink() else None
            with atomic(path) as stream:
                stream.write(text)


def _mode(target: Path) -> int:
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
