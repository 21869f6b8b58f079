"""Themes as files: one TOML file in the ``themes`` package is one theme of that name."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from rich.errors import StyleSyntaxError
from rich.style import Style
from textual.color import Color, ColorParseError
from textual.css.constants import VALID_STYLE_FLAGS
from textual.theme import Theme

from engine.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT = "vespera-dark"

KEYS = tuple(field.name for field in fields(Theme) if field.name != "name")
SWITCHES, SHARES, VARIABLES = ("dark", "ansi"), ("luminosity_spread", "text_alpha"), "variables"
"""Keys of a theme that are no colours."""
COLOUR = 'a colour such as "#8fa8ff", "rgb(143, 168, 255)", "red" or "ansi_blue"'
STYLE = f"none, or some of {', '.join(sorted(VALID_STYLE_FLAGS - {'none'}))}"
PERCENTAGE = re.compile(r" \d{1,3}%\Z", re.ASCII)


@cache
def load_themes() -> tuple[Theme, ...]:
    """Every theme that comes with the program, by name.

    Raises ConfigurationError for a file that is not TOML or has a key or value that no theme has.
    """
    found = sorted(files("themes").iterdir(), key=lambda entry: entry.name)
    return tuple(
        read_theme(f"vespera-{entry.name.removesuffix('.toml')}", entry.read_text("utf-8"))
        for entry in found
        if entry.name.endswith(".toml")
    )


def read_theme(name: str, text: str) -> Theme:
    """The theme ``name`` from TOML, which can be worn; ConfigurationError says what is wrong."""
    try:
        values = tomllib.loads(text)
        for key, value in values.items():
            _check(key, value)
        if "primary" not in values:
            raise ConfigurationError(f"primary is missing; it must be {COLOUR}")  # noqa: TRY301 - named below
        _check_variables(values.get(VARIABLES, {}))
    except (tomllib.TOMLDecodeError, ConfigurationError) as error:
        raise ConfigurationError(f"theme {name!r}: {error}") from None
    return Theme(name=name, **values)


@cache
def _automatic() -> frozenset[str]:
    """The variables that may be ``auto``: the colour that is read best on what is behind it."""
    usual = Theme(name="usual", primary="red").to_color_system().generate()
    return frozenset(key for key, value in usual.items() if value.startswith("auto"))


def _check(key: str, value: Any) -> None:
    if key not in KEYS:
        raise ConfigurationError(f"there is no key {key!r}; there are {', '.join(KEYS)}")
    if key in SWITCHES:
        _demand(isinstance(value, bool), key, value, "true or false")
    elif key in SHARES:
        is_share = isinstance(value, int | float) and 0 <= value <= 1
        _demand(is_share, key, value, "a number from 0 to 1")
    elif key == VARIABLES:
        _demand(isinstance(value, dict), key, value, "a table")
    else:
        _demand(_is_colour(value), key, value, COLOUR)


def _check_variables(variables: Mapping[str, Any]) -> None:
    """Each is a style of text or a colour, by its name, for the whole program is painted anew."""
    for key, value in variables.items():
        name = f"{VARIABLES}.{key}"
        if key.endswith("-style"):
            _demand(_is_style(value), name, value, STYLE)
        else:
            allowed = f'{COLOUR}, or one with a percentage such as "red 50%"'
            _demand(_is_shade(value, auto=key in _automatic()), name, value, allowed)


def _is_shade(value: Any, *, auto: bool) -> bool:
    if not isinstance(value, str):
        return False
    colour = PERCENTAGE.sub("", value)
    return (auto and colour == "auto") or _is_colour(colour)


def _is_style(value: Any) -> bool:
    try:
        return (
            isinstance(value, str)
            and VALID_STYLE_FLAGS.issuperset(value.split(" "))
            and isinstance(Style.parse(value), Style)
        )
    except StyleSyntaxError:  # of "none" beside others, or a "not" without a word
        return False


def _is_colour(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(Color.parse(value))
    except ColorParseError:
        return False


def _demand(fits: object, key: str, value: object, allowed: str) -> None:
    if not fits:
        raise ConfigurationError(f"{key}: {value!r} must be {allowed}")
