"""Themes as files: one TOML file in the ``themes`` package is one theme of that name."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from textual.theme import Theme

from engine.errors import ConfigurationError

DEFAULT = "vespera-dark"


@cache
def load_themes() -> tuple[Theme, ...]:
    """Every theme that comes with the program, by name.

    Raises ConfigurationError for a file that is not TOML or has a key that no theme has.
    """
    found = sorted(files("themes").iterdir(), key=lambda entry: entry.name)
    return tuple(
        read_theme(f"vespera-{entry.name.removesuffix('.toml')}", entry.read_text("utf-8"))
        for entry in found
        if entry.name.endswith(".toml")
    )


def read_theme(name: str, text: str) -> Theme:
    """The theme ``name`` from TOML; ConfigurationError says what is wrong with it."""
    try:
        return Theme(name=name, **tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"theme {name!r}: {error}") from None
    except TypeError as error:
        raise ConfigurationError(f"theme {name!r}: {error}; see Textual's Theme") from None
