"""Where log lines go: a rotating file in the data directory, and standard error if wanted."""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
import time
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from engine.errors import DataDirectoryError
from engine.monitoring.log_file import log_path

if TYPE_CHECKING:
    from engine.service_config import ServiceConfiguration

CHATTY = ("aiosqlite", "asyncio", "markdown_it", "httpcore")
"""Libraries that say each of their steps at debug level, several for every query."""
MAX_BYTES, KEPT_FILES = 5_000_000, 3


class SharedFileHandler(RotatingFileHandler):
    """A rotating file that several processes write to: each follows when another rotates it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line to the file that has the name now."""
        try:
            self._follow()
        except OSError:
            self.handleError(record)
        super().emit(record)

    def _follow(self) -> None:
        if self.stream is None:  # closed: logging opens it anew
            return
        try:
            named = os.stat(self.baseFilename)  # noqa: PTH116 - as logging itself does
            same = os.path.samestat(named, os.fstat(self.stream.fileno()))
        except FileNotFoundError:  # in the moment between its two renamings, or deleted
            same = False
        if not same:
            self.stream.close()
            self.stream = self._open()


def configure_logging(
    config: ServiceConfiguration,
    *,
    stderr: bool,
    stream: TextIO | None = None,
    events: bool = True,
) -> None:
    """Send everything at ``config.log_level`` and above to the file, and to ``stderr`` if asked.

    On a terminal lines are for people, elsewhere JSON. May be called again; the last call counts.
    Without ``events`` structlog is left for :func:`vespera_tui.log_lines.configure_events`, which
    has to be called before anything logs with it. Raises DataDirectoryError if the log folder
    can't be made.
    """
    handlers: list[logging.Handler] = [_file_handler(Path(config.data_dir))]
    if stderr:
        target = stream or sys.stderr
        shown = logging.StreamHandler(target)
        shown.setFormatter(_LateFormatter(for_people=target.isatty()))
        handlers.append(shown)
    root = logging.getLogger()
    for old in [handler for handler in root.handlers if getattr(handler, "vespera", False)]:
        root.removeHandler(old)
        old.close()
    for handler in handlers:
        handler.vespera = True  # type: ignore[attr-defined] # marks those to replace next time
        root.addHandler(handler)
    root.setLevel(config.log_level.upper())
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.INFO)
    if events:
        from vespera_tui.log_lines import configure_events  # noqa: PLC0415 - slow to import

        configure_events()


def _file_handler(data_dir: Path) -> logging.Handler:
    path = log_path(data_dir)
    try:
        for folder in (data_dir, path.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handler = SharedFileHandler(
            path, maxBytes=MAX_BYTES, backupCount=KEPT_FILES, encoding="utf-8", delay=False
        )
    except OSError as error:
        raise DataDirectoryError(f"{str(path)!r} can't be written: {error.strerror}") from None
    handler.setFormatter(_LateFormatter(for_people=False))
    return handler


class _LateFormatter(logging.Formatter):
    """Reads the library that lays lines out when there is the first line to lay out."""

    def __init__(self, *, for_people: bool) -> None:
        super().__init__()
        self._for_people = for_people
        self._formatter: logging.Formatter | None = None

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        if self._formatter is None:
            from vespera_tui.log_lines import formatter  # noqa: PLC0415 - slow to import

            self._formatter = formatter(for_people=self._for_people)
        return self._formatter.format(record)


def record_crash(error: Exception, data_dir: Path | None) -> Path:
    """Append the traceback of an error nobody foresaw to the log; the file it went to.

    Without a data directory that is a private file of its own among the temporary ones.
    """
    line = {
        "event": "unexpected error",
        "level": "critical",
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "exception": "".join(traceback.format_exception(error)),
    }
    path = log_path(data_dir) if data_dir else _private_file()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    return path


def _private_file() -> Path:
    handle, name = tempfile.mkstemp(prefix="vespera-", suffix=".log")
    os.close(handle)
    return Path(name)
