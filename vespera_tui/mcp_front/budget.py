"""Keeping answers short enough for a model: an estimate of tokens, and pages that fit.

A token is counted as three bytes of UTF-8. Tokenisers of current models need between 3.3 and 4.5
bytes for a token of JSON in English, and one to two characters in scripts of three bytes, so this
errs on the safe side and needs no vocabulary.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeVar

from engine.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel

T = TypeVar("T", bound="BaseModel")
BYTES_A_TOKEN = 3
ANSWER_TOKENS = 8_000
"""What an answer may take at most."""
LIST_TOKENS = 7_000
"""What the entries of a list may take of it; the rest is for what surrounds them."""
TEXT_BYTES = 12_000
"""Of a description in one answer."""
CURSOR_PREFIX = "from-"


def tokens(text: str) -> int:
    """The estimate for a text."""
    return -(-len(text.encode(errors="replace")) // BYTES_A_TOKEN)


def fitting(entries: Sequence[T], *, limit: int = LIST_TOKENS) -> list[T]:
    """The first entries that fit together; at least one, so that a page is never stuck."""
    kept: list[T] = []
    used = 0
    for entry in entries:
        used += tokens(entry.model_dump_json(exclude_defaults=True)) + 1
        if kept and used > limit:
            break
        kept.append(entry)
    return kept


def start_of(cursor: str) -> int:
    """Where a page starts; InvalidInputError for a cursor that no answer gave."""
    if not cursor:
        return 0
    number = cursor.removeprefix(CURSOR_PREFIX)
    if not cursor.startswith(CURSOR_PREFIX) or not number.isascii() or not number.isdigit():
        raise InvalidInputError(
            f"cursor: {cursor[:50]!r} is none; pass the next_cursor of the answer before"
        )
    return int(number[:12])


def cursor_after(start: int, shown: int, total: int) -> str:
    """The cursor of the next page; empty after the last."""
    return f"{CURSOR_PREFIX}{start + shown}" if start + shown < total else ""


def within(texts: Sequence[str], room: int) -> tuple[str, ...]:
    """The first of some short texts that take at most ``room`` bytes as JSON."""
    kept: list[str] = []
    for text in texts:
        room -= _as_json(text) + 3
        if room < 0:
            break
        kept.append(text)
    return tuple(kept)


def shortened(text: str, start: int = 0, room: int = TEXT_BYTES) -> tuple[str, int]:
    """A part of at most ``room`` bytes as JSON, and where the rest starts; 0 at the end."""
    end = start
    for char in text[start : start + room]:
        room -= _as_json(char)
        if room < 0:
            break
        end += 1
    return text[start:end], end if end < len(text) else 0


def _as_json(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode(errors="replace")) - 2
