"""From what a source says to values that are allowed, or one line that says what is wrong.

Everything here takes the model to check against; settings travel as ``{dotted key: value}``.
"""

from __future__ import annotations

import json
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, TypeVar, get_origin

from pydantic import BaseModel, ValidationError

from engine.configuration.keys import allowed, dotted_keys, field_of, section_names
from engine.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ModelT = TypeVar("ModelT", bound=BaseModel)
WORDS = {
    **dict.fromkeys(("true", "1", "yes", "on"), True),
    **dict.fromkeys(("false", "0", "no", "off"), False),
}
"""How text says yes and no."""


def parse_object(text: str, source: str) -> dict[str, Any]:
    """The JSON object in ``text``; ConfigurationError with line and column if it is none."""
    try:
        data = json.loads(text, object_pairs_hook=_refuse_repeats)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{source}: not valid JSON: {error}") from error
    if not isinstance(data, dict):
        raise ConfigurationError(f"{source}: expected an object of settings, found {data!r:.60}")
    return data


def _refuse_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} stands twice in one object")
        found[key] = value
    return found


def flatten(
    model: type[BaseModel], data: Mapping[str, Any], source: str, prefix: str = ""
) -> dict[str, Any]:
    """Dotted keys of nested objects; ConfigurationError for a key that there is not."""
    found: dict[str, Any] = {}
    for name, value in data.items():
        key = prefix + name
        if not prefix and name in section_names(model):
            if not isinstance(value, dict):
                raise ConfigurationError(
                    f"{source}: {name}: {_short(value)} is no object of settings"
                )
            found |= flatten(model, value, source, f"{name}.")
        elif "." in name:
            raise ConfigurationError(f"{source}: {key}: a section is an object, not a dot")
        else:
            found[check_key(model, key, source)] = value
    return found


def check_key(model: type[BaseModel], key: str, source: str) -> str:
    """``key`` if it can be set; ConfigurationError that names the nearest otherwise."""
    known = dotted_keys(model)
    if key in known:
        return key
    raise ConfigurationError(f"{source}: {unknown_name(key, known + section_names(model))}")


def unknown_name(name: str, known: Iterable[str]) -> str:
    """The line that says there is no ``name`` and which is the nearest."""
    return f"{name}: no such setting; did you mean {nearest(name, known)}?"


def nearest(name: str, known: Iterable[str]) -> str:
    """The most similar of ``known``, by the whole name or by what follows its section."""

    def likeness(candidate: str) -> float:
        whole = SequenceMatcher(None, name.lower(), candidate.lower()).ratio()
        last = SequenceMatcher(None, name.lower(), candidate.lower().split(".")[-1]).ratio()
        return max(whole, last)

    return max(known, key=likeness)


def checked(
    model: type[ModelT],
    flat: Mapping[str, Any],
    source: str,
    given: Mapping[str, Any] | None = None,
) -> ModelT:
    """The model with the values of ``flat``; ConfigurationError about the first that is wrong.

    ``given`` is what the source said, where ``flat`` has what was understood.
    """
    try:
        return model.model_validate(nested(flat))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "refused":  # says itself what is allowed, and keeps secrets
            raise ConfigurationError(f"{source}: {key}: {first['msg']}") from error
        raise not_allowed(model, key, (given or flat).get(key, first["input"]), source) from error


def not_allowed(model: type[BaseModel], key: str, value: object, source: str) -> ConfigurationError:
    """The error about a value, to be raised."""
    allowed_values = allowed(field_of(model, key))
    return ConfigurationError(
        f"{source}: {key}: {_short(value)} is not allowed; allowed: {allowed_values}"
    )


def _short(value: object) -> str:
    text = repr(value) if not hasattr(value, "__fspath__") else repr(str(value))
    longest = 200
    return text if len(text) <= longest else f"{text[:longest]}..."


def nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Objects within objects, from dotted keys."""
    tree: dict[str, Any] = {}
    for key, value in flat.items():
        *sections, name = key.split(".")
        branch = tree
        for section in sections:
            branch = branch.setdefault(section, {})
        branch[name] = value
    return tree


def from_text(model: type[BaseModel], key: str, text: str, source: str) -> Any:
    """What ``text``, from the environment or a flag, means for this key."""
    kind = field_of(model, key).annotation
    try:
        if kind is bool:
            return WORDS[text.strip().lower()]
        if get_origin(kind) is dict:
            return json.loads(text)
        return kind(text) if kind in (int, float) else text
    except (KeyError, ValueError) as error:
        raise not_allowed(model, key, text, source) from error
