"""Checks of ``doctor`` about who owns the data directory: lock, owner, socket, versions."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import DataDirectoryInUseError, OwnerVersionError
from engine.host.lock import LOCK_NAME, read_owner
from engine.host.owner import program_version
from vespera_tui.commands.verdict import Check, ok, problem

if TYPE_CHECKING:
    from engine.host.owner import Owner


def ownership_checks(folder: Path) -> list[Check]:
    """All of them; without a problem the directory can be opened, or its owner be attached to."""
    try:
        owner, held = read_owner(folder)
    except OSError as error:
        advice = f"check the owner and mode of {folder / LOCK_NAME}"
        return [problem("lock", f"{LOCK_NAME}: {error.strerror}", advice)]
    if not held:
        return _free(owner)
    if owner is None:
        return [ok("lock", "being taken at this moment")]
    since = f" since {time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(owner.since))}"
    lock = ok("lock", f"held by process {owner.pid}{since if owner.since else ''}")
    return [lock, _owner(owner), *_reachable(owner, folder)]


def _free(owner: Owner | None) -> list[Check]:
    if owner is None:
        return [ok("lock", "free; it was never taken"), ok("owner", "nobody")]
    checks = [ok("lock", f"free; last held by {owner}"), ok("owner", "nobody")]
    if owner.socket and Path(owner.socket).exists():
        left = f"{owner.socket} was left behind by process {owner.pid}; the next owner replaces it"
        checks.append(ok("socket", left))
    return checks


def _owner(owner: Owner) -> Check:
    about = f"{owner.mode or 'of unknown kind'}, Vespera {owner.version or 'before 0.1'}"
    if owner.stopped:
        advice = f"kill -CONT {owner.pid} continues it, kill -9 {owner.pid} ends it"
        return problem("owner", f"{about}; the process is stopped", advice)
    return ok("owner", f"{about}; the process runs")


def _reachable(owner: Owner, folder: Path) -> list[Check]:
    if not owner.socket:
        why = owner.problem or ("it opens" if owner.protocol else "an earlier build has none")
        state = ok if owner.protocol and not owner.problem else _unreachable
        return [state("socket", f"none: {why}"), _versions(owner)]
    try:
        seconds = asyncio.run(_greeted(owner, folder))
    except OwnerVersionError as error:
        return [
            ok("socket", f"{owner.socket} answers"),
            problem("versions", str(error), f"kill {owner.pid}"),
        ]
    except DataDirectoryInUseError as error:
        return [_unreachable("socket", f"{owner.socket}: {error}"), _versions(owner)]
    if seconds is None:
        return [ok("socket", f"{owner.socket} is being opened or closed"), _versions(owner)]
    answers = f"{owner.socket} answers in {seconds * 1000:.0f} ms"
    return [ok("socket", answers), _versions(owner)]


def _unreachable(name: str, message: str) -> Check:
    return problem(name, message, "end the process that holds the lock, then start again")


def _versions(owner: Owner) -> Check:
    mine = program_version()
    if owner.version == mine:
        return ok("versions", f"both {mine}")
    advice = f"end the other one: kill {owner.pid}"
    return problem("versions", f"this is {mine}, the owner {owner.version or 'older'}", advice)


async def _greeted(owner: Owner, folder: Path) -> float | None:
    """Seconds that a greeting takes; None when nobody serves the socket."""
    from engine.host.connection import Connection, OwnerGoneError  # noqa: PLC0415 - only with one

    began = time.perf_counter()
    try:
        connection = await Connection.open(owner, folder)
    except OwnerGoneError:
        return None
    seconds = time.perf_counter() - began
    await connection.close()
    return seconds
