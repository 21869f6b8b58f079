"""Which operations a command means: its arguments and options, and finding them."""

from __future__ import annotations

from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from engine.errors import InvalidInputError
from engine.operations import OperationFilter, OperationState, ServicePriority, ServiceType

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.api import EngineAPI
    from engine.snapshots import OperationView

    Command = Callable[..., int]

PRIORITIES = tuple(priority.name.lower() for priority in ServicePriority)
NUMBER = click.IntRange(1, 2**63 - 1)
WAITING = (OperationState.SCHEDULED, OperationState.AVAILABLE)
PAGE, LOOKED_AT = 10_000, 100_000
"""Operations read at once, and at most, to find those of a kind or key."""


def built_in_services(_: object, __: object, incomplete: str) -> list[str]:
    """Completes the names known beforehand; services of plugins are taken as well."""
    return [name.value for name in ServiceType if name.startswith(incomplete)]


SERVICE = click.option(
    "--service", metavar="NAME", shell_complete=built_in_services, help="Those of this service."
)
STATE = click.option(
    "--state", type=click.Choice([state.value for state in OperationState]), help="Those in it."
)
KIND = click.option("--kind", metavar="KIND", help="Those of this kind, such as embed_task.")
KEY = click.option("--key", metavar="KEY", help="Those that work on this, usually a task.")
ORIGIN = click.option("--origin", metavar="NAME", help="Those that this one caused.")
ALL = click.option("--all", "everything", is_flag=True, help="All there are.")


def selection(command: Command) -> Command:
    """Gives ``command`` ids and filters, and hands them to it as ``which``."""

    @wraps(command)
    def chosen(
        ids: tuple[int, ...],
        service: str | None,
        state: str | None,
        kind: str | None,
        key: str | None,
        origin: str | None,
        everything: bool,
        **rest: Any,
    ) -> int:
        which = OperationFilter(ids or None, service, kind, key, state, origin)
        named = which != OperationFilter()
        if everything and named:
            raise click.UsageError("--all goes without ids and filters")
        if not everything and not named:
            raise click.UsageError("name some ids, give a filter such as --service, or --all")
        return command(which=which, **rest)

    found: Command = chosen
    for option in (ALL, ORIGIN, KEY, KIND, STATE, SERVICE):
        found = option(found)
    return click.argument("ids", nargs=-1, type=NUMBER, metavar="[IDS]...")(found)


async def find(
    engine: EngineAPI, which: OperationFilter, limit: int
) -> tuple[Sequence[OperationView], bool]:
    """Up to ``limit`` that match, and whether all were looked at that had to be."""
    picky = bool(which.ids) or {which.kind, which.key, which.origin} != {None}
    found: list[OperationView] = []
    offset, page = 0, PAGE if picky else limit
    while offset < LOOKED_AT and len(found) < limit:
        part = await engine.operations(
            service=which.service, state=which.state, limit=page, offset=offset
        )
        found += [view for view in part if matches(view, which)]
        offset += len(part)
        if len(part) < page:
            return found[:limit], True
    return found[:limit], len(found) >= limit


def matches(view: OperationView, which: OperationFilter) -> bool:
    """Whether ``which`` means this operation."""
    wanted = (which.service, which.kind, which.key, which.state, which.origin)
    has = (view.service, view.kind, view.key, view.state, view.origin)
    return (not which.ids or view.id in which.ids) and all(
        want is None or want == found for want, found in zip(wanted, has, strict=True)
    )


async def count_waiting(engine: EngineAPI, which: OperationFilter) -> tuple[int, bool]:
    """How many that wait match, and whether that is all of them."""
    number, exact = 0, True
    for state in WAITING:
        if which.state in {None, state}:
            found, complete = await find(engine, replace(which, state=state), LOOKED_AT)
            number, exact = number + len(found), exact and complete and len(found) < LOOKED_AT
    return number, exact


async def check_service(engine: EngineAPI, service: str | None) -> None:
    """InvalidInputError, with the names there are, when there is no such service."""
    if service is None:
        return
    known = (await engine.status(parity=False)).services
    if service not in known:
        raise InvalidInputError(f"service: {service!r} is not one of {', '.join(known)}")
