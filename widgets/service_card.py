"""A card a service."""

from __future__ import annotations

from typing import ClassVar

from textual.content import Content

from widgets.models import ServiceModel
from widgets.panel import Panel, spread
from widgets.safe_text import shorten, visible
from widgets.words import SERVICE_STATES, age, bar, duration, pulse, rate, sparkline

Spans = tuple[tuple[str, str], ...]
"""Pieces of text with their styles."""

BAR = 8
"""Cells of the bar of a long work."""
RATE, SPAN, WAIT = 6, 5, 8
"""Cells of a rate, a duration and a wait, so that cards beside each other can be compared."""
ROOMY, COMPACT = 7, 3
"""Lines from which a card says all, and up to which it says the most pressing only."""


class ServiceCard(Panel[ServiceModel], can_focus=True):
    """State in symbol, word and reason; switch; queue; speed; counts; what it does now."""

    DEFAULT_CSS = """
    ServiceCard { height: 5; padding: 0 1; border-left: outer $secondary; }
    ServiceCard:focus { border-left: outer $accent; background: $panel; }
    """
    STATES: ClassVar[tuple[str, ...]] = ("degraded", "paused", "failed")
    """Those that colour the card."""

    def show(self, model: ServiceModel) -> None:
        """Show ``model``, in the colour of its state."""
        super().show(model)
        for state in self.STATES:
            self.set_class(model.status == state, f"-{state}")

    def paint(self, model: ServiceModel, width: int, height: int) -> list[Content]:
        """Three lines in a compact card, five in a middling one, seven in a roomy one."""
        head = [_title(model, width), _doing(model, width)]
        queue, trouble = Content.assemble(*_queue(model)), Content.assemble(*_trouble(model, width))
        wait, times = Content.assemble(*_wait(model)), Content.assemble(*_times(model))
        counts = Content.assemble(*_counts(model))
        calm = Content.assemble(("✓ nothing failed", "$text-muted"))
        if 0 < height <= COMPACT:
            return [*head, _both(trouble, queue, width) if trouble else _both(queue, wait, width)]
        if height >= ROOMY:
            speed = _speed(model, width, wait.pad_left(WAIT - wait.cell_length))
            return [*head, queue, speed, times, counts, trouble or calm]
        done = Content.assemble(*_number("done", model.completed, ""))
        last = _both(_both(trouble or calm, counts, width), done, width)
        return [*head, _both(queue, wait, width), _speed(model, width, times), last]


def _both(left: Content, right: Content, width: int) -> Content:
    """``left``, and at the other end ``right`` if there is room for all of it."""
    fits = left.cell_length + right.cell_length + 2 <= width
    return spread(left, right, width) if fits else left


def _title(model: ServiceModel, width: int) -> Content:
    symbol, style = SERVICE_STATES.get(model.status, ("?", "$text-warning"))
    state = f"{symbol} {visible(model.status, 20)}"
    switch = ("[on]", "$text-success") if model.enabled else ("[off]", "bold $text-warning")
    room = max(width - len(state) - len(switch[0]) - 2, 0)  # a long name must not hide the state
    left = Content.assemble(
        (shorten(model.title, min(room, 30)), "bold"), " ", (state, f"bold {style}")
    )
    return spread(left, Content.assemble(switch), width)


def _doing(model: ServiceModel, width: int) -> Content:
    if model.reason:
        style = "$text-error" if model.status == "failed" else "$text-warning"
        return Content.assemble((shorten(model.reason, width), style))
    left = Content("")
    if model.seconds_left is not None:
        left = Content.assemble((f"≈{duration(model.seconds_left)} left", "$text-muted"))
    if model.progress is not None:
        return _progress(model, left, width)
    if model.uncounted is not None:
        before, block, after = pulse(model.uncounted, min(BAR, width))
        muted = "$text-muted"
        head = Content.assemble((before, muted), (block, "$text-success"), (after, muted), " ")
        return head + Content(shorten(model.activity, max(width - head.cell_length, 0)))
    if model.activity:
        return _both(Content(shorten(model.activity, width)), left, width)
    return Content.assemble(("nothing to do", "$text-muted"))


def _progress(model: ServiceModel, left: Content, width: int) -> Content:
    """The bar, how much of it, and the time left, which matters more than what is counted."""
    share = model.progress or 0.0
    filled, empty = bar(share, min(BAR, width))
    head = Content.assemble((filled, "$text-success"), (empty, "$text-muted"), f" {share:.0%}")
    text = visible(model.progress_text or model.activity, 60)
    counted = text.rpartition(" ")[0] if model.progress_text else ""
    for each in (text, counted):
        whole = head + Content(f" {each}")
        if each and whole.cell_length + left.cell_length + 2 * bool(left) <= width:
            return spread(whole, left, width)
    return _both(head, left, width) if left else head + Content(f" {text}")


def _queue(model: ServiceModel) -> Spans:
    return (
        *_number("run", model.running, "$text-success"),
        *_number("  due", model.available, "$text-primary"),
        *_number("  later", model.scheduled, ""),
    )


def _number(label: str, number: int, style: str) -> Spans:
    return (f"{label} ", "$text-muted"), (f"{number:,}", style if number else "$text-muted")


def _wait(model: ServiceModel) -> Spans:
    if model.wait_seconds is None:
        return ()
    return ("wait ", "$text-muted"), (age(model.wait_seconds), "")


def _times(model: ServiceModel) -> Spans:
    if model.p50_seconds is None or model.p95_seconds is None:
        return (("no run in the last hour", "$text-muted"),)
    return (
        ("p50 ", "$text-muted"),
        (f"{duration(model.p50_seconds):<{SPAN}}", ""),
        ("  p95 ", "$text-muted"),
        (f"{duration(model.p95_seconds):<{SPAN}}", ""),
    )


def _speed(model: ServiceModel, width: int, more: Content) -> Content:
    tail = Content.assemble(f" {rate(model.rate):>{RATE}}", "  " if more else "", more)
    line = sparkline(model.rates, max(width - tail.cell_length, 0))
    return Content.assemble((line, "$accent"), tail)


def _counts(model: ServiceModel) -> Spans:
    return *_number("done", model.completed, ""), *_number("  retried", model.retried, "")


def _trouble(model: ServiceModel, width: int) -> Spans:
    """What there should be none of, the most pressing first; nothing when all is well."""
    found = (
        ("overdue", model.overdue, "bold $text-error"),
        ("failed", model.failed, "bold $text-error"),
        ("missed", model.missed, "$text-warning"),
        ("err/h", model.errors_last_hour, "bold $text-error"),
        ("parked", model.parked, "$text-primary"),
    )
    spans: Spans = ()
    for label, number, style in found:
        if not number:
            continue
        longer = (*spans, *_number(f"  {label}" if spans else label, number, style))
        if spans and sum(len(text) for text, _ in longer) > width:
            return (*spans, (" …", "$text-muted"))
        spans = longer
    return spans
