from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from widgets.cycle_picture.ids import LONGEST, cut_alike, cut_middle, shown_id


def test_an_id_that_is_too_long_loses_its_middle() -> None:
    assert cut_middle("bd-1073", 7) == "bd-1073"
    assert cut_middle("backend-service-0001", 11) == "backe…-0001"
    assert cut_middle("任务编号1修正解析器", 11) == "任务…析器"
    assert cut_middle("anything", 1) == "…"
    assert cut_middle("anything", 0) == ""


def test_what_differs_is_kept() -> None:
    names = [f"team/backend#{number}-fix" for number in (1, 2, 30)]
    assert cut_alike(names, 30) == names
    assert cut_alike(names, 9) == ["…1-fix", "…2-fix", "…30-fix"]
    assert cut_alike(["abcdef0", "abcdef1"], 4) == ["ab…0", "ab…1"]
    assert cut_alike([], 5) == []


def test_equal_ids_stay_equal() -> None:
    assert cut_alike(["a-long-name", "a-long-name"], 5) == ["a-…me", "a-…me"]


@given(st.lists(st.text(max_size=90), max_size=6), st.integers(0, 40))
def test_any_text_is_safe_and_fits(texts: list[str], width: int) -> None:
    for each in (*cut_alike([shown_id(text) for text in texts], width), *map(shown_id, texts)):
        assert each.isprintable() or not each
    assert all(cell_len(each) <= width for each in cut_alike([shown_id(t) for t in texts], width))
    assert all(cell_len(shown_id(text)) <= LONGEST for text in texts)
