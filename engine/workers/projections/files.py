"""Whether the files of a derived store can be used, and are still those that were opened."""

from __future__ import annotations

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


def remove(path: Path) -> None:
    """Take a file or folder away, under another name first, so that a crash leaves no half."""
    if not path.exists() and not path.is_symlink():
        return
    aside = path.with_name(f"{path.name}.old")
    if aside.is_dir():
        shutil.rmtree(aside)
    path.rename(aside)
    if aside.is_dir() and not aside.is_symlink():
        shutil.rmtree(aside)
    else:
        aside.unlink()
