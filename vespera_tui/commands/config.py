"""``config``: what is set, where it was set, and what may be set."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vespera_tui.commands.options import settings
from vespera_tui.commands.text import print_json, say, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.service_config import Explanation, LoadedConfiguration

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def on_terminal() -> bool:
    """Whether a person reads the output as it comes."""
    return sys.stdout.isatty()


def _loaded() -> LoadedConfiguration:
    from engine.service_config import load_configuration  # noqa: PLC0415 - slow to import

    said = settings()
    return load_configuration(
        profile=said.profile, file=said.config, flags={"data_dir": said.data_dir}
    )


@click.group()
def config() -> None:
    """Show, explain and check the configuration."""


@config.command()
@JSON
def show(as_json: bool) -> None:
    """Show the configuration in force; with --json as a file that --config reads."""
    from engine.service_config import explain, shown  # noqa: PLC0415 - slow to import

    loaded = _loaded()
    if as_json:
        print_json(json.loads(loaded.config.to_json()))
        return
    for each in explain(loaded):
        say(f"{each.key} = {shown(each.value)}")


@config.command("explain")
@click.argument("key", required=False)
@JSON
def explain_(key: str | None, as_json: bool) -> None:
    """Explain every setting, those of a section, or one KEY, and say what set each."""
    from engine.service_config import explain  # noqa: PLC0415 - slow to import

    found = explain(_loaded(), key)
    if as_json:
        print_json(found)
    elif len(found) == 1:
        _print_one(found[0])
    elif on_terminal():
        _print_table(found)
    else:
        _print_lines(found)


def _print_one(found: Explanation) -> None:
    from engine.service_config import shown  # noqa: PLC0415 - slow to import

    say(f"{found.key} = {shown(found.value)}")
    say(f"  {found.meaning}")
    say(f"  set by       {found.source}")
    say(f"  allowed      {found.allowed}")
    say(f"  default      {shown(found.default)}")
    say(f"  environment  {found.environment}")


def _print_lines(found: Sequence[Explanation]) -> None:
    from engine.service_config import shown  # noqa: PLC0415 - slow to import

    width = max(len(each.key) for each in found)
    for each in found:
        say(f"{each.key:<{width}}  {shown(each.value)}  ({each.source})")


def _print_table(found: Sequence[Explanation]) -> None:
    from rich.console import Console  # noqa: PLC0415 - only on a terminal
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    from engine.service_config import shown  # noqa: PLC0415 - slow to import

    table = Table("Setting", "Value", "Set by", "Meaning", box=None, pad_edge=False)
    for each in found:
        cells = (each.key, shown(each.value), each.source, each.meaning)
        table.add_row(*(Text(visible(cell)) for cell in cells))  # Text: never read as markup
    Console().print(table)


@config.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
def validate(file: Path | None) -> None:
    """Check FILE by itself, or the configuration in force."""
    from engine.service_config import load_configuration  # noqa: PLC0415 - slow to import
    from vespera_tui.actions import ACTIONS  # noqa: PLC0415 - as above
    from vespera_tui.keymap import remapped  # noqa: PLC0415 - as above

    loaded = load_configuration(file=file, environ={}) if file else _loaded()
    remapped(ACTIONS, loaded.config.dashboard.keymap)
    count = len(loaded.settings)
    sources = sorted({setting.source for setting in loaded.settings.values()})
    say(f"valid: profile {loaded.config.profile}, {count} settings of its own")
    for source in sources:
        say(f"  {source}")


@config.command()
def schema() -> None:
    """Print the JSON Schema of the configuration file."""
    from engine.service_config import json_schema  # noqa: PLC0415 - slow to import

    print_json(json_schema())
