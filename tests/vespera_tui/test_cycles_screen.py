from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from engine.cycle_views import Cut, CycleComponent, CycleReport
from engine.errors import StoreUnavailableError
from engine.tasks import Link
from tests.vespera_tui import waiting
from tests.vespera_tui.noting import NotingEngine
from vespera_tui.console import ACTOR
from vespera_tui.cycle_question import CHECK_SECONDS, CycleMemory, CyclesQuestion
from vespera_tui.demo.clock import NOW
from vespera_tui.demo.pictures import look, still_app
from widgets.cycle_list import CycleList
from widgets.cycle_picture.widget import CyclePicture
from widgets.dialogs import Confirm, Menu
from widgets.safe_input import SafeInput
from widgets.task_form import TaskForm
from widgets.text_pane import TextPane

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from textual.pilot import Pilot

    from tests.vespera_tui.conftest import Shown, Until


@asynccontextmanager
async def screen(
    engine: NotingEngine, size: tuple[int, int] = (80, 24), **options: Any
) -> AsyncIterator[Pilot[None]]:
    """The Cycles screen with its first answer."""
    app = still_app(engine, **options)
    async with app.run_test(size=size, notifications=True) as pilot:
        await look(pilot)
        await pilot.press("3")

        def answered() -> object:
            last = app.stage.snapshot
            return last and (last.answer is not None or last.answer_problem)

        await waiting.until(pilot, answered)
        await pilot.pause()
        yield pilot


async def alive(engine: NotingEngine) -> list[int]:
    return [each.id for each in (await engine.cycles()).components]


def picture(pilot: Pilot[None]) -> CyclePicture:
    return pilot.app.screen_stack[0].query_one(CyclePicture)


async def test_the_screen_draws_the_largest_component_with_its_cut_and_the_order_after_it(
    shown: Shown,
) -> None:
    async with screen(NotingEngine()) as pilot:
        text = shown(pilot.app)
        assert "2 cycle groups, 10 tasks" in text
        assert "5 born" in text
        assert "3 resolved" in text
        assert "✂ cut 4 bd-w8hz → 5 bd-m9xe (blocks)" in text
        assert "breaks 6 of 6 cycles" in text
        assert "order after the cut: 4, then 3, then 2" in text
        assert "Hand work back" in text
        assert picture(pilot).grid.form == "ring"
        assert pilot.app.focused is picture(pilot)


async def test_the_picture_follows_the_cursor_of_the_list(until: Until) -> None:
    async with screen(NotingEngine()) as pilot:
        pilot.app.screen.query_one(CycleList).focus()
        await pilot.press("down")
        await until(pilot, lambda: len(picture(pilot).model.tasks) == 3)
        assert picture(pilot).model.tasks[0].title == "Refuse to import what is not a task"


async def test_a_cut_is_shown_first_and_can_be_taken_back(shown: Shown, until: Until) -> None:
    engine = NotingEngine()
    async with screen(engine) as pilot:
        await pilot.press("C")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert "cut 4 bd-w8hz" in shown(pilot.app)
        assert "order after the cut" in shown(pilot.app)
        await pilot.press("enter")  # no
        await pilot.pause()
        assert await alive(engine) == [12, 14]
        await pilot.press("C")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: "cut bd-w8hz → bd-m9xe" in " ".join(shown(pilot.app).split()))
        assert await alive(engine) == [14]
        assert (await engine.cycle_cuts())[0].actor == ACTOR
        await until(pilot, lambda: len(picture(pilot).model.tasks) == 3)
        await pilot.press("u")
        await until(pilot, lambda: "put back bd-w8hz → bd-m9xe" in shown(pilot.app))


async def test_no_other_link_is_cut_than_the_one_that_was_asked_about(
    shown: Shown, until: Until
) -> None:
    engine = NotingEngine()
    async with screen(engine) as pilot:
        await pilot.press("C")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        engine.board.links = [*engine.board.links, Link("bd-q2ns", "bd-m9xe")]
        (now, *_) = (await engine.cycles()).components
        assert now.suggested_cut.from_ == "bd-ye5n"
        await pilot.press("y")
        await until(pilot, lambda: "changed meanwhile" in " ".join(shown(pilot.app).split()))
        assert await engine.cycle_cuts() == []


