"""Whether two programs may work together, and what to do when not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.host.owner import PROTOCOL, program_version

if TYPE_CHECKING:
    from engine.host.owner import Owner


def hello(data_dir: Path) -> dict[str, Any]:
    """What a front says first."""
    return {
        "protocol": PROTOCOL,
        "version": program_version(),
        "pid": os.getpid(),
        "data_dir": str(data_dir.resolve()),
    }


def refusal(found: object, owner: Owner, data_dir: Path) -> str:
    """Why a front that greets like this can't attach to ``owner``; empty when it can."""
    if not isinstance(found, dict):
        return f"this is the engine of Vespera {owner.version}, and that was no greeting of a front"
    if Path(str(found.get("data_dir"))) != data_dir.resolve():
        return f"this is the engine of {data_dir.resolve()}, not of {found.get('data_dir')}"
    version, protocol = found.get("version"), found.get("protocol")
    if (version, protocol) == (owner.version, owner.protocol):
        return ""
    return versions_differ(owner, f"{version} (protocol {protocol})")


def stopped(owner: Owner) -> str:
    """What to do about an owner that was stopped and can't answer."""
    return (
        f"{owner} owns the data directory but is stopped; continue it: kill -CONT {owner.pid},"
        f" or end it: kill -9 {owner.pid}"
    )


def mine() -> str:
    """The version of this program, in words."""
    return f"{program_version()} (protocol {PROTOCOL})"


def versions_differ(owner: Owner, mine: str) -> str:
    """What to do about an owner of another version."""
    theirs = owner.version or "an earlier build"
    if owner.protocol:
        theirs += f" (protocol {owner.protocol})"
    again = {"dashboard": "vespera-tui", "headless": "vespera-tui --headless"}.get(owner.mode)
    how = f", then start the newer one again: {again}" if again else ""
    return (
        f"process {owner.pid} runs Vespera {theirs}, this is {mine}, and they can't share the data"
        f" directory; end that one: kill {owner.pid}{how}"
    )
