"""A component keeps its record while it grows and shrinks; the rest is born or resolved."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from engine.cycle_views import Cut, CycleComponent
from engine.cycles import records
from engine.cycles.records import record
from engine.database import schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.cycle_views import CycleRecord


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as opened:
        opened.row_factory = sqlite3.Row
        opened.executescript(schema.script())
        yield opened


def component(tasks: str, reason: str = "") -> CycleComponent:
    cut = Cut(tasks[0], tasks[1], "blocks", reason)
    return CycleComponent(tuple(tasks), tuple(tasks), cut, cuts=(cut,))


def found(connection: sqlite3.Connection, *tasks: str, now: float) -> list[int]:
    return [c.id for c in record(connection, [component(t) for t in tasks], now).components]


def history(connection: sqlite3.Connection) -> dict[int, CycleRecord]:
    rows = connection.execute(records.HISTORY, (100,))
    return {life.id: life for life in map(records.life, rows)}


def test_what_stays_keeps_its_id_and_its_birth(connection: sqlite3.Connection) -> None:
    (first,) = found(connection, "abc", now=1)
    again = record(connection, [component("cab")], 2)
    assert [(c.id, c.born_at) for c in again.components] == [(first, 1)]
    assert (again.born, again.changed, again.resolved) == ([], [], [])
    assert history(connection)[first].changed_at == 1


def test_one_that_grows_or_shrinks_is_the_same(connection: sqlite3.Connection) -> None:
    (first,) = found(connection, "abc", now=1)
    assert found(connection, "abcde", now=2) == [first]
    assert found(connection, "de", now=3) == [first]
    life = history(connection)[first]
    assert (life.tasks, life.born_at, life.changed_at) == (("d", "e"), 1, 3)
    assert life.resolved_at is None


def test_the_larger_part_of_one_that_falls_apart_goes_on(connection: sqlite3.Connection) -> None:
    (first,) = found(connection, "abcde", now=1)
    small, large = found(connection, "ab", "cde", now=2)
    assert large == first
    lives = history(connection)
    assert (lives[small].split_from, lives[small].born_at) == (first, 2)


def test_of_some_that_become_one_the_larger_goes_on(connection: sqlite3.Connection) -> None:
    small, large = found(connection, "ab", "cde", now=1)
    assert found(connection, "abcde", now=2) == [large]
    gone = history(connection)[small]
    assert (gone.resolved_at, gone.merged_into) == (2, large)


def test_one_that_is_gone_is_resolved_and_comes_back_as_another(
    connection: sqlite3.Connection,
) -> None:
    (first,) = found(connection, "abc", now=1)
    assert record(connection, [], 2).resolved == [first]
    (second,) = found(connection, "abc", now=3)
    assert second != first
    assert history(connection)[first].resolved_at == 2
    assert list(history(connection)) == [second, first]


def test_a_new_suggestion_is_kept_without_calling_it_a_change(
    connection: sqlite3.Connection,
) -> None:
    (first,) = found(connection, "abc", now=1)
    record(connection, [component("abc", "frees all")], 5)
    life = history(connection)[first]
    assert (life.cuts[0].reason, life.changed_at) == ("frees all", 1)