async def test_a_cut_can_be_taken_back_though_nothing_can_be_checked_after_it(
    shown: Shown, until: Until
) -> None:
    engine = NotingEngine()
    async with screen(engine) as pilot:
        await pilot.press("C")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        engine.errors["cycles"] = StoreUnavailableError("kuzu", "is away")
        await pilot.press("y")
        await until(pilot, lambda: "cut bd-w8hz → bd-m9xe" in " ".join(shown(pilot.app).split()))
        await pilot.press("u")
        await until(pilot, lambda: "put back bd-w8hz → bd-m9xe" in shown(pilot.app))


async def test_the_task_under_the_cursor_of_the_picture_is_worked_on(until: Until) -> None:
    async with screen(NotingEngine()) as pilot:
        await pilot.press("i")
        await until(pilot, lambda: isinstance(pilot.app.screen, TaskForm))
        title = pilot.app.screen.query_one("#of-title", SafeInput).value
        task = await pilot.app.engine.get_task(picture(pilot).selected)
        assert title == task.title


async def test_an_earlier_cut_is_put_back_from_a_list(shown: Shown, until: Until) -> None:
    engine = NotingEngine()
    await engine.apply_cut(14, actor="ada")
    async with screen(engine) as pilot:
        await pilot.press("U")
        await until(pilot, lambda: isinstance(pilot.app.screen, Menu))
        assert "bd-k4wd → bd-7hq2  by ada" in shown(pilot.app)
        await pilot.press("enter")
        await until(pilot, lambda: "put back" in shown(pilot.app))
        assert await alive(engine) == [12, 14]
        await pilot.press("U")
        await until(pilot, lambda: "no cut was made" in shown(pilot.app))


async def test_nothing_is_cut_read_only(until: Until, shown: Shown) -> None:
    engine = NotingEngine()
    async with screen(engine, read_only=True) as pilot:
        await pilot.press("C")
        await until(pilot, lambda: "only looks" in shown(pilot.app))
        assert await alive(engine) == [12, 14]


async def test_enter_opens_the_task_and_the_pane_follows_until_it_is_closed(
    until: Until, shown: Shown
) -> None:
    async with screen(NotingEngine()) as pilot:
        pane = pilot.app.screen.query_one(TextPane)
        assert not pane.display
        await pilot.press("tab", "enter")
        await until(pilot, lambda: "bd-x7ta  Log uploads" in pane.plain)
        assert pane.display
        assert "→ bd-q2ns blocks" in pane.plain
        await pilot.press("tab")
        await until(pilot, lambda: "bd-q2ns  Show the log" in pane.plain)
        await pilot.press("escape")
        assert not pane.display
        assert "order after the cut" in shown(pilot.app)


async def test_a_store_without_cycles_says_so(shown: Shown, until: Until) -> None:
    engine = NotingEngine()
    async with screen(engine) as pilot:
        engine.board.links = []
        pilot.app.screen._memory.read_at = 0.0  # type: ignore[attr-defined] # as if long ago
        pilot.app.screen.post_message(pilot.app.screen.Asked())  # type: ignore[attr-defined] # ours
        await until(pilot, lambda: "✓ no task waits for itself" in shown(pilot.app))
        assert "nothing to draw" in shown(pilot.app)
        await pilot.press("C")
        await until(pilot, lambda: "no cycle is selected" in shown(pilot.app))


async def test_a_check_that_fails_says_why(shown: Shown, until: Until) -> None:
    away = StoreUnavailableError("projections", "no answer for 30 s")
    async with screen(NotingEngine(errors={"cycles": away})) as pilot:
        await until(pilot, lambda: "▲ projections: no answer for 30 s" in shown(pilot.app))


async def test_ascii_and_the_large_picture(shown: Shown) -> None:
    async with screen(NotingEngine()) as pilot:
        height = picture(pilot).size.height
        await pilot.press("l")
        await pilot.pause()
        assert picture(pilot).size.height > height
        await pilot.press("l", "a")
        await pilot.pause()
        assert "8< cut 4 bd-w8hz > 5 bd-m9xe" in shown(pilot.app)
        assert all(picture(pilot).render_line(y).text.isascii() for y in range(height))


@pytest.mark.parametrize(
    ("downs", "suffix", "beginning"),
    [(1, "mmd", "flowchart LR"), (2, "dot", "digraph"), (3, "svg", "<svg"), (4, "txt", " ")],
)
async def test_the_cycle_is_saved_in_other_forms(
    tmp_path: Path, until: Until, downs: int, suffix: str, beginning: str
) -> None:
    async with screen(NotingEngine(), saves_to=tmp_path) as pilot:
        await pilot.press("s")
        await until(pilot, lambda: isinstance(pilot.app.screen, Menu))
        await pilot.press(*["down"] * downs, "enter")

        def written() -> str:
            return "".join(path.read_text("utf-8") for path in tmp_path.glob(f"*.{suffix}"))

        await until(pilot, lambda: written().startswith(beginning) and "bd-2rpv" in written())


