"""The filter line: ``name:value`` words and plain text, read into what a screen asks for."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from engine.errors import InvalidInputError
from engine.operations import OperationFilter, OperationState
from engine.task_views import READINESS, TasksQuery
from engine.tasks import STATUSES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TEXT = ""
"""The name under which plain text stands."""
LONGEST = 500
ALIKE = 0.75
"""Share of their letters from which a name is a misspelt one; "title" is 0.6 of "state"."""
WORD = re.compile(
    r"""(?:(?P<name>[^\W\d]\w*):)?(?:"(?P<quoted>[^"]*)"|'(?P<single>[^']*)')(?!\S)|\S+"""
)
"""A word of the line, with a name or without; what is in quotes may have spaces."""


def read_words(line: str, names: Sequence[str]) -> dict[str, str]:
    """The value of each name in ``line``, and of ``TEXT`` what is left, joined.

    A value with spaces stands in quotes. What is quoted without a name is text, and so is a word
    whose name is like none of ``names``, such as ``KeyError:`` in an error that was copied. Raises
    InvalidInputError that names the word and what is allowed.
    """
    found, text = dict[str, str](), list[str]()
    words = list(WORD.finditer(line[:LONGEST]))
    for match in words:
        becoming = match is words[-1] and match.end() == len(line)
        name, value = _parted(match, names)
        if name is None:
            if value and (_is_quoted(match) or not becoming or not _begins(value, names)):
                text.append(value)
        elif name in found:
            raise InvalidInputError(f"{name}: stands twice")
        elif value:
            found[name] = value
    if text:
        found[TEXT] = " ".join(text)
    return found


def _parted(match: re.Match[str], names: Sequence[str]) -> tuple[str | None, str]:
    """The name, None for plain text, and what stands behind it."""
    if _is_quoted(match):
        name, value = match["name"], match["quoted"] or match["single"] or ""
    else:
        name, colon, value = match[0].partition(":")
        name = name if colon and name.isidentifier() else None
    if name is None:
        return None, value if _is_quoted(match) else match[0]
    if name.lower() in names:
        return name.lower(), value
    if near := _near(name.lower(), names):
        raise InvalidInputError(
            f"{name}: is no word of this filter; did you mean {near}:? In quotes it is searched for"
        )
    return None, match[0]


def _is_quoted(match: re.Match[str]) -> bool:
    return match["quoted"] is not None or match["single"] is not None


def _begins(word: str, names: Sequence[str]) -> bool:
    """Whether a name is still becoming while somebody types."""
    return any(name.startswith(word.lower()) for name in names)


def _near(name: str, names: Sequence[str]) -> str:
    """The one of ``names`` that was probably meant; empty when it is like none."""
    begun = [each for each in names if len(name) > 1 and each.startswith(name)]
    return next(iter(begun or get_close_matches(name, names, 1, ALIKE)), "")


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
    ("words", "in kind, target, origin or error; or #number"),
)


NUMBERS = re.compile(r"#\d{1,18}(?:,? #\d{1,18})*", re.ASCII)
"""Numbers of operations as the errors and their lives spell them."""


def operation_filter(line: str, services: Sequence[str]) -> OperationFilter:
    """What ``line`` means among operations. Raises InvalidInputError."""
    found: Mapping[str, str] = read_words(line, ("service", "state", "target", "kind", "by"))
    service, state, text = found.get("service"), found.get("state"), found.get(TEXT)
    numbers = text if text and NUMBERS.fullmatch(text) else ""
    return OperationFilter(
        service=one_of("service", service, services) if service and services else service,
        state=one_of("state", state, list(OperationState)) if state else None,
        kind=found.get("kind"),
        target=found.get("target"),
        origin=found.get("by"),
        ids=tuple(map(int, re.findall(r"\d+", numbers))) if numbers else None,
        text=None if numbers else text,
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
