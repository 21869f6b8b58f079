"""Whether the files of a derived store can be used, and are still those that were opened."""

from __future__ import annotations

import glob
import os
import shutil
import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from engine.errors import StoreDamagedError, StoreUnavailableError

if TYPE_CHECKING:
    from pathlib import Path

DAMAGED = ".damaged-"
KEPT = 2
"""Damaged ones that are kept of each store."""
SIGNS_OF_DAMAGE = (
    # SQLite, of Chroma
    "not a database",
    "malformed",
    "no such table",
    "no such column",
    # Chroma
    "loading hnsw index",
    "corrupt",
    # Kuzu
    "not a valid k",
    "binder exception",
    "storage exception",
    "runtime exception: read",
    "catalog exception",
    "storage version",
    "wal",
    "deserializ",
    "unordered_map::at",
    "std::",
)
"""Parts of what the stores say, in lower case; a lock, a full disk or a mode are no damage."""
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


def set_aside(store: str, path: Path) -> Path:
    """Keep a damaged file or folder under a dated name, and the last ones before it; that name."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    kept = path.with_name(f"{path.name}{DAMAGED}{stamp}")
    try:
        path.rename(kept)
        for old in sorted(path.parent.glob(f"{glob.escape(path.name)}{DAMAGED}*"))[:-KEPT]:
            _discard(old)
    except OSError as error:
        reason = f"{path} can't be set aside ({error.strerror}); move it away by hand"
        raise StoreUnavailableError(store, reason) from error
    return kept


def trouble(store: str, path: Path, error: BaseException, remedy: str) -> StoreUnavailableError:
    """What an error of a store means: that its content is damaged, or that it is away for now."""
    said = one_line(error)
    kind = StoreDamagedError if is_damage(said) else StoreUnavailableError
    return kind(store, f"{path}: {said}; {remedy}")


def is_damage(said: str) -> bool:
    """Whether an error that a store reports speaks of its content."""
    return any(sign in said.lower() for sign in SIGNS_OF_DAMAGE)


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
