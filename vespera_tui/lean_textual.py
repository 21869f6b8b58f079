"""What Textual keeps of what is gone, corrected: a busy dashboard would grow for hours.

All was there in Textual 8.2.8; where a later one has another cache of colours, that stays as it is.
"""

from __future__ import annotations

from functools import _lru_cache_wrapper, lru_cache, partial
from typing import TYPE_CHECKING

from textual._styles_cache import StylesCache
from textual.strip import Strip
from textual.widgets._toast import Toast, ToastHolder, ToastRack

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.notifications import Notifications

COLOURS_KEPT = 1024
"""Pairs of colours of which the styles are kept, as many as Textual keeps."""
_divide, _show = Strip.divide, ToastRack.show


def correct() -> None:
    """Correct them in this process; once is enough, and more does no harm."""
    Strip.divide = divide  # type: ignore[assignment] # there is no other place for it
    ToastRack.show = show  # type: ignore[assignment] # as above
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


def show(rack: ToastRack, messages: Notifications) -> None:
    """Show ``messages``; the frame of one that is gone goes with it.

    Textual would leave the frame on each screen that was not shown when the time of its message was
    over: a widget with a task of its own.
    """
    for frame in rack.query(ToastHolder):
        if not any(toast._notification in messages for toast in frame.query(Toast)):  # noqa: SLF001 - nothing public tells
            frame.remove()
    _show(rack, messages)
