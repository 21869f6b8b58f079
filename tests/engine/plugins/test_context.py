from __future__ import annotations

import pytest

from engine.errors import StoreUnavailableError, TaskNotFoundError
from engine.plugins.context import Tasks


@pytest.fixture
def tasks(database) -> Tasks:
    return Tasks(database.path.parent)


async def test_tasks_are_read_by_id(tasks, add_task) -> None:
    await add_task("a", "text")
    assert tasks.get("a").description == "text"
    assert list(tasks.many(["b", "a", "'; DROP TABLE tasks"])) == ["a"]
    assert tasks.many([]) == {}
    with pytest.raises(TaskNotFoundError):
        tasks.get("b")


async def test_all_and_many_go_beyond_one_page(tasks, database) -> None:
    ids = [f"t{n:04}" for n in range(1201)]
    insert = (
        "INSERT INTO tasks (id, title, created_at, updated_at, content_hash)"
        " VALUES (?, 'x', 0, 0, '')"
    )
    await database.write(lambda c: [c.execute(insert, (i,)) for i in ids] and None)
    assert [task.id for task in tasks.all()] == ids
    assert sorted(tasks.many(ids)) == ids


def test_a_store_that_cant_be_read_is_a_part_that_is_away(tmp_path) -> None:
    with pytest.raises(StoreUnavailableError, match="unable to open"):
        Tasks(tmp_path / "nowhere").get("a")
