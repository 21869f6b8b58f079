"""What the first paint needs not: modules of actions, and of the other screens.

They are read when first used, or by :func:`read_ahead` before that.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

from vespera_tui.places import PLACES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from vespera_tui.console import Console


class LateAction:
    """The action that is the function ``name`` of a module of this package."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = f"vespera_tui.{module}", name

    def function(self) -> Callable[[Console], Awaitable[None]]:
        """What it does; reads the module."""
        found: Callable[[Console], Awaitable[None]] = getattr(import_module(self.module), self.name)
        return found

    async def __call__(self, console: Console) -> None:
        """Do it."""
        await self.function()(console)


class LateModule:
    """Stands for a module of this package; each of its attributes is a :class:`LateAction`."""

    made: ClassVar[list[str]] = []
    """All that there are."""

    def __init__(self, module: str) -> None:
        self._module = module
        self.made.append(f"vespera_tui.{module}")

    def __getattr__(self, name: str) -> LateAction:
        """The action of this name."""
        return LateAction(self._module, name)


def read_ahead() -> None:
    """Read the modules of all actions and screens, in a thread, so that no key waits for them."""
    for module in (*LateModule.made, *(place.path.partition(":")[0] for place in PLACES)):
        import_module(module)
