from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.database.database import Database
from engine.queue.sqlite_queue import SqliteQueue
from engine.service_config import ServiceConfiguration
from engine.stores.outbox import Outbox
from engine.stores.search import Criteria, among, by_words, fuse
from engine.stores.tasks import TaskStore
from engine.tasks import TaskDraft

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

RANKED = st.lists(st.sampled_from("abcdefgh"), unique=True)


class Stores:
    def __init__(self, database: Database, tasks: TaskStore) -> None:
        self.database, self.tasks = database, tasks

    async def found(self, text: str, limit: int = 10, **criteria: str) -> list[str]:
        return await by_words(self.database, text, Criteria(**criteria), limit)


@pytest.fixture
async def stores(tmp_path: Path, clock, ids) -> AsyncIterator[Stores]:
    database = Database(tmp_path)
    await database.open()
    config = ServiceConfiguration(data_dir=tmp_path)
    queue = SqliteQueue(database, config, clock=clock, ids=ids, owner="test")
    await queue.open()
    yield Stores(database, TaskStore(database, queue, Outbox(queue), clock=clock, ids=ids))
    await database.close()


async def create(stores: Stores, *drafts: TaskDraft) -> None:
    for draft in drafts:
        await stores.tasks.create(draft)


async def test_words_and_their_stems_find_tasks_the_title_first(stores: Stores) -> None:
    await create(
        stores,
        TaskDraft("Paint the fence", id="none"),
        TaskDraft("Something else", description="a database was locked", id="text"),
        TaskDraft("Database is locked", id="title"),
    )
    assert await stores.found("locking databases") == ["title", "text"]


async def test_the_index_follows_changes(stores: Stores) -> None:
    await create(stores, TaskDraft("Paint the fence", id="a"))
    await stores.tasks.update("a", {"title": "Oil the door"})
    assert (await stores.found("fence"), await stores.found("door")) == ([], ["a"])
    await stores.tasks.update("a", {"status": "closed"})
    assert await stores.found("door", status="closed") == ["a"]
    await stores.tasks.delete("a")
    assert await stores.found("door") == []
    check = "INSERT INTO task_words (task_words) VALUES ('integrity-check')"
    await stores.database.write(lambda c: c.execute(check))


async def test_only_what_counts_is_found(stores: Stores) -> None:
    await create(
        stores,
        TaskDraft("Fix it", id="a", project="web", assignee="jo", tags=("red", "blue")),
        TaskDraft("Fix it", id="b", project="api", tags=("redder",)),
    )
    assert await stores.found("fix", project="web") == ["a"]
    assert await stores.found("fix", assignee="jo", status="open") == ["a"]
    assert await stores.found("fix", tag="red") == ["a"]
    assert await stores.found("fix", tag="green") == []
    assert await among(stores.database, ["b", "gone", "a"], Criteria()) == ["b", "a"]
    assert await among(stores.database, ["b", "a"], Criteria(tag="blue")) == ["a"]


@pytest.mark.parametrize(
    "text", ["", "   ", '"', "NEAR(", "a AND", "*", "title:x", "-", "\x00", "\ud800", "' OR 1=1 --"]
)
async def test_what_is_no_word_is_no_syntax_either(stores: Stores, text: str) -> None:
    await create(stores, TaskDraft("Paint the fence", id="a"))
    assert await stores.found(text) == []


def test_first_in_all_lists_is_best() -> None:
    assert fuse([["a", "b"], ["a", "c"]], 1) == [("a", 1.0)]


@given(RANKED, RANKED, st.integers(0, 10))
def test_fusing_keeps_all_within_bounds_and_in_order(first, second, limit) -> None:
    found = fuse([first, second], limit)
    assert len(found) == min(limit, len({*first, *second}))
    scores = [score for _, score in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)
