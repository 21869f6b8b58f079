"""Text in a line that is typed into: kept as it is, and painted safely, a cell for each character.

What does not print is held as stand-ins out of plane 4 of Unicode, in which there are no
characters: one for each of its UTF-16 code units. So the cursor can be put on it, and the text
that comes out is the one that went in.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.strip import Strip

from widgets.safe_text import visible

if TYPE_CHECKING:
    from collections.abc import Callable

PLANE = 0x40000
UNITS = 0x10000
UNKNOWN = "·"
"""Is painted for what has no sign of its own in one cell."""
STEERING = ("Cc", "Zl", "Zp", "Cs")
"""Categories of what may steer a terminal or end a line, which nobody types and nobody means."""


def held(text: str) -> str:
    """``text`` as it is held in a line; :func:`typed` gives it back."""
    return _each(text, _units)


def taken(text: str) -> str:
    """What was typed or pasted, or is held already, as it is held: what steers only looks so."""
    return _each(text, lambda char: char if _is_held(char) else _taken(char))


def typed(value: str) -> str:
    """The text that is held as ``value``."""
    if value.isprintable():
        return value
    units = "".join(chr(ord(char) - PLANE) if _is_held(char) else char for char in value)
    return units.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def painted(strip: Strip) -> Strip:
    """``strip`` with only printable characters."""
    if strip.text.isprintable():
        return strip
    return Strip([Segment(_each(text, _sign), style) for text, style, _ in strip])


def _each(text: str, change: Callable[[str], str]) -> str:
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else change(char) for char in text)


def _is_held(char: str) -> bool:
    return PLANE <= ord(char) < PLANE + UNITS


def _units(char: str) -> str:
    units = char.encode("utf-16-le", "surrogatepass")
    pairs = zip(units[::2], units[1::2], strict=True)
    return "".join(chr(PLANE + low + (high << 8)) for low, high in pairs)


def _taken(char: str) -> str:
    return visible(char) if unicodedata.category(char) in STEERING else _units(char)


def _sign(char: str) -> str:
    sign = visible(chr(ord(char) - PLANE) if _is_held(char) else char)
    return sign if len(sign) == 1 else UNKNOWN
