from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.queue.fingerprint import fingerprint, pattern, top_frame


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("no answer for 30 s", "no answer for <n> s"),
        ("took 1.5e-3 of 12,000", "took <n> of <n>"),
        ("task bd-7hq2 waits for t-m9x2", "task <id> waits for <id>"),
        ("can't read /var/lib/x-1/model.onnx: gone", "can't read <path>: gone"),
        ("at 0x7f3a2b of deadbeef01", "at <hex> of <hex>"),
        ("id 123e4567-e89b-12d3-a456-426614174000!", "id <uuid>!"),
        ("see https://example.org/a?b=1 now", "see <url> now"),
        ("two\n  lines", "two lines"),
        ("well-known words stay", "well-known words stay"),
        ("and/or", "and/or"),
    ],
)
def test_what_differs_is_replaced(message: str, expected: str) -> None:
    assert pattern(message) == expected


def test_where_it_was_raised_is_the_last_frame() -> None:
    text = 'File "/a/b.py", line 3, in f\n  x\n  File "/c/d.py", line 9, in g\n  y'
    assert top_frame(text) == "d.py:g"
    assert top_frame("no frames") == ""


def test_the_line_does_not_matter_but_file_function_and_service_do() -> None:
    frame = '  File "/a/b.py", line {}, in {}'
    one = fingerprint("s", "bad 1", frame.format(1, "f"))
    assert one == fingerprint("s", "bad 2", frame.format(20, "f"))
    assert one != fingerprint("s", "bad 1", frame.format(1, "g"))
    assert one != fingerprint("other", "bad 1", frame.format(1, "f"))


@given(st.text(), st.text())
def test_any_text_has_one(message: str, traceback: str) -> None:
    assert len(fingerprint("s", message + "\ud800", traceback)) == 16


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_numbers_never_part_a_group(first: int, second: int) -> None:
    assert fingerprint("s", f"after {first} s") == fingerprint("s", f"after {second} s")
