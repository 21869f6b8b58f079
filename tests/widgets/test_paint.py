from __future__ import annotations

import pytest

from widgets.models import ParityModel, ServiceModel, StoresModel
from widgets.safe_text import fit, shorten, visible
from widgets.service_card import ServiceCard
from widgets.stores_panel import StoresPanel
from widgets.words import age, duration, rate, size, sparkline


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
    assert "░" in stores(almost, 100)


def test_a_card_says_state_reason_and_switch_in_words() -> None:
    model = ServiceModel("x", "Sync", "failed", reason="no disk", enabled=False, failed=2)
    for height, lines in ((5, 5), (6, 6)):
        painted = [line.plain for line in ServiceCard(model).paint(model, 40, height)]
        assert len(painted) == lines
        shown = "\n".join(painted)
        assert all(word in shown for word in ("Sync", "failed", "no disk", "[off]", "failed 2"))


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
