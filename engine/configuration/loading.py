"""Defaults, then the profile, a JSON file, the environment and flags, each over the one before.

Only what a source sets overrides; its value may well equal the default.
"""

from __future__ import annotations

import os
from collections import deque
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from engine.configuration.checking import checked
from engine.configuration.keys import dotted_keys, value_of
from engine.configuration.models import ServiceConfiguration
from engine.configuration.names import CONFIG, standard_file
from engine.configuration.profiles import PROFILES
from engine.configuration.sections import Section
from engine.configuration.sources import Setting, from_environment, from_file, from_flags

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


@dataclass(frozen=True, slots=True)
class LoadedConfiguration:
    """The configuration in force, and which source set each dotted key."""

    config: ServiceConfiguration
    sources: dict[str, str]
    """default, profile NAME, file PATH, environment NAME or flag --NAME, by dotted key."""
    settings: Mapping[str, Setting]
    """What file, environment and flags set; a change of profile keeps it."""
    file: Path = field(default_factory=standard_file)
    """The file that was read, or would have been."""


def load_configuration(
    *,
    profile: str | None = None,
    file: Path | str | None = None,
    environ: Mapping[str, str] | None = None,
    flags: Mapping[str, Any] | None = None,
) -> LoadedConfiguration:
    """Merge all sources. ``flags`` has dotted keys; None there means "not given".

    Without ``file`` the one that VESPERA_CONFIG names is read, or else the standard one if there
    is one. ``environ`` is the process's environment unless given. Raises ConfigurationError that
    names the source, the key, the value and what is allowed.
    """
    environ = os.environ if environ is None else environ
    named = file or environ.get(CONFIG)
    settings = {
        **_file_settings(named),
        **from_environment(environ),
        **from_flags({**(flags or {}), **({"profile": profile} if profile is not None else {})}),
    }
    where = Path(named).expanduser() if named else standard_file()
    return _remembered(replace(_merge(settings), file=where))


_RECENT: deque[LoadedConfiguration] = deque(maxlen=16)


def _remembered(loaded: LoadedConfiguration) -> LoadedConfiguration:
    _RECENT.append(loaded)
    return loaded


def origin(config: ServiceConfiguration) -> LoadedConfiguration:
    """Where ``config`` came from; if that is not known, what it sets was set by a program."""
    for loaded in _RECENT:
        if loaded.config is config:
            return loaded
    kept = {key: Setting(value_of(config, key), "program") for key in _set_keys(config)}
    if "profile" not in kept:
        kept["profile"] = Setting(config.profile, "program")
    return replace(_merge(kept), config=config)


def reloaded(
    current: LoadedConfiguration, file: Path, flat: Mapping[str, Any]
) -> LoadedConfiguration:
    """``current`` with ``flat`` as what the file says; environment and flags still override it."""
    others = {
        key: each
        for key, each in current.settings.items()
        if not each.source.startswith(("file ", "change of profile"))
    }
    from_file = {key: Setting(value, f"file {file}") for key, value in flat.items()}
    return _remembered(replace(_merge({**from_file, **others}), file=file))


def _file_settings(named: Path | str | None) -> dict[str, Setting]:
    if named:
        return from_file(named)
    standard = standard_file()
    return from_file(standard) if standard.exists() else {}


@overload
def with_profile(current: LoadedConfiguration, profile: str) -> LoadedConfiguration: ...
@overload
def with_profile(current: ServiceConfiguration, profile: str) -> ServiceConfiguration: ...
def with_profile(
    current: LoadedConfiguration | ServiceConfiguration, profile: str
) -> LoadedConfiguration | ServiceConfiguration:
    """``current`` on another profile; what file, environment, flags or a program set stays.

    Raises ConfigurationError for a profile that there is not.
    """
    checked(ServiceConfiguration, {"profile": profile}, "change of profile")
    chosen = {"profile": Setting(profile, "change of profile")}
    if isinstance(current, LoadedConfiguration):
        merged = _merge({**current.settings, **chosen})
        return _remembered(replace(merged, file=current.file))
    kept = {key: Setting(value_of(current, key), "program") for key in _set_keys(current)}
    return _merge({**kept, **chosen}).config


def profile_config(profile: str) -> ServiceConfiguration:
    """A profile as it comes, without file, environment or flags."""
    return _merge({"profile": Setting(profile, "program")}).config


def _merge(settings: Mapping[str, Setting]) -> LoadedConfiguration:
    chosen = settings["profile"].value if "profile" in settings else "production"
    source = f"profile {chosen}"
    merged = {key: Setting(value, source) for key, value in PROFILES[chosen].items()}
    merged.update(settings)
    config = checked(
        ServiceConfiguration, {key: setting.value for key, setting in merged.items()}, source
    )
    keys = dotted_keys(ServiceConfiguration)
    sources = {key: merged[key].source if key in merged else "default" for key in keys}
    return LoadedConfiguration(_marked(config, settings), sources, dict(settings))


def _marked(config: ServiceConfiguration, keys: Collection[str]) -> ServiceConfiguration:
    """``config`` with only ``keys`` counted as set; the profile's values are not."""
    return ServiceConfiguration.model_construct(_own(keys), **_values(config, keys))


def _values(section: Section, keys: Collection[str]) -> dict[str, Any]:
    values = dict(section)
    for name, value in values.items():
        if isinstance(value, Section):
            inner = _inside(name, keys)
            values[name] = type(value).model_construct(_own(inner), **_values(value, inner))
    return values


def _own(keys: Collection[str]) -> set[str]:
    return {key.partition(".")[0] for key in keys}


def _inside(name: str, keys: Collection[str]) -> list[str]:
    return [key.partition(".")[2] for key in keys if key.startswith(f"{name}.")]


def _set_keys(section: Section, prefix: str = "") -> list[str]:
    found: list[str] = []
    for name in type(section).model_fields:
        if name in section.model_fields_set:
            value = getattr(section, name)
            inner = isinstance(value, Section)
            found += _set_keys(value, f"{prefix}{name}.") if inner else [prefix + name]
    return found
