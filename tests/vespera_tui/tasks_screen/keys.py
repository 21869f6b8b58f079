"""The screen of tasks, worked by keys: what its tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.tasks import TaskDraft
from tests.vespera_tui.typing_in import filter_by, write
from widgets.safe_input import SafeInput
from widgets.task_list import TaskList

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.vespera_tui.conftest import Until

DRAFTS = (
    TaskDraft("Deploy the station", id="t-1", priority=0, depends_on=("t-2",), created_at=1.0),
    TaskDraft(
        "Build the hull", id="t-2", priority=1, description="of oak\n[/]", project="boat",
        tags=("wood",), created_at=2.0,
    ),
    TaskDraft("Buy paint", id="t-3", priority=2, status="closed", created_at=3.0),
    TaskDraft("Read the tide table", id="t-4", priority=3, assignee="ann", created_at=4.0),
)  # fmt: skip


def rows(app: Any) -> TaskList:
    found: TaskList = app.screen_stack[0].query_one(TaskList)
    return found


async def typed(pilot: Pilot[None], until: Until, words: str) -> None:
    """Filter by ``words``, and back to the list."""
    await filter_by(pilot, until, words)
    await until(pilot, lambda: isinstance(pilot.app.focused, TaskList))


async def on(pilot: Pilot[None], until: Until, task_id: str) -> None:
    """Put the cursor on a task."""
    await pilot.press("home")
    for _ in range(rows(pilot.app).total):
        selected = rows(pilot.app).selected
        if selected is not None and selected.id == task_id:
            break
        await pilot.press("down")
    await until(pilot, lambda: rows(pilot.app).selected.id == task_id)  # type: ignore[union-attr]  # above


async def opens(pilot: Pilot[None], until: Until, key: str, kind: type) -> None:
    await pilot.press(key)
    await until(pilot, lambda: isinstance(pilot.app.screen, kind))


async def closed(pilot: Pilot[None], until: Until) -> None:
    await until(pilot, lambda: len(pilot.app.screen_stack) == 1)


async def fill(pilot: Pilot[None], name: str, text: str) -> None:
    """Type over one field of the form."""
    field = pilot.app.screen.query_one(f"#of-{name}", SafeInput)
    field.focus()
    field.value = ""
    await write(pilot, text)


def said(app: Any) -> str:
    """What the toasts say."""
    return "\n".join(note.message for note in app._notifications)


def states(app: Any) -> dict[str, str]:
    return {row.id: row.readiness or row.status for row in rows(app).rows}
