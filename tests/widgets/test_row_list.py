"""What a list shows: cursor and selection in every size, and columns that fit what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len
from textual.app import App

from widgets.columns import WIDE, needed, widths
from widgets.cycle_list import CycleList
from widgets.error_list import ErrorList
from widgets.log_list import LogList, LogModel
from widgets.models import OperationModel
from widgets.operation_list import OperationList
from widgets.optimization_list import OptimizationList
from widgets.setting_list import SettingList
from widgets.task_list import TaskList, TaskModel

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from widgets.row_list import RowList

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


TASKS = [
    TaskModel("bd-1", "Short", "open"),
    TaskModel("offlinebrew-3d0.17", "A title that goes on", "open"),
]
"""Two tasks, one with a long id."""


def tasks(width: int, rows: list[TaskModel] = TASKS) -> list[str]:
    """Heading and lines of a list of tasks."""
    cells = widths(TaskList.COLUMNS, width, needed(TaskList.COLUMNS, rows))
    columns = list(zip(TaskList.COLUMNS, cells, strict=True))
    heads = [column.cell(column.title, room) for column, room in columns if room]
    lines = [
        [column.cell(column.text(row), room) for column, room in columns if room] for row in rows
    ]
    return [" ".join(line) for line in (heads, *lines)]


def test_a_long_id_takes_the_room_there_is() -> None:
    for width in (80, 120, 200):
        assert "offlinebrew-3d0.17 " in tasks(width)[2]
    assert tasks(80, TASKS[:1])[0].index("state") == 13  # nobody needs more


@pytest.mark.parametrize("width", range(40, 240, 7))
def test_a_line_is_as_wide_as_the_list_and_the_title_never_gives_way_first(width: int) -> None:
    heading, *lines = tasks(width)
    assert all(cell_len(line) <= width for line in lines)
    assert "title" in heading
    assert ("age" in heading) == (width >= WIDE)


async def test_numbers_end_below_each_other() -> None:
    operations = OperationList()
    operations.show([OperationModel(number, "x", "X", "k", "t", "running") for number in (9, 1204)])

    class Shown(App[None]):
        def compose(self) -> ComposeResult:
            yield operations

    app = Shown()
    async with app.run_test(size=(80, 6)) as pilot:
        await pilot.pause()
        heading, first, second = (line[:9] for line in seen(app).splitlines()[:3])
        assert (heading, first, second) == ("    id  s", "     9  X", "  1204  X")


@pytest.mark.parametrize(
    ("state", "failed", "said"),
    [("available", 0, "0/4"), ("running", 0, "1/4"), ("completed", 1, "2/4"), ("failed", 4, "4/4")],
)
def test_the_attempt_that_runs_is_counted(state: str, failed: int, said: str) -> None:
    column = next(each for each in OperationList.COLUMNS if each.title == "try")
    row = OperationModel(1, "x", "X", "k", "t", state, attempts=failed, max_attempts=4)
    assert column.text(row) == said


@pytest.mark.parametrize(
    "rows", [TaskList, OperationList, ErrorList, CycleList, OptimizationList, LogList, SettingList]
)
@pytest.mark.parametrize("width", [79, 119, 199])
def test_no_heading_is_cut(rows: type[RowList[Any]], width: int) -> None:
    cells = widths(rows.COLUMNS, width, [0] * len(rows.COLUMNS))
    for column, room in zip(rows.COLUMNS, cells, strict=True):
        assert room < 2 or "…" not in column.cell(column.title, room)


def test_operations_fit_beside_their_details() -> None:
    cells = widths(OperationList.COLUMNS, 69, [0] * len(OperationList.COLUMNS))
    assert sum(cells) + sum(map(bool, cells)) <= 69


async def test_a_time_of_another_day_has_room_for_its_day() -> None:
    rows = LogList()
    rows.show([LogModel(1, "2025 Dec 31 23:59:59", "info", "happened", "", "")])

    class Old(App[None]):
        def compose(self) -> ComposeResult:
            yield rows

    app = Old()
    async with app.run_test(size=(100, 10)):
        assert "2025 Dec 31 23:59:59" in seen(app)
