"""Export files are whole or not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.errors import InvalidInputError, StoreUnavailableError
from engine.exchange.export import write_path
from engine.exchange.format import read_file
from engine.tasks import Link, Task

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

TASKS = [Task(id="a", title="Ä"), Task(id="b", title="B")]


async def tasks(fail: bool = False) -> AsyncIterator[tuple[Task, list[Link]]]:
    for task in TASKS:
        yield task, [Link(task.id, "c")]
    if fail:
        raise StoreUnavailableError("sqlite", "gone")


def names(folder: Path) -> list[str]:
    return [item.name for item in folder.iterdir()]


async def test_all_tasks_are_written(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    assert (await write_path(path, tasks())).tasks == 2
    drafts = [draft for _, draft in read_file(path).drafts]
    assert [(draft.id, draft.title, draft.links) for draft in drafts] == [
        ("a", "Ä", (Link("", "c"),)),
        ("b", "B", (Link("", "c"),)),
    ]
    assert names(tmp_path) == ["out.jsonl"]


async def test_a_failure_leaves_the_old_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("old")
    with pytest.raises(StoreUnavailableError):
        await write_path(path, tasks(fail=True))
    assert path.read_text() == "old"
    assert names(tmp_path) == ["out.jsonl"]


async def test_mode_and_symbolic_link_of_the_old_file_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "real.jsonl", tmp_path / "link.jsonl"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    await write_path(link, tasks())
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert len(real.read_text().splitlines()) == 2


async def test_a_place_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"can't be written: No such file or directory"):
        await write_path(tmp_path / "none" / "out.jsonl", tasks())
