from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from textual.app import App

from widgets.alert_list import AlertList
from widgets.engine_header import EngineHeader
from widgets.list_status import ListStatus, ListStatusModel
from widgets.models import AlertModel, EngineModel, ParityModel, ServiceModel, StoresModel
from widgets.safe_text import fit, shorten, visible
from widgets.service_card import ServiceCard
from widgets.service_cards import NARROWEST, columns
from widgets.stores_panel import StoresPanel
from widgets.words import BARS, DONE, age, counted, duration, rate, size, sparkline


class Stand(App[None]):
    """Shows one widget."""

    def __init__(self, widget: AlertList) -> None:
        super().__init__()
        self.widget = widget

    def compose(self) -> Any:
        yield self.widget


def stores(model: StoresModel, width: int = 60) -> str:
    return "\n".join(line.plain for line in StoresPanel(model).paint(model, width, 5))


def test_parity_that_was_never_read_is_not_called_in_step() -> None:
    shown = stores(StoresModel((ParityModel("vectors"), ParityModel("nodes"))))
    assert shown.count("not read yet") == 3  # both projections and the age of the reading
    assert "in step" not in shown


def test_parity_that_was_read_says_how_far_it_is() -> None:
    parity = (ParityModel("vectors", 10, 10), ParityModel("nodes", 10, 7, missing=3))
    shown = stores(StoresModel(parity, checked_age=4.0))
    assert "10/10 ✓ in step" in shown
    assert "7/10 ▲ 3 missing" in shown
    assert "read 4s ago" in shown


def test_a_projection_that_cannot_be_read_says_why_even_before_the_first_reading() -> None:
    shown = stores(StoresModel((ParityModel("nodes", error="kuzu is away"),)))
    assert "✖ kuzu is away" in shown


def test_the_bar_is_full_only_when_nothing_is_missing() -> None:
    almost = StoresModel((ParityModel("nodes", 100_000, 99_999, missing=1),), checked_age=0.0)
    assert "─" in stores(almost, 100)


def test_an_empty_projection_has_an_empty_bar() -> None:
    empty = stores(StoresModel((ParityModel("vectors"),), checked_age=0.0), 60)
    assert DONE not in empty
    assert "0/0 ✓ in step" in empty


def test_what_is_wrong_is_named_where_there_is_room_for_all_of_it() -> None:
    wrong = ParityModel(
        "nodes", 9, 7, missing=2, examples=("missing t-1", "missing t-2", "stale t-3")
    )
    model = StoresModel((wrong, ParityModel("edges", 3, 3)), checked_age=0.0)
    few, many = (
        [line.plain for line in StoresPanel(model).paint(model, 60, height)] for height in (5, 9)
    )
    assert many[: len(few)] == few
    assert many[-1] == "nodes   missing t-1, t-2, stale t-3"


def card(model: ServiceModel, width: int = 40, height: int = 5) -> list[str]:
    return [line.plain for line in ServiceCard(model).paint(model, width, height)]


@pytest.mark.parametrize(("height", "lines"), [(3, 3), (5, 5), (6, 5), (7, 7), (9, 7)])
def test_a_card_says_state_reason_and_switch_in_words(height: int, lines: int) -> None:
    model = ServiceModel("x", "Sync", "failed", reason="no disk", enabled=False, failed=2)
    painted = card(model, 40, height)
    assert len(painted) == lines
    shown = "\n".join(painted)
    assert all(word in shown for word in ("Sync", "failed", "no disk", "[off]", "failed 2"))


def test_a_card_shows_what_there_should_be_none_of_only_when_there_is() -> None:
    calm = ServiceModel("x", "Sync", "running")
    trouble = replace(calm, overdue=1, failed=2, missed=3, errors_last_hour=4, parked=5)
    words = ("overdue", "failed", "missed", "err/h", "parked")
    for height in (3, 5, 7):
        quiet = "\n".join(card(calm, 60, height)).replace("nothing failed", "")
        assert not any(f"{word} " in quiet for word in words)
        shown = "\n".join(card(trouble, 60, height))
        assert "overdue 1  failed 2  missed 3  err/h 4  parked 5" in shown


def test_a_card_leaves_out_what_is_least_pressing_and_says_so() -> None:
    trouble = ServiceModel("x", "Sync", "degraded", overdue=1, failed=2, missed=3, parked=5)
    assert card(trouble, 26, 7)[-1] == "overdue 1  failed 2 …"


@pytest.mark.parametrize("height", [5, 7])
def test_curves_of_cards_beside_each_other_have_the_same_length(height: int) -> None:
    busy = ServiceModel("x", "Sync", "running", rate=0.5, p50_seconds=0.1, p95_seconds=2.0)
    still = replace(busy, rate=0.0, p50_seconds=0.044, p95_seconds=0.133)
    waits = replace(busy, rate=48.3, wait_seconds=12.0)
    lengths = {
        sum(char in BARS for char in "".join(card(model, 36, height)))
        for model in (busy, still, waits)
    }
    assert len(lengths) == 1
    assert lengths.pop() > 5


