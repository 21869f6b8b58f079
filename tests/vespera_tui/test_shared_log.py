"""Several processes write one log, each with a handler of its own."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from vespera_tui.logs import SharedFileHandler

if TYPE_CHECKING:
    from pathlib import Path


def line(handler: SharedFileHandler, text: str) -> None:
    handler.emit(logging.makeLogRecord({"msg": text}))


def test_each_follows_when_another_rotates(tmp_path: Path) -> None:
    path = tmp_path / "v.log"
    one, two = (SharedFileHandler(path, maxBytes=100, backupCount=3) for _ in range(2))
    line(one, "a" * 60)
    line(two, "b" * 60)  # rotates
    line(one, "c" * 10)
    assert path.read_text() == "b" * 60 + "\n" + "c" * 10 + "\n"
    assert (tmp_path / "v.log.1").read_text() == "a" * 60 + "\n"
    assert not (tmp_path / "v.log.2").exists()
    path.unlink()
    line(two, "d")
    line(one, "e")
    assert path.read_text() == "d\ne\n"
    one.close()
    two.close()
