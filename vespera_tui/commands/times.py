"""Times on the command line: a number of seconds, a duration with its unit, or a date."""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import TYPE_CHECKING

import click

from engine.operations import NO_DEADLINE

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Command = Callable[..., int]

_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)([smhd]?)", re.ASCII)
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
EXAMPLES = "seconds like 90, or 15m, 2h, 1d"


def seconds_option(name: str, **options: Any) -> Callable[[Command], Command]:
    """An option whose value is a duration; the command gets seconds."""
    return click.option(name, type=str, callback=_seconds, **options)


def moment_option(name: str, **options: Any) -> Callable[[Command], Command]:
    """An option whose value is a time to come; the command gets Unix seconds."""
    return click.option(name, type=str, callback=_moment, **options)


def _seconds(_: click.Context, __: click.Parameter, value: str) -> float:
    found = _duration(value)
    if found is None:
        raise click.BadParameter(f"{value!r} is not {EXAMPLES}")
    return found


def _moment(_: click.Context, __: click.Parameter, value: str | None) -> float:
    if value is None:
        return NO_DEADLINE
    now, duration = time.time(), _duration(value)
    try:
        # a date without a zone is in this machine's
        found = datetime.fromisoformat(value).timestamp() if duration is None else now + duration
    except (ValueError, OverflowError) as error:
        raise click.BadParameter(f"{value!r} is not {EXAMPLES}, or 2026-01-31T17:00") from error
    if found <= now:
        raise click.BadParameter(f"{value!r} is not in the future")
    return found


def _duration(text: str) -> float | None:
    found = _DURATION.fullmatch(text.strip())
    return float(found[1]) * _SECONDS[found[2]] if found else None
