"""Finding tasks by words and by meaning, and making one list of both."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from engine.tasks import FINISHED, STATUSES, check_choice

if TYPE_CHECKING:
    from collections.abc import Sequence
    from sqlite3 import Row

    from engine.database.database import Database

WORDS_LOOKED_FOR = 20
RANK_CONSTANT = 10
"""How slowly a place in a list loses weight; the paper has 60, see :func:`fuse`. With 10, of 212
quotations from the ends of long texts 93% and not 77% are among the first ten hits; nothing else
that was measured is found less often."""
SAYING_NOTHING = """
a an and are as at be been but by can could did do does for from had has have how i if in into is
it its me my of on or our should so than that the their them then there these they this to too was
we were what when where which while who whom whose why will with would you your
"""
STOP_WORDS = frozenset(SAYING_NOTHING.split())
"""Not looked for if there are others; the index has them all the same."""
COLUMNS = "tasks.id, tasks.content_hash, tasks.status"
BY_WORDS = f"""
SELECT {COLUMNS} FROM task_words
JOIN task_numbers ON task_numbers.number = task_words.rowid
JOIN tasks ON tasks.id = task_numbers.id
WHERE task_words MATCH ? AND {{condition}}
ORDER BY bm25(task_words, 4.0, 1.0), tasks.id
LIMIT ?
"""
AMONG = f"""
SELECT {COLUMNS} FROM tasks WHERE id IN (SELECT value FROM json_each(?)) AND {{condition}}
"""


class Found(NamedTuple):
    """A task in a list of results."""

    id: str
    text: str
    """Hash of its text; tasks of the same text make one hit."""
    finished: bool = False


class Hit(NamedTuple):
    """What stands for all tasks of one text."""

    task_id: str
    score: float
    others: tuple[str, ...] = ()
    """Further ones that were found."""


class Criteria(NamedTuple):
    """Which tasks count; None does not matter."""

    status: str | None = None
    project: str | None = None
    assignee: str | None = None
    tag: str | None = None

    @classmethod
    def checked(
        cls, status: str | None, project: str | None, assignee: str | None, tag: str | None
    ) -> Criteria:
        """The same; InvalidInputError that lists the statuses for one that is none."""
        if status is not None:
            check_choice("status", status, STATUSES)
        return cls(status, project, assignee, tag)

    def given(self) -> dict[str, str]:
        """Those that matter, by name."""
        return {name: value for name, value in self._asdict().items() if value is not None}

    def condition(self) -> tuple[str, list[str]]:
        """The same in SQL, and its values."""
        given = self.given()
        tagged = "EXISTS (SELECT 1 FROM json_each(tasks.tags) WHERE value = ?)"
        terms = [tagged if name == "tag" else f"tasks.{name} = ?" for name in given]
        return " AND ".join(terms) or "1", list(given.values())


async def by_words(database: Database, text: str, criteria: Criteria, limit: int) -> list[Found]:
    """Tasks that have any of the words, or others of their stem; best first (BM25)."""
    words = list(dict.fromkeys(re.findall(r"\w+", text.lower())))
    words = ([w for w in words if w not in STOP_WORDS] or words)[:WORDS_LOOKED_FOR]
    if not words:
        return []
    wanted = " OR ".join(f'"{word}"' for word in words)  # quoted: nothing of it is syntax
    condition, values = criteria.condition()
    rows = await database.rows(BY_WORDS.format(condition=condition), (wanted, *values, limit))
    return [_found(row) for row in rows]


async def among(database: Database, ids: Sequence[str], criteria: Criteria) -> list[Found]:
    """Those of ``ids`` that count, in the same order."""
    condition, values = criteria.condition()
    rows = await database.rows(AMONG.format(condition=condition), (json.dumps(list(ids)), *values))
    found = {row["id"]: _found(row) for row in rows}
    return [found[task_id] for task_id in ids if task_id in found]


def _found(row: Row) -> Found:
    return Found(row["id"], row["content_hash"], row["status"] in FINISHED)


def merge(lists: Sequence[Sequence[Found]], limit: int) -> list[Hit]:
    """One list of several. Tasks of the same text are one hit, an unfinished one if there is any.

    Else a text that is there fifty times would leave no place for another.
    """
    same: dict[str, list[Found]] = {}
    for one in dict.fromkeys(found for ranked in lists for found in ranked):
        same.setdefault(one.text, []).append(one)
    texts = [list(dict.fromkeys(found.text for found in ranked)) for ranked in lists]
    return [_hit(same[text], score) for text, score in fuse(texts, limit)]


def _hit(alike: Sequence[Found], score: float) -> Hit:
    first, *others = sorted(alike, key=lambda found: found.finished)
    return Hit(first.id, score, tuple(found.id for found in others))


def fuse(lists: Sequence[Sequence[str]], limit: int) -> list[tuple[str, float]]:
    """The best of several ranked lists, with a score from 0 to 1 (first in all of them).

    Reciprocal rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009): places count, not scores,
    so that similarities and BM25 need not be comparable.
    """
    scores: dict[str, float] = defaultdict(float)
    for ranked in lists:
        for place, task_id in enumerate(ranked):
            scores[task_id] += (RANK_CONSTANT + 1) / (RANK_CONSTANT + 1 + place) / len(lists)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:limit]