async def test_what_is_copied_is_the_task_or_the_cycle() -> None:
    async with screen(NotingEngine()) as pilot:
        here = pilot.app.screen
        assert here.copied() == "bd-c6dj"  # type: ignore[attr-defined] # ours
        here.query_one(CycleList).focus()
        await pilot.pause()
        assert here.copied().startswith("flowchart LR")  # type: ignore[attr-defined] # ours


async def test_of_a_huge_component_a_shortest_cycle_and_the_matrix_are_shown(
    until: Until, shown: Shown
) -> None:
    names = tuple(f"t-{number}" for number in range(20_000))
    links = [(names[at - 1], names[at], "blocks") for at in range(20_000)]
    cut = Cut("t-2", "t-0", "blocks", "the newest")
    cycle = ("t-0", "t-1", "t-2")
    many = CycleComponent(names, cycle, cut, (*links[:19_000], ("t-2", "t-0", "blocks")), id=1)

    class Huge(NotingEngine):
        async def cycles(self) -> CycleReport:
            return CycleReport((many,))

    async with screen(Huge(), (160, 50)) as pilot:
        await until(pilot, lambda: picture(pilot).grid.form == "matrix")
        await pilot.pause()
        text = shown(pilot.app)
        assert " 20k " in text
        assert "row waits for column" in text
        assert "✂ cut 3 t-2 → 1 t-0 (blocks)" in text
        await pilot.press("tab")
        assert picture(pilot).selected == "t-1"
        assert "2 t-1" in shown(pilot.app)


async def test_of_a_component_with_many_links_a_shortest_cycle_is_copied(until: Until) -> None:
    names = tuple(f"t-{number}" for number in range(400))
    links = [(names[at], names[at - by], "blocks") for at in range(400) for by in (1, 2)]
    cut = Cut("t-0", "t-2", "blocks", "the newest")
    many = CycleComponent(names, ("t-2", "t-1", "t-0"), cut, (*links, ("t-0", "t-2", "blocks")))

    class Many(NotingEngine):
        async def cycles(self) -> CycleReport:
            return CycleReport((many,))

    async with screen(Many()) as pilot:
        await until(pilot, lambda: len(picture(pilot).model.tasks) == 400)
        here = pilot.app.screen
        here.query_one(CycleList).focus()
        await pilot.pause()
        assert here.copies  # type: ignore[attr-defined] # ours
        copied = here.copied()  # type: ignore[attr-defined] # ours
        assert [name for name in names if f" {name}<" in copied or f' {name}"' in copied] == [
            "t-0",
            "t-1",
            "t-2",
        ]
        assert "cut here" in copied


async def test_a_check_is_made_only_when_there_may_be_something_new() -> None:
    engine, memory = NotingEngine(), CycleMemory()
    await CyclesQuestion(None, 5, memory).ask(engine, NOW)
    await CyclesQuestion(14, 5, memory).ask(engine, NOW + 1)
    assert engine.asked["cycles"] == 1
    await CyclesQuestion(14, 6, memory).ask(engine, NOW + 2)
    assert engine.asked["cycles"] == 2
    answer = await CyclesQuestion(99, 6, memory).ask(engine, NOW + 3 + CHECK_SECONDS)
    assert engine.asked["cycles"] == 3
    assert answer.selected == 12  # 99 is gone: the largest


async def test_while_nothing_changes_what_is_drawn_stays_the_same_object() -> None:
    """So that a large component is neither compared nor drawn anew at each beat."""
    engine, memory = NotingEngine(), CycleMemory()
    first = await CyclesQuestion(12, 5, memory).ask(engine, NOW)
    await CyclesQuestion(14, 5, memory).ask(engine, NOW)
    later = await CyclesQuestion(12, 6, memory).ask(engine, NOW + 86_400)
    assert first.picture.note != later.picture.note
    assert first.picture.tasks is later.picture.tasks
    assert first.order is later.order


async def test_another_title_is_drawn() -> None:
    engine, memory = NotingEngine(), CycleMemory()
    first = await CyclesQuestion(12, 5, memory).ask(engine, NOW)
    for task_id, task in engine.board.tasks.items():
        engine.board.tasks[task_id] = replace(task, title="Another title")
    later = await CyclesQuestion(12, 6, memory).ask(engine, NOW)
    assert first.picture.tasks[0].title != later.picture.tasks[0].title == "Another title"
