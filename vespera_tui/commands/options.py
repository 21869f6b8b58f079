"""The options that every command takes, before or after its name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from engine.service_config import ServiceConfiguration


@dataclass(slots=True)
class Settings:
    """What the common options say; None is "not said"."""

    data_dir: Path | None = None
    profile: str | None = None
    config: Path | None = None
    loaded: ServiceConfiguration | None = None
    """The configuration in force, once it was asked for."""


def settings() -> Settings:
    """Those of the command that runs."""
    found: Settings = click.get_current_context().find_root().ensure_object(Settings)
    return found


def configuration(
    said: Settings | None = None, *, data_dir: Path | None = None
) -> ServiceConfiguration:
    """The configuration in force; ``data_dir`` counts unless ``--data-dir`` is given.

    ``said`` are the common options; those of the command that runs, in its own thread only,
    unless given. Raises ConfigurationError that names the source and the value.
    """
    from engine.service_config import load_configuration  # noqa: PLC0415 - slow to import

    said = said or settings()
    folder = said.data_dir or data_dir
    flags = {"data_dir": folder} if folder else {}
    said.loaded = load_configuration(profile=said.profile, file=said.config, flags=flags).config
    return said.loaded


def _keep(context: click.Context, parameter: click.Parameter, value: object) -> None:
    if value is not None and parameter.name:
        setattr(context.find_root().ensure_object(Settings), parameter.name, value)


def common_options() -> list[click.Option]:
    """New copies of the common options."""
    path = click.Path(path_type=Path)
    kinds: list[tuple[str, str, click.ParamType[Any], str]] = [
        ("--data-dir", "FOLDER", path, "Where the stores are."),
        ("--profile", "NAME", click.STRING, "development, production or low-resource."),
        ("--config", "FILE", path, "JSON file that overrides the profile."),
    ]
    return [
        click.Option(
            [flag], metavar=metavar, type=kind, help=text, expose_value=False, callback=_keep
        )
        for flag, metavar, kind, text in kinds
    ]


def add_common_options(command: click.Command) -> None:
    """Give ``command``, and those inside it, each common option that it has not."""
    taken = {flag for parameter in command.params for flag in parameter.opts}
    command.params += [option for option in common_options() if taken.isdisjoint(option.opts)]
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            add_common_options(inner)
