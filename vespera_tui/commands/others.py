"""``mcp`` and ``completion``."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from vespera_tui.commands.options import configuration
from vespera_tui.commands.text import PROGRAM

TOOLSETS = ("core", "full", "readonly")


@click.command()
@click.option(
    "--tools",
    "toolset",
    type=click.Choice(TOOLSETS),
    default="full",
    show_default=True,
    help="core: working on tasks; full: the services too; readonly: what changes nothing.",
)
@click.option("--http", metavar="ADDRESS", help="Serve over HTTP on HOST:PORT or PORT instead.")
@click.option("--allow-remote", is_flag=True, help="Let --http listen to other machines.")
def mcp(toolset: str, http: str | None, allow_remote: bool) -> int:
    """Serve agents over MCP, on standard input and output."""
    if allow_remote and http is None:
        raise click.UsageError("--allow-remote goes with --http")
    config = configuration()
    import mcp_server  # noqa: PLC0415 - slow to import
    from vespera_tui.web.address import read_address  # noqa: PLC0415 - as above

    address = None if http is None else read_address(http, allow_remote=allow_remote)
    return mcp_server.serve(config, toolset=toolset, address=address)


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
