"""Writes all tasks to a file that is either the old one or complete, never a part."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from engine.errors import InvalidInputError
from engine.exchange.vespera import write_line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from engine.tasks import Link, Task


async def write_stream(stream: TextIO, tasks: AsyncIterator[tuple[Task, list[Link]]]) -> int:
    """Write every task as a native line; the number written."""
    count = 0
    async for task, links in tasks:
        stream.write(write_line(task, links))
        count += 1
    return count


async def write_file(path: Path, tasks: AsyncIterator[tuple[Task, list[Link]]]) -> int:
    """As :func:`write_stream`, into a file that appears only when it is whole and on the disk.

    Raises InvalidInputError if the file can't be written.
    """
    with _atomic(path) as stream:
        return await write_stream(stream, tasks)


@contextmanager
def _atomic(path: Path) -> Iterator[TextIO]:
    target = Path(os.path.realpath(path))  # a symbolic link stays one
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            yield stream
            stream.flush()
            os.fchmod(handle, _mode(target))
            os.fsync(handle)
        Path(temporary).replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        raise InvalidInputError(
            f"{str(path)!r} can't be written: {error.strerror or error}"
        ) from error
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)


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
