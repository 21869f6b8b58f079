"""Text that people and agents wrote, made safe to print, and values made ready for JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass

import click

PROGRAM = "vespera-tui"


def visible(text: object) -> str:
    """``text`` on one line; what would steer the terminal or hide is shown as an escape."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in str(text)
    )


def complain(message: object) -> None:
    """One line about an error, on standard error."""
    click.echo(f"{PROGRAM}: error: {visible(message)}", err=True)


def note(message: object) -> None:
    """One line of information, on standard error, so that output can be piped."""
    click.echo(visible(message), err=True)


def say(message: object) -> None:
    """One line of output."""
    click.echo(visible(message))


def plain(value: object) -> object:
    """``value`` with dataclasses as objects; a trailing underscore of a field's name goes."""
    if is_dataclass(value):
        return {f.name.rstrip("_"): plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(item) for item in value]
    return value


def print_json(value: object) -> None:
    """``value`` as JSON in ASCII, which no terminal takes for a command."""
    click.echo(json.dumps(plain(value), indent=2))
