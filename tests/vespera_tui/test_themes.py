from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from engine.errors import ConfigurationError
from vespera_tui.demo import DemoEngine, FixedClock
from vespera_tui.demo.pictures import still_app
from vespera_tui.places import PLACES
from vespera_tui.themes import load_themes, read_theme

if TYPE_CHECKING:
    from pathlib import Path

    from tests.vespera_tui.conftest import Until
    from vespera_tui.app import VesperaApp

READABLE = 4.5
"""Contrast that WCAG 2.1 asks of text (AA)."""
COLOURS = [theme.name for theme in load_themes() if not theme.ansi]


def luminance(colour: Any) -> float:
    """As WCAG 2.1 defines it."""
    parts = (value / 255 for value in colour.triplet)
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(style: Any) -> float:
    light, dark = sorted((luminance(style.color), luminance(style.bgcolor)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def unreadable(app: Any, where: str) -> set[tuple[str, str, str, float]]:
    """Pieces of text on the screen with too little contrast."""
    return {
        (
            where,
            segment.text.strip(),
            str(segment.style.color.name),
            round(contrast(segment.style), 1),
        )
        for strip in app.screen._compositor.render_strips()
        for segment in strip
        if any(char.isalnum() for char in segment.text)
        and segment.style.color.triplet
        and segment.style.bgcolor.triplet
        and contrast(segment.style) < READABLE
    }


def demo_app(theme: str = "vespera-dark", **options: Any) -> VesperaApp:
    return still_app(DemoEngine(FixedClock()), theme=theme, **options)


@pytest.mark.parametrize("theme", COLOURS)
async def test_all_text_is_readable_in_every_theme(theme: str, until: Until) -> None:
    app = demo_app(theme)
    found: set[Any] = set()
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: app.services)
        for keys in (*((place.key,) for place in PLACES), ("?",), ("escape", "p"), ("escape", "Z")):
            await pilot.press(*keys)
            await pilot.pause()
            await pilot.pause()
            found |= unreadable(app, " ".join(keys))
    assert not found


async def test_the_sixteen_colours_of_the_terminal_are_all_that_the_ansi_theme_uses(
    until: Until,
) -> None:
    app = demo_app("vespera-ansi")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.services)
        await pilot.pause()
        colours = {
            colour.name
            for strip in app.screen._compositor.render_strips()
            for segment in strip
            if segment.style
            for colour in (segment.style.color, segment.style.bgcolor)
            if colour
        }
    assert not [name for name in colours if name.startswith("#")]


@pytest.mark.parametrize("while_it_is", ["on another screen", "under a question"])
async def test_a_screen_out_of_sight_wears_the_new_theme_when_it_is_back(
    until: Until, while_it_is: str
) -> None:
    """What is on the screen is the same as if it had been opened in that theme."""
    there, back = ("5", "2") if while_it_is == "on another screen" else ("question_mark", "escape")

    async def seen(first: str, then: str) -> list[object]:
        app = demo_app(first)
        async with app.run_test(size=(120, 40)) as pilot:
            await until(pilot, lambda: app.services)
            for key in ("2", there):
                await pilot.press(key)
                await pilot.pause()
            app.theme = then
            await pilot.pause()
            await pilot.press(back)
            await until(pilot, lambda: app.screen is app.here and app.here.place == "operations")
            await pilot.pause()
            return [
                (segment.text, segment.style)
                for strip in app.screen._compositor.render_strips()
                for segment in strip
            ]

    assert await seen("vespera-dark", "vespera-light") == await seen(
        "vespera-light", "vespera-light"
    )


def test_there_is_a_theme_for_each_need() -> None:
    names = {theme.name.removeprefix("vespera-") for theme in load_themes()}
    assert {"dark", "light", "high-contrast", "colour-blind-safe", "ansi"} <= names


