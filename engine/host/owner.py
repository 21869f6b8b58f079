"""The process that owns a data directory, as the lock file and a greeting tell it."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass, fields
from functools import cache
from importlib.metadata import version
from typing import Self

PROTOCOL = 1
"""Grows when two programs that speak through the socket would not understand each other."""


@cache
def program_version() -> str:
    """The version of this program."""
    return version("vespera-tui")


@dataclass(frozen=True, slots=True)
class Owner:
    """A process and what it runs."""

    pid: int
    version: str = ""
    """Empty for a program from before there was a socket."""
    protocol: int = 0
    mode: str = ""
    """dashboard, headless, mcp, command or library."""
    since: float = 0.0
    """When it took the directory, in Unix seconds."""
    socket: str = ""
    """Where it can be reached; empty while it opens, or when it can't serve."""
    problem: str = ""
    """Why it can't serve."""

    @classmethod
    def here(cls, mode: str) -> Self:
        """The process that runs this, from now on."""
        return cls(os.getpid(), program_version(), PROTOCOL, mode, time.time())

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """What a lock file says; None when that is nothing, or half of it.

        Before there was a socket, the file held nothing but the number of the process.
        """
        try:
            found = json.loads(text)
        except ValueError:
            return None
        return cls(found) if isinstance(found, int) else cls.of(found)

    @classmethod
    def of(cls, found: object) -> Self | None:
        """What a greeting says, later versions' fields left out; None when that is nothing."""
        if not isinstance(found, dict) or not isinstance(found.get("pid"), int):
            return None
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in found.items() if name in known})

    def text(self) -> str:
        """The line for the lock file."""
        return json.dumps(asdict(self))

    @property
    def stopped(self) -> bool:
        """Whether the process was stopped (SIGSTOP, Ctrl-Z), so that it can't answer."""
        import psutil  # noqa: PLC0415 - only when something does not answer

        try:
            return bool(psutil.Process(self.pid).status() == psutil.STATUS_STOPPED)
        except psutil.Error:
            return False

    def __str__(self) -> str:
        about = ", ".join(part for part in (self.mode, self.version) if part)
        return f"process {self.pid}" + (f" ({about})" if about else "")
