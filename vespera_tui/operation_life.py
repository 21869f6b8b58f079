"""An operation's life in lines: who asked for it, each attempt, how it ended; then its data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from engine.operations import FINAL_STATES
from vespera_tui.local_time import clock
from vespera_tui.snapshot import service_title
from widgets.text_pane import DIM, HEAD
from widgets.words import OPERATION_STATES, PRIORITIES, age, duration

if TYPE_CHECKING:
    from engine.snapshots import OperationView
    from widgets.text_pane import Line

TONES = {
    "completed": "$text-success",
    "failed": "bold $text-error",
    "running": "$text-success",
}


def life_of(view: OperationView, now: float) -> tuple[Line, ...]:
    """All that is known of ``view`` at ``now``, in Unix seconds."""
    lines: list[Line] = [
        ((f"{view.kind} ", "bold"), (view.key or "", "bold $text-accent")),
        (
            (f"#{view.id}  {service_title(view.service)}  ", ""),
            (f"{PRIORITIES[view.priority]}", ""),
            (f"  {_attempts(view)}", DIM),
        ),
        (),
        (("Life", HEAD),),
        *_timeline(view, now),
    ]
    if view.deadline is not None:
        left = view.deadline - (view.finished_at or now)
        word = f"{age(left)} left" if left >= 0 else f"▲ late by {age(-left)}"
        lines.append((("deadline  ", DIM), (word, "" if left >= 0 else "$text-warning")))
    if view.payload:
        lines += [(), (("Payload", HEAD),), *_text(json.dumps(view.payload, indent=2, default=str))]
    return (*lines, *_error(view))


def _attempts(view: OperationView) -> str:
    if view.state in FINAL_STATES:
        return f"{view.attempts} of {view.max_attempts} attempts failed" if view.attempts else ""
    return f"attempt {min(view.attempts + 1, view.max_attempts)} of {view.max_attempts}"


def _timeline(view: OperationView, now: float) -> list[Line]:
    origin = f"asked for by {view.origin}" if view.origin else "asked for"
    moments: list[tuple[float, str, str]] = [(view.created_at, f"+ {origin}", "")]
    for number, attempt in enumerate(view.history, 1):
        error = str(attempt.get("error", "")).split("\n", 1)[0]
        at = float(attempt.get("at", view.created_at))
        moments.append((at, f"✖ attempt {number} failed: {error}", "$text-warning"))
    sign = OPERATION_STATES.get(view.state, "?")
    tone = TONES.get(view.state, "")
    if view.state == "running" and view.claimed_at is not None:
        ran = duration(now - view.claimed_at)
        moments.append((view.claimed_at, f"{sign} running for {ran}", tone))
    elif view.state in FINAL_STATES and view.finished_at is not None:
        took = view.finished_at - (view.claimed_at or view.finished_at)
        text = f"{sign} {view.state}" + (f" after {duration(took)}" if took > 0 else "")
        moments.append((view.finished_at, f"{text}, {age(now - view.finished_at)} ago", tone))
    else:
        moments.append((view.run_at, f"{sign} {_waiting(view, now)}", tone))
    clocks = [clock(at, now) for at, _, _ in moments]
    room = max(map(len, clocks))
    return [
        _moment(f"{then:>{room}}", at - view.created_at, text, style)
        for then, (at, text, style) in zip(clocks, moments, strict=True)
    ]


def _waiting(view: OperationView, now: float) -> str:
    if view.waiting_for:
        return f"waits: {view.waiting_for}"
    if view.run_at > now:
        return f"is due in {age(view.run_at - now)}"
    return f"has waited for a worker for {age(now - view.run_at)}"


def _moment(then: str, after: float, text: str, style: str) -> Line:
    since = f"+{duration(after)}" if after > 0 else ""
    return ((f"{then} ", DIM), (f"{since:>7} ", DIM), (text, style))


def _error(view: OperationView) -> list[Line]:
    lines: list[Line] = []
    if view.detail:
        title = {"failed": "Error", "cancelled": "Reason"}.get(view.state, "Result")
        if view.state not in FINAL_STATES:
            title = "Now" if view.waiting_for else "Last error"
        lines += [(), ((title, HEAD),), *_text(view.detail)]
    trace = str(view.history[-1].get("traceback", "")) if view.history else ""
    if trace:
        lines += [(), (("Traceback of the last attempt", HEAD),), *_text(trace)]
    return lines


def _text(text: str) -> list[Line]:
    return [((line, ""),) for line in text.rstrip("\n").split("\n")]
