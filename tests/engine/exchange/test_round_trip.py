"""What is written in any format is read back as the same store."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from engine.exchange.export import write_path
from engine.exchange.format import read_file
from engine.exchange.names import FORMATS
from engine.tasks import Link, Task
from tests.engine.exchange.strategies import stores

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from engine.tasks import TaskDraft

EXACT = ("title", "description", "status", "priority", "project", "assignee", "tags", "extra")
TIMES = ("created_at", "updated_at", "closed_at")


async def stored(drafts: list[TaskDraft]) -> AsyncIterator[tuple[Task, list[Link]]]:
    for draft in drafts:
        fields = {name: getattr(draft, name) for name in ("id", *EXACT, *TIMES)}
        parent = next((k.target_id for k in draft.links if k.kind == "parent-child"), "")
        yield Task(**fields, parent=parent), list(draft.links)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(drafts=stores())
async def test_out_and_in_is_the_same_store(name: str, drafts: list[TaskDraft]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out"
        done = await write_path(path, stored(drafts), name)
        assert (done.tasks, done.lost) == (len(drafts), 0)
        parsed = read_file(path, name)
        assert not parsed.errors
        found = {draft.id: draft for _, draft in parsed.drafts}
        assert sorted(found) == sorted(draft.id for draft in drafts)
        for draft in drafts:
            for field in (*EXACT, *TIMES, "links"):
                assert getattr(found[draft.id], field) == getattr(draft, field), field
