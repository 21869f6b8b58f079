"""The one table of actions: bindings, key bar, help and palette all read it.

Upper-case keys are for what is dangerous or repeats work; those marked so ask first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vespera_tui import steering
from vespera_tui.triggers import change_profile, run_trigger
from widgets.models import KeyHint

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from vespera_tui.console import Console

SHOWN_KEYS = {"question_mark": "?", "plus": "+", "minus": "-"}
"""Keys that Textual spells in another way than people."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a person can do."""

    id: str
    title: str
    """One or two words, for the key bar."""
    key: str
    """As Textual spells it."""
    help: str
    run: Callable[[Console], Awaitable[None]]
    target: str = ""
    """What it is done to: service, operation or alert; empty when nothing needs the cursor."""
    danger: bool = False
    needs_engine: bool = False

    @property
    def shown_key(self) -> str:
        """The key as a person reads it."""
        return SHOWN_KEYS.get(self.key, self.key)


async def _overview(console: Console) -> None:
    await console.show_screen("overview")


async def _operations(console: Console) -> None:
    await console.show_screen("operations")


async def _help(console: Console) -> None:
    await console.show_help()


async def _leave(console: Console) -> None:
    console.leave()


def _on(
    target: str,
    id_: str,
    title: str,
    key: str,
    help_: str,
    run: Callable[[Console], Awaitable[None]],
    *,
    danger: bool = False,
) -> Action:
    """An action of the engine's on what the cursor is on, or on no such thing."""
    return Action(id_, title, key, help_, run, target, danger, needs_engine=True)


ACTIONS = (
    Action("overview", "Overview", "1", "overview of services, stores and queue", _overview),
    Action("operations", "Ops", "2", "operations, full height", _operations),
    Action("help", "Help", "question_mark", "this list", _help),
    Action(
        "quit", "Quit", "q", "stop cleanly and close; again: do not wait for the opening", _leave
    ),
    _on("service", "enable", "On", "e", "switch the service on", steering.enable),
    _on(
        "service",
        "disable",
        "Off",
        "d",
        "switch the service off; its operations wait",
        steering.disable,
    ),
    _on(
        "service",
        "pause-service",
        "Pause",
        "z",
        "pause the service, restarts included; again: resume",
        steering.pause_service,
    ),
    _on("operation", "retry", "Retry", "R", "retry the operation", steering.retry),
    _on(
        "operation",
        "cancel",
        "Cancel",
        "X",
        "cancel the operation, after a question",
        steering.cancel,
        danger=True,
    ),
    _on(
        "operation",
        "run-now",
        "Now",
        "n",
        "run the operation now rather than later",
        steering.run_now,
    ),
    _on(
        "operation",
        "pause-operation",
        "Hold",
        "h",
        "hold the operation back; again: let it go",
        steering.pause_operation,
    ),
    _on(
        "operation",
        "raise",
        "Raise",
        "plus",
        "raise its priority, towards critical",
        steering.raise_priority,
    ),
    _on(
        "operation",
        "lower",
        "Lower",
        "minus",
        "lower its priority, towards low",
        steering.lower_priority,
    ),
    _on("alert", "acknowledge", "Acknowledge", "A", "take note of the alert", steering.acknowledge),
    _on("", "triggers", "Trigger", "t", "run one of the services' big jobs now", run_trigger),
    _on("", "profile", "Profile", "p", "change the profile while running", change_profile),
)
BY_ID = {action.id: action for action in ACTIONS}


def key_hints(*targets: str) -> tuple[KeyHint, ...]:
    """The table as the key bar and the help show it; with ``targets``, what those need only."""
    return tuple(
        KeyHint(action.shown_key, action.title, action.help, action.danger, action.id)
        for action in ACTIONS
        if not targets or action.target in targets
    )
