"""What the first picture needs of the configuration, read without checking all that may be set.

Reading what a whole configuration may be takes a quarter of the start, so it is done behind the
first picture. That has the last word, and says what is wrong; what makes no sense is passed over.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.configuration.names import CONFIG, environment_name, standard_file
from vespera_tui.themes import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class FirstLook:
    """How the dashboard looks, and its keys; see ``DashboardSettings`` for what each means."""

    profile: str = "production"
    theme: str = DEFAULT
    notify: str = "toast"
    keymap: Mapping[str, str] = field(default_factory=dict)


def first_look(
    profile: str | None = None,
    file: Path | str | None = None,
    environ: Mapping[str, str] | None = None,
) -> FirstLook:
    """What file, environment and flags say, each over the one before, as in the configuration."""
    environ = os.environ if environ is None else environ
    said = _file(file or environ.get(CONFIG) or standard_file())
    inner = said.get("dashboard")
    dashboard = inner if isinstance(inner, dict) else {}
    kept = FirstLook()

    def text(key: str, found: object, default: str) -> str:
        found = environ.get(environment_name(key), found)
        return found if isinstance(found, str) and found else default

    return FirstLook(
        profile=profile or text("profile", said.get("profile"), kept.profile),
        theme=text("dashboard.theme", dashboard.get("theme"), kept.theme),
        notify=text("dashboard.notify", dashboard.get("notify"), kept.notify),
        keymap=_keys(environ.get(environment_name("dashboard.keymap")), dashboard.get("keymap")),
    )


def _file(path: Path | str) -> dict[str, Any]:
    try:
        return _object(Path(path).expanduser().read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RuntimeError):  # no file, no text, no home folder
        return {}


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _keys(environment: str | None, file: object) -> dict[str, str]:
    found = file if environment is None else _object(environment)
    pairs = found.items() if isinstance(found, dict) else ()
    return {action: key for action, key in pairs if isinstance(key, str)}
