"""The one table of actions: bindings, footer, help and palette all read it.

Upper-case keys are for what is dangerous or repeats work; those marked so ask first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from engine.operations import ServicePriority
from vespera_tui.feed import Readable
from vespera_tui.snapshot import service_title
from widgets.models import Choice, KeyHint

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from typing import Any

    from engine.snapshots import ServiceSnapshot
    from widgets.models import OperationModel

ACTOR = "dashboard"
"""Who the engine records for what is done here."""


class Steerable(Readable, Protocol):
    """The part of the engine that the dashboard uses; see :class:`engine.api.EngineAPI`."""

    async def schedule_operation(
        self,
        service: str,
        kind: str,
        target: str | None = None,
        *,
        priority: ServicePriority = ServicePriority.NORMAL,
        delay: float = 0.0,
        payload: Mapping[str, Any] | None = None,
        actor: str = "",
    ) -> int:
        """Queue an operation; its id."""

    async def retry_operation(self, operation_id: int, *, actor: str = "") -> bool:
        """Queue a failed or cancelled operation again."""

    async def cancel_operation(self, operation_id: int, *, actor: str = "") -> bool:
        """Cancel an operation that waits."""

    async def configure_background_service(
        self, service: str, *, enabled: bool, actor: str = ""
    ) -> ServiceSnapshot:
        """Switch a service on or off."""

    async def set_profile(self, profile: str, *, actor: str = "") -> None:
        """Change the profile while running."""

    async def rebuild(self, projection: str, *, actor: str = "") -> int:
        """Throw a projection away and queue its rebuilding."""


class Console(Protocol):
    """What an action may ask of the app."""

    @property
    def engine(self) -> Steerable | None:
        """The engine; None while it opens or after it failed to."""

    @property
    def selected_service(self) -> str | None:
        """The service under the cursor."""

    @property
    def selected_operation(self) -> OperationModel | None:
        """The operation under the cursor."""

    def say(self, message: str, *, problem: bool = False) -> None:
        """Tell the person, as plain text."""

    async def choose(self, title: str, choices: Sequence[Choice]) -> str | None:
        """Ask for one of several."""

    async def confirm(self, question: str, detail: str) -> bool:
        """Ask before something dangerous."""

    async def show_screen(self, name: str) -> None:
        """Go to a screen."""

    async def show_help(self) -> None:
        """Show every key."""

    def leave(self) -> None:
        """Stop the engine, then close."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a person can do."""

    id: str
    title: str
    """One or two words, for the footer."""
    key: str
    """As Textual spells it."""
    help: str
    run: Callable[[Console], Awaitable[None]]
    danger: bool = False
    needs_engine: bool = False

    @property
    def shown_key(self) -> str:
        """The key as a person reads it."""
        return {"question_mark": "?"}.get(self.key, self.key)


@dataclass(frozen=True, slots=True)
class Trigger:
    """One line of the trigger menu; ``service`` is empty for the rebuilding of ``kind``."""

    id: str
    title: str
    help: str
    service: str
    kind: str


TRIGGERS = (
    Trigger(
        "embed",
        "Embed all missing",
        "vectors for every task without one",
        "auto_embedding",
        "batch_embed",
    ),
    Trigger(
        "cycles",
        "Check cycles",
        "a full check of all waiting links",
        "cycle_detection",
        "full_cycle_check",
    ),
    Trigger(
        "sync",
        "Sync the graph",
        "bring every node and edge up to date",
        "incremental_sync",
        "batch_sync",
    ),
    Trigger(
        "optimise",
        "Optimise",
        "vacuum and tidy the three stores",
        "index_optimization",
        "optimize_indices",
    ),
    Trigger(
        "rebuild-vectors", "Rebuild vectors", "throw all vectors away, embed again", "", "vectors"
    ),
    Trigger("rebuild-graph", "Rebuild graph", "throw the graph away, load it again", "", "graph"),
)
PROFILES = (
    Choice("development", "development", "short delays, small batches"),
    Choice("production", "production", "throughput, larger batches"),
    Choice("low-resource", "low-resource", "one worker, long delays"),
)


def _engine(console: Console) -> Steerable:
    engine = console.engine
    if engine is None:  # the app refuses such actions before they start
        raise RuntimeError("an action that needs the engine ran without one")
    return engine


async def _overview(console: Console) -> None:
    await console.show_screen("overview")


