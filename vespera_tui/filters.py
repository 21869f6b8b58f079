"""The filter line: ``name:value`` words and plain text, read into what a screen asks for."""

from __future__ import annotations

import shlex
from difflib import get_close_matches
from typing import TYPE_CHECKING

from engine.errors import InvalidInputError
from engine.operations import OperationFilter, OperationState
from engine.task_views import READINESS, TasksQuery
from engine.tasks import STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

TEXT = ""
"""The name under which plain text stands."""
LONGEST = 500


def read_words(line: str, names: Iterable[str]) -> dict[str, str]:
    """The value of each name in ``line``, and of ``TEXT`` what is left, joined.

    A value with spaces stands in quotes. Raises InvalidInputError that names the word and what is
    allowed.
    """
    known, found, text = list(names), dict[str, str](), list[str]()
    for word in _finished(_split(line[:LONGEST]), line, known):
        name, colon, value = word.partition(":")
        if not colon or not name.isidentifier():
            text.append(word)
        elif name not in known:
            near = get_close_matches(name, known, 1, 0.5)
            hint = f"did you mean {near[0]}:?" if near else f"there are {', '.join(known)}"
            raise InvalidInputError(f"{name}: is no word of this filter; {hint}")
        elif name in found:
            raise InvalidInputError(f"{name}: stands twice")
        elif value:
            found[name] = value
    if text:
        found[TEXT] = " ".join(text)
    return found


def _finished(words: list[str], line: str, names: Sequence[str]) -> list[str]:
    """Without a last word that is still becoming a name while somebody types."""
    last = words[-1] if words and not line.endswith(" ") else ""
    becoming = last and any(name.startswith(last) for name in names)
    return words[:-1] if becoming else words


def _split(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:  # a quote that is still open while somebody types
        return line.split()


def one_of(name: str, value: str, allowed: Sequence[str]) -> str:
    """The one of ``allowed`` that ``value`` means: itself, or the only one that contains it."""
    wanted = value.lower()
    by_case = {each.lower(): each for each in allowed}
    like = [each for each in allowed if wanted in each.lower()]
    if wanted in by_case or len(like) == 1:
        return by_case.get(wanted) or like[0]
    near = get_close_matches(wanted, by_case, 1)
    hint = f"; did you mean {by_case[near[0]]}?" if near else ""
    listed = ", ".join(like or allowed)
    raise InvalidInputError(f"{name}: {value!r} is not one of {listed}{hint}")


OPERATION_WORDS = (
    ("service:", "of this service; a part of its name will do"),
    ("state:", f"in this state: {', '.join(OperationState)}"),
    ("target:", "of this task; * stands for anything"),
    ("kind:", "of this kind, such as embed_task"),
    ("by:", "caused by this person, agent or service"),
    ("words", "in kind, target, origin or error"),
)


def operation_filter(line: str, services: Sequence[str]) -> OperationFilter:
    """What ``line`` means among operations. Raises InvalidInputError."""
    found: Mapping[str, str] = read_words(line, ("service", "state", "target", "kind", "by"))
    service, state = found.get("service"), found.get("state")
    return OperationFilter(
        service=one_of("service", service, services) if service and services else service,
        state=one_of("state", state, list(OperationState)) if state else None,
        kind=found.get("kind"),
        target=found.get("target"),
        origin=found.get("by"),
        text=found.get(TEXT),
    )


TASK_WORDS = (
    ("id:", "whose id begins so"),
    ("is:", "ready or blocked"),
    ("status:", f"one of {', '.join(STATUSES)}"),
    ("project:", "of this project"),
    ("assignee:", "somebody's"),
    ("tag:", "with this tag"),
    ("words", "in title or text, or near in meaning; or how an id begins"),
)


def task_filter(line: str) -> tuple[TasksQuery, str]:
    """Which tasks ``line`` means, and the words to search for. Raises InvalidInputError."""
    found = read_words(line, ("id", "is", "status", "project", "assignee", "tag"))
    status, readiness = found.get("status"), found.get("is")
    query = TasksQuery(
        status=one_of("status", status, STATUSES) if status else None,
        project=found.get("project"),
        assignee=found.get("assignee"),
        tag=found.get("tag"),
        readiness=one_of("is", readiness, READINESS) if readiness else None,
        id_begins=found["id"].removesuffix("*") if "id" in found else None,
    )
    return query, found.get(TEXT, "")
