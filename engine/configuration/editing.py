"""Changes of the configuration file: a setting at a time, checked, written whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from engine.configuration.checking import (
    check_key,
    checked,
    flatten,
    from_text,
    nested,
    parse_object,
)
from engine.configuration.explaining import explain, shown
from engine.configuration.keys import field_of
from engine.configuration.loading import LoadedConfiguration, reloaded
from engine.configuration.models import ServiceConfiguration
from engine.errors import ConfigurationError

RESTART = frozenset(
    {
        "data_dir",
        "synchronous",
        "log_level",
        "embedding.embedding_model",
        "embedding.backend",
        "embedding.model_path",
        "plugins.enabled",
        "dashboard.theme",
        "dashboard.keymap",
        "dashboard.notify",
    }
)
"""What is read only at the start; every other setting counts at once."""
SOURCE = "settings"


@dataclass(frozen=True, slots=True)
class SettingView:
    """One setting in force, as a person sees it."""

    key: str
    value: str
    """As the file would have it, in JSON."""
    default: str
    source: str
    """default, profile NAME, file PATH, environment NAME, flag --NAME or program."""
    allowed: str
    meaning: str
    environment: str
    needs_restart: bool
    choices: tuple[str, ...] = ()
    """All values there are, if they are few."""


@dataclass(frozen=True, slots=True)
class ConfigurationView:
    """The configuration in force, and the file that changes of it go to."""

    profile: str
    file: str
    settings: tuple[SettingView, ...] = ()


@dataclass(frozen=True, slots=True)
class SettingSaved:
    """What became of a change."""

    key: str
    value: str
    """The value in force now, in JSON."""
    before: str | None
    """What the file said before; None when it said nothing."""
    file: str
    needs_restart: bool
    overridden_by: str = ""
    """The environment or flag that overrides the file; empty when the file counts."""


def view(loaded: LoadedConfiguration, file: Path) -> ConfigurationView:
    """Every setting, in the order of the documentation."""
    settings = tuple(
        SettingView(
            each.key,
            shown(each.value),
            shown(each.default),
            each.source,
            each.allowed,
            each.meaning,
            each.environment,
            each.key in RESTART,
            _choices(each.key),
        )
        for each in explain(loaded)
    )
    return ConfigurationView(loaded.config.profile, str(file), settings)


def _choices(key: str) -> tuple[str, ...]:
    kind = field_of(ServiceConfiguration, key).annotation
    if kind is bool:
        return ("true", "false")
    return tuple(str(each) for each in get_args(kind) if isinstance(each, str))


def save(
    loaded: LoadedConfiguration, file: Path, key: str, text: str | None
) -> tuple[LoadedConfiguration, SettingSaved]:
    """Put ``text`` into ``file`` as the value of ``key``, or take the key out with None.

    Only what differs stands in the file. Raises ConfigurationError that names the key, the value
    and what is allowed; the file is then as it was. Blocks: call it in a thread.
    """
    check_key(ServiceConfiguration, key, SOURCE)
    if key == "data_dir":
        raise ConfigurationError(
            "data_dir: the stores that are open can't be moved; start with another --data-dir"
        )
    flat = _read(file)
    before = shown(flat[key]) if key in flat else None
    if text is None:
        flat.pop(key, None)
    else:
        value = from_text(ServiceConfiguration, key, text, SOURCE)
        checked(ServiceConfiguration, {key: value}, SOURCE, {key: text})
        flat[key] = value
    changed = reloaded(loaded, file, flat)  # raises if it does not fit the rest
    _write(file, flat)
    source = changed.sources[key]
    overridden = source if source.startswith(("environment", "flag", "program")) else ""
    value = next(each.value for each in explain(changed, key))
    return changed, SettingSaved(key, shown(value), before, str(file), key in RESTART, overridden)


def _read(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"file {file}: can't be read: {error}") from error
    return flatten(ServiceConfiguration, parse_object(text, f"file {file}"), f"file {file}")


def _write(file: Path, flat: dict[str, Any]) -> None:
    """Whole or not at all: beside it first, then in its place, with its rights."""
    text = json.dumps(nested(flat), indent=2, ensure_ascii=False, default=str) + "\n"
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = file.resolve()  # a link stays a link
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o600
        handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=target.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as new:
                new.write(text)
                new.flush()
                os.fsync(new.fileno())
            Path(name).chmod(mode)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ConfigurationError(f"file {file}: can't be written: {error.strerror}") from error
