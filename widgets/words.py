"""Numbers and states in few cells: pure functions from values to text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"
DONE, OPEN = "━", "─"
"""Cells of a bar, filled and empty: lines, so that bars below each other stay apart."""
PULSE, PULSES = 3, 2
"""Cells of the block that goes to and fro in a bar, and cells it goes a second."""
MINUTE, HOUR, DAY = 60, 3600, 86_400
DIGIT = 9.95
"""Under which a number of one digit has one behind the point."""

SERVICE_STATES: dict[str, tuple[str, str]] = {
    "running": ("●", "$text-success"),
    "degraded": ("▲", "$text-warning"),
    "paused": ("‖", "$text-primary"),
    "failed": ("✖", "$text-error"),
    "disabled": ("○", "$text-muted"),
    "stopped": ("■", "$text-muted"),
    "starting": ("◌", "$text-warning"),
    "stopping": ("◌", "$text-warning"),
}
"""Symbol and style of each state; the word always stands beside them."""

OPERATION_STATES: dict[str, str] = {
    "running": "▶",
    "available": "●",
    "scheduled": "◌",
    "completed": "✓",
    "failed": "✖",
    "cancelled": "⊘",
}

PRIORITIES = ("⇑ critical", "↑ high", "· normal", "↓ low")
"""Sign and word of each priority."""


def duration(seconds: float) -> str:
    """A span in at most seven cells, up to 27 years: ``40ms``, ``3.2s``, ``4m 05s``, ``3d 4h``."""
    seconds = max(seconds, 0)
    if round(seconds * 1000) < 1000:  # noqa: PLR2004 - what would be rounded up is a second
        return f"{seconds * 1000:.0f}ms"
    if round(seconds) < MINUTE:
        return f"{seconds:.1f}s" if round(seconds, 1) < 10 else f"{seconds:.0f}s"  # noqa: PLR2004 - two digits
    whole = max(int(seconds), MINUTE)
    if whole < HOUR:
        return f"{whole // MINUTE}m {whole % MINUTE:02d}s"
    if whole < DAY:
        return f"{whole // HOUR}h {whole % HOUR // MINUTE:02d}m"
    days = whole // DAY
    return f"{days}d {whole % DAY // HOUR}h" if days < 100 else f"{days}d"  # noqa: PLR2004 - two digits


def age(seconds: float) -> str:
    """A whole-numbered span, in at most four cells up to 999 days: ``4s``, ``12m``, ``9d``."""
    whole = max(int(seconds), 0)
    for unit, length in (("d", DAY), ("h", HOUR), ("m", MINUTE)):
        if whole >= length:
            return f"{whole // length}{unit}"
    return f"{whole}s"


def size(number: int) -> str:
    """Bytes in binary units: ``512 B``, ``7.6 MB``, ``312 MB``, ``1.4 GB``."""
    value = float(number)
    for unit in ("B", "KB", "MB"):
        if round(value) < 1024:  # noqa: PLR2004 - binary units
            return f"{value:.{int(unit == 'MB' and value < DIGIT)}f} {unit}"
        value /= 1024
    return f"{value:.1f} GB"


def rate(per_second: float) -> str:
    """Operations a second, in a minute or hour when they are few: ``12.3/s``, ``30/min``, ``5/h``.

    At most seven cells, up to 99,999 a second.
    """
    if per_second <= 0:
        return "idle"
    minute, hour = per_second * MINUTE, per_second * HOUR
    if round(hour) < 1:
        return "<1/h"
    if round(hour) < MINUTE:
        return f"{hour:.0f}/h"
    if round(minute) < MINUTE:
        return f"{minute:.0f}/min"
    return f"{per_second:.1f}/s" if round(per_second, 1) < 100 else f"{per_second:.0f}/s"  # noqa: PLR2004 - three digits


def sparkline(values: Sequence[float], width: int) -> str:
    """The last ``width`` values as bars, the lowest for zero alone, padded on the left."""
    if width <= 0:
        return ""
    recent = list(values)[-width:]
    top = max(recent, default=0.0)
    return "".join(_step(value, top) for value in recent).rjust(width, BARS[0])


def _step(value: float, top: float) -> str:
    share = max(value, 0) / top if top > 0 else 0
    return BARS[max(round(share * (len(BARS) - 1)), share > 0)]


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: ``1 task``, ``1,204 tasks``; ``many`` where an s does not do."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def pulse(seconds: float, width: int) -> tuple[str, str, str]:
    """``(empty, filled, empty)`` parts of a bar for work that nobody can count, as time goes on."""
    block = min(PULSE, width)
    room = max(width - block, 0)
    at = int(seconds * PULSES) % (2 * room) if room else 0
    before = min(at, 2 * room - at)
    return OPEN * before, DONE * block, OPEN * (room - before)


def bar(share: float, width: int) -> tuple[str, str]:
    """``(filled, empty)`` parts of a bar; full only for a ``share`` of 1, empty only for 0."""
    if width <= 0:
        return "", ""
    cells = max(0, min(width, int(share * width)))
    if cells == 0 and share > 0:
        cells = 1
    if cells == width and share < 1:
        cells = width - 1
    return DONE * cells, OPEN * (width - cells)
