"""Everything in ASCII, for terminals that show nothing else: a filter over what was painted."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.filter import LineFilter

if TYPE_CHECKING:
    from textual.color import Color

SIGNS = str.maketrans(
    {
        **dict(zip("▁▂▃▄▅▆▇█", "_.:-=+*#", strict=True)),
        **dict(zip("░▒▓▔▀━", ".:%-'=", strict=True)),
        **dict(zip("▌▐▊▋▍▎▏▕", "||||||||", strict=True)),
        **dict(zip("◆●○◌■▲▼▶◀▸◂", "#*oo#!v><><", strict=True)),
        **dict(zip("✖✗✓⊘✂↻‖", "xx+/8@=", strict=True)),
        **dict(zip("→←↑↓⇑⇓", "><^v^v", strict=True)),
        **dict(zip("·…≈␡", ".~~?", strict=True)),
    }
)
"""Signs that the screens are drawn with; each state stands beside its sign in words."""
UNKNOWN = "?"


class _StandIns(dict[int, str]):
    """For every character, as it is first met, as many ASCII ones as it has cells."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        found = self[code] = set_cell_size(_stand_in(char), cell_len(char))
        return found


def _stand_in(char: str) -> str:
    if char.isascii():
        return char
    if ord(char) in SIGNS:
        return char.translate(SIGNS)
    name = unicodedata.name(char, "")
    if name.startswith("BOX DRAWINGS"):
        return {"HORIZONTAL": "-", "VERTICAL": "|"}.get(name.split()[-1], "+")
    if name.startswith("BRAILLE"):
        return "*"
    letters = unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode().strip()
    return letters or UNKNOWN * cell_len(char)


class AsciiFilter(LineFilter):
    """Puts ASCII in the place of every other character, cell by cell."""

    def __init__(self) -> None:
        super().__init__()
        self._stand_ins = _StandIns()

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - LineFilter's signature
        """The same line in ASCII, as wide as before."""
        return [segment if segment.text.isascii() else self._ascii(segment) for segment in segments]

    def _ascii(self, segment: Segment) -> Segment:
        text, style, control = segment
        plain = text.translate(self._stand_ins)
        return Segment(set_cell_size(plain, cell_len(text)), style, control)
