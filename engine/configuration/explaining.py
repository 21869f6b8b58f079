"""What each setting means, what it may be, and which source set it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.configuration.checking import check_key
from engine.configuration.keys import allowed, dotted_keys, field_of, section_names, value_of
from engine.configuration.meanings import describe
from engine.configuration.models import ServiceConfiguration
from engine.configuration.names import environment_name

if TYPE_CHECKING:
    from engine.configuration.loading import LoadedConfiguration


@dataclass(frozen=True, slots=True)
class Explanation:
    """One setting in force."""

    key: str
    value: Any
    source: str
    """default, profile NAME, file PATH, environment NAME or flag --NAME."""
    default: Any
    allowed: str
    meaning: str
    environment: str
    """The name in the environment that sets it."""


def explain(loaded: LoadedConfiguration, key: str | None = None) -> list[Explanation]:
    """One setting, those of one section, or all; ConfigurationError for any other ``key``."""
    describe(ServiceConfiguration)
    keys = dotted_keys(ServiceConfiguration)
    if key in section_names(ServiceConfiguration):
        keys = [each for each in keys if each.startswith(f"{key}.")]
    elif key is not None:
        keys = [check_key(ServiceConfiguration, key, "config explain")]
    return [_explained(loaded, each) for each in keys]


def _explained(loaded: LoadedConfiguration, key: str) -> Explanation:
    info = field_of(ServiceConfiguration, key)
    return Explanation(
        key=key,
        value=_plain(value_of(loaded.config, key)),
        source=loaded.sources[key],
        default=_plain(info.get_default(call_default_factory=True)),
        allowed=allowed(info),
        meaning=info.description or "",
        environment=environment_name(key),
    )


def _plain(value: Any) -> Any:
    return str(value) if hasattr(value, "__fspath__") else value


def shown(value: object) -> str:
    """A value as the file would have it."""
    return json.dumps(value, ensure_ascii=False)


def json_schema() -> dict[str, Any]:
    """JSON Schema of the file."""
    describe(ServiceConfiguration)
    for section in section_names(ServiceConfiguration):
        kind = ServiceConfiguration.model_fields[section].annotation
        assert isinstance(kind, type)  # noqa: S101 - a section is a model
        kind.model_rebuild(force=True)
    ServiceConfiguration.model_rebuild(force=True)
    schema = ServiceConfiguration.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