@pytest.mark.parametrize(
    ("text", "words"), [("primary = ", "theme 'x'"), ("colour = 'red'", "colour"), ("", "primary")]
)
def test_a_file_that_is_no_theme_is_refused(text: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        read_theme("x", text)


WRONG = [
    ("error = 'redd'", "error: 'redd' must be a colour such as"),
    ("primary = 5", "primary: 5 must be a colour such as"),
    ("secondary = '#12345g'", "secondary: '#12345g'"),
    ("dark = 'yes'", "dark: 'yes' must be true or false"),
    ("text_alpha = nan", "text_alpha: nan must be a number from 0 to 1"),
    ("name = 'y'", "there is no key 'name'; there are primary,"),
    ("variables = 3", "variables: 3 must be a table"),
    ("variables.text-muted = 'redd'", "variables.text-muted: 'redd' must be a colour"),
    ("variables.text-muted = 7", "variables.text-muted: 7"),
    ("variables.border = 'auto 50%'", "variables.border: 'auto 50%'"),
    ("variables.link-style = 'fat'", "variables.link-style: 'fat' must be none, or some of b,"),
    ("variables.link-style = 'none bold'", "variables.link-style: 'none bold'"),
    ("variables.link-style = 'bold not'", "variables.link-style: 'bold not'"),
    ("variables.link-style = ''", "variables.link-style: ''"),
    ("variables.text = 'red; display: none'", "variables.text: 'red; display: none'"),
]


@pytest.mark.parametrize(("line", "words"), WRONG)
def test_a_wrong_value_is_named_with_what_is_allowed(line: str, words: str) -> None:
    start = "" if line.startswith("primary") else "primary = 'red'\n"
    with pytest.raises(ConfigurationError) as caught:
        read_theme("dusk", start + line)
    assert str(caught.value).startswith(f"theme 'dusk': {words}")


@pytest.mark.parametrize(("line", "words"), [WRONG[0], WRONG[7]])
async def test_a_wrong_value_is_told_of_at_the_start_and_on_saving(
    tmp_path: Path, until: Until, monkeypatch: pytest.MonkeyPatch, line: str, words: str
) -> None:
    start, file = "primary = 'red'\n", tmp_path / "dusk.toml"
    file.write_text(start + line)
    app: Any = demo_app("dusk", theme_folder=tmp_path)
    told: list[str] = []
    monkeypatch.setattr(app, "notify", lambda message, **_: told.append(message))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: len(told) > 1)
        assert f"dusk.toml: theme 'dusk': {words}" in told[0]
        file.write_text("primary = 'red'")
        await app._theme_folder.look()
        assert app.theme == "dusk"
        file.write_text(f"{start}{line} # saved")
        await app._theme_folder.look()
        await pilot.pause()
        assert told[2] == told[0]
        assert app.theme_variables["primary"] == "#FE0000"


async def test_whatever_is_taken_for_a_colour_or_style_can_be_worn(
    tmp_path: Path, until: Until
) -> None:
    colours = ["#fff", "#ffffff80", "rgb( 1 , 2 , 3 )", "hsla(1, 2%, 3%, 0.5)", "transparent"]
    colours += ["ansi_default", "ansi_red", "rgb(999,-2,3)", "#fff\n"]
    names = ("primary", "background", "boost", "panel", "foreground")
    shades = ("text-muted", "border", "input-cursor-background", "scrollbar", "never-heard-of")
    styles = ("bold underline", "none", "not underline", "b u")
    (tmp_path / "dusk.toml").write_text("primary = 'red'")
    app: Any = demo_app("dusk", theme_folder=tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.theme == "dusk" and app.services)
        for number, colour in enumerate(colours):
            theme = dict.fromkeys(names, colour)
            variables = dict.fromkeys(shades, colour if number % 2 else f"{colour} 50%")
            variables["link-style"] = styles[number % len(styles)]
            variables["text"] = "auto 50%"
            text = "".join(f"{key} = {json.dumps(value)}\n" for key, value in theme.items())
            text += "[variables]\n"
            text += "".join(f"{key} = {json.dumps(value)}\n" for key, value in variables.items())
            (tmp_path / "dusk.toml").write_text(text)
            await until(pilot, lambda: app.theme_variables["border"] == variables["border"])  # noqa: B023
            await pilot.press(str(number % 8 + 1))
            await pilot.pause()


async def test_a_theme_of_ones_own_is_worn_and_read_again_on_save(
    tmp_path: Path, until: Until
) -> None:
    file = tmp_path / "dusk.toml"
    file.write_text('primary = "#ff0000"\nbackground = "#000000"')
    app = demo_app("dusk", theme_folder=tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.theme == "dusk")
        before = app.theme_variables["primary"]
        file.write_text('primary = "#00ff00"\nbackground = "#000000" # changed')
        await app._theme_folder.look()
        assert app.theme_variables["primary"] != before


async def test_a_broken_theme_is_told_of_and_changes_nothing(
    tmp_path: Path, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dusk.toml").write_text("[/x] = \x1b")
    app: Any = demo_app("dusk", theme_folder=tmp_path)
    told: list[str] = []
    monkeypatch.setattr(app, "notify", lambda message, **_: told.append(message))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: len(told) > 1)
        assert "dusk.toml: theme 'dusk'" in told[0]
        assert "there is no theme 'dusk'; there are" in told[1]
        assert app.theme == "vespera-dark"
