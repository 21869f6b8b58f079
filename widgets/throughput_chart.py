"""How much was done over time, as columns of blocks; failures below them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content

from widgets.panel import Panel, spread
from widgets.safe_text import shorten, visible
from widgets.words import BARS, rate

if TYPE_CHECKING:
    from collections.abc import Sequence

AXIS = 8
"""Cells left of the columns."""
LEAST = 3
"""Lines from which there are columns: a title, them, what time they are of."""


@dataclass(frozen=True, slots=True)
class ThroughputModel:
    """Equal parts of a span of time, oldest first."""

    span: str = ""
    """The whole of it in words."""
    done: tuple[float | None, ...] = ()
    """Operations completed a second in each part; None where nothing was measured."""
    failed: tuple[float, ...] = ()
    """Operations that failed in each part."""
    keys: str = ""
    """What changes the span."""
    problem: str = ""


class ThroughputChart(Panel[ThroughputModel]):
    """The highest column is the peak, which the axis names; a cross marks a part with failures."""

    DEFAULT_CSS = "ThroughputChart { height: 1fr; min-height: 3; padding: 0 1; }"

    def paint(self, model: ThroughputModel, width: int, height: int) -> list[Content]:
        """Title, columns, failures, time."""
        title = _title(model, width)
        if model.problem:
            text = shorten(f"✖ {model.problem}", width)
            return [title, Content.assemble((text, "bold $text-error"))]
        if not any(value is not None for value in model.done):
            return [title, Content.assemble(("nothing measured yet", "$text-muted"))]
        room, lines = width - AXIS, height - 2
        if height < LEAST or room < 1:
            return [title]
        failing = any(model.failed) and lines > 1
        values, failures = fold(model, room)
        columns = _columns(values, lines - failing)
        crosses = [_failures(failures)] if failing else []
        return [title, *columns, *crosses, _times(model.span, room)]


def fold(model: ThroughputModel, width: int) -> tuple[tuple[float | None, ...], tuple[float, ...]]:
    """The mean rate and the failures in ``width`` columns, each of as many parts, about."""
    done, failed = list[float | None](), list[float]()
    for column in range(width):
        start = column * len(model.done) // width
        end = max((column + 1) * len(model.done) // width, start + 1)
        known = [value for value in model.done[start:end] if value is not None]
        done.append(sum(known) / len(known) if known else None)
        failed.append(sum(model.failed[start:end]))
    return tuple(done), tuple(failed)


def _title(model: ThroughputModel, width: int) -> Content:
    known = [value for value in model.done if value is not None]
    failed = sum(model.failed)
    left = Content.assemble(
        ("throughput ", "bold"),
        (f"last {visible(model.span, 40)}", ""),
        (f"  {_mean(known)}", "$text-muted"),
        (f"  ✖ {failed:,.0f} failed" if failed else "", "bold $text-error"),
    )
    return spread(left, Content.assemble((visible(model.keys, 40), "$text-muted")), width)


def _mean(known: Sequence[float]) -> str:
    """What was done; empty where nothing was measured."""
    if not known:
        return ""
    return f"mean {rate(sum(known) / len(known))}" if any(known) else "nothing done"


def _columns(values: Sequence[float | None], height: int) -> list[Content]:
    top = max((value for value in values if value is not None), default=0.0)
    eighths = [_eighths(value, top, height) for value in values]
    lines = []
    for line in range(height):
        floor = (height - 1 - line) * len(BARS)
        text = "".join(_cell(number, floor) for number in eighths)
        label = "0" if line == height - 1 else (rate(top) if line == 0 and top else "")
        axis = (f"{label:>{AXIS - 2}} ┤", "$text-muted")
        lines.append(Content.assemble(axis, (text, "$accent")))
    return lines


def _eighths(value: float | None, top: float, height: int) -> int | None:
    """How high a column is; at least one for anything above nothing."""
    if value is None:
        return None
    return max(round(value / top * height * len(BARS)), value > 0) if top > 0 else 0


def _cell(eighths: int | None, floor: int) -> str:
    if eighths is None:
        return "·" if floor == 0 else " "
    above = min(eighths - floor, len(BARS))
    return BARS[above - 1] if above > 0 else " "


def _failures(failed: Sequence[float]) -> Content:
    crosses = "".join("✖" if number else " " for number in failed)
    return Content.assemble((f"{'failed':>{AXIS - 2}}  ", "$text-muted"), (crosses, "$text-error"))


def _times(span: str, room: int) -> Content:
    left = Content.assemble((" " * AXIS, ""), (f"{visible(span, 40)} ago", "$text-muted"))
    return spread(left, Content.assemble(("now", "$text-muted")), AXIS + room)
