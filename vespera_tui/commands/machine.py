"""Checks of ``doctor`` that need no engine: Python, SQLite, the data directory, the disk."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from vespera_tui.commands.ownership import ownership_checks
from vespera_tui.commands.verdict import Check, ok, problem, warning

if TYPE_CHECKING:
    from engine.service_config import ServiceConfiguration

WAL_RESET_FIXED = (3, 51, 3)
DATABASE = "vespera.db"
LOW_DISK, FULL_DISK = 1_000_000_000, 100_000_000


def machine_checks(config: ServiceConfiguration) -> list[Check]:
    """All of them, in the order in which they build on one another."""
    folder = Path(config.data_dir)
    checks = [check_python(), check_sqlite(sqlite3.sqlite_version_info), check_folder(folder)]
    checks += [check_disk(folder), *ownership_checks(folder)]
    if any(check.name == "owner" and check.message == "nobody" for check in checks):
        checks.append(check_database(folder / DATABASE))  # with an owner, that one looks after it
    return checks


def check_python() -> Check:
    """Which Python runs this."""
    return ok("python", f"{platform.python_version()} on {platform.machine()}")


def check_sqlite(version: tuple[int, ...]) -> Check:
    """The version, and whether the WAL-reset bug is in it."""
    text = ".".join(map(str, version))
    if version >= WAL_RESET_FIXED:
        return ok("sqlite", text)
    return ok(
        "sqlite",
        f"{text}; its WAL-reset bug (fixed in 3.51.3) needs two writers, and here one"
        " connection alone writes and checkpoints: don't write to the database with other tools",
    )


def check_folder(folder: Path) -> Check:
    """Whether the data directory is there and private, or can be made."""
    name = "data directory"
    if not folder.exists():
        parent = _existing(folder)
        if parent.is_dir() and os.access(parent, os.W_OK | os.X_OK):
            return ok(name, f"{folder} is not there yet and will be made")
        return problem(name, f"{folder} can't be made in {parent}", "choose another --data-dir")
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return problem(
            name, f"{folder} can't be used", f"check its owner and mode: chmod 700 {folder}"
        )
    if folder.stat().st_mode & 0o022:
        return warning(name, f"others can write to {folder}", f"chmod 700 {folder}")
    return ok(name, str(folder))


def _existing(folder: Path) -> Path:
    return next(parent for parent in folder.absolute().parents if parent.exists())


def check_disk(folder: Path) -> Check:
    """Room on the disk."""
    place = folder if folder.exists() else _existing(folder)
    free = shutil.disk_usage(place).free
    text, advice = f"{free / 1e9:.1f} GB free", f"make room on the disk of {place}"
    if free < FULL_DISK:
        return problem("disk", text, advice)
    return warning("disk", text, advice) if free < LOW_DISK else ok("disk", text)


def check_database(path: Path) -> Check:
    """Whether the pages of the database are sound. Only for one that nobody has open."""
    if not path.exists():
        return ok("database", "not there yet")
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(5)")]
        finally:
            connection.close()
    except sqlite3.Error as error:
        found = [str(error)]
    if found == ["ok"]:
        return ok("database", f"{path.stat().st_size / 1e6:.1f} MB, sound")
    return problem(
        "database", "; ".join(found), "restore a backup, or import an export into a new --data-dir"
    )
