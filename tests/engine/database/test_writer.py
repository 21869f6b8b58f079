from __future__ import annotations

import asyncio
import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from engine.database.connection import open_writer
from engine.database.database import Database
from engine.errors import DataDirectoryError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(tmp_path)
    await opened.open()
    yield opened
    await opened.close()


def put(key: str):
    return lambda c: c.execute("INSERT INTO meta VALUES (?, 'x')", (key,)).rowcount


async def keys(database: Database) -> list[str]:
    return [row["key"] for row in await database.rows("SELECT key FROM meta ORDER BY key")]


async def test_a_bad_job_fails_alone(database: Database) -> None:
    await database.write(put("taken"))
    results = await asyncio.gather(
        *(database.write(put(key)) for key in ("a", "taken", "b")), return_exceptions=True
    )
    assert results[0] == results[2] == 1
    assert isinstance(results[1], sqlite3.IntegrityError)
    assert await keys(database) == ["a", "b", "taken"]


async def test_a_job_that_failed_leaves_nothing_behind(database: Database) -> None:
    def half(connection: sqlite3.Connection) -> None:
        put("half")(connection)
        raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose"):
        await database.write(half)
    assert await keys(database) == []


async def test_effects_are_told_after_the_commit_and_only_of_what_was_committed(
    database: Database,
) -> None:
    told: list[dict] = []
    database.writer.listeners.append(lambda effects: told.append(dict(effects)))

    def effect(key: str, *, fails: bool = False):
        def job(connection) -> None:
            connection.effects["put", key] += 1
            put(key)(connection)
            if fails:
                raise ValueError(key)

        return job

    await asyncio.gather(
        *(database.write(effect(key, fails=key == "bad")) for key in ("a", "bad", "b")),
        return_exceptions=True,
    )
    assert told == [{("put", "a"): 1, ("put", "b"): 1}]
    with pytest.raises(ValueError, match="alone"):
        await database.write(effect("alone", fails=True))
    assert told == [{("put", "a"): 1, ("put", "b"): 1}]
    assert await keys(database) == ["a", "b"]


async def test_what_is_handed_over_in_one_turn_is_one_commit(database: Database) -> None:
    commits: list[dict] = []
    database.writer.listeners.append(lambda effects: commits.append(dict(effects)))

    def job(connection) -> None:
        connection.effects["ran",] += 1

    await asyncio.gather(*(database.write(job) for _ in range(100)))
    assert commits == [{("ran",): 100}]


async def test_only_a_commit_that_may_be_undone_does_not_wait_for_the_disk(
    database: Database,
) -> None:
    def how(connection) -> int:
        return connection.execute("PRAGMA synchronous").fetchone()[0]

    full, normal = 2, 1
    assert await database.write(how) == full
    assert await database.write(how, lazy=True) == normal
    assert await asyncio.gather(database.write(how, lazy=True), database.write(how)) == [full, full]
    assert await database.write(how) == full


async def test_without_that_promise_no_commit_waits(tmp_path: Path) -> None:
    database = Database(tmp_path, synchronous="normal")
    await database.open()
    read = [
        await database.write(lambda c: c.execute("PRAGMA synchronous").fetchone()[0], lazy=lazy)
        for lazy in (False, True, False)
    ]
    assert read == [1, 1, 1]
    await database.close()


async def test_a_part_that_fails_is_undone_and_the_rest_stays(database: Database) -> None:
    def job(connection) -> None:
        put("kept")(connection)
        with suppress(ValueError), connection.savepoint():
            put("undone")(connection)
            connection.effects["undone",] += 1
            raise ValueError("part")
        assert not connection.effects

    await database.write(job)
    assert await keys(database) == ["kept"]


async def test_a_cancelled_caller_leaves_no_open_transaction(database: Database) -> None:
    task = asyncio.ensure_future(database.write(put("a")))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await database.write(put("b"))
    assert await keys(database) == ["a", "b"]


async def test_jobs_handed_over_before_closing_are_committed(tmp_path: Path) -> None:
    database = Database(tmp_path)
    await database.open()
    waiting = [asyncio.ensure_future(database.write(put(str(n)))) for n in range(50)]
    await asyncio.sleep(0)
    await database.close()
    assert await asyncio.gather(*waiting) == [1] * 50
    connection = sqlite3.connect(tmp_path / "vespera.db")
    assert connection.execute("SELECT count(*) FROM meta").fetchone() == (50,)
    connection.close()


async def test_readers_can_not_write(database: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match=r"readonly|read-only|query_only"):
        await database.rows("INSERT INTO meta VALUES ('a', 'b')")


def test_a_newer_store_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vespera.db"
    open_writer(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(DataDirectoryError, match=r"newer Vespera .schema 99"):
        open_writer(path)


def test_a_damaged_store_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "vespera.db"
    path.write_bytes(b"this is not a database" * 1000)
    with pytest.raises(DataDirectoryError, match="not a database"):
        open_writer(path)
    assert path.read_bytes().startswith(b"this is not")


def test_another_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vespera.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE other (a)")
    connection.close()
    with pytest.raises(DataDirectoryError, match="not a Vespera store"):
        open_writer(path)
