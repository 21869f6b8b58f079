"""Tasks brought in from the dashboard, watched, stopped and taken back, on a real store."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from engine.errors import TaskNotFoundError, VesperaError
from engine.host import open_engine
from engine.service_config import ServiceConfiguration
from engine.tasks import TaskDraft
from vespera_tui.app import VesperaApp
from vespera_tui.long_work import LongWork
from widgets.dialogs import Confirm, Menu, Prompt
from widgets.models import KeyHint
from widgets.safe_input import SafeInput
from widgets.work_line import WorkLine, WorkModel

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from textual.pilot import Pilot

    from engine.host.embedded import EmbeddedEngine
    from tests.vespera_tui.conftest import Shown, Until

STOP = KeyHint("K", "Stop", "stop it", False, "stop-work")


class Gated:
    """An engine of which each part of an import waits until it is let through."""

    def __init__(self, engine: EmbeddedEngine) -> None:
        self._engine = engine
        self.parts = asyncio.Semaphore(0)
        self.breaks = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    async def import_drafts(self, drafts: Any, **options: Any) -> Any:
        if not options.get("dry_run"):
            await self.parts.acquire()
            if self.breaks:
                raise VesperaError("the disk is full")
        return await self._engine.import_drafts(drafts, **options)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[EmbeddedEngine]:
    config = ServiceConfiguration(data_dir=tmp_path / "data")
    async with open_engine(config, services=False) as opened:
        yield opened


@pytest.fixture
def start(engine: EmbeddedEngine, until: Until) -> Callable[..., Any]:
    """The dashboard on screen 5."""

    @asynccontextmanager
    async def run(given: Any = None) -> AsyncIterator[Pilot[None]]:
        @asynccontextmanager
        async def opened(**_: Any) -> AsyncIterator[Any]:
            yield given or engine

        app = VesperaApp(opened, config_profile="development", refresh_per_second=10)
        app.animation_level = "none"
        async with app.run_test(size=(120, 40), notifications=True) as pilot:
            await until(pilot, lambda: app.services)
            await pilot.press("5")
            await until(pilot, lambda: getattr(app.screen, "place", "") == "tasks")
            yield pilot

    return run


def written(folder: Path, *tasks: dict[str, Any]) -> Path:
    path = folder / "tasks.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in tasks))
    return path


def many(folder: Path, number: int) -> Path:
    return written(folder, *({"id": f"n-{n}", "title": f"Task {n}"} for n in range(number)))


async def ask_to_import(pilot: Pilot[None], until: Until, path: Path) -> None:
    """Up to the question."""
    await pilot.press("I")
    await until(pilot, lambda: isinstance(pilot.app.screen, Menu))
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, Prompt))
    pilot.app.screen.query_one(SafeInput).value = str(path)
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))


def said(app: Any) -> str:
    return "\n".join(note.message for note in app._notifications)


async def test_what_it_touches_is_told_before_and_after_and_it_is_taken_back(
    start: Any, until: Until, shown: Shown, engine: EmbeddedEngine, tmp_path: Path
) -> None:
    old = (
        TaskDraft("Old", id="t-1", depends_on=("new",)),
        TaskDraft("Same", id="t-2"),
        TaskDraft("Linked", id="t-3", depends_on=("t-2",)),
    )
    await engine.import_drafts(list(enumerate(old)))
    path = written(
        tmp_path,
        {"id": "t-1", "title": "Renamed", "tags": ["x"], "depends_on": ["new"]},
        {"id": "t-2", "title": "Same"},
        {"id": "t-3", "title": "Linked", "depends_on": ["t-2", "new"]},
        {"id": "new", "title": "New"},
        {"title": ""},
    )
    async with start() as pilot:
        await ask_to_import(pilot, until, path)
        text = " ".join(shown(pilot.app).replace("│", " ").split())
        assert "Recognised as vespera: 1 would be created, 2 updated, 1 unchanged" in text
        assert "It can be taken back" in text
        assert "1 left out: line 5" in text
        assert (await engine.get_task("t-1")).title == "Old"
        await pilot.press("y")
        await until(pilot, lambda: "imported as vespera: 1 created, 2 updated" in said(pilot.app))
        assert "vectors and graph follow. 1 left out: line 5" in said(pilot.app)
        assert (await engine.get_task("t-1")).title == "Renamed"
        await pilot.press("u")
        await until(pilot, lambda: "1 deleted, 2 as before" in said(pilot.app))
    task = await engine.get_task("t-1")
    assert (task.title, task.tags) == ("Old", ())
    with pytest.raises(TaskNotFoundError):
        await engine.get_task("new")
    links = {
        (link.task_id, link.target_id)
        for each in ("t-1", "t-3")
        for link in await engine.get_links(each)
    }
    assert links == {("t-1", "new"), ("t-3", "t-2")}


async def test_the_invitation_of_an_empty_store_can_be_clicked(
    start: Any, until: Until, shown: Shown
) -> None:
    async with start() as pilot:
        await until(pilot, lambda: "bring in a file" in shown(pilot.app))
        lines = shown(pilot.app).splitlines()
        at = next(y for y, line in enumerate(lines) if "bring in a file" in line)
        await pilot.click(offset=(lines[at].index("bring"), at))
        await until(pilot, lambda: isinstance(pilot.app.screen, Menu))


async def test_what_somebody_changed_since_stays(
    start: Any, until: Until, engine: EmbeddedEngine, tmp_path: Path
) -> None:
    await engine.import_drafts([(1, TaskDraft("Old", id="t-1"))])
    path = written(
        tmp_path,
        {"id": "t-1", "title": "Renamed"},
        *({"id": f"n-{n}", "title": f"New {n}"} for n in range(3)),
    )
    async with start() as pilot:
        await ask_to_import(pilot, until, path)
        await pilot.press("y")
        await until(pilot, lambda: "3 created, 1 updated" in said(pilot.app))
        await engine.update_task("t-1", {"title": "By somebody"})
        await engine.update_task("n-0", {"title": "By somebody"})
        await engine.add_dependency("n-1", "t-1")
        await pilot.press("u")
        words = "1 deleted, 0 as before; 3 stay, changed or deleted meanwhile"
        await until(pilot, lambda: words in said(pilot.app))
    assert (await engine.get_task("t-1")).title == "By somebody"
    assert await engine.count_tasks() == 3


async def test_it_is_watched_on_every_screen_and_stopped_between_two_parts(
    start: Any, until: Until, shown: Shown, engine: EmbeddedEngine, tmp_path: Path
) -> None:
    gated = Gated(engine)
    async with start(gated) as pilot:
        await ask_to_import(pilot, until, many(tmp_path, 1_200))
        await pilot.press("y")
        gated.parts.release()
        await until(pilot, lambda: "42% 500 of 1,200 tasks" in shown(pilot.app))
        await pilot.press("2")
        await until(pilot, lambda: getattr(pilot.app.screen, "place", "") == "operations")
        await until(pilot, lambda: "500 of 1,200 tasks" in shown(pilot.app))
        await pilot.press("1", "I")
        await until(pilot, lambda: "wait for the work under way, or stop it" in said(pilot.app))
        await pilot.press("K")
        await until(pilot, lambda: "stopping" in shown(pilot.app))
        gated.parts.release()
        await until(pilot, lambda: "stopped after 1,000 of 1,200 tasks" in said(pilot.app))
        assert not pilot.app.screen.query_one(WorkLine).display
        assert await engine.count_tasks() == 1_000
        await pilot.press("u")
        await until(pilot, lambda: "1,000 deleted" in said(pilot.app))
    assert await engine.count_tasks() == 0


async def test_one_that_breaks_says_how_far_it_came_and_is_taken_back(
    start: Any, until: Until, engine: EmbeddedEngine, tmp_path: Path
) -> None:
    gated = Gated(engine)
    async with start(gated) as pilot:
        await ask_to_import(pilot, until, many(tmp_path, 600))
        await pilot.press("y")
        gated.parts.release()
        await until(pilot, lambda: pilot.app.work and "500" in said_by_line(pilot.app))
        gated.breaks = True
        gated.parts.release()
        await until(pilot, lambda: "the disk is full after 500 of 600 tasks" in said(pilot.app))
        assert await engine.count_tasks() == 500
        await pilot.press("u")
        await until(pilot, lambda: "500 deleted" in said(pilot.app))
    assert await engine.count_tasks() == 0


@pytest.mark.parametrize(
    ("name", "where"), [("a.json", "record 2"), ("p/tasks", "tasks/task-2 - b.md")]
)
async def test_what_is_left_out_is_told_in_the_terms_of_its_format(
    start: Any, tmp_path: Path, shown: Shown, until: Until, name: str, where: str
) -> None:
    path = tmp_path / name
    if name == "a.json":
        path.write_text(json.dumps([{"title": "Line\nbreaks"}, {"title": ""}], indent=1))
    else:
        path.mkdir(parents=True)
        for number, title in ((1, "a"), (2, "b")):
            status = "status: To Do" if number == 1 else "priority: none"
            text = f"---\nid: task-{number}\ntitle: {title}\n{status}\n---\n"
            (path / f"task-{number} - {title}.md").write_text(text)
        path = path.parent
    async with start() as pilot:
        await ask_to_import(pilot, until, path)
        text = " ".join(shown(pilot.app).replace("│", " ").split())
        assert f"1 left out: {where}: " in text
        await pilot.press("n")


def said_by_line(app: Any) -> str:
    model = app.screen_stack[0].query_one(WorkLine).model
    return "" if model is None else str(line(model))


def line(model: WorkModel, width: int = 100) -> str:
    (content,) = WorkLine(None).paint(model, width, 1)
    return content.plain


def test_the_line_tells_rate_and_time_left() -> None:
    text = line(WorkModel("importing a", 250, 1_000, 10.0, stop=STOP))
    assert "25% 250 of 1,000 tasks  25.0/s  ≈30s left" in text
    assert text.endswith("K Stop")
    assert "left" not in line(WorkModel("importing a", 0, 1_000, 10.0))
    assert line(WorkModel("reading a")).startswith("reading a ━━━───")
    assert "──────━━━─── 3.0s" in line(WorkModel("reading a", seconds=3.0))
    narrow = line(WorkModel("importing [/]\x1b" + "n" * 200, 250, 1_000, 10.0, stop=STOP), 78)
    assert len(narrow) == 78
    assert "250 of 1,000 tasks" in narrow
    assert narrow.endswith("K Stop")


class ShownWork:
    """As much of the app as long work needs."""

    def __init__(self) -> None:
        self.work: LongWork | None = None

    def show_work(self, work: LongWork | None) -> None:
        self.work = work


@pytest.mark.parametrize("first_ends_first", [True, False])
def test_of_two_works_at_once_the_one_that_goes_on_is_shown(first_ends_first: bool) -> None:
    console: Any = ShownWork()
    one, two = LongWork(console, "one"), LongWork(console, "two")
    one.__enter__()
    two.__enter__()
    assert console.work is two
    (one if first_ends_first else two).__exit__()
    going_on = two if first_ends_first else one
    assert console.work is going_on
    going_on.__exit__()
    assert console.work is None
