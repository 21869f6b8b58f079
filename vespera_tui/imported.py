"""What an import did, as far as taking it back needs it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.errors import TaskNotFoundError
from engine.tasks import BLOCKS, CHANGEABLE, PARENT_CHILD, check_fields

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.api import EngineAPI
    from engine.snapshots import ImportReport
    from engine.tasks import Link, Task, TaskDraft

AT_ONCE = 50
"""Calls under way at the same time."""
FIELDS = tuple(name for name in CHANGEABLE if name != "parent")
"""What an import compares; parents are links to it."""
LINKS = "links"
"""What an import calls a change of a task's links."""
EXTRA = "extra"
"""What it calls a change of what a task has beside its fields."""
Ends = frozenset[tuple[str, str]]
"""Target and kind of the links out of a task."""


def wanted_links(draft: TaskDraft) -> Ends:
    """The links that a draft asks for."""
    parent = [(draft.parent, PARENT_CHILD)] if draft.parent else []
    return frozenset(
        [*((each.target_id, each.kind) for each in draft.links), *parent]
        + [(target, BLOCKS) for target in draft.depends_on]
    )


@dataclass(frozen=True, slots=True)
class Before:
    """A task as it was before the import changed it."""

    task: Task
    links: tuple[Link, ...]
    """Those out of it."""

    @classmethod
    async def read(cls, engine: EngineAPI, task_id: str) -> Before:
        """As it is now."""
        links = await engine.get_links(task_id)
        mine = tuple(each for each in links if each.task_id == task_id)
        return cls(await engine.get_task(task_id), mine)


@dataclass(frozen=True, slots=True)
class Made:
    """What an import created: as little as tells whether it is still that."""

    links: Ends
    fields: int
    """Hash of all fields, which may be long."""

    @classmethod
    def of(cls, draft: TaskDraft) -> Made:
        """What a draft becomes."""
        fields = check_fields({name: getattr(draft, name) for name in FIELDS})
        return cls(wanted_links(draft), hash(tuple(fields.values())))

    def same(self, task: Task, links: Sequence[Link]) -> bool:
        """Whether nobody changed it since, nor added a link out of it."""
        mine = {(each.target_id, each.kind) for each in links if each.task_id == task.id}
        fields = hash(tuple(getattr(task, name) for name in FIELDS))
        return self.fields == fields and mine <= self.links


@dataclass(frozen=True, slots=True)
class Changed:
    """What an import changed of a task, before and after."""

    id: str
    created_at: float
    was: Mapping[str, object]
    written: Mapping[str, object]
    closed_at: float | None
    """When it was closed before."""
    extra: bool
    """Whether it changed what the task has beside its fields, which stays."""
    had: Ends
    wanted: Ends
    """The links out of it; both the same where the import changed none."""

    @classmethod
    def of(cls, before: Before, draft: TaskDraft, names: Sequence[str]) -> Changed:
        """``names`` are the fields that differed."""
        task, fields = before.task, [name for name in FIELDS if name in names]
        had = frozenset((each.target_id, each.kind) for each in before.links)
        return cls(
            task.id,
            task.created_at,
            {name: getattr(task, name) for name in fields},
            check_fields({name: getattr(draft, name) for name in fields}),
            task.closed_at,
            EXTRA in names,
            had,
            wanted_links(draft) if LINKS in names else had,
        )


@dataclass(slots=True)
class Imported:
    """What an import did so far, as far as taking it back needs it."""

    created: dict[str, Made] = field(default_factory=dict)
    updated: list[Changed] = field(default_factory=list)

    def add(
        self, report: ImportReport, drafts: Mapping[str, TaskDraft], before: Mapping[str, Before]
    ) -> None:
        """Note a part; ``before`` has what its tasks were."""
        for change in report.changes:
            draft = drafts[change.id]
            if change.id in before and change.what == "updated":
                self.updated.append(Changed.of(before[change.id], draft, change.fields))
            elif change.what == "created":
                self.created[change.id] = Made.of(draft)

    def __len__(self) -> int:
        """How many tasks were touched."""
        return len(self.created) + len(self.updated)


async def read_before(engine: EngineAPI, ids: Sequence[str]) -> dict[str, Before]:
    """Those that are about to be updated and still there, as they are now."""
    found: dict[str, Before] = {}
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        read = await asyncio.gather(*(_before(engine, each) for each in part))
        found.update({each.task.id: each for each in read if each is not None})
    return found


async def _before(engine: EngineAPI, task_id: str) -> Before | None:
    try:
        return await Before.read(engine, task_id)
    except TaskNotFoundError:  # deleted since the preview: the import makes it anew
        return None
