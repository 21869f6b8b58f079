from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App
from textual.widgets import Button

from tests.widgets.cycle_picture.components import ring, sample
from widgets.cycle_picture.kept import Wanted
from widgets.cycle_picture.model import CycleModel
from widgets.cycle_picture.widget import CyclePicture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from widgets.cycle_picture.grid import Grid


class Stand(App[None]):
    """Shows a picture, with something before and after it."""

    def __init__(self, model: CycleModel, *, ascii_only: bool = False) -> None:
        super().__init__()
        self.picture = CyclePicture(model, ascii_only=ascii_only)
        self.chosen: list[str] = []
        self.walked: list[str] = []

    def compose(self) -> Any:
        yield Button("before", id="before")
        yield self.picture
        yield Button("after", id="after")

    def on_cycle_picture_chosen(self, message: CyclePicture.Chosen) -> None:
        self.chosen.append(message.task_id)

    def on_cycle_picture_walked(self, message: CyclePicture.Walked) -> None:
        self.walked.append(message.task_id)


def shown(app: App[None]) -> str:
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())


class Easel:
    """Lets nothing be drawn before :meth:`go`, and notes what was begun."""

    def __init__(self) -> None:
        self.begun: list[Wanted] = []
        self._go = threading.Event()
        self.go = self._go.set
        self._really = Wanted.draw

    def draw(self, wanted: Wanted) -> Grid:
        self.begun.append(wanted)
        if threading.current_thread() is not threading.main_thread():
            assert self._go.wait(30)
        return self._really(wanted)


@pytest.fixture
def easel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Easel]:
    made = Easel()
    monkeypatch.setattr(Wanted, "draw", lambda wanted: made.draw(wanted))  # noqa: PLW0108 - binds
    yield made
    made.go()


async def test_keys_are_answered_while_a_large_picture_is_drawn(easel: Easel) -> None:
    app = Stand(sample(25))
    async with app.run_test(size=(80, 24)) as pilot:
        app.picture.focus()
        await pilot.pause()
        assert "drawing …" in shown(app)
        await pilot.press("tab", "tab", "shift+tab")
        assert app.picture.selected == app.picture.model.tasks[1].id
        assert app.focused is app.picture
        easel.go()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "drawing" not in shown(app)
        assert app.picture.model.tasks[1].id in shown(app)
        assert len(easel.begun) == 1


async def test_of_several_pictures_wanted_meanwhile_the_newest_is_drawn(easel: Easel) -> None:
    app = Stand(sample(25))
    async with app.run_test(size=(80, 24)) as pilot:
        for count in (30, 35, 38):
            app.picture.show(sample(count))
            await pilot.pause()
        easel.go()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert [len(each.model.tasks) for each in easel.begun] == [25, 38]
        assert "drawing" not in shown(app)
        assert len(app.picture.grid.edges) == 38


async def test_a_picture_that_was_drawn_is_there_at_once_again(easel: Easel) -> None:
    app = Stand(sample(25))
    async with app.run_test(size=(80, 24)) as pilot:
        easel.go()
        for model in (sample(25), sample(30), sample(25)):
            app.picture.show(replace(model, note="since 3 min"))
            await pilot.pause()
            await app.workers.wait_for_complete()
        assert [len(each.model.tasks) for each in easel.begun] == [25, 30]


async def test_a_small_picture_needs_no_second_look(easel: Easel) -> None:
    app = Stand(ring(4))
    async with app.run_test(size=(80, 24)):
        assert "drawing" not in shown(app)
        assert app.picture.grid.form == "ring"
        assert len(easel.begun) == 1


async def test_tab_walks_the_tasks_in_order_and_then_leaves() -> None:
    app = Stand(ring(3))
    async with app.run_test(size=(80, 24)) as pilot:
        app.picture.focus()
        ids = [task.id for task in app.picture.model.tasks]
        assert app.picture.selected == ids[0]
        await pilot.press("tab", "tab")
        assert app.walked == ids[1:]
        await pilot.press("tab")
        assert app.focused is not None
        assert app.focused.id == "after"
        app.picture.focus()
        await pilot.press("shift+tab", "shift+tab", "shift+tab")
        assert app.focused.id == "before"


async def test_arrows_go_to_the_nearest_task_that_way_and_enter_chooses_it() -> None:
    app = Stand(ring(4))
    async with app.run_test(size=(80, 24)) as pilot:
        app.picture.focus()
        ids = [task.id for task in app.picture.model.tasks]
        for key, at in (("right", 1), ("down", 2), ("left", 3), ("up", 0), ("up", 0), ("home", 0)):
            await pilot.press(key)
            assert app.picture.selected == ids[at], key
        await pilot.press("down", "enter")
        assert app.chosen == [app.picture.selected]


async def test_a_click_selects_a_task_by_its_box_or_label_and_a_second_one_chooses_it() -> None:
    app = Stand(ring(4))
    async with app.run_test(size=(80, 24)) as pilot:
        node = app.picture.grid.nodes[2]
        await pilot.click(CyclePicture, offset=(node.label.x, node.label.y))
        assert app.picture.selected == app.picture.model.tasks[2].id
        other = app.picture.grid.nodes[1]
        await pilot.click(CyclePicture, offset=(other.box.x + 1, other.box.y + 1), times=2)
        assert app.chosen == [app.picture.model.tasks[1].id]


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("count", [1, 3, 12, 60])
async def test_the_task_with_the_focus_shows_without_colour(count: int, ascii_only: bool) -> None:
    app = Stand(sample(count), ascii_only=ascii_only)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.workers.wait_for_complete()
        app.query_one("#before").focus()
        await pilot.pause()
        calm = shown(app)
        app.picture.focus()
        await pilot.pause()
        assert shown(app) != calm


async def test_the_focus_keeps_its_task_while_that_is_there() -> None:
    model = ring(4)
    app = Stand(model)
    async with app.run_test(size=(80, 24)) as pilot:
        app.picture.focus()
        await pilot.press("tab", "tab")
        held = app.picture.selected
        app.picture.show(replace(model, tasks=(*model.tasks[2:], *model.tasks[:2])))
        assert app.picture.selected == held
        app.picture.show(CycleModel((), ()))
        await pilot.pause()
        assert app.picture.selected is None
        assert "nothing to draw" in shown(app)
        await pilot.press("enter", "tab")
        assert app.chosen == []


async def test_ascii_mode_shows_ascii_alone() -> None:
    app = Stand(sample(3), ascii_only=True)
    async with app.run_test(size=(80, 24)):
        lines = [app.picture.render_line(y).text for y in range(app.picture.size.height)]
        assert all(line.isascii() for line in lines)
        assert any("8<" in line for line in lines)
        app.picture.show(sample(3), ascii_only=False)
        assert not all(
            app.picture.render_line(y).text.isascii() for y in range(app.picture.size.height)
        )


async def test_lines_are_as_wide_as_the_widget() -> None:
    for count in (2, 7, 25, 60):
        app = Stand(sample(count))
        async with app.run_test(size=(77, 21)):
            for y in range(app.picture.size.height):
                assert app.picture.render_line(y).cell_length == 77
