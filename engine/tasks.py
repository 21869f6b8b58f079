"""The task and its links, as values. Nothing here touches a database."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from engine.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TaskStatus = Literal["open", "in_progress", "blocked", "deferred", "closed", "cancelled"]
STATUSES: tuple[TaskStatus, ...] = (
    "open",
    "in_progress",
    "blocked",
    "deferred",
    "closed",
    "cancelled",
)
FINISHED: frozenset[str] = frozenset({"closed", "cancelled"})
"""Statuses in which a task no longer holds anything up."""

PRIORITIES = range(5)
"""0 is the most urgent, 4 the least; 2 is the default."""

BLOCKS = "blocks"
PARENT_CHILD = "parent-child"
ORDERING_KINDS: frozenset[str] = frozenset({BLOCKS, PARENT_CHILD})
"""Links that make one task wait for another and so must not form a cycle."""

MAX_TITLE, MAX_DESCRIPTION, MAX_ID = 500, 1_000_000, 200
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""What no store here can keep: NUL and lone surrogates."""


@dataclass(frozen=True, slots=True)
class Link:
    """A typed edge as it is stored: ``task_id`` refers to ``target_id``.

    ``blocks``: ``task_id`` waits for ``target_id``. ``parent-child``: ``target_id`` is the parent
    of ``task_id``, so the parent waits for the child. Other kinds order nothing.
    """

    task_id: str
    target_id: str
    kind: str = BLOCKS
    created_at: float = 0.0
    """Unix seconds."""
    created_by: str = ""
    version: int = 0
    """Position in the change log at which the link was written."""

    @property
    def waits(self) -> tuple[str, str] | None:
        """``(who waits, for whom)``, or None when the link orders nothing."""
        if self.kind == BLOCKS:
            return self.task_id, self.target_id
        if self.kind == PARENT_CHILD:
            return self.target_id, self.task_id
        return None


@dataclass(frozen=True, slots=True)
class Task:
    """A task as the truth holds it."""

    id: str
    title: str
    description: str = ""
    status: str = "open"
    priority: int = 2
    project: str = ""
    assignee: str = ""
    tags: tuple[str, ...] = ()
    parent: str = ""
    """Id of the first parent; further parents are ``parent-child`` links."""
    created_at: float = 0.0
    updated_at: float = 0.0
    closed_at: float | None = None
    version: int = 1
    """Grows by one with every change of this task."""
    content_hash: str = ""
    """Identifies the text that is embedded; see :func:`content_hash`."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Fields of another tracker that have no place here, kept for the way back."""


@dataclass(frozen=True, slots=True)
class TaskDraft:
    """What a caller gives to create a task; only the title is required."""

    title: str
    id: str = ""
    description: str = ""
    status: str = "open"
    priority: int = 2
    project: str = ""
    assignee: str = ""
    tags: tuple[str, ...] = ()
    parent: str = ""
    depends_on: tuple[str, ...] = ()
    """Ids this task waits for; they need not exist yet."""
    links: tuple[Link, ...] = ()
    """Further typed links out of this task; their ``task_id`` is ignored."""
    created_at: float | None = None
    updated_at: float | None = None
    closed_at: float | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


CHANGEABLE = ("title", "description", "status", "priority", "project", "assignee", "tags", "parent")
"""Fields that :func:`check_fields` accepts in an update."""


def embedding_text(title: str, description: str) -> str:
    """The text that stands for a task when it is compared by meaning."""
    return f"{title}\n\n{description}".strip()


def content_hash(title: str, description: str) -> str:
    """16 hexadecimal digits of SHA-256 over :func:`embedding_text`."""
    text = embedding_text(title, description)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def check_text(name: str, value: object, limit: int, *, required: bool = False) -> str:
    """``value`` as a storable string.

    Raises InvalidInputError for another type, an empty required text, a text over ``limit``
    characters, and for NUL or lone surrogates, which no store here can keep.
    """
    if not isinstance(value, str):
        raise InvalidInputError(f"{name}: expected text, found {type(value).__name__}")
    if required and not value.strip():
        raise InvalidInputError(f"{name}: must not be empty")
    if len(value) > limit:
        raise InvalidInputError(f"{name}: {len(value):,} characters; at most {limit:,} are allowed")
    if not value.isprintable() and (found := UNSTORABLE.search(value)):
        what = "NUL" if found[0] == "\0" else "a lone surrogate"
        raise InvalidInputError(f"{name}: {what} at character {found.start() + 1}; remove it")
    return value


def check_id(name: str, value: object) -> str:
    """``value`` as a task id: 1 to 200 printable characters without white space.

    Raises InvalidInputError otherwise.
    """
    text = check_text(name, value, MAX_ID, required=True)
    if not text.isprintable() or any(char.isspace() for char in text):
        raise InvalidInputError(f"{name}: {text!r} has white space or control characters")
    return text


def check_choice(name: str, value: object, allowed: tuple[str, ...]) -> str:
    """``value`` if it is one of ``allowed``; InvalidInputError that lists them otherwise."""
    if isinstance(value, str) and value in allowed:
        return value
    raise InvalidInputError(f"{name}: {value!r} is not one of {', '.join(allowed)}")


def check_priority(value: object) -> int:
    """``value`` as 0 (most urgent) to 4; InvalidInputError otherwise."""
    if isinstance(value, bool) or not isinstance(value, int) or value not in PRIORITIES:
        raise InvalidInputError(f"priority: {value!r} is not a whole number from 0 to 4")
    return value


def check_tags(value: object) -> tuple[str, ...]:
    """``value`` as distinct tags in their given order; InvalidInputError otherwise."""
    if not isinstance(value, (list, tuple)):
        raise InvalidInputError(f"tags: expected a list of texts, found {type(value).__name__}")
    return tuple(dict.fromkeys(check_text("tags", tag, 100, required=True) for tag in value))


def check_fields(fields: Mapping[str, object]) -> dict[str, Any]:
    """The changeable ``fields`` checked one by one.

    Raises InvalidInputError that names the field, the value and what is allowed.
    """
    checks: dict[str, Callable[[object], Any]] = {
        "title": lambda v: check_text("title", v, MAX_TITLE, required=True),
        "description": lambda v: check_text("description", v, MAX_DESCRIPTION),
        "status": lambda v: check_choice("status", v, STATUSES),
        "priority": check_priority,
        "project": lambda v: check_text("project", v, 200),
        "assignee": lambda v: check_text("assignee", v, 200),
        "tags": check_tags,
        "parent": lambda v: check_id("parent", v) if v else "",
    }
    for name in fields:
        if name not in checks:
            allowed = ", ".join(CHANGEABLE)
            raise InvalidInputError(f"{name}: no such field of a task; there are {allowed}")
    return {name: checks[name](value) for name, value in fields.items()}
