"""Two caches of Textual that keep what is gone, corrected: a busy dashboard would grow for hours.

Both were there in Textual 8.2.8; where a later one has other caches, nothing is changed.
"""

from __future__ import annotations

from functools import _lru_cache_wrapper, lru_cache, partial
from typing import TYPE_CHECKING

from textual._styles_cache import StylesCache
from textual.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

COLOURS_KEPT = 1024
"""Pairs of colours of which the styles are kept, as many as Textual keeps."""
_divide = Strip.divide


def correct() -> None:
    """Correct them in this process; once is enough, and more does no harm."""
    Strip.divide = divide  # type: ignore[assignment] # there is no other place for it
    styles_of = vars(StylesCache).get("get_inner_outer")
    if isinstance(styles_of, _lru_cache_wrapper):
        # it uses nothing of the widget's cache that it is asked through, but would keep it, with
        # all lines that the widget was painted as, until 1,024 other questions have been asked
        without = lru_cache(COLOURS_KEPT)(partial(styles_of.__wrapped__, StylesCache))
        StylesCache.get_inner_outer = staticmethod(without)  # type: ignore[assignment] # as above


def divide(strip: Strip, cuts: Iterable[int]) -> Sequence[Strip]:
    """Cut at these cells; a line that stays whole is not kept in itself.

    Textual would: then only a look for garbage frees it, with seven caches of its own, and of the
    lines that are painted most stay whole.
    """
    length = strip.cell_length
    inside = [cut for cut in cuts if cut <= length]
    return [strip] if inside == [length] else _divide(strip, inside)
