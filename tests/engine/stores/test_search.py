from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.database.database import Database
from engine.errors import InvalidInputError
from engine.queue.sqlite_queue import SqliteQueue
from engine.service_config import ServiceConfiguration
from engine.stores.outbox import Outbox
from engine.stores.search import Criteria, Found, among, by_words, fuse, merge
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
        tasks = await by_words(self.database, text, Criteria(**criteria), limit)
        return [task.id for task in tasks]


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
    counting = await among(stores.database, ["b", "gone", "a"], Criteria())
    assert [task.id for task in counting] == ["b", "a"]
    counting = await among(stores.database, ["b", "a"], Criteria(tag="blue"))
    assert [task.id for task in counting] == ["a"]


def test_a_status_that_is_none_is_refused_with_the_list() -> None:
    assert Criteria.checked("open", "p", None, None).given() == {"status": "open", "project": "p"}
    with pytest.raises(InvalidInputError, match="status: 'done' is not one of open, in_progress"):
        Criteria.checked("done", None, None, None)


async def test_words_that_say_nothing_do_not_drown_those_that_do(stores: Stores) -> None:
    await create(
        stores,
        TaskDraft("Who is it that waits for whom and why", id="noise"),
        TaskDraft("Dependency cycle", id="meant"),
    )
    assert await stores.found("who has a dependency cycle and why") == ["meant"]
    assert await stores.found("who is it") == ["noise"]  # nothing else was asked for


async def test_a_text_of_a_megabyte_is_found_by_its_end(stores: Stores) -> None:
    await create(stores, TaskDraft("Long", id="a", description="word " * 199_000 + "zebra"))
    assert await stores.found("zebra") == ["a"]
    assert await stores.found("zebra " * 200_000) == ["a"]


def test_tasks_of_the_same_text_are_one_hit_that_is_not_finished() -> None:
    copies = [Found(f"c{n}", "copy", finished=n != 1) for n in range(3)]
    other = Found("o", "other")
    near = merge([[*copies, other], [other]], 10)
    assert [hit.task_id for hit in near] == ["o", "c1"]
    assert near[1].others == ("c0", "c2")
    assert near[0].score > near[1].score


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), unique=True), max_size=3))
def test_merging_loses_no_task_and_shows_none_twice(lists) -> None:
    found = [[Found(name, name.translate({98: "a", 100: "c"})) for name in one] for one in lists]
    hits = merge(found, 100)
    shown = [name for hit in hits for name in (hit.task_id, *hit.others)]
    assert sorted(shown) == sorted({name for one in lists for name in one})


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
