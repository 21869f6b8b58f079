"""What a format must say of one record so that nothing is lost on the way in or out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from engine.stores.changes import draft_links
from engine.tasks import BLOCKS, PARENT_CHILD, Link, TaskDraft

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.tasks import Task

Record = dict[str, Any]


class Codec(Protocol):
    """How one record, at its place in the file, is read and written.

    ``decode`` takes from a record what the format itself says, ``encode`` is its opposite as far
    as the format goes. What either can't carry is kept by :mod:`engine.exchange.lens`.
    """

    @property
    def name(self) -> str:
        """Of the format."""

    @property
    def owned(self) -> frozenset[str]:
        """Fields that ``decode`` looks at."""

    @property
    def more(self) -> Mapping[str, Any]:
        """What is known of the record and not in it; kept in ``extra``, its names begin with ~."""

    def here(self, natural: str) -> str:
        """The id here of the record with this id in the file."""

    def decode(self, record: Mapping[str, Any]) -> TaskDraft:
        """The task with its id in the file, all links in ``links``, and nothing in ``extra``.

        Raises InvalidInputError that names the field.
        """

    def encode(self, draft: TaskDraft) -> Record:
        """The record; links that the format does not know are left out."""

    def part(self, record: Mapping[str, Any]) -> tuple[Record, object]:
        """The record without what Vespera added, and that; None if there is nothing."""

    def put(self, record: Record, overlay: Mapping[str, Any]) -> Record:
        """The record with what Vespera adds."""


@dataclass(slots=True)
class Book:
    """Which id here stands for which id in the file."""

    ids: dict[str, str] = field(default_factory=dict)
    """Here, by the id in the file."""
    naturals: dict[str, str] = field(default_factory=dict)
    """In the file, by the id here."""

    def enter(self, natural: str, task_id: str) -> None:
        """Note a pair; the first of two with the same id counts."""
        self.ids.setdefault(natural, task_id)
        self.naturals.setdefault(task_id, natural)

    def id_of(self, natural: str) -> str:
        """The id here; the same for what the file does not have."""
        return self.ids.get(natural, natural)

    def natural_of(self, task_id: str) -> str | None:
        """The id in the file; None for what it does not have."""
        return self.naturals.get(task_id)


def draft_of(task: Task, links: Sequence[Link]) -> TaskDraft:
    """A stored task as what would create it, its first parent first among the links."""
    first = (task.parent, PARENT_CHILD)
    return TaskDraft(
        id=task.id,
        title=task.title,
        description=task.description,
        status=task.status,
        priority=task.priority,
        project=task.project,
        assignee=task.assignee,
        tags=task.tags,
        links=tuple(
            sorted(map(unowned, links), key=lambda link: (link.target_id, link.kind) != first)
        ),
        created_at=task.created_at,
        updated_at=task.updated_at,
        closed_at=task.closed_at,
        extra=task.extra,
    )


def unowned(link: Link) -> Link:
    """The link as a draft has it: its task is understood, and it has no version yet."""
    return Link("", link.target_id, link.kind, link.created_at, link.created_by)


def links_of(draft: TaskDraft) -> tuple[Link, ...]:
    """All links of a draft, wherever it has them."""
    return tuple(map(unowned, draft_links("", draft)))


def targets(links: Iterable[Link], kind: str = BLOCKS) -> list[str]:
    """Whom the links of this kind go to."""
    return [link.target_id for link in links if link.kind == kind]
