"""The cursor of a list stays in sight, whenever the list gets its size; what is selected shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App

from widgets.log_list import LogList, LogModel
from widgets.task_list import TaskList, TaskModel

if TYPE_CHECKING:
    from textual.app import ComposeResult

ROWS = [LogModel(number, "08:00:00", "info", f"line {number}") for number in range(300)]


class Filled(App[None]):
    """A list that is filled, and whose cursor is moved to the end, before it has a size."""

    def compose(self) -> ComposeResult:
        rows = LogList()
        rows.show(ROWS)
        rows.action_cursor(len(ROWS))
        yield rows


def seen(app: App[None]) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


async def test_a_list_filled_before_it_has_a_size_shows_its_cursor() -> None:
    app = Filled()
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.pause()
        assert "line 299" in seen(app)


async def test_the_cursor_moves_by_the_keys_of_vi_too() -> None:
    app = Filled()
    async with app.run_test(size=(60, 10)) as pilot:
        rows = app.query_one(LogList)
        await pilot.press("k", "k", "up")
        assert rows.selected is ROWS[-4]
        await pilot.press("j", "down")
        assert rows.selected is ROWS[-2]


async def test_a_terminal_that_shrinks_hides_no_cursor() -> None:
    app = Filled()
    async with app.run_test(size=(60, 40)) as pilot:
        await pilot.pause()
        rows = app.query_one(LogList)
        rows.action_cursor(-10)
        await pilot.pause()
        await pilot.resize_terminal(60, 8)
        await pilot.pause()
        assert "line 289" in seen(app)


async def test_some_of_all_are_selected_by_hand() -> None:
    app = Filled()
    async with app.run_test(size=(60, 10)) as pilot:
        rows = app.query_one(LogList)
        rows.choose_everything()
        rows.choose(299, 297)
        await pilot.pause()
        assert (rows.everything, rows.chosen) == (False, (297, 299))
        marked = [line for line in seen(app).splitlines() if line.startswith("▌")]
        assert [line.split()[-1] for line in marked] == ["297", "299"]


async def test_one_row_selected_after_all_takes_the_mark_off_the_others() -> None:
    app = Filled()
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.pause()
        rows = app.query_one(LogList)
        rows.choose_everything()
        await pilot.pause()
        assert seen(app).count("▌") == 9
        rows.toggle()
        await pilot.pause()
        assert (rows.everything, rows.chosen) == (False, (299,))
        (marked,) = (line for line in seen(app).splitlines() if line.startswith("▌"))
        assert marked.split()[-1] == "299"


class Sorted(App[None]):
    """A list beside whose columns there is a scroll bar."""

    def __init__(self) -> None:
        super().__init__()
        self.sorts: list[str] = []

    def compose(self) -> ComposeResult:
        rows = TaskList()
        rows.show([TaskModel(f"t-{n}", "Task", "open", "ready", 0) for n in range(50)])
        yield rows

    def on_row_list_sort_by(self, event: TaskList.SortBy) -> None:
        self.sorts.append(event.sort)


async def test_a_click_on_the_first_cell_of_a_heading_sorts_by_it() -> None:
    app = Sorted()
    async with app.run_test(size=(120, 10)) as pilot:
        await pilot.pause()
        columns = [each for each in TaskList.COLUMNS if each.sort]
        for column in columns:
            heading = seen(app).splitlines()[0]
            await pilot.click(offset=(heading.index(column.title), 0))
        assert app.sorts == [each.sort for each in columns]
