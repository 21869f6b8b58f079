"""Where each task goes in a ``tasks.json``: its tag, the task it is under, its number."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.exchange.codec import Book, links_of, targets
from engine.exchange.lens import ORIGIN
from engine.exchange.taskmaster_codec import NAME, Place, safe_tag
from engine.tasks import PARENT_CHILD, TaskDraft

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MASTER = "master"
MAX_TAG = 100


@dataclass(slots=True)
class Plan:
    """The places of all tasks, by their ids here."""

    places: dict[str, Place] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    book: Book = field(default_factory=Book)
    _highest: dict[Place, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def tags(self) -> list[str]:
        """Every tag that is used, ``master`` first."""
        used = {place.tag for place in self.places.values()}
        return sorted(used, key=lambda tag: (tag != MASTER, tag))

    def order(self, task_id: str) -> tuple[int, str]:
        """Sorts tasks by their numbers."""
        number = self.numbers[task_id]
        return (int(number) if number.isdigit() else 0, number)

    def settle(self, task_id: str, place: Place, number: str = "") -> None:
        """Give a task its place, and the next number if it brings none."""
        number = number or str(self._highest[place] + 1)
        if number.isdigit():
            self._highest[place] = max(self._highest[place], int(number))
        self.places[task_id], self.numbers[task_id] = place, number
        self.book.enter(place.key(number), task_id)


def make_plan(drafts: Sequence[TaskDraft], before: Mapping[str, str]) -> Plan:
    """A task keeps the number it came with if that is free; others get the next, oldest first.

    Taskmaster knows one level of subtasks and no dependency across tags: a task is under its first
    parent of the same tag, unless that has such a parent itself.
    """
    keys = {draft.id: before.get(draft.id) or _own_key(draft) for draft in drafts}
    plan, tags = Plan(), {draft.id: _tag(draft, keys[draft.id]) for draft in drafts}
    parents = {draft.id: _parent(draft, tags) for draft in drafts}
    oldest = sorted(drafts, key=lambda draft: (draft.created_at or 0.0, draft.id))
    under = {i: p for i, p in parents.items() if p and not parents[p]}
    _place(plan, keys, ((d.id, Place(tags[d.id])) for d in oldest if d.id not in under))
    inner = [(d.id, under[d.id]) for d in oldest if d.id in under]
    _place(plan, keys, ((i, Place(tags[i], plan.numbers[above])) for i, above in inner))
    return plan


def _place(plan: Plan, keys: Mapping[str, str], wanted: Iterable[tuple[str, Place]]) -> None:
    rest = []
    for task_id, place in wanted:
        own = keys[task_id]
        last = own.rpartition(":")[2].rpartition(".")[2]
        if last and place.key(last) == own and own not in plan.book.ids:
            plan.settle(task_id, place, last)
        else:
            rest.append((task_id, place))
    for task_id, place in rest:
        plan.settle(task_id, place)


def _parent(draft: TaskDraft, tags: dict[str, str]) -> str:
    found = targets(links_of(draft), PARENT_CHILD)
    same = (target for target in found if tags.get(target) == tags[draft.id] and target != draft.id)
    return next(same, "")


def _own_key(draft: TaskDraft) -> str:
    """The id that it had in a ``tasks.json``; empty if it is not from there."""
    origin = draft.extra.get(ORIGIN)
    told = origin.get("id") if isinstance(origin, dict) and origin.get("format") == NAME else ""
    return told if isinstance(told, str) and re.fullmatch(r"\S+:[\w.-]+", told) else ""


def _tag(draft: TaskDraft, own: str) -> str:
    """Its project if that can be a tag, else ``master``."""
    tag = draft.project
    if tag and own and safe_tag(tag) == own.rpartition(":")[0]:
        return tag
    fine = safe_tag(tag) == tag and len(tag) <= MAX_TAG and tag not in {"", "tasks"}
    return tag if fine else MASTER