def test_a_card_keeps_what_was_done_beside_what_failed_where_there_is_room() -> None:
    model = ServiceModel("x", "Sync", "running", completed=1_245, failed=37, errors_last_hour=7)
    assert card(model, 36, 5)[-1] == "failed 37  err/h 7        done 1,245"
    assert card(model, 48, 5)[-1].endswith("done 1,245  retried 0")
    assert card(ServiceModel("x", "Sync", "running"), 36, 5)[-1].startswith("✓ nothing failed")


def test_a_card_shows_times_and_the_longest_wait() -> None:
    model = ServiceModel("x", "Sync", "running", available=9, p50_seconds=0.04, p95_seconds=3.2)
    model = replace(model, wait_seconds=120.0)
    for height in (5, 7):
        shown = "\n".join(card(model, 40, height))
        assert "p50 40ms   p95 3.2s" in shown
        assert "wait 2m" in shown
    assert "wait 2m" in card(model, 40, 3)[-1]
    assert "no run in the last hour" in "\n".join(card(replace(model, p50_seconds=None)))


def test_a_long_name_does_not_hide_the_state() -> None:
    assert card(ServiceModel("x", "A name that is far too long", "paused"), 26)[0] == (
        "A name that… ‖ paused [on]"
    )


@given(cards=st.integers(0, 60), width=st.integers(0, 400))
def test_cards_stand_in_as_few_rows_as_fit(cards: int, width: int) -> None:
    row = columns(cards, width)
    fitting = max(width // NARROWEST, 1)
    assert 1 <= row <= fitting
    assert -(-cards // row) == -(-cards // fitting)


def test_alerts_nobody_took_note_of_come_first() -> None:
    alerts = (
        AlertModel("a", "critical", "known", 9.0, acknowledged_by="ada"),
        AlertModel("b", "warning", "newer", 1.0),
        AlertModel("c", "warning", "older", 5.0),
        AlertModel("d", "critical", "worst", 1.0),
    )
    listed = AlertList(alerts)
    lines = [line.plain for line in listed.paint(listed.model, 20, 4)]
    assert [line.split() for line in lines] == [
        ["✖", "worst", "1s"],
        ["▲", "older", "5s"],
        ["▲", "newer", "1s"],
        ["✖", "known", "✓", "ada", "9s"],
    ]
    assert {len(line) for line in lines} == {20}  # ages below one another
    last = listed.paint(listed.model, 60, 2)[-1].plain
    assert last.startswith("▲ older ")
    assert last.endswith(" 5s (+2 more)")


async def test_the_cursor_keeps_its_alert_and_stays_in_sight() -> None:
    alerts = tuple(AlertModel(name, "warning", name, age=9.0) for name in "abcdef")
    app = Stand(AlertList(alerts))
    async with app.run_test(size=(40, 10)) as pilot:
        listed = app.query_one(AlertList)
        listed.focus()
        await pilot.press(*["down"] * 4)
        assert listed.selected is not None
        assert listed.selected.id == "e"
        listed.show((*alerts, AlertModel("new", "critical", "new")))
        assert listed.selected.id == "e"
        await pilot.pause()
        screen = [strip.text.split() for strip in app.screen._compositor.render_strips()]
        assert ["▲", "e", "9s", "(+4", "more)"] in screen
        listed.show(alerts[:2])
        assert listed.selected.id == "b"
        listed.show(())
        assert listed.selected is None


def header(model: EngineModel, width: int) -> str:
    return EngineHeader(model).paint(model, width, 2)[0].plain


async def test_the_list_of_alerts_grows_with_them_and_shrinks() -> None:
    alerts = tuple(AlertModel(str(n), "warning", f"alert {n}") for n in range(3))
    listed = AlertList(())
    async with Stand(listed).run_test() as pilot:
        for shown in (alerts, alerts[:2], (), alerts):
            listed.show(shown)
            await pilot.pause()
            assert listed.size.height == max(len(shown), 1)


def test_the_header_says_why_the_engine_does_less() -> None:
    model = EngineModel("running", "production", uptime=60.0)
    assert "working" not in header(model, 80)
    less = replace(model, share=0.5, share_reason="processors at 93%")
    assert "working at 50%: processors at 93%" in header(less, 78)
    long = replace(less, share_reason="the pressure is gone, picking up again")
    assert header(long, 78).endswith("picking up again")  # the profile makes room for it
    assert "profile production" in header(long, 120)
    assert "up 1m" in header(long, 120)


def test_the_memory_of_many_processes_is_summed() -> None:
    memory = {f"plugin {number}": 1024**2 for number in range(9)}
    model = EngineModel("running", memory=memory)
    assert "memory 9.0 MB" in EngineHeader(model).paint(model, 78, 2)[1].plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", "␛[2J"),
        ("\x7f", "␡"),
        ("\x9b31m", "<9B>31m"),
        ("\u202eabc", "<U+202E>abc"),
        ("\ud800", "<U+D800>"),
        ("a\u00a0b", "a b"),
        ("[/]", "[/]"),
        (None, "None"),
    ],
)
def test_control_characters_become_visible(text: object, shown: str) -> None:
    assert visible(text) == shown


def test_text_is_cut_to_cells_not_characters() -> None:
    assert fit("漢字漢字", 5) == "漢字…"
    assert fit("ab", 4) == "ab  "
    assert shorten("abcdef", 4) == "abc…"
    assert fit("abc", 0) == ""


def test_numbers_in_few_cells() -> None:
    assert [duration(value) for value in (0.04, 3.2, 245, 7_800, 273_600)] == [
        "40ms",
        "3.2s",
        "4m 05s",
        "2h 10m",
        "3d 4h",
    ]
    assert [age(value) for value in (-5, 4, 720, 10_800)] == ["0s", "4s", "12m", "3h"]
    assert [size(value) for value in (512, 312 * 1024**2, 1_503_238_554)] == [
        "512 B",
        "312 MB",
        "1.4 GB",
    ]
    assert [rate(value) for value in (0, 0.5, 12.34, 250)] == ["idle", "30/min", "12.3/s", "250/s"]


def test_a_sparkline_keeps_the_newest_values() -> None:
    assert sparkline([9, 0, 4, 8], 3) == "▁▅█"
    assert sparkline([], 3) == "▁▁▁"


def test_a_sparkline_shows_every_value_above_zero() -> None:
    assert sparkline([0, 1, 1000], 3) == "▁▂█"


def test_the_header_tells_nothing_of_an_engine_that_is_not_there() -> None:
    lines = EngineHeader(EngineModel("failed", "production")).paint(
        EngineModel("failed", "production"), 80, 2
    )
    text = " ".join(line.plain for line in lines)
    assert "up" not in text
    assert "memory" not in text
    assert "lag" not in text


def test_marks_are_told_rather_than_the_version_and_the_folder_rather_than_each_process() -> None:
    model = EngineModel(
        "running",
        "development",
        version="0.1.0",
        uptime=900.0,
        data_dir="/home/ada/.local/share/vespera",
        memory={"main": 80_000_000, "embedder": 400_000_000, "projections": 170_000_000},
        marks=("attached to 4711",),
    )
    first, second = (line.plain for line in EngineHeader(model).paint(model, 78, 2))
    assert "profile development" in first
    assert first.endswith("up 15m 00s")
    assert second.startswith("/home/ada/.local/share/vespera ")
    assert "memory 620 MB" in second


def test_bars_of_parity_begin_and_end_in_the_same_cells() -> None:
    model = StoresModel(
        (ParityModel("vectors", 812, 712, 97, 3), ParityModel("edges", 1_320, 1_320)),
        checked_age=1.0,
    )
    drawn = [line.plain for line in StoresPanel(model).paint(model, 60, 5)[:2]]
    bars = {line.count("━") + line.count("─") for line in drawn}
    assert len(bars) == 1
    assert max(bars) > 0


@pytest.mark.parametrize(("number", "said"), [(0, "0 rows"), (1, "1 row"), (1_204, "1,204 rows")])
def test_a_single_row_is_no_plural(number: int, said: str) -> None:
    model = ListStatusModel(total=number)
    assert ListStatus(model).paint(model, 60, 1)[0].plain.startswith(said)
    assert counted(number, "row") == said


SPANS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}


