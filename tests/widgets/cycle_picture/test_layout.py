"""What holds of every picture, whatever the component and the room."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.widgets.cycle_picture.components import ring, sample
from widgets.cycle_picture.focus import Lit, lit
from widgets.cycle_picture.glyphs import ASCII, UNICODE
from widgets.cycle_picture.grid import Grid, Role
from widgets.cycle_picture.layout import picture
from widgets.cycle_picture.making import cycle_model
from widgets.cycle_picture.model import CycleEdge, CycleModel, CycleTask

ids = st.text(max_size=12)


@st.composite
def components(draw: st.DrawFn, most: int = 60) -> CycleModel:
    count = draw(st.integers(1, most))
    place = st.integers(0, count - 1)
    steps = [(task, (task + 1) % count) for task in range(count)]
    gaps = draw(st.sets(place, max_size=3))
    kept = [step for step in steps if step[0] not in gaps]
    chords = draw(st.lists(st.tuples(place, place), max_size=15))
    edges = list(dict.fromkeys([*kept, *chords]))
    cuts = draw(st.sets(st.integers(0, len(edges) - 1), max_size=3)) if edges else set()
    names = draw(st.lists(ids, min_size=count, max_size=count))
    title = draw(st.text(max_size=80))
    return CycleModel(
        tuple(CycleTask(name, title) for name in names),
        tuple(CycleEdge(*ends) for ends in edges),
        cuts=tuple(sorted(cuts)),
    )


def signs(ascii_only: bool) -> set[str]:
    glyphs = ASCII if ascii_only else UNICODE
    return {glyphs.right, glyphs.left, glyphs.up, glyphs.down}


def assert_right(grid: Grid, model: CycleModel, *, ascii_only: bool = False) -> None:
    """Nothing outside, nothing overlapping, every link there with its arrowhead at its end."""
    assert len(grid.rows) == grid.height
    for row in grid.rows:
        assert len(row) == grid.width
        text = "".join(cell.char for cell in row)
        assert cell_len(text) == grid.width
        assert text.isprintable()
        assert not ascii_only or text.isascii()
    if not grid.form:
        assert not grid.nodes
        assert not grid.edges
        return
    areas = [area for node in grid.nodes for area in (node.box, node.label) if area.area]
    assert all(a.x >= 0 and a.y >= 0 for a in areas)
    assert all(a.right <= grid.width and a.bottom <= grid.height for a in areas)
    assert not any(a.overlaps(b) for i, a in enumerate(areas) for b in areas[:i])
    assert [edge.edge for edge in grid.edges] == list(range(len(model.edges)))
    for edge in grid.edges:
        assert all(0 <= x < grid.width and 0 <= y < grid.height for x, y in edge.cells)
        waited_for = model.edges[edge.edge].waited_for
        targets = [node.box for node in grid.nodes if node.task == waited_for]
        assert edge.cells
        for x, y in edge.cells:
            assert grid.rows[y][x].char.strip(), "a cell of a link is empty"
        if grid.form != "matrix":
            x, y = edge.head
            assert grid.rows[y][x].char in signs(ascii_only)
            assert any(box.grow((1, 1, 1, 1)).contains(x, y) for box in targets)
            assert not any(box.contains(x, y) for box in targets)
        assert (edge.scissors is not None) == (edge.edge in model.cuts)
        if edge.scissors is not None:
            x, y = edge.scissors
            glyphs = ASCII if ascii_only else UNICODE
            assert grid.rows[y][x] == (glyphs.scissors[0], Role.CUT)
    if grid.form != "matrix":
        assert {node.task for node in grid.nodes} == set(range(len(model.tasks)))


@settings(max_examples=60, deadline=None)
@given(
    model=components(),
    width=st.integers(0, 120),
    height=st.integers(0, 45),
    ascii_only=st.booleans(),
)
def test_a_picture_is_right_or_says_that_there_is_no_room(
    model: CycleModel, width: int, height: int, ascii_only: bool
) -> None:
    assert_right(picture(model, width, height, ascii_only=ascii_only), model, ascii_only=ascii_only)


@settings(max_examples=40, deadline=None)
@given(model=components(most=10))
def test_any_small_component_can_be_drawn_on_a_wide_screen(model: CycleModel) -> None:
    grid = picture(model, 150, 40)
    assert grid.form in {"loop", "twins", "ring", "rings"}
    assert_right(grid, model)


@pytest.mark.parametrize("size", [(76, 18), (150, 40)])
@pytest.mark.parametrize("count", [*range(1, 41), 41, 60, 100, 200])
def test_every_size_is_drawn_in_its_form_on_both_screens(count: int, size: tuple[int, int]) -> None:
    model = sample(count)
    grid = picture(model, *size)
    assert (grid.width, grid.height) == size
    assert_right(grid, model)
    assert_right(picture(model, *size, ascii_only=True), model, ascii_only=True)
    forms = {1: {"loop"}, 2: {"twins"}}.get(count, {"ring"} if count <= 10 else {"track"})
    if count > 40 or (count > 25 and size == (76, 18)):
        forms = {"matrix"} if count > 40 else {"track", "matrix"}
    assert grid.form in forms


@pytest.mark.parametrize(("width", "height"), [(0, 0), (1, 1), (8, 2), (20, 3)])
def test_where_nothing_fits_the_picture_says_so(width: int, height: int) -> None:
    grid = picture(ring(7), width, height)
    assert grid.form == ""
    assert "7 tasks do not fit here: enlarge".startswith(grid.text().strip().rstrip("…").strip())


def test_an_empty_component_is_no_cycle() -> None:
    assert "nothing to draw" in picture(CycleModel((), ()), 40, 5).text()


def test_with_less_room_labels_shrink_to_ids_then_to_numbers_with_a_legend() -> None:
    def shown(width: int, height: int) -> set[Role]:
        grid = picture(ring(6), width, height)
        assert grid.form == "ring"
        return {cell.role for row in grid.rows for cell in row}

    assert Role.TITLE in shown(76, 18)
    narrow = shown(38, 18)
    assert Role.ID in narrow
    assert Role.TITLE not in narrow
    numbers = picture(ring(6), 40, 8)
    assert numbers.form == "ring"
    assert all(node.label.x > 20 for node in numbers.nodes)  # the legend is at the right


def test_the_ring_is_as_round_as_the_cells_allow() -> None:
    boxes = [node.box for node in picture(ring(4), 76, 22).nodes]
    across = (boxes[1].x - boxes[3].x) / 2
    down = boxes[2].y - boxes[0].y
    assert abs(across - down) <= 1


def test_numbers_follow_the_cycle_clockwise() -> None:
    grid = picture(ring(4), 76, 18)
    first, second, third, fourth = (node.box for node in grid.nodes)
    assert first.y < second.y < third.y
    assert fourth.x < first.x < second.x
    for number, box in enumerate((first, second, third, fourth), 1):
        assert str(number) in "".join(cell.char for cell in grid.rows[box.y + 1][box.x : box.right])


def test_chords_are_dashed_and_ring_links_are_not() -> None:
    """Told apart without colour: a chord's line has gaps, a ring's has none."""
    grid = picture(ring(4, [(1, 3)]), 76, 18)
    chord = grid.edges[4]
    rows = {y for _, y in chord.cells}
    xs = sorted(x for x, y in chord.cells)
    assert len(rows) >= 1
    assert len(xs) < max(xs) - min(xs) + 1
    solid = grid.edges[1]
    cells = set(solid.cells)
    for x, y in cells:
        beside = {(x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)} - {(x, y)}
        assert cells & beside


def test_where_no_ring_goes_through_all_each_cycle_has_its_own() -> None:
    eight = [("a", "b"), ("b", "c"), ("c", "a"), ("a", "d"), ("d", "e"), ("e", "a")]
    model = cycle_model(
        "abcde", [(*ends, "blocks") for ends in eight], cycle="abc", cuts=[("c", "a")]
    )
    grid = picture(model, 76, 18)
    assert grid.form == "rings"
    assert_right(grid, model)
    assert sorted(model.tasks[node.task].id for node in grid.nodes) == list("aabcde")
    assert picture(model, 40, 12).form == "ring"  # no room for two


@given(count=st.integers(41, 200), seed=st.integers(0, 1000))
@settings(max_examples=15, deadline=None)
def test_the_matrix_has_a_block_for_every_link(count: int, seed: int) -> None:
    model = ring(count, [((seed * i) % count, (seed + 7 * i) % count) for i in range(20)])
    grid = picture(model, 120, 40)
    assert grid.form == "matrix"
    assert_right(grid, model)


def test_a_long_cycle_is_told_from_both_its_ends() -> None:
    model = replace(ring(3_000), tasks=tuple(CycleTask(f"t{n}") for n in range(3_000)))
    lines = picture(model, 120, 30).text().splitlines()
    assert lines[0].startswith("t0 → t1 → t2 → t3 → … 2,994 more … → t2998 → t2999 → t0  ")
    assert (
        picture(model, 70, 20).text().splitlines()[0].startswith("t0 → t1 → t2 → … → t2999 → t0  ")
    )
    hostile = replace(model, tasks=tuple(CycleTask("宽" * 30) for _ in range(3_000)))
    assert_right(picture(hostile, 100, 30), hostile)


def text_of(count: int, width: int, height: int) -> str:
    """With ids that differ in their middles alone, after much that is alike."""
    names = (f"platform-team/backend#{number:04}-refactor" for number in range(count))
    return picture(replace(ring(count), tasks=tuple(map(CycleTask, names))), width, height).text()


@pytest.mark.parametrize(("count", "size"), [(15, (76, 13)), (12, (76, 18)), (9, (60, 12))])
def test_ids_that_are_cut_can_still_be_told_apart(count: int, size: tuple[int, int]) -> None:
    text = text_of(count, *size)
    assert all(f"{number:02}-refactor" in text for number in range(count))


@pytest.mark.parametrize("count", [3, 8, 15])
def test_ids_are_whole_where_there_is_room(count: int) -> None:
    text = text_of(count, 190, 50)
    assert all(f"platform-team/backend#{number:04}-refactor" in text for number in range(count))


def test_too_many_links_across_a_track_are_a_matrix() -> None:
    across = [(task, (task + by) % 25) for task in range(25) for by in (3, 7, 11)]
    assert picture(ring(25, across[:60]), 150, 40).form == "track"
    assert picture(ring(25, across), 150, 40).form == "matrix"


@pytest.mark.parametrize("count", [10, 60])
def test_the_focus_does_not_hide_the_cut(count: int) -> None:
    model = sample(count)
    grid = picture(model, 76, 18)
    cut = {(x, y) for y, row in enumerate(grid.rows) for x in range(76) if row[x].role is Role.CUT}
    for task in range(count):
        marks = lit(grid, model, task, UNICODE)
        assert not {place for place in cut if place in marks and marks[place][1] is Lit.NEAR}
