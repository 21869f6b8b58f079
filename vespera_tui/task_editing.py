"""A task that is changed in a form, while others may change it too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import VersionConflictError, VesperaError
from vespera_tui.console import ACTOR, engine_of
from vespera_tui.task_fields import fields, values
from widgets.safe_text import visible
from widgets.task_form import Moved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.tasks import Task
    from vespera_tui.console import Console

TOLD = 40
"""Characters of what somebody else wrote that a toast shows."""


class Editing:
    """Saves what was typed; what others changed meanwhile stays, or is asked about."""

    def __init__(self, console: Console, task: Task) -> None:
        self._console, self._first = console, task
        self.before = task
        """The task that the change is made to: the last one that was read."""
        self.after: Task | None = None
        """With the change; None as long as there is none."""
        self._written: frozenset[str] = frozenset()

    async def save(self, typed: Mapping[str, str]) -> str | Moved:
        """Empty once it is saved; else what is wrong, or what somebody wrote where one typed."""
        try:
            return await self._save(typed)
        except VesperaError as error:
            return str(error)

    async def _save(self, typed: Mapping[str, str]) -> str | Moved:
        while typed:
            try:
                self.after = await engine_of(self._console).update_task(
                    self.before.id,
                    values(typed),
                    expected_version=self.before.version,
                    actor=ACTOR,
                )
            except VersionConflictError:
                now = await engine_of(self._console).get_task(self.before.id)
                theirs, self.before = _differences(self.before, now), now
                if any(name in theirs and theirs[name] != text for name, text in typed.items()):
                    return Moved(fields(now))
                typed = {name: text for name, text in typed.items() if name not in theirs}
            else:
                self._written = frozenset(typed)
                break
        return ""

    @property
    def meanwhile(self) -> str:
        """What others changed since the form was opened, and is still so; empty if nothing."""
        done = [
            f"set {name} to {visible(text, TOLD)}" if text else f"emptied {name}"
            for name, text in _differences(self._first, self.before).items()
            if name not in self._written
        ]
        if not done:
            return ""
        *others, last = done
        return f"somebody {', '.join(others)}{' and ' if others else ''}{last} meanwhile"


def _differences(before: Task, after: Task) -> dict[str, str]:
    """The fields that show something else, and what."""
    was = {field.name: field.value for field in fields(before)}
    return {each.name: each.value for each in fields(after) if each.value != was[each.name]}
