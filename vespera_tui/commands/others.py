"""``mcp`` and ``completion``."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from vespera_tui.commands.options import configuration
from vespera_tui.commands.text import PROGRAM


@click.command()
def mcp() -> int:
    """Serve agents over MCP, on standard input and output."""
    config = configuration()
    import mcp_server  # noqa: PLC0415 - slow to import

    return mcp_server.main(config)


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> int:
    """Print what makes SHELL complete this program's commands."""
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"no completion for {shell}")
    variable = f"_{PROGRAM.upper().replace('-', '_')}_COMPLETE"
    click.echo(kind(context.find_root().command, {}, PROGRAM, variable).source())
    return 0
