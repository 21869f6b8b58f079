"""The characters a picture is made of: two sets, one of them ASCII alone."""

from __future__ import annotations

from dataclasses import dataclass

BRAILLE = 0x2800
BITS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""The bit of each dot of a braille cell, by column and row."""
FLAT, STEEP = 0.6, 4.0
"""Slopes up to which a line is drawn level, and from which upright, in ASCII."""


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One set of characters."""

    right: str
    left: str
    down: str
    up: str
    scissors: str
    """One or two cells."""
    box: str
    """Corners from the upper left clockwise, then the level and the upright side."""
    focus: str
    """The same for the box that has the focus."""
    halves: str
    """Nothing, upper half, lower half, both."""
    braille: bool

    def stroke(self, bits: int, slope: tuple[float, float], *, dashed: bool) -> str:
        """A piece of a line: its dots, or in ASCII what goes its way."""
        if self.braille:
            return chr(BRAILLE + bits)
        dx, dy = slope
        if abs(dy) <= abs(dx) * FLAT:
            return "." if dashed else "-"
        if abs(dy) >= abs(dx) * STEEP:
            return ":" if dashed else "|"
        if dashed:
            return "." if abs(dy) < abs(dx) else ":"
        return "\\" if (dx > 0) == (dy > 0) else "/"

    def show(self, text: str) -> str:
        """``text`` in characters of this set."""
        if self.braille or text.isascii():
            return text
        return "".join(char if char.isascii() else SUBSTITUTES.get(char, "?") for char in text)


SUBSTITUTES = {"…": "~", "→": ">", "·": "-", "✂": "8<"}
UNICODE = Glyphs("▶", "◀", "▼", "▲", "✂", "╭╮╯╰─│", "╔╗╝╚═║", " ▀▄█", braille=True)
ASCII = Glyphs(">", "<", "v", "^", "8<", "++++-|", "####=#", " '.:", braille=False)
