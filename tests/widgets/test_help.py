"""The help: one line a key, what is true of many said once, nothing wider than the box."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from widgets.help import HelpLines
from widgets.models import HelpSection, KeyHint

LOOKS = "this dashboard only looks; start it without --read-only to change something"
SECTIONS = (
    HelpSection(
        "On this operation",
        (
            KeyHint("R", "Retry", "queue failed or cancelled operations again", unavailable=LOOKS),
            KeyHint("X", "Cancel", "cancel waiting operations", danger=True, unavailable=LOOKS),
            KeyHint("n", "Now", "run scheduled operations now", unavailable="nothing is scheduled"),
            KeyHint("enter", "Details", "open or close what is known of the line"),
        ),
    ),
    HelpSection("Everywhere", (KeyHint("backspace", "Reset", "take the setting out of the file"),)),
)


def lines(width: int) -> list[str]:
    return [line.plain.rstrip() for line in HelpLines(SECTIONS).paint(SECTIONS, width, 0)]


def test_why_not_now_is_said_once_for_all_it_is_true_of() -> None:
    shown = lines(100)
    assert "\n".join(shown).count("--read-only") == 1
    assert shown[1] == f"  not now: {LOOKS}"
    assert shown[2:5] == [
        "  R          queue failed or cancelled operations again",
        "! X          cancel waiting operations",
        "  not now: nothing is scheduled",
    ]


def test_only_words_are_struck_through_not_the_room_between() -> None:
    struck = [
        line.plain[span.start : span.end]
        for line in HelpLines(SECTIONS).paint(SECTIONS, 100, 0)
        for span in line.spans
        if "strike" in str(span.style)
    ]
    assert struck
    assert all(text == text.strip() for text in struck)
    assert "enter" not in struck


@pytest.mark.parametrize("width", [34, 50, 70, 120])
def test_what_does_not_fit_goes_on_below_where_it_began(width: int) -> None:
    shown = lines(width)
    assert all(cell_len(line) <= width for line in shown)
    at = next(index for index, line in enumerate(shown) if line.startswith("  enter"))
    begun = shown[at].index("open")
    below = shown[at + 1 : shown.index("", at)]
    assert all(line[:begun].isspace() for line in below)
    told = " ".join(line[begun:] for line in (shown[at], *below))
    assert told == "open or close what is known of the line"
