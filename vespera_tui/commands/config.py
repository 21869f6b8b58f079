"""``config``: what is in force, where each value comes from, and what may be set."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vespera_tui.commands.options import settings
from vespera_tui.commands.text import visible

if TYPE_CHECKING:
    from engine.service_config import LoadedConfiguration


@click.group()
def config() -> None:
    """Show, explain and check the configuration."""


def _loaded(file: Path | None = None) -> LoadedConfiguration:
    from engine.service_config import load_configuration  # noqa: PLC0415 - slow to import

    said = settings()
    flags = {"data_dir": said.data_dir} if said.data_dir else {}
    return load_configuration(profile=said.profile, file=file or said.config, flags=flags)


def _values(loaded: LoadedConfiguration) -> dict[str, Any]:
    from engine.configuration.models import flatten  # noqa: PLC0415 - slow to import

    return flatten(loaded.config.model_dump(mode="json"))


@config.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON that --config accepts.")
def show(*, as_json: bool) -> int:
    """Print the configuration in force."""
    loaded = _loaded()
    if as_json:
        click.echo(json.dumps(loaded.config.model_dump(mode="json"), indent=2))
        return 0
    for key, value in _values(loaded).items():
        click.echo(visible(f"{key} = {json.dumps(value)}"))
    return 0


@config.command()
@click.argument("key", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def explain(key: str | None, *, as_json: bool) -> int:
    """Say which source set each value, or that of KEY."""
    from engine.configuration.loading import check_key  # noqa: PLC0415 - slow to import

    loaded = _loaded()
    values = _values(loaded)
    wanted = [check_key(key, "argument KEY")] if key else list(loaded.sources)
    told = {name: {"value": values[name], "source": loaded.sources[name]} for name in wanted}
    if as_json:
        click.echo(json.dumps(told, indent=2))
        return 0
    width = max(len(name) for name in told)
    for name, said in told.items():
        line = f"{name:<{width}}  {json.dumps(said['value']):<46}  {said['source']}"
        click.echo(visible(line.rstrip()))
    return 0


@config.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
def validate(file: Path | None) -> int:
    """Check FILE, or the configuration in force."""
    loaded = _loaded(file)
    click.echo(f"valid: profile {loaded.config.profile}")
    return 0


@config.command()
def schema() -> int:
    """Print the JSON Schema of the configuration file."""
    from engine.service_config import ServiceConfiguration  # noqa: PLC0415 - slow to import

    click.echo(json.dumps(ServiceConfiguration.model_json_schema(), indent=2))
    return 0
