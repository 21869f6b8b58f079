from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.widgets.cycle_picture.components import ring, sample
from widgets.cycle_picture.advice import AdviceModel, CutAdvice, order_line, task_line
from widgets.cycle_picture.export import dot, mermaid, svg, text
from widgets.cycle_picture.model import CycleEdge, CycleModel, CycleTask

REASON = "breaks 4 of 4 cycles; added 2 days ago by agent-7"
SVG = "{http://www.w3.org/2000/svg}"


def hostile(words: str) -> CycleModel:
    edges = (CycleEdge(0, 1, (words,)), CycleEdge(1, 0))
    return CycleModel((CycleTask(words, words),) * 2, edges, cuts=(0,), reason=words, note=words)


def test_mermaid_has_every_task_and_link_and_marks_the_cut() -> None:
    lines = mermaid.write(ring(3, [(1, 0)], cut=2)).splitlines()
    assert lines[0] == "flowchart LR"
    assert lines[1] == '  t1["1 bd-1073<br/>Fix the parser of dates"]'
    assert lines[4:] == [
        "  t1 --> t2",
        "  t2 --> t3",
        '  t3 -->|"#9986; cut here"| t1',
        "  t2 -.-> t1",
        "  linkStyle 2 stroke:#d33,stroke-width:3px",
    ]


def test_dot_has_every_task_and_link_and_marks_the_cut() -> None:
    lines = dot.write(ring(3, [(1, 0)], cut=2)).splitlines()
    assert lines[0] == "digraph cycle {"
    assert lines[-1] == "}"
    assert r'  t1 [label="1 bd-1073\nFix the parser of dates"];' in lines
    assert "  t1 -> t2;" in lines
    assert '  t3 -> t1 [color="#dd3333", penwidth="2", label="✂ cut here"];' in lines
    assert '  t2 -> t1 [style="dashed"];' in lines


@pytest.mark.parametrize("count", [1, 2, 3, 7, 10, 25, 40, 60])
def test_svg_is_a_file_of_its_own_with_every_link(count: int) -> None:
    model = replace(sample(count), reason=REASON)
    root = ET.fromstring(svg.write(model))  # noqa: S314 - we wrote it
    links = root.findall(f"{SVG}path")
    blocks = root.findall(f"{SVG}rect")
    assert len(links) == len(model.edges) or len(blocks) == len(model.edges) + 2
    texts = [each.text or "" for each in root.iter(f"{SVG}text")]
    assert "✂" in texts
    assert REASON in texts
    assert "href" not in svg.write(model)
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    for each in root.iter(f"{SVG}circle"):
        assert 0 <= float(each.get("cx", -1)) <= width
        assert 0 <= float(each.get("cy", -1)) <= height


@pytest.mark.parametrize("ascii_only", [False, True])
def test_text_is_the_picture_and_the_advice(ascii_only: bool) -> None:
    model = replace(ring(3, cut=2), reason=REASON, note="born 3 days ago")
    written = text.write(model, ascii_only=ascii_only)
    assert not ascii_only or written.isascii()
    arrow, mark = (">", "8<") if ascii_only else ("→", "✂")
    assert written.splitlines()[-3:] == [
        f"{mark} cut 3 bd-4e51 {arrow} 1 bd-1073 (blocks)",
        f"{REASON} {'-' if ascii_only else '·'} born 3 days ago",
        "order after the cut: 3 bd-4e51, then 2 bd-2f62, then 1 bd-1073",
    ]
    assert ("+---+" if ascii_only else "╭───╮") in written


def test_text_takes_more_rows_where_it_must() -> None:
    written = text.write(ring(25), width=40, height=8)
    assert all(each.id in written for each in ring(25).tasks) or "waits for column" in written


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=30))
def test_any_text_stays_text_in_every_export(words: str) -> None:
    model = hostile(words)
    ET.fromstring(svg.write(model))  # noqa: S314 - we wrote it
    for line in mermaid.write(model).splitlines():
        assert re.fullmatch(r'(  )?[\w -]*(\["[^"\[\]<>]*(<br/>)?[^"\[\]<>]*"\])?.*', line)
        assert line.isprintable()
        labels = re.findall(r'"([^"]*)"', line)
        assert line.count('"') == 2 * len(labels)
        assert not any(set("[]{}|;\\`") & set(re.sub(r"#\d+;", "", label)) for label in labels)
    for line in dot.write(model).splitlines():
        assert line.isprintable()
        assert len(re.findall(r'(?<!\\)(?:\\\\)*"', line)) % 2 == 0
    assert all(line.isprintable() for line in text.write(model).splitlines())


def test_the_order_says_which_tasks_stay_in_cycles() -> None:
    assert order_line(ring(3, [(1, 0)], cut=2)) == (
        "order after the cut: 3 bd-4e51; 2 of 3 tasks stay in cycles or wait for them"
    )
    assert order_line(ring(3)) == ("order as it is: 3 of 3 tasks stay in cycles or wait for them")
    assert order_line(ring(3, cut=2), 40) == "order after the cut: 3, then 2, then 1"


def test_the_line_of_a_task_says_what_it_waits_for_and_holds_up() -> None:
    model = CycleModel(
        (CycleTask("a", "One"), CycleTask("b")),
        (CycleEdge(0, 1, ("blocks", "parent-child")), CycleEdge(1, 0)),
    )
    assert task_line(model, 0) == "1 a One · waits for 2 (parent-child) · holds up 2"
    assert task_line(model, None) == ""


def test_of_many_links_of_a_task_some_are_named() -> None:
    hub = [(0, task) for task in range(2, 30)]
    line = task_line(ring(30, hub), 0)
    assert line.endswith(
        "waits for 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 and 17 more · holds up 30"
    )


def test_no_more_of_the_order_is_written_than_can_be_shown() -> None:
    line = order_line(ring(5_000, cut=0), 80)
    assert line.startswith("order after the cut: 1, then 5000, then 4999, then 4998")
    assert 80 < len(line) < 300


def test_the_advice_fits_its_width_in_both_modes() -> None:
    panel = CutAdvice(AdviceModel(CycleModel((), ())))
    assert panel.paint(AdviceModel(CycleModel((), ())), 40, 4) == []
    for ascii_only in (False, True):
        model = AdviceModel(replace(sample(10), reason=REASON), 3, ascii_only)
        lines = panel.paint(model, 40, 4)
        assert len(lines) == 4
        assert all(line.cell_length <= 40 for line in lines)
        assert not ascii_only or all(line.plain.isascii() for line in lines)
