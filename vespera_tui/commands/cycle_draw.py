"""``cycles draw``: one cycle as a picture, or in the language of another tool."""

from __future__ import annotations

import os
import shutil
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.errors import TaskNotFoundError
from vespera_tui.commands import session
from vespera_tui.commands.exits import FAILED, FINE
from vespera_tui.commands.text import complain, note
from vespera_tui.terminal import ascii_alone

if TYPE_CHECKING:
    from engine.api import EngineAPI
    from engine.cycle_views import CycleComponent
    from widgets.cycle_picture.model import CycleModel

FORMS = ("text", "mermaid", "dot", "svg")
MOST_TITLES = 200
"""Tasks up to which all titles are read; of a larger component, those of the shortest cycle."""
LOWEST, RESERVED = 18, 6
"""Rows of a picture at least, and those of the terminal that are left for the advice."""


@click.command()
@click.argument("number", metavar="[ID]", type=click.IntRange(1), required=False)
@click.option(
    "--as", "form", type=click.Choice(FORMS), default="text", show_default=True, help="Which form."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file and not to standard output; it must not exist.",
)
@click.option(
    "--ascii/--no-ascii",
    "ascii_only",
    default=None,
    help="Draw text without braille and boxes; by default where a terminal shows none, and where"
    " the output is no terminal.",
)
@click.option(
    "--width",
    type=click.IntRange(20, 1_000),
    help="Columns of the text; those of the terminal by default.",
)
def draw(
    number: int | None, form: str, output: Path | None, ascii_only: bool | None, width: int | None
) -> int:
    """Draw the cycle ID, or the largest, with the link to cut and the order after it."""
    if form != "text" and (ascii_only is not None or width):
        raise click.UsageError("--ascii and --width are for --as text")
    if output is not None and output.exists():
        raise click.UsageError(f"--output: {output} exists already")
    if ascii_only is None:
        ascii_only = output is not None or not sys.stdout.isatty() or ascii_alone(os.environ)
    return session.run(partial(_draw, number, form, output, ascii_only, width))


async def _draw(
    number: int | None,
    form: str,
    output: Path | None,
    ascii_only: bool,
    width: int | None,
    engine: EngineAPI,
) -> int:
    components = (await engine.cycles()).components
    if not components:
        note("no cycles: no task waits for itself")
        return FINE
    largest = max(components, key=lambda each: len(each.tasks))
    chosen = largest if number is None else next((c for c in components if c.id == number), None)
    if chosen is None:
        known = ", ".join(str(each.id) for each in components)
        complain(f"no cycle alive has the id {number}; there are {known}")
        return FAILED
    written = _written(await _model(chosen, engine), form, ascii_only, width)
    if output is None:
        click.echo(written, nl=False)
    else:
        output.write_text(written, encoding="utf-8")  # noqa: ASYNC240 - the last thing that is done
        note(f"wrote {output}")
    return FINE


async def _model(component: CycleComponent, engine: EngineAPI) -> CycleModel:
    from vespera_tui.cycle_models import component_model  # noqa: PLC0415 - loads Textual

    many = len(component.tasks) > MOST_TITLES
    titles = {}
    for task_id in component.cycle[:MOST_TITLES] if many else component.tasks:
        try:
            titles[task_id] = (await engine.get_task(task_id)).title
        except TaskNotFoundError:  # deleted since the check
            titles[task_id] = ""
    return component_model(component, titles=titles, now=time.time())


def _written(model: CycleModel, form: str, ascii_only: bool, width: int | None) -> str:
    from widgets.cycle_picture.export import dot, mermaid, svg, text  # noqa: PLC0415 - as above

    if form != "text":
        return {"mermaid": mermaid.write, "dot": dot.write, "svg": svg.write}[form](model)
    columns, rows = shutil.get_terminal_size((text.WIDTH, text.HEIGHT + RESERVED))
    height = max(rows - RESERVED, LOWEST)
    return text.write(model, width=width or columns, height=height, ascii_only=ascii_only)
