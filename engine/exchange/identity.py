"""Ids for lines that bring none, equal each time the same file is read."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.clock import ID_ALPHABET

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.tasks import TaskDraft

Numbered = tuple[int, "TaskDraft"]
LENGTH = 8


def derived_id(project: str, title: str, ordinal: int, length: int = LENGTH) -> str:
    """``t-`` and ``length`` characters that follow from what is given."""
    digest = hashlib.sha256("\0".join((project, title, str(ordinal))).encode()).digest()
    number, chars = int.from_bytes(digest), []
    for _ in range(length):
        number, digit = divmod(number, len(ID_ALPHABET))
        chars.append(ID_ALPHABET[digit])
    return "t-" + "".join(chars)


def with_ids(
    drafts: Sequence[Numbered], labels: Mapping[int, str] | None = None
) -> tuple[list[Numbered], list[tuple[int, str]]]:
    """The drafts, each with an id, and an error for each id that an earlier one has.

    ``labels`` tell where a number is, if it is not that of a line.
    """
    kept: list[Numbered] = []
    errors: list[tuple[int, str]] = []
    first_line: dict[str, int] = {}
    for number, draft in drafts:
        first_line.setdefault(draft.id, number)
    first_line.pop("", None)
    seen: Counter[tuple[str, str]] = Counter()
    for number, draft in drafts:
        if not draft.id:
            seen[draft.project, draft.title] += 1
            new_id = _free_id(draft, seen[draft.project, draft.title], first_line)
            first_line[new_id] = number
            kept.append((number, replace(draft, id=new_id)))
        elif first_line[draft.id] == number:
            kept.append((number, draft))
        else:
            first = first_line[draft.id]
            where = (labels or {}).get(first, f"line {first}")
            errors.append((number, f"id: {draft.id!r} is already that of {where}"))
    return kept, errors


def _free_id(draft: TaskDraft, ordinal: int, taken: dict[str, int]) -> str:
    length = LENGTH
    while (found := derived_id(draft.project, draft.title, ordinal, length)) in taken:
        length += 1
    return found
