"""The pictures of the README, which are made of the demonstration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vespera_tui.demo.pictures import PICTURES, main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_committed_pictures_are_what_the_command_draws(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """So they are the same each time, and never stale; `make pictures` draws them again."""
    main([str(tmp_path)])
    drawn = {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()}
    assert {*drawn} == {f"{picture.name}.svg" for picture in PICTURES}
    docs = pytestconfig.rootpath / "docs"
    assert [n for n, text in drawn.items() if (docs / n).read_text("utf-8") != text] == []


def test_a_picture_fetches_nothing(pytestconfig: pytest.Config) -> None:
    for picture in PICTURES:
        drawing = (pytestconfig.rootpath / "docs" / f"{picture.name}.svg").read_text("utf-8")
        for word in ("url(h", 'url("h', "@import", "<image", "href"):
            assert word not in drawing


def test_the_readme_shows_every_picture(pytestconfig: pytest.Config) -> None:
    page = (pytestconfig.rootpath / "README.md").read_text("utf-8")
    assert all(f"(docs/{picture.name}.svg)" in page for picture in PICTURES)
