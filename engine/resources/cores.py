"""Binding a process with its threads and children to one processor, and letting it go again."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import NamedTuple

import psutil

PASSES = 10
"""Looks for threads and children that were started meanwhile; one is nearly always enough."""


class Confinement(NamedTuple):
    """What became of it."""

    done: bool
    reason: str = ""
    """Why not; empty when it is done."""


@functools.cache
def allowed() -> tuple[int, ...]:
    """The processors this process had before it was first confined, the highest first.

    The system forgets them once a process is bound, so they are kept. Empty where the platform
    binds no process to processors (macOS).
    """
    if not hasattr(psutil.Process, "cpu_affinity"):
        return ()
    return tuple(sorted(psutil.Process().cpu_affinity(), reverse=True))


def confine(pid: int | None, one_core: bool) -> Confinement:
    """Bind a process (None: this one) with all its threads and children to one processor.

    ``one_core`` false gives back all that this process had when it started. What is started later
    inherits the binding. All that call this get the same processor: the highest allowed one that
    can be had now, since the lowest usually serves the devices.
    """
    if not allowed():
        return Confinement(False, "this platform can't bind a process to a processor")
    choices = [{core} for core in allowed()] if one_core else [set(allowed())]
    refused = ""
    try:
        process = psutil.Process(pid)
        for cores in choices:
            refused = _bind_family(process, cores)
            if not refused:
                return Confinement(True)
    except psutil.NoSuchProcess:
        return Confinement(False, f"process {pid} is gone")
    except (psutil.AccessDenied, PermissionError) as error:
        return Confinement(False, f"not permitted: {error}")
    return Confinement(False, refused)


def _bind_family(process: psutil.Process, cores: set[int]) -> str:
    """Bind it and all below it; why not, empty when all are bound."""
    for _ in range(PASSES):
        changed = False
        try:
            # the parent first: what it starts from then on is bound already
            changed |= _bind(process, cores)
            for child in process.children(recursive=True):
                changed |= _bind_child(child, cores)
        except (OSError, ValueError) as error:
            if isinstance(error, PermissionError):
                raise
            return f"processor {sorted(cores)} can't be had: {error}"
        if not changed:
            return ""
    return "it starts threads faster than they can be bound"


def _bind_child(child: psutil.Process, cores: set[int]) -> bool:
    try:
        return _bind(child, cores)
    except psutil.NoSuchProcess:  # it ended a moment ago
        return False


def _bind(process: psutil.Process, cores: set[int]) -> bool:
    """Whether anything had to be changed."""
    if not hasattr(os, "sched_setaffinity"):  # Windows and FreeBSD bind the process as a whole
        if set(process.cpu_affinity()) == cores:
            return False
        process.cpu_affinity(sorted(cores))
        return True
    changed = [_bind_thread(thread, cores) for thread in _threads(process.pid)]
    return any(changed)


def _threads(pid: int) -> list[int]:
    try:
        return [int(entry.name) for entry in Path(f"/proc/{pid}/task").iterdir()]
    except (FileNotFoundError, ProcessLookupError):
        raise psutil.NoSuchProcess(pid) from None


def _bind_thread(thread: int, cores: set[int]) -> bool:
    try:
        before = os.sched_getaffinity(thread)
        os.sched_setaffinity(thread, cores)
        # not compared with ``cores``: the kernel leaves out processors that are gone by now
        return os.sched_getaffinity(thread) != before
    except ProcessLookupError:  # it ended a moment ago
        return False
