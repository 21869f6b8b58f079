from __future__ import annotations

from dataclasses import replace

from tests.widgets.cycle_picture.components import ring, sample
from widgets.cycle_picture.kept import MOST, KeptPictures, Wanted


def test_a_picture_is_found_again_whatever_is_said_beside_it() -> None:
    kept = KeptPictures()
    wanted = Wanted.of(ring(5), (72, 22), ascii_only=False)
    grid = wanted.draw()
    kept.keep(wanted, grid)
    older = replace(ring(5), note="since 3 min", reason="it is the newest")
    assert kept.find(Wanted.of(older, (72, 22), ascii_only=False)) is grid


def test_another_component_size_or_set_of_characters_is_another_picture() -> None:
    kept = KeptPictures()
    wanted = Wanted.of(ring(5), (72, 22), ascii_only=False)
    kept.keep(wanted, wanted.draw())
    cut = Wanted.of(ring(5, cut=1), (72, 22), ascii_only=False)
    assert kept.find(cut) is None
    assert kept.find(wanted._replace(width=73)) is None
    assert kept.find(wanted._replace(ascii_only=True)) is None


def test_the_oldest_picture_is_forgotten_first() -> None:
    kept = KeptPictures()
    first = Wanted.of(ring(2), (30, 10), ascii_only=False)
    for width in range(MOST + 1):
        each = first._replace(width=30 + width)
        kept.keep(each, each.draw())
    assert kept.find(first) is None
    assert kept.find(first._replace(width=31)) is not None


def test_only_what_has_few_links_is_drawn_while_the_screen_waits() -> None:
    assert Wanted.of(ring(6), (72, 22), ascii_only=False).quick
    assert not Wanted.of(sample(10), (72, 22), ascii_only=False).quick
