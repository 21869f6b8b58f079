"""Whether two programs may work together, and what to do when not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from engine.host.owner import PROTOCOL, program_version

if TYPE_CHECKING:
    from pathlib import Path

    from engine.host.owner import Owner


def hello(data_dir: Path) -> dict[str, Any]:
    """What a front says first."""
    return {
        "protocol": PROTOCOL,
        "version": program_version(),
        "pid": os.getpid(),
        "data_dir": str(data_dir.resolve()),
    }


def refusal(found: object, owner: Owner, data_dir: Path) -> dict[str, Any] | None:
    """What to answer a front that greets like this and can't attach; None when it can."""
    said = found if isinstance(found, dict) else {}
    version, protocol = said.get("version"), said.get("protocol")
    if (version, protocol) != (owner.version, owner.protocol):
        theirs = f"{version} (protocol {protocol})"
        return {"refused": versions_differ(owner, theirs), "version": True}
    mine, other = str(data_dir.resolve()), said.get("data_dir")
    return None if mine == other else {"refused": f"this is the engine of {mine}, not of {other}"}


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
