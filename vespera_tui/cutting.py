"""What is done to cycles: cutting, and drawing larger or in other characters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vespera_tui.console import ACTOR, engine_of
from vespera_tui.undo import Undo
from widgets.models import Choice

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from engine.api import EngineAPI
    from engine.cycle_views import CutRecord
    from vespera_tui.console import Console


@dataclass(frozen=True, slots=True)
class SuggestedCut:
    """What would be cut, in words."""

    component: int
    """Id of the component."""
    edges: tuple[tuple[str, str, str], ...]
    """Who waits, for whom, kind of link."""
    links: str
    reason: str
    after: str
    """The order of work after it."""


async def cut(console: Console) -> None:
    """Remove the suggested links, after showing them and what it leads to."""
    suggested = console.here.selected_cut
    if suggested is None:
        console.say("no cycle is selected: there is nothing to cut", problem=True)
        return
    detail = "; ".join(text for text in (suggested.reason, suggested.after) if text)
    if not await console.confirm(f"{suggested.links}?", detail, blindly=True):
        return
    done = await engine_of(console).apply_cut(
        suggested.component, edges=suggested.edges, actor=ACTOR
    )
    undo = Undo(f"cut of {_links(done)}", _putting_back(done.id))
    console.say(f"cut {_links(done)}", undo=undo)


def _putting_back(cut_id: int) -> Callable[[EngineAPI], Awaitable[str]]:
    async def put_back(engine: EngineAPI) -> str:
        done = await engine.undo_cut(cut_id, actor=ACTOR)
        return f"put back {_links(done)}, and with it the cycle"

    return put_back


async def undo_cut(console: Console) -> None:
    """Put back the links of an earlier cut, also of another session, chosen from a list."""
    engine = engine_of(console)
    earlier = [each for each in await engine.cycle_cuts() if each.undone_at is None]
    if not earlier:
        console.say("no cut was made that could be taken back")
        return
    choices = [
        Choice(str(each.id), _links(each), f"by {each.actor}" if each.actor else "")
        for each in earlier
    ]
    chosen = await console.choose("Put back the links of which cut?", choices)
    if chosen is not None:
        links = next(each.links for each in earlier if each.id == int(chosen))
        text = await _putting_back(int(chosen))(engine)
        console.say(text, undo=Undo("putting links back", _cutting_again(links)))


def _cutting_again(
    links: Sequence[tuple[str, str, str]],
) -> Callable[[EngineAPI], Awaitable[str]]:
    async def cut_again(engine: EngineAPI) -> str:
        done = await engine.apply_cut(edges=links, actor=ACTOR)
        return f"cut {_links(done)} again"

    return cut_again


def _links(done: CutRecord) -> str:
    return ", ".join(f"{waiter} → {waited_for}" for waiter, waited_for, _ in done.links)


async def change_characters(console: Console) -> None:
    """Draw in ASCII, or in braille again."""
    console.here.change_characters()


async def enlarge(console: Console) -> None:
    """Give the picture the whole screen, or no longer."""
    console.here.enlarge()
