"""Where settings come from: a JSON file, the environment, flags. Each is checked by itself.

A value that is wrong is an error even when a later source overrides it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.configuration.checking import (
    check_key,
    checked,
    flatten,
    from_text,
    nearest,
    parse_object,
)
from engine.configuration.keys import dotted_keys
from engine.configuration.models import ServiceConfiguration
from engine.configuration.names import CONFIG, PREFIX, environment_name
from engine.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Setting:
    """One value, and what set it."""

    value: Any
    source: str


def from_file(path: Path | str) -> dict[str, Setting]:
    """The settings in a JSON file."""
    source = f"file {path}"
    try:
        text = Path(path).expanduser().read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigurationError(f"{source}: can't be read: {error.strerror}") from error
    except (ValueError, RuntimeError) as error:
        raise ConfigurationError(f"{source}: can't be read: {error}") from error
    return _settings(flatten(ServiceConfiguration, parse_object(text, source), source), source)


def from_environment(environ: Mapping[str, str]) -> dict[str, Setting]:
    """The settings in the names that start with ``VESPERA_``."""
    keys = {environment_name(key): key for key in dotted_keys(ServiceConfiguration)}
    found: dict[str, Setting] = {}
    for name, text in environ.items():
        if not name.startswith(PREFIX) or name == CONFIG:
            continue
        source = f"environment {name}"
        if name not in keys:
            near = nearest(name, [CONFIG, *keys])
            raise ConfigurationError(f"{source}: no such setting; did you mean {near}?")
        value = from_text(ServiceConfiguration, keys[name], text, source)
        found |= _settings({keys[name]: value}, source, {keys[name]: text})
    return found


def from_flags(flags: Mapping[str, Any]) -> dict[str, Setting]:
    """The settings in ``{dotted key: value}``; None there means "not given"."""
    found: dict[str, Setting] = {}
    for key, given in flags.items():
        if given is None:
            continue
        source = f"flag --{key.replace('_', '-')}"
        check_key(ServiceConfiguration, key, source)
        text = isinstance(given, str)
        value = from_text(ServiceConfiguration, key, given, source) if text else given
        found |= _settings({key: value}, source, {key: given})
    return found


def _settings(
    flat: Mapping[str, Any], source: str, given: Mapping[str, Any] | None = None
) -> dict[str, Setting]:
    checked(ServiceConfiguration, flat, source, given)
    return {key: Setting(value, source) for key, value in flat.items()}
