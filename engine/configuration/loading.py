"""Defaults, then the profile, a JSON file, the environment and flags, each over the one before.

Only what a source sets overrides; its value may well equal the default.
"""

from __future__ import annotations

import difflib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from platformdirs import user_config_path
from pydantic import BaseModel, ValidationError

from engine.configuration.models import ServiceConfiguration
from engine.configuration.profiles import PROFILES
from engine.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "VESPERA_"
CHOOSERS = ("config",)
"""Environment names that choose a source rather than set a value."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One value that a source set."""

    value: Any
    source: str


@dataclass(frozen=True, slots=True)
class LoadedConfiguration:
    """The configuration in force, and which source set each dotted key."""

    config: ServiceConfiguration
    sources: Mapping[str, str]
    settings: Mapping[str, Setting] = field(default_factory=dict)
    """What file, environment and flags set; kept over a change of profile."""


def dotted_keys(model: type[BaseModel] = ServiceConfiguration, prefix: str = "") -> list[str]:
    """Every key that can be set, sections joined with dots."""
    found = []
    for name, info in model.model_fields.items():
        kind = info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found += dotted_keys(kind, f"{prefix}{name}.")
        else:
            found.append(prefix + name)
    return found


def load_configuration(
    *,
    profile: str | None = None,
    file: Path | str | None = None,
    environ: Mapping[str, str] | None = None,
    flags: Mapping[str, Any] | None = None,
) -> LoadedConfiguration:
    """Merge all sources. ``flags`` are dotted keys; None there means "not given".

    Raises ConfigurationError that names the source, the key, the value and what is allowed.
    """
    environ = os.environ if environ is None else environ
    path = file or environ.get(f"{PREFIX}CONFIG")
    settings = _from_file(path) | _from_environment(environ) | _from_flags(flags or {})
    if profile is not None:
        settings["profile"] = Setting(profile, "flag --profile")
    return _merge(settings)


def with_profile(loaded: LoadedConfiguration, profile: str) -> LoadedConfiguration:
    """Another profile under the same file, environment and flags."""
    chosen = {"profile": Setting(profile, "chosen while running")}
    return _merge({**loaded.settings, **chosen})


def profile_config(profile: str) -> ServiceConfiguration:
    """A profile as it comes, without file, environment or flags."""
    return _merge({"profile": Setting(profile, "the program")}).config


def _merge(settings: Mapping[str, Setting]) -> LoadedConfiguration:
    chosen = settings.get("profile", Setting("production", "default"))
    if not isinstance(chosen.value, str) or chosen.value not in PROFILES:
        raise ConfigurationError(
            f"{chosen.source}: profile: {chosen.value!r} is not one of {', '.join(PROFILES)}"
        )
    source = f"profile {chosen.value}"
    merged = {key: Setting(value, source) for key, value in PROFILES[chosen.value].items()}
    merged |= {"profile": chosen, **settings}
    sources = {key: merged[key].source if key in merged else "default" for key in dotted_keys()}
    return LoadedConfiguration(_validate(merged), sources, settings)


def _validate(merged: Mapping[str, Setting]) -> ServiceConfiguration:
    tree: dict[str, Any] = {}
    for key, setting in merged.items():
        *sections, name = key.split(".")
        branch = tree
        for section in sections:
            branch = branch.setdefault(section, {})
        branch[name] = setting.value
    try:
        return ServiceConfiguration.model_validate(tree)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        source = merged[key].source if key in merged else "configuration"
        raise ConfigurationError(
            f"{source}: {key}: {first['input']!r} is not allowed: {first['msg']}"
        ) from error


def check_key(key: str, source: str) -> str:
    """``key`` if it can be set; ConfigurationError with the nearest name otherwise."""
    known = dotted_keys()
    if key in known:
        return key
    near = difflib.get_close_matches(key, known, 1, 0.4)
    hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known)}"
    raise ConfigurationError(f"{source}: {key}: no such setting{hint}")


def _from_file(path: Path | str | None) -> dict[str, Setting]:
    if path is None:
        standard = user_config_path("vespera") / "config.json"
        if not standard.exists():
            return {}
        path = standard
    source = f"file {path}"
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"), object_pairs_hook=_refuse_repeats)
    except OSError as error:
        raise ConfigurationError(f"{source}: {error.strerror}") from error
    except ValueError as error:
        raise ConfigurationError(f"{source}: not valid JSON: {error}") from error
    if not isinstance(data, dict):
        raise ConfigurationError(f"{source}: expected an object of settings at the top")
    return _flatten(data, source)


def _refuse_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} stands twice in one object")
        found[key] = value
    return found


def _flatten(data: Mapping[str, Any], source: str, prefix: str = "") -> dict[str, Setting]:
    sections = {key.split(".")[0] for key in dotted_keys() if "." in key}
    found: dict[str, Setting] = {}
    for name, value in data.items():
        if not prefix and name in sections:
            if not isinstance(value, dict):
                raise ConfigurationError(f"{source}: {name}: {value!r} is not an object")
            found |= _flatten(value, source, f"{name}.")
        else:
            found[check_key(prefix + name, source)] = Setting(value, source)
    return found


def _from_environment(environ: Mapping[str, str]) -> dict[str, Setting]:
    found = {}
    for name, text in environ.items():
        if not name.startswith(PREFIX) or name[len(PREFIX) :].lower() in CHOOSERS:
            continue
        source = f"environment {name}"
        key = check_key(name[len(PREFIX) :].lower().replace("__", "."), source)
        found[key] = Setting(text, source)
    return found


def _from_flags(flags: Mapping[str, Any]) -> dict[str, Setting]:
    given = {key: value for key, value in flags.items() if value is not None}
    return {
        check_key(key, "flag"): Setting(value, f"flag --{key.replace('_', '-')}")
        for key, value in given.items()
    }


def allowed(model: type[BaseModel], name: str) -> str:
    """The allowed values of a field in words."""
    schema = model.model_json_schema(mode="validation")["properties"][name]
    choices = get_args(model.model_fields[name].annotation)
    if "enum" in schema:
        return ", ".join(str(choice) for choice in choices)
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    bounds = [f"from {low}" if low is not None else "", f"to {high}" if high is not None else ""]
    return " ".join([schema.get("type", schema.get("format", "")), *filter(None, bounds)])