@given(st.floats(0, 9_999 * 86_400.0) | st.floats(0, 120))
@example(59.96)
@example(0.9996)
@example(754.0)
@example(9.96)
def test_a_duration_fits_and_stays_under_the_next_unit(seconds: float) -> None:
    text = duration(seconds)
    assert len(text) <= 7
    parts = [re.fullmatch(r"([0-9.]+)([a-z]+)", part) for part in text.split(" ")]
    told = [(float(part[1]), part[2]) for part in parts if part]
    units = list(SPANS)
    for number, unit in told:
        after = units[min(units.index(unit) + 1, len(units) - 1)]
        assert unit == after or number * SPANS[unit] < SPANS[after]
    last = SPANS[told[-1][1]]
    assert abs(sum(number * SPANS[unit] for number, unit in told) - seconds) <= last


@given(st.floats(0, 999 * 86_400.0))
def test_an_age_fits(seconds: float) -> None:
    assert len(age(seconds)) <= 4


@given(st.integers(0, 2**50))
@example(1024**2 - 1)
@example(1024**3 - 1)
def test_a_size_stays_under_the_next_unit(number: int) -> None:
    text, unit = size(number).split(" ")
    factor = 1024 ** ["B", "KB", "MB", "GB"].index(unit)
    assert unit == "GB" or float(text) < 1024
    assert abs(float(text) * factor - number) <= factor / 2


@given(st.floats(0, 99_999) | st.floats(0, 2))
@example(0.005)
@example(0.9999)
@example(99.96)
def test_a_rate_fits_is_no_zero_and_stays_under_the_next_unit(per_second: float) -> None:
    text = rate(per_second)
    assert len(text) <= 7
    if per_second == 0:
        assert text == "idle"
        return
    number, unit = float(text.split("/")[0].lstrip("<")), text.split("/")[1]
    assert number > 0
    assert unit == "s" or number < 60
