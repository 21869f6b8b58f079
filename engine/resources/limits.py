"""What this process may use: the machine, narrowed by its control groups (version 2 and 1).

Control groups form a tree, and each level can limit what is below it, so all levels from the
process's own group up to the root are read. Whatever can't be read is no limit.

Formats: https://docs.kernel.org/admin-guide/cgroup-v2.html and .../cgroup-v1/.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path("/")


class MemoryLevel(NamedTuple):
    """One limit of memory, and how much of it is in use; both in bytes."""

    limit: int
    used: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What this process may use."""

    cores: float
    """Processors; a quota can be a fraction of one."""
    memory_bytes: int
    """The smallest limit there is."""
    memory_used_bytes: int
    """What of ``memory_bytes`` can't be had any more, whoever uses it."""


def read_limits(root: Path = ROOT) -> Limits:
    """The machine's processors and memory, or less where the groups found below ``root`` say so."""
    machine = psutil.virtual_memory()
    return combine(
        float(_processors()), MemoryLevel(machine.total, machine.total - machine.available), root
    )


def combine(cores: float, memory: MemoryLevel, root: Path) -> Limits:
    """``cores`` and ``memory`` of the machine, narrowed by the groups found below ``root``."""
    levels = [memory, *memory_levels(root)]
    smallest = min(level.limit for level in levels)
    left = max(0, min(level.limit - level.used for level in levels))
    return Limits(min([cores, *core_quotas(root)]), smallest, smallest - min(left, smallest))


def core_quotas(root: Path) -> Iterator[float]:
    """Processors allowed, for each level that limits them."""
    for folder in _folders(root, ""):
        quota, _, period = _text(folder / "cpu.max").partition(" ")
        yield from _quota(quota, period)
    for folder in _folders(root, "cpu"):
        quota = _text(folder / "cpu.cfs_quota_us")
        yield from _quota(quota, _text(folder / "cpu.cfs_period_us"))


def memory_levels(root: Path) -> Iterator[MemoryLevel]:
    """Each level that limits memory.

    Files in the page cache that were not used of late count as free: the kernel drops them first.
    """
    for folder in _folders(root, ""):
        yield from _level(folder, "memory.max", "memory.current", "inactive_file")
    for folder in _folders(root, "memory"):
        yield from _level(
            folder, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
        )


def _level(folder: Path, limit: str, used: str, cache: str) -> Iterator[MemoryLevel]:
    allowed = _number(_text(folder / limit))
    if allowed is None or allowed <= 0:  # "max", or not readable
        return
    taken = _number(_text(folder / used)) or 0
    for line in _text(folder / "memory.stat").splitlines():
        name, _, value = line.partition(" ")
        if name == cache:
            taken -= _number(value) or 0
    yield MemoryLevel(allowed, max(0, taken))


def _quota(quota: str, period: str) -> Iterator[float]:
    used, of = _number(quota), _number(period)
    if used is not None and of is not None and used > 0 and of > 0:  # -1 and "max" are no limit
        yield used / of


def _folders(root: Path, controller: str) -> Iterator[Path]:
    """The process's group and all above it; version 2 for an empty ``controller``."""
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controller not in controllers.split(","):
            continue
        names = [controllers, controller] if controller else ["", "unified"]
        mounts = (root / "sys/fs/cgroup" / name for name in names)
        mount = next((m for m in mounts if m.is_dir() and (controller or _is_unified(m))), None)
        if mount is None:
            continue
        inside = PurePosixPath(path.lstrip("/"))
        # a group outside of what this process can see has ".." in its path: only the root counts
        levels = [] if ".." in inside.parts else [inside, *inside.parents]
        yield from dict.fromkeys([*(mount / level for level in levels), mount])


def _is_unified(mount: Path) -> bool:
    return (mount / "cgroup.controllers").is_file()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def _number(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _processors() -> int:
    process = psutil.Process()
    if hasattr(process, "cpu_affinity"):  # not on macOS
        return len(process.cpu_affinity())
    return psutil.cpu_count() or 1
