"""What a plugin's class says of itself, checked, and remembered until it is loaded again."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

if TYPE_CHECKING:
    from pathlib import Path

LONGEST_WAIT = 30 * 86_400.0
"""Seconds."""
Kind = Annotated[str, Field(pattern=r"\A[a-z][a-z0-9_]{0,39}\z")]
Seconds = Annotated[float, Field(ge=1, le=LONGEST_WAIT)]


class Checked(BaseModel):
    """What came from a plugin's process: nothing missing, nothing more, no type converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class PluginTraits(Checked):
    """What the engine knows of a plugin; see :class:`engine.plugins.Plugin`."""

    title: str = Field("", max_length=80)
    description: str = Field("", max_length=500)
    kinds: frozenset[Kind] = Field(frozenset(), max_length=50)
    batch_size: int = Field(1, ge=1, le=1000)
    on_task_change: Kind | None = None
    every: dict[Kind, Seconds] = {}

    @model_validator(mode="after")
    def _kinds_exist(self) -> Self:
        named = {*self.every, *([self.on_task_change] if self.on_task_change else [])}
        if unknown := named - self.kinds:
            raise ValueError(f"not among its kinds: {', '.join(sorted(unknown))}")
        return self


def first_error(error: ValidationError) -> str:
    """What is wrong first, and where, without the value."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}".removeprefix(": ")[:500]


def _file(data_dir: Path, name: str) -> Path:
    return data_dir / "plugins" / f"{name}.json"


def recall(data_dir: Path, name: str) -> PluginTraits:
    """What was remembered; nothing at all if that is missing or damaged. Reads a file."""
    try:
        return PluginTraits.model_validate_json(_file(data_dir, name).read_bytes())
    except (OSError, ValidationError):  # it is only a cache, and loading the plugin mends it
        return PluginTraits()


def remember(data_dir: Path, name: str, traits: PluginTraits) -> None:
    """Keep it for the next start. Writes a file; raises OSError."""
    file = _file(data_dir, name)
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.write_text(traits.model_dump_json(), encoding="utf-8")
    os.replace(fresh, file)  # noqa: PTH105 - atomic
