"""What a model of settings says about itself: its keys, and what each allows, in words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_origin

from pydantic import BaseModel

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

WORDS: dict[Any, str] = {bool: "true or false", str: "text", Path: "the path of a folder"}
NUMBERS: dict[Any, str] = {int: "a whole number", float: "a number"}


def _section(info: FieldInfo) -> type[BaseModel] | None:
    kind = info.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def section_names(model: type[BaseModel]) -> list[str]:
    """The names of the sections, in the order they are declared."""
    return [name for name, info in model.model_fields.items() if _section(info)]


def dotted_keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    """Every key that can be set, as ``name`` or ``section.name``, in the order declared."""
    found: list[str] = []
    for name, info in model.model_fields.items():
        section = _section(info)
        found += dotted_keys(section, f"{prefix}{name}.") if section else [prefix + name]
    return found


def field_of(model: type[BaseModel], key: str) -> FieldInfo:
    """The declaration of a dotted key."""
    first, _, rest = key.partition(".")
    info = model.model_fields[first]
    section = _section(info)
    return field_of(section, rest) if section and rest else info


def value_of(settings: BaseModel, key: str) -> Any:
    """The value at a dotted key."""
    value: Any = settings
    for name in key.split("."):
        value = getattr(value, name)
    return value


def allowed(info: FieldInfo) -> str:
    """The values that a setting takes, in words."""
    kind = info.annotation
    limits = {
        name: getattr(rule, name)
        for rule in info.metadata
        for name in ("ge", "gt", "le", "min_length")
        if getattr(rule, name, None) is not None
    }
    if get_origin(kind) is dict:
        return "an object of texts"
    if kind in NUMBERS:
        low = f"from {limits['ge']}" if "ge" in limits else f"above {limits['gt']}"
        return f"{NUMBERS[kind]} {low} to {limits['le']}"
    if choices := get_args(kind):
        return f"{', '.join(choices[:-1])} or {choices[-1]}"
    if _section(info):
        return "an object of settings"
    return WORDS[kind] + (", not empty" if "min_length" in limits else "")
