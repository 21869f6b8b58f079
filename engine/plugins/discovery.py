"""Which plugins are installed. Nothing of them is imported."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from engine.operations import ServiceType

GROUP = "vespera.services"
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class PluginDescription:
    """An entry point of the group ``vespera.services``."""

    name: str
    value: str
    """``module:Class``."""
    distribution: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found, and what is wrong with the rest."""

    plugins: tuple[PluginDescription, ...] = ()
    problems: tuple[str, ...] = ()
    """One line each: what is wrong, in which package, and what to do."""


def discover() -> Discovery:
    """The installed plugins by name. Reads files; call it in a thread."""
    try:
        found = [_describe(entry) for entry in entry_points(group=GROUP)]
    except (OSError, ValueError, TypeError) as error:  # a damaged entry_points.txt
        problem = f"plugins: an installed package can't be read ({error}); run `pip check`"
        return Discovery((), (problem,))
    by_name: dict[str, list[PluginDescription]] = defaultdict(list)
    for plugin in sorted(set(found), key=lambda plugin: (plugin.name, plugin.distribution)):
        by_name[plugin.name].append(plugin)
    wrong = {name: problem for name, same in by_name.items() if (problem := _problem(name, same))}
    good = (same[0] for name, same in by_name.items() if name not in wrong)
    return Discovery(tuple(good), tuple(wrong.values()))


def _describe(entry: EntryPoint) -> PluginDescription:
    dist = entry.dist
    if dist is None:
        return PluginDescription(entry.name, entry.value)
    known = dist.metadata  # a damaged package may lack either
    return PluginDescription(entry.name, entry.value, known["Name"] or "", known["Version"] or "")


def _problem(name: str, same: list[PluginDescription]) -> str:
    packages = ", ".join(plugin.distribution or "an unnamed package" for plugin in same)
    told = f"plugin {name[:60]!r} of {packages} is left out: "
    if not NAME.fullmatch(name):
        return told + "a name is a-z, then up to 39 of a-z, 0-9 and _; its package must rename it"
    if name in set(ServiceType):
        return told + "a built-in service has this name; its package must rename it"
    if len(same) > 1:
        return told + "the name must be used once; uninstall all but one of the packages"
    if not EntryPoint.pattern.match(same[0].value):
        return told + f"{same[0].value[:100]!r} is not module:Class; its package must correct it"
    return ""
