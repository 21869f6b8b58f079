"""What each exit code means, and how an error becomes one clear line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from engine.errors import DataDirectoryError, DependencyDownError, InvalidInputError, VesperaError
from vespera_tui.commands.text import PROGRAM, complain

if TYPE_CHECKING:
    from collections.abc import Callable

    from vespera_tui.commands.options import Settings

FINE = 0
FAILED = 1
"""The work failed, or failed in part."""
USAGE = 2
"""The command line or the configuration is wrong."""
NOT_IDLE = 3
"""Work waits for a part that is away."""
NO_DATA_DIRECTORY = 4
"""The data directory is in use or can't be used."""
INTERRUPTED = 130
TERMINATED = 143

CODES: tuple[tuple[type[VesperaError], int], ...] = (
    (InvalidInputError, USAGE),
    (DependencyDownError, NOT_IDLE),
    (DataDirectoryError, NO_DATA_DIRECTORY),
    (VesperaError, FAILED),
)


def guarded(run: Callable[[], object], settings: Settings) -> int:
    """The exit code of ``run``; errors are told in one line on standard error."""
    try:
        code = run()
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return USAGE
    except click.UsageError as error:
        complain(_usage(error))
        return USAGE
    except click.ClickException as error:
        complain(error.format_message())
        return FAILED
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the top of the program: logged, and shown below
        return _report(_innermost(error), settings)
    return code if isinstance(code, int) else FINE


def _usage(error: click.UsageError) -> str:
    command = error.ctx.command_path if error.ctx else PROGRAM
    return f"{error.format_message()} (see {command} --help)"


def _innermost(error: Exception) -> Exception:
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _report(error: Exception, settings: Settings) -> int:
    for kind, code in CODES:
        if isinstance(error, kind):
            complain(error)
            return code
    from vespera_tui.logs import record_crash  # noqa: PLC0415 - only when there is one

    log = record_crash(error, settings.loaded.data_dir if settings.loaded else None)
    complain(f"unexpected {type(error).__name__}: {error} (the details are in {log})")
    return FAILED
