"""Whether the files of a derived store can be used, and are still those that were opened."""

from __future__ import annotations

import os
import shutil
import stat
from typing import TYPE_CHECKING

from engine.errors import StoreUnavailableError

if TYPE_CHECKING:
    from pathlib import Path

OWNER = stat.S_IRUSR | stat.S_IWUSR


def check_usable(store: str, path: Path, *, folder: bool, remedy: str) -> None:
    """StoreUnavailableError when ``path`` exists but is of the wrong kind or shut.

    The mode is looked at too, because it does not stop the superuser from getting in.
    """
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreUnavailableError(store, f"{path}: {error.strerror}; {remedy}") from error
    kind = stat.S_ISDIR(found.st_mode) if folder else stat.S_ISREG(found.st_mode)
    if not kind:
        wanted = "folder" if folder else "file"
        raise StoreUnavailableError(store, f"{path} is not a {wanted}; {remedy}")
    needed = OWNER | (stat.S_IXUSR if folder else 0)
    if found.st_mode & needed != needed:
        raise StoreUnavailableError(store, f"{path}: permission denied; {remedy}")


def identity(path: Path) -> tuple[int, int] | None:
    """Which file this is; None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def size(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def remove(store: str, path: Path) -> None:
    """Take a file or folder away, under another name first, so that a crash leaves no half.

    Raises StoreUnavailableError when the file system does not let it go.
    """
    aside = path.with_name(f"{path.name}.old")
    try:
        _discard(aside)
        if os.path.lexists(path):
            path.rename(aside)
            _discard(aside)
    except OSError as error:
        reason = f"{path} can't be removed ({error.strerror}); remove it by hand"
        raise StoreUnavailableError(store, reason) from error


def _discard(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        path.chmod(stat.S_IRWXU)  # a folder that is shut can't be emptied
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def one_line(error: BaseException) -> str:
    """What an error says, on a single line of bearable length."""
    return " ".join(str(error).split())[:300]


def sync(path: Path) -> None:
    """Have the disk keep a file, or the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_all(folder: Path) -> None:
    """Have the disk keep a folder and all below it; nobody may have a file of it open."""
    for below in (*folder.rglob("*"), folder):
        sync(below)
