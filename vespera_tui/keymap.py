"""A person's own keys, by action id. Textual takes a key away in silence; here that is an error."""

from __future__ import annotations

import json
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, NoReturn

from textual.keys import KEY_ALIASES, Keys, _character_to_key

from engine.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vespera_tui.actions import Action

SOURCE = "dashboard.keymap"
MODIFIERS = ("ctrl", "shift", "alt", "super", "meta")
RESERVED = {
    **dict.fromkeys(("up", "down", "left", "right", "home", "end", "j", "k"), "moves the cursor"),
    **dict.fromkeys(("pageup", "pagedown"), "moves a page"),
    **dict.fromkeys(("tab", "shift+tab"), "moves the focus"),
    "escape": "leaves a question",
    "ctrl+p": "opens the palette",
    "ctrl+q": "quits",
    "ctrl+c": "says how to quit",
}
"""Keys that no action may have, and what they do."""
SENT_AS = {
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+h": "backspace",
    **dict.fromkeys(("ctrl+[", "ctrl+left_square_bracket", "ctrl+left_square_brace"), "escape"),
}
"""Keys that a terminal sends as another, which the program then gets."""
SHOWN = {
    "question_mark": "?",
    "plus": "+",
    "minus": "-",
    "slash": "/",
    "asterisk": "*",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "space": "space",
}
"""Keys that Textual spells in another way than people."""


def shown_key(key: str) -> str:
    """A key as a person reads it."""
    return SHOWN.get(key, key)


def remapped(actions: Sequence[Action], keys: Mapping[str, str]) -> tuple[Action, ...]:
    """``actions`` with the keys that ``keys`` names by action id.

    Raises ConfigurationError for an action or key that there is not, for a key that moves the
    cursor or that terminals send as another, and for a key that two actions would have, with both
    named.
    """
    known = {action.id for action in actions}
    for id_ in keys:
        if id_ not in known:
            near = get_close_matches(id_, known, 1, 0) or sorted(known)
            raise ConfigurationError(f"{SOURCE}: no action {id_!r}; did you mean {near[0]!r}?")
    changed = tuple(
        replace(each, key=_key(each.id, keys[each.id])) if each.id in keys else each
        for each in actions
    )
    _refuse_clashes(changed)
    return changed


def check_setting(actions: Sequence[Action], key: str, text: str) -> None:
    """Raise ConfigurationError for keys with which the dashboard would not start.

    Everything else that may be wrong with a setting is the engine's to say.
    """
    if key != SOURCE:
        return
    try:
        keys = json.loads(text)
    except ValueError:
        return
    if isinstance(keys, dict) and all(isinstance(each, str) for each in keys.values()):
        remapped(actions, keys)


def _key(action: str, text: str) -> str:
    key = _character_to_key(text) if len(text) == 1 else text.strip().lower()
    *modifiers, name = key.split("+")
    if "shift" in modifiers and len(name) == 1 and name.isalpha():
        others = "+".join((*(each for each in modifiers if each != "shift"), name))
        _refuse_unsent(action, text, others if "+" in others else name.upper())
    real = len(name) == 1 or name in SHOWN or name in KEY_ALIASES or name in set(Keys)
    named = len(text) == 1 and text.isprintable()
    if not named and not (name and real and set(modifiers) <= set(MODIFIERS)):
        raise ConfigurationError(
            f"{SOURCE}: {action}: {text!r} is no key; use a character, a name such as f5 or"
            " delete, or ctrl+ and a letter"
        )
    sent = SENT_AS.get(key, key)
    if sent in RESERVED:
        same = "" if sent == key else f" is the same key as {sent!r}, and"
        raise ConfigurationError(
            f"{SOURCE}: {action}: {text!r} can't be taken: it{same} {RESERVED[sent]} everywhere"
        )
    if sent != key:
        _refuse_unsent(action, text, sent)
    return key


def _refuse_unsent(action: str, text: str, instead: str) -> NoReturn:
    raise ConfigurationError(
        f"{SOURCE}: {action}: few terminals send {text!r} as such; write {instead!r} instead"
    )


def _refuse_clashes(actions: Sequence[Action]) -> None:
    first: dict[str, Action] = {}
    for action in actions:
        other = first.setdefault(action.key, action)
        if other is not action:
            raise ConfigurationError(
                f"{SOURCE}: the key {shown_key(action.key)!r} would be that of two actions:"
                f" {other.id!r} ({other.title}) and {action.id!r} ({action.title});"
                " give one of them another"
            )
