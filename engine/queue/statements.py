"""The queue's SQL by name, read once from ``sql/``."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def statement(name: str) -> str:
    """The text of ``sql/<name>.sql``."""
    return files("engine.queue").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