async def _operations(console: Console) -> None:
    await console.show_screen("operations")


async def _enable(console: Console) -> None:
    await _switch(console, enabled=True)


async def _disable(console: Console) -> None:
    await _switch(console, enabled=False)


async def _switch(console: Console, *, enabled: bool) -> None:
    name = console.selected_service
    if name is None:
        console.say("no service is selected: move to a card with tab", problem=True)
        return
    engine = _engine(console)
    service = await engine.configure_background_service(name, enabled=enabled, actor=ACTOR)
    word = "on" if service.enabled else "off; its operations wait"
    console.say(f"{service_title(name)} is {word}")


async def _profile(console: Console) -> None:
    name = await console.choose("Change to which profile?", PROFILES)
    if name is not None:
        await _engine(console).set_profile(name, actor=ACTOR)
        console.say(f"profile is now {name}")


async def _triggers(console: Console) -> None:
    choices = [Choice(each.id, each.title, each.help, not each.service) for each in TRIGGERS]
    chosen = await console.choose("Run what now?", choices)
    for trigger in TRIGGERS:
        if trigger.id == chosen:
            await (_schedule(console, trigger) if trigger.service else _rebuild(console, trigger))


async def _schedule(console: Console, trigger: Trigger) -> None:
    number = await _engine(console).schedule_operation(
        trigger.service,
        trigger.kind,
        "manual_trigger",
        priority=ServicePriority.HIGH,
        actor=ACTOR,
    )
    console.say(f"{trigger.title}: queued as operation {number}")


async def _rebuild(console: Console, trigger: Trigger) -> None:
    detail = "Searches and graph queries are incomplete until it is done. Tasks are not touched."
    if await console.confirm(f"{trigger.title}: {trigger.help}?", detail):
        queued = await _engine(console).rebuild(trigger.kind, actor=ACTOR)
        console.say(f"{trigger.title}: {queued} operations queued")


async def _retry(console: Console) -> None:
    operation = console.selected_operation
    if operation is None:
        console.say("no operation is selected: move to the list with tab", problem=True)
    elif await _engine(console).retry_operation(operation.id, actor=ACTOR):
        console.say(f"operation {operation.id} is queued again")
    else:
        console.say(f"operation {operation.id} is {operation.state}: only failed and cancelled ones"
                    " can be retried", problem=True)  # fmt: skip


async def _cancel(console: Console) -> None:
    operation = console.selected_operation
    if operation is None:
        console.say("no operation is selected: move to the list with tab", problem=True)
        return
    question = f"Cancel operation {operation.id}, {operation.kind} {operation.key}?"
    if not await console.confirm(question, "It will not run. It can be retried later."):
        return
    if await _engine(console).cancel_operation(operation.id, actor=ACTOR):
        console.say(f"operation {operation.id} is cancelled")
    else:
        console.say(f"operation {operation.id} does not wait any more", problem=True)


async def _help(console: Console) -> None:
    await console.show_help()


async def _leave(console: Console) -> None:
    console.leave()


ACTIONS = (
    Action("overview", "Overview", "1", "overview of services, stores and queue", _overview),
    Action("operations", "Ops", "2", "operations, full height", _operations),
    Action(
        "enable", "On", "e", "switch the service under the cursor on", _enable, needs_engine=True
    ),
    Action(
        "disable", "Off", "d", "switch it off; its operations wait", _disable, needs_engine=True
    ),
    Action(
        "profile", "Profile", "p", "change the profile while running", _profile, needs_engine=True
    ),
    Action(
        "triggers",
        "Trigger",
        "t",
        "run one of the services' big jobs now",
        _triggers,
        needs_engine=True,
    ),
    Action(
        "retry", "Retry", "R", "retry the operation under the cursor", _retry, needs_engine=True
    ),
    Action(
        "cancel",
        "Cancel",
        "X",
        "cancel the operation under the cursor",
        _cancel,
        danger=True,
        needs_engine=True,
    ),
    Action("help", "Help", "question_mark", "this list", _help),
    Action(
        "quit", "Quit", "q", "stop cleanly and close; again: do not wait for the opening", _leave
    ),
)
BY_ID = {action.id: action for action in ACTIONS}


def key_hints() -> tuple[KeyHint, ...]:
    """The table as the key bar and the help show it."""
    return tuple(
        KeyHint(action.shown_key, action.title, action.help, action.danger, action.id)
        for action in ACTIONS
    )
