"""A group of commands that imports each only when it is called, and ends with an exit code."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from vespera_tui.commands.exits import guarded
from vespera_tui.commands.options import Settings, add_common_options
from vespera_tui.commands.text import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Program(click.Group):
    """``lazy`` maps the name of a command to the ``module:attribute`` where it is."""

    def __init__(self, *args: Any, lazy: Mapping[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names, in the order they are declared."""
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now if it was not before."""
        if cmd_name in self._lazy and cmd_name not in self.commands:
            module, attribute = self._lazy[cmd_name].split(":")
            command: click.Command = getattr(import_module(module), attribute)
            add_common_options(command)
            self.commands[cmd_name] = command
        return super().get_command(ctx, cmd_name)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run, and leave with the exit code; without ``standalone_mode`` return it."""
        settings = Settings()

        def run() -> object:
            return super(Program, self).main(
                args,
                prog_name or PROGRAM,
                complete_var,
                standalone_mode=False,
                windows_expand_args=windows_expand_args,
                **{"obj": settings, **extra},
            )

        if not standalone_mode:
            return run()
        sys.exit(guarded(run, settings))
