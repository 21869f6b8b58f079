from __future__ import annotations

import asyncio
import itertools
import random
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from engine.configuration.sections import OptimizationSettings
from engine.database.database import Database
from engine.services.optimization import sqlite as upkeep
from engine.services.optimization.plan import CHECKPOINT, FREE_PAGES, VACUUM, Plan
from engine.services.optimization.sqlite import FEWEST_PAGES, MOST_PAGES, SqliteUpkeep, next_pages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SEEDS = itertools.count()
SETTINGS = OptimizationSettings(full_vacuum_seconds=60)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(tmp_path)
    await made.open()
    yield made
    await made.close()


async def fill(database: Database, number: int, size: int = 600) -> None:
    rng = random.Random(next(SEEDS))  # noqa: S311 - not a secret

    def insert(connection: sqlite3.Connection) -> None:
        connection.executemany(
            "INSERT INTO tasks (id, title, description, created_at, updated_at, content_hash)"
            " VALUES (?, 'Task', ?, 1, 1, 'h')",
            [(rng.randbytes(8).hex(), rng.randbytes(size // 2).hex()) for _ in range(number)],
        )

    await database.write(insert)


async def delete(database: Database, which: str) -> None:
    await database.write(lambda c: c.execute(f"DELETE FROM tasks WHERE {which}").rowcount)


async def run(database: Database, settings: OptimizationSettings = SETTINGS) -> Plan:
    """A whole optimisation; what was planned."""
    work = SqliteUpkeep(database)
    assert await work.damage() == ""
    plan = await work.plan(settings, await work.measure(settings))
    for one in plan.works:
        await work.do(one)
    return plan


def names(plan: Plan) -> list[str]:
    return [work.name for work in plan.works]


async def test_a_fresh_store_has_nothing_to_do(database: Database) -> None:
    assert await run(database) == Plan()
    await fill(database, 50)
    assert await run(database) == Plan()


async def test_an_aged_store_shrinks_and_then_there_is_nothing_to_do(database: Database) -> None:
    await fill(database, 6000)
    await delete(database, "rowid > 1000")
    before = await SqliteUpkeep(database).measure(SETTINGS)
    assert {FREE_PAGES, CHECKPOINT} <= set(names(await run(database)))
    after = await SqliteUpkeep(database).measure(SETTINGS)
    assert after["bytes"] < before["bytes"] / 2
    assert (after["free_pages"], after["wal_bytes"]) == (0, 0)
    assert await run(database) == Plan()


async def test_holes_inside_the_pages_take_a_full_vacuum(database: Database) -> None:
    await fill(database, 3000, size=1400)  # two fit into a page
    await delete(database, "rowid % 2")
    before = await SqliteUpkeep(database).measure(SETTINGS)
    plan = await run(database, OptimizationSettings(full_vacuum_seconds=0))
    assert VACUUM not in names(plan)
    assert [left.name for left in plan.left] == [VACUUM]
    assert VACUUM in names(await run(database))
    after = await SqliteUpkeep(database).measure(SETTINGS)
    assert after["unused_bytes"] < 0.7 * before["unused_bytes"]
    found = await database.rows("SELECT rowid FROM task_words WHERE task_words MATCH 'task'")
    assert len(found) == 1500, "the index of words still fits the tasks"


async def test_a_file_of_another_making_learns_to_give_pages_back(tmp_path: Path) -> None:
    made = Database(tmp_path)
    await made.open()
    await made.close()
    with closing(sqlite3.connect(made.path)) as connection:
        connection.execute("PRAGMA auto_vacuum = NONE")
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("VACUUM")
    await made.open()
    try:
        await fill(made, 6000)
        await delete(made, "rowid > 1000")
        settings = OptimizationSettings(full_vacuum_seconds=60, full_vacuum_percent=25)
        assert VACUUM in names(await run(made, settings))
        after = await SqliteUpkeep(made).measure(SETTINGS)
    finally:
        await made.close()
    assert (after["incremental"], after["free_pages"]) == (1, 0)


async def test_large_tables_get_figures_for_the_planner_once(database: Database) -> None:
    await fill(database, 1500)
    await database.write(  # SQLite looks after the tables that this connection has used
        lambda c: c.execute(
            "SELECT id FROM tasks WHERE status = 'open' ORDER BY priority"
        ).fetchone()
    )
    assert any("tasks" in name for name in names(await run(database)))
    assert await database.rows("SELECT * FROM sqlite_stat1 WHERE tbl = 'tasks'")
    assert not any("tasks" in name for name in names(await run(database)))


async def test_pages_are_freed_between_other_writes(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    freed: list[int] = []
    plain = upkeep._free_pages

    def noted(pages: int, connection: sqlite3.Connection) -> tuple[int, float]:
        freed.append(pages)
        return plain(pages, connection)

    monkeypatch.setattr(upkeep, "_free_pages", noted)
    await fill(database, 6000)
    await delete(database, "1")
    writing = asyncio.create_task(run(database))
    written = 0
    while not writing.done():
        await fill(database, 1)
        written += 1
    assert freed[0] == FEWEST_PAGES
    assert len(freed) > 3
    assert max(freed) <= MOST_PAGES
    assert written > len(freed) // 2
    await writing


def test_a_step_that_took_too_long_is_followed_by_a_smaller_one() -> None:
    assert next_pages(400, 0.08) == 100
    assert next_pages(400, 0.001) == 800
    assert next_pages(32, 9.0) == FEWEST_PAGES
    assert next_pages(1000, 0.001) == MOST_PAGES


async def test_a_reader_keeps_the_log_and_nobody_waits_for_it(database: Database) -> None:
    with closing(sqlite3.connect(database.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM tasks").fetchone()
        await fill(database, 3000)
        assert names(await run(database)) == [CHECKPOINT]
        assert (await SqliteUpkeep(database).measure(SETTINGS))["wal_bytes"] > 0
    assert names(await run(database)) == [CHECKPOINT]
    assert (await SqliteUpkeep(database).measure(SETTINGS))["wal_bytes"] == 0


def emptied_log(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


async def test_damage_is_found(database: Database) -> None:
    await fill(database, 3000)
    await database.write(emptied_log, alone=True)
    sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'tasks_by_order'"
    (page,) = await database.rows(sql)
    with database.path.open("r+b") as file:
        file.seek((page[0] - 1) * 4096)
        file.write(b"\xff" * 500)
    assert await SqliteUpkeep(database).damage()


async def test_a_check_that_is_cancelled_ends(database: Database) -> None:
    await fill(database, 6000)
    checking = asyncio.create_task(SqliteUpkeep(database).damage())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    checking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await checking
