"""A task in full, as lines of a pane: where it stands, what it waits for, what is near."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.task_views import SyncState
from engine.tasks import ORDERING_KINDS
from widgets.text_pane import DIM, HEAD
from widgets.words import age

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.graph_views import Reach
    from engine.search_views import SearchResult
    from engine.task_views import InStore
    from engine.tasks import Link, Task
    from widgets.text_pane import Line

REACHED, NEAR, LINKS = 12, 6, 20
"""Tasks each way, tasks near in meaning, and links that are listed."""
STORES = {
    "current": ("✓", "$text-success"),
    "stale": ("▲", "$text-warning"),
    "missing": ("✖", "$text-warning"),
    "unknown": ("?", "$text-error"),
}


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """What the truth says of a task."""

    task: Task
    blockers: Reach
    impact: Reach
    links: Sequence[Link]


@dataclass(frozen=True, slots=True)
class TaskNear:
    """What is near in meaning, or why that is not known."""

    result: SearchResult
    problem: str = ""


def details(
    facts: TaskFacts, sync: SyncState | str | None, near: TaskNear | None, now: float
) -> tuple[Line, ...]:
    """All that is known; ``now`` in Unix seconds. None is still being found out."""
    return (
        *_head(facts.task, now),
        _stores(sync),
        *_reach("Waits for", facts.blockers, "nothing", facts.blockers.in_cycle),
        *_reach("Holds up", facts.impact, "nothing", False),
        *_others(facts),
        (),
        (("Similar", HEAD),),
        *_similar(near),
        (),
        (("Text", HEAD),),
        *(((line, ""),) for line in (facts.task.description or "none").split("\n")),
    )


def _head(task: Task, now: float) -> tuple[Line, ...]:
    facts = [task.status.replace("_", " "), f"priority {task.priority}"]
    facts += [f"project {task.project}"] if task.project else []
    facts += [f"with {task.assignee}"] if task.assignee else []
    dates = f"created {age(now - task.created_at)} ago, changed {age(now - task.updated_at)} ago"
    lines: list[Line] = [
        ((task.id, "bold $text-accent"), ("  ", ""), (task.title, "bold")),
        ((", ".join(facts), ""),),
        ((f"{dates}, version {task.version}", DIM),),
    ]
    if task.tags:
        lines.append((("tags ", DIM), (", ".join(task.tags), "")))
    if task.parent:
        lines.append((("part of ", DIM), (task.parent, "$text-accent")))
    return tuple(lines)


def _reach(title: str, reach: Reach, nothing: str, in_cycle: bool) -> tuple[Line, ...]:
    counts = f"  {reach.unfinished:,} unfinished of {reach.total:,}" if reach.total else ""
    cycle = ("  ↻ waits for itself: see screen 3", "bold $text-warning") if in_cycle else ("", "")
    lines: list[Line] = [((title, HEAD), (counts or f"  {nothing}", DIM), cycle)]
    if reach.total:
        lines.insert(0, ())
    for each in reach.found:
        sign, tone = ("⊘", "$text-warning") if each.unfinished else ("✓", "$text-success")
        indent = "  " * min(each.distance - 1, 4)
        name = (each.task.id, "$text-accent")
        lines.append(((f"{indent}{sign} ", tone), name, (f" {each.task.title}", "")))
    if reach.truncated:
        lines.append(((f"… and {reach.total - len(reach.found):,} more", DIM),))
    return tuple(lines)


def _others(facts: TaskFacts) -> tuple[Line, ...]:
    """Links that order nothing, and those that lead nowhere."""
    known = {each.task.id for each in (*facts.blockers.found, *facts.impact.found)}
    lines: list[Line] = []
    for link in facts.links:
        out = link.task_id == facts.task.id
        other = link.target_id if out else link.task_id
        if link.kind in ORDERING_KINDS and (other in known or not out):
            continue
        arrow = "→" if out else "←"
        lines.append(((f"{arrow} ", DIM), (other, "$text-accent"), (f" {link.kind}", DIM)))
    if not lines:
        return ()
    more: Line = ((f"… and {len(lines) - LINKS:,} more", DIM),)
    return ((), (("Other links", HEAD),), *lines[:LINKS], *([more] if len(lines) > LINKS else []))


def _stores(sync: SyncState | str | None) -> Line:
    if not isinstance(sync, SyncState):
        return (("in the stores: ", DIM), (sync or "looking…", "$text-error" if sync else DIM))
    return (
        ("✓", "$text-success"),
        (f" tasks version {sync.version}", ""),
        *_store("vectors", sync.vectors),
        *_store("graph", sync.graph),
    )


def _store(name: str, found: InStore) -> Line:
    sign, tone = STORES.get(found.state, ("?", "$text-error"))
    detail = f": {found.detail}" if found.detail else ""
    return ((f"  {sign}", tone), (f" {name} {found.state}", ""), (detail, DIM))


def _similar(near: TaskNear | None) -> tuple[Line, ...]:
    if near is None:
        return ((("looking…", DIM),),)
    if near.problem:
        return (((near.problem, "$text-error"),),)
    hits = [hit for hit in near.result.hits if hit.similarity is not None]
    if not hits:
        return (((near.result.note or "nothing is near", DIM),),)
    return tuple(
        ((f"{hit.similarity or 0:4.0%} ", DIM), (hit.id, "$text-accent"), (f" {hit.title}", ""))
        for hit in hits
    )
