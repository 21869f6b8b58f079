"""When Python looks for garbage: not while the dashboard starts, then often and a little at a time.

A look takes as long as there are young objects, and everything stands still meanwhile: 15 ms at
50,000, and over 100 ms when it goes through all that the program is made of. A start makes many
objects and hardly any garbage; what it leaves is there to stay and need not be gone through again.
What survives the first looks waits for a moment in which nobody types.
"""

from __future__ import annotations

import gc

YOUNG_OBJECTS = 2_000
"""New objects between two looks: about a millisecond's work."""
OLDER, ALL = 10, 100
"""Looks at the young between two at the older ones, and of those between two at all where nobody
stops typing."""
WORTH_A_LOOK = 5
"""Looks at the older ones after which a look at all is due in a quiet moment."""


def rest() -> None:
    """Look no more, until :func:`go_on`."""
    gc.disable()


def go_on() -> None:
    """Keep for good what is there now, and look at what comes from now on."""
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, OLDER, ALL)
    gc.enable()


def tidy() -> None:
    """Look at all that came since :func:`go_on`, if it is worth it: in a quiet moment."""
    if gc.get_count()[2] >= WORTH_A_LOOK:
        gc.collect()
