"""The end of the log file, filtered: read backwards and only as far as is needed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LEVELS = ("debug", "info", "warning", "error", "critical")
BLOCK = 65_536
MOST_BYTES = 8_000_000
"""How much of the file is looked through at most; it is rotated before it is larger."""
MOST_LINES = 2_000
LONGEST = 20_000
"""Characters of a line's text and of its exception that are passed on."""
NAMED = ("event", "level", "logger", "timestamp", "exception")
SERVICE = ("service", "subject", "actor", "logger")
"""Where the name of a service may stand."""


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Which of the newest lines."""

    level: str = "debug"
    """The least severe that is wanted, one of ``LEVELS``."""
    service: str = ""
    """Only lines that name it as service, subject, actor or logger."""
    text: str = ""
    """Only lines with this in them."""
    limit: int = 500


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the log."""

    position: int
    """Where it starts in the file, in bytes."""
    at: str
    """As it stands in the file: ISO 8601, UTC."""
    level: str
    event: str
    logger: str = ""
    fields: str = ""
    """The rest, as ``name=value``."""
    exception: str = ""


@dataclass(frozen=True, slots=True)
class LogPage:
    """The newest lines that match, oldest first."""

    lines: tuple[LogLine, ...] = ()
    path: str = ""
    size: int = 0
    """Bytes in the file."""
    complete: bool = True
    """Whether all of the file was looked through, or enough was found."""


def check(query: LogQuery) -> None:
    """Raises InvalidInputError that names what is wrong and what is allowed."""
    if query.level not in LEVELS:
        raise InvalidInputError(f"level: {query.level!r} is not one of {', '.join(LEVELS)}")
    if not 1 <= query.limit <= MOST_LINES:
        raise InvalidInputError(f"limit: {query.limit!r} is not from 1 to {MOST_LINES:,}")


class LogTail:
    """Reads the end of one file; unchanged file and query cost one look at its size."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last: tuple[object, LogPage] | None = None

    def read(self, query: LogQuery) -> LogPage:
        """The newest lines that match; nothing without a file. Blocks: call it in a thread."""
        check(query)
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return LogPage(path=str(self._path))
        stamp = (found.st_ino, found.st_size, found.st_mtime_ns, query)
        if self._last is None or self._last[0] != stamp:
            self._last = (stamp, self._read(query, found.st_size))
        return self._last[1]

    def _read(self, query: LogQuery, size: int) -> LogPage:
        found: list[LogLine] = []
        seen = size
        for position, raw in _backwards(self._path, size):
            seen = position
            line = parse(position, raw) if _may_match(raw, query) else None
            if line is not None and matches(line, query):
                found.append(line)
                if len(found) == query.limit:
                    break
        complete = seen == 0 or len(found) == query.limit
        return LogPage(tuple(reversed(found)), str(self._path), size, complete)


def _backwards(path: Path, size: int) -> Iterator[tuple[int, bytes]]:
    """Lines with their positions, the last one first, at most ``MOST_BYTES`` of them."""
    with path.open("rb") as file:
        end, rest = size, b""
        while end > 0 and size - end < MOST_BYTES:
            start = max(end - BLOCK, 0)
            file.seek(start)
            block = file.read(end - start) + rest
            first, *lines = block.split(b"\n")
            at = start + len(block)
            for line in reversed(lines):
                at -= len(line)
                if line:
                    yield at, line
                at -= 1
            rest, end = first, start
        if end == 0 and rest:
            yield 0, rest


def _may_match(raw: bytes, query: LogQuery) -> bool:
    """Whether it is worth to be parsed."""
    wanted = LEVELS[LEVELS.index(query.level) :]
    if query.level != LEVELS[0] and not any(level.encode() in raw for level in wanted):
        return False
    service = query.service.encode(errors="replace")
    return service in raw


def matches(line: LogLine, query: LogQuery) -> bool:
    """Whether the line is wanted."""
    rank = LEVELS.index(line.level) if line.level in LEVELS else 0
    if rank < LEVELS.index(query.level):
        return False
    everything = f"{line.event} {line.fields} {line.logger} {line.exception}"
    if query.service and not any(
        f"{name}={query.service}" in f"{line.fields} logger={line.logger}" for name in SERVICE
    ):
        return False
    return query.text.lower() in everything.lower()


def parse(position: int, raw: bytes) -> LogLine:
    """One line; what is no JSON object is shown as it stands."""
    text = raw.decode("utf-8", "replace")
    try:
        entry = json.loads(text)
    except (ValueError, RecursionError):
        entry = None
    if not isinstance(entry, dict):
        return LogLine(position, "", "", text[:LONGEST])
    others = {name: value for name, value in entry.items() if name not in NAMED and value != ""}
    rest = " ".join(f"{name}={_shown(value)}" for name, value in others.items())
    return LogLine(
        position,
        str(entry.get("timestamp", "")),
        str(entry.get("level", "")),
        str(entry.get("event", ""))[:LONGEST],
        str(entry.get("logger", "")),
        rest[:LONGEST],
        str(entry.get("exception", ""))[-LONGEST:],
    )


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)
