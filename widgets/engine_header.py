"""The top lines: whose store this is and how its process is doing."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content

from widgets.models import EngineModel
from widgets.panel import Panel, spread
from widgets.safe_text import shorten, visible
from widgets.words import SERVICE_STATES, age, duration, size

BESIDE = 14
"""Cells that the loop lag takes beside folder and memory."""
SLOW_LOOP = 0.25
"""Seconds of event-loop delay from which it is worth a warning."""


class EngineHeader(Panel[EngineModel]):
    """State, profile, version and uptime; below them data directory, memory and loop lag."""

    DEFAULT_CSS = "EngineHeader { height: 2; padding: 0 1; }"

    def paint(self, model: EngineModel, width: int, height: int) -> list[Content]:
        """Two lines, or one when there is room for no more."""
        return [self._first(model, width), self._second(model, width)][: height or 2]

    def _first(self, model: EngineModel, width: int) -> Content:
        symbol, style = SERVICE_STATES.get(model.state, ("?", "$text-warning"))
        left = Content.assemble(
            ("◆ VESPERA", "bold $text-primary"),
            "  ",
            (f"{symbol} {visible(model.state, 20)}", f"bold {style}"),
        )
        left += Content.assemble(
            *((f"  ◂{visible(m, 40)}▸", "bold $text-warning") for m in model.marks)
        )
        profile = Content.assemble(("  profile ", "$text-muted"), visible(model.profile, 30) or "-")
        up = Content.assemble(("up ", "$text-muted"), duration(model.uptime))
        version = (f"  v{visible(model.version, 20)}", "$text-muted")
        right = Content.assemble(up, version) if model.version else up
        if not model.uptime:
            right = Content("")
        elif (left + profile + right).cell_length >= width:  # marks matter more than the version
            right = up
        if model.share >= 1:
            return spread(left + profile, right, width)
        text = f"  working at {model.share:.0%}: {visible(model.share_reason, 100)}"
        less = Content.assemble((text, "$text-warning"))
        # why it does less matters more than what stays the same
        if (left + profile + less + right).cell_length < width:
            return spread(left + profile + less, right, width)
        full = left + profile + less
        return full if full.cell_length <= width else left + less

    def _second(self, model: EngineModel, width: int) -> Content:
        if model.problem:
            since = "" if model.stale_seconds is None else f" for {age(model.stale_seconds)}"
            line = shorten(f"▲ not up to date{since}: {visible(model.problem, 400)}", width)
            return Content.assemble((line, "bold $text-error"))
        if not model.memory:  # there is no engine yet, or no more
            return Content.assemble((_tail(model.data_dir, width), "$text-muted"))
        parts = "  ".join(f"{visible(name, 16)} {size(n)}" for name, n in model.memory.items())
        if len(parts) + cell_len(visible(model.data_dir)) + BESIDE > width:
            parts = f"memory {size(sum(model.memory.values()))}"
        lag_style = "bold $text-warning" if model.loop_lag >= SLOW_LOOP else "$text-muted"
        right = Content.assemble(
            (parts, "$text-muted"),
            ("  lag ", "$text-muted"),
            (duration(model.loop_lag), lag_style),
        )
        room = max(width - right.cell_length - 1, 0)
        return spread(Content.assemble((_tail(model.data_dir, room), "$text-muted")), right, width)


def _tail(path: str, width: int) -> str:
    """The end of a path, which says more than its start."""
    line = visible(path)
    return line if len(line) <= width else "…" + line[len(line) - width + 1 :] if width else ""


def freshness(seconds: float | None) -> str:
    """How old a reading is, in words."""
    return "not read yet" if seconds is None else f"read {age(seconds)} ago"
