"""Reads and writes records of other trackers so that a way there and back changes nothing.

Two differences do it, the same for every format (a lens as in Foster et al., "Combinators for
bidirectional tree transformations", 2007). On the way in, what writing the task would not give
back is kept in ``extra`` under the format's name. On the way out it returns wherever it still means
the same, and what reading the record would not give back is added to it as its *overlay*. A part of
the overlay counts only while the record reads as it did when it was written, so that a change made
by the other tracker wins.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.errors import InvalidInputError
from engine.exchange.codec import links_of, unowned
from engine.exchange.lines import json_type, list_of_objects
from engine.exchange.times import TIMES, read_time, write_time
from engine.exchange.vespera import LINK_FIELDS, read_link, write_link
from engine.tasks import FINISHED, Link, TaskDraft, check_fields, check_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.exchange.codec import Codec, Record

ORIGIN = "origin"
ABSENT = "~absent"
"""Fields that writing would add to a record that had none."""
PLAIN = ("title", "description", "status", "priority", "project", "assignee", "tags")
FIELDS = ("id", *PLAIN, *TIMES)
DEFAULT = TaskDraft(title="")


def read_record(record: Mapping[str, Any], codec: Codec, source: str = "") -> TaskDraft:
    """The task in ``record``, with ``extra["origin"]``. Raises InvalidInputError."""
    plain, overlay = codec.part(record)
    draft = codec.decode(plain)
    own = _own(plain, draft, codec)
    origin = {"format": codec.name, "id": draft.id} | ({"source": source} if source else {})
    if overlay is None:
        return replace(draft, extra=({} if own is None else {codec.name: own}) | {ORIGIN: origin})
    if not isinstance(overlay, dict):
        raise InvalidInputError(f"vespera: expected an object, found {json_type(overlay)}")
    return _lay(draft, own, origin, overlay, codec)


def write_record(draft: TaskDraft, codec: Codec, *, plain: bool = False) -> tuple[Record, bool]:
    """The record of ``draft``, and whether ``plain`` made it lose what the format can't say."""
    base = codec.encode(draft)
    own = draft.extra.get(codec.name)
    record = _restore(draft, base, own, codec) if isinstance(own, dict) else base
    overlay = _overlay(draft, record, codec)
    if plain or not overlay:
        return record, bool(overlay)
    return codec.put(record, overlay), False


def _own(record: Mapping[str, Any], draft: TaskDraft, codec: Codec) -> dict[str, Any] | None:
    """What writing ``draft`` would not give back; None if nothing."""
    here = replace(draft, id=codec.here(draft.id))
    base = codec.encode(here)
    own = {name: value for name, value in record.items() if not _equal(base, name, value)}
    timed = _timed(here)
    names = base if timed == here else codec.encode(timed)
    absent = [name for name in names if name not in record]
    own |= codec.more
    if absent:
        own[ABSENT] = absent
    return own or None


def _timed(draft: TaskDraft) -> TaskDraft:
    """With the times that a store gives to a task that brings none."""
    created = draft.created_at or 0.0
    ended = draft.closed_at if draft.status not in FINISHED else draft.closed_at or created
    updated = draft.updated_at or created
    return replace(draft, created_at=created, updated_at=updated, closed_at=ended)


def _equal(base: Record, name: str, value: object) -> bool:
    return name in base and base[name] == value and type(base[name]) is type(value)


def _restore(draft: TaskDraft, base: Record, own: Mapping[str, Any], codec: Codec) -> Record:
    """``base`` with what was kept of the original wherever that reads no worse than ``base``."""
    kept = {name: value for name, value in own.items() if not name.startswith("~")}
    right = _essence(draft), _essence(codec.decode(base))
    record = base | kept
    if not _means(record, right, codec):
        record = dict(base)
        for name, value in kept.items():
            wanted = record | {name: _blended(record.get(name), value)}
            if name not in codec.owned or _means(wanted, right, codec):
                record = wanted
    absent = own.get(ABSENT)
    for name in absent if isinstance(absent, list) else ():
        wanted = {key: value for key, value in record.items() if key != name}
        if _means(wanted, right, codec, times=False):
            record = wanted
    return record


def _blended(now: object, kept: object) -> object:
    """``kept``, or for two lists of links those of ``now`` with what ``kept`` says of each."""
    if not isinstance(now, list) or not isinstance(kept, list):
        return kept
    known = {_about(item): item for item in kept if isinstance(item, dict)}
    return [known.get(_about(item), {}) | item if isinstance(item, dict) else item for item in now]


def _about(item: Mapping[str, Any]) -> tuple[str, str]:
    return str(item.get("depends_on_id")), str(item.get("type"))


Essence = tuple[object, ...]


def _means(
    record: Mapping[str, Any], right: tuple[Essence, Essence], codec: Codec, *, times: bool = True
) -> bool:
    """Whether each part of ``record`` reads as one of those that are right."""
    try:
        found = _essence(codec.decode(record))
    except InvalidInputError:
        return False
    parts = len(found) if times else len(found) - len(TIMES)
    return found[0] == right[1][0] and all(
        found[part] in (right[0][part], right[1][part]) for part in range(1, parts)
    )


def _essence(draft: TaskDraft) -> Essence:
    fields = (getattr(draft, name) for name in ("id", *PLAIN))
    pairs = frozenset((link.target_id, link.kind) for link in links_of(draft))
    return (*fields, pairs, *(getattr(draft, name) for name in TIMES))


def _overlay(draft: TaskDraft, record: Record, codec: Codec) -> dict[str, Any]:
    """What reading ``record`` would not give back; empty if nothing."""
    back = codec.decode(record)
    overlay: dict[str, Any] = {}
    for name in FIELDS:
        wanted, found = getattr(draft, name), getattr(back, name)
        if wanted != found:
            overlay[name] = _meant(name, wanted, found)
    links = links_of(draft)
    if links != links_of(back):
        overlay["links"] = _write_links(links, back)
    own, extra = _own(record, back, codec), dict(draft.extra)
    if (codec.name in extra) != (own is not None) or extra.get(codec.name) != own:
        kept = {"is": extra[codec.name]} if codec.name in extra else {}
        overlay["own"] = {"reads": _digest(own), **kept}
    extra.pop(codec.name, None)
    if ORIGIN not in extra:
        overlay[ORIGIN] = None
    else:
        origin = extra.pop(ORIGIN)
        plain = isinstance(origin, dict) and "is" not in origin
        overlay[ORIGIN] = origin if plain else {"is": origin}
    return overlay | ({"extra": extra} if extra else {})


def _meant(name: str, wanted: object, found: object) -> object:
    if found == getattr(DEFAULT, name):
        return _portable(name, wanted)
    return {"reads": _portable(name, found), "is": _portable(name, wanted)}


def _portable(name: str, value: Any) -> object:
    if name in TIMES and value is not None:
        return write_time(value)
    return list(value) if isinstance(value, tuple) else value


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]


def _write_links(links: Sequence[Link], back: TaskDraft) -> list[dict[str, Any]]:
    here = {(link.target_id, link.kind) for link in links_of(back)}
    return [
        write_link(link) | ({"here": True} if (link.target_id, link.kind) in here else {})
        for link in links
    ]


def _lay(
    draft: TaskDraft,
    own: dict[str, Any] | None,
    origin: Mapping[str, Any],
    overlay: Mapping[str, Any],
    codec: Codec,
) -> TaskDraft:
    """``draft`` with ``overlay`` over it."""
    fields = {
        name: _read_field(name, value)
        for name in FIELDS
        if name in overlay and (value := _still(draft, name, overlay[name])) is not _CHANGED
    }
    if "links" in overlay:
        fields["links"] = _read_links(draft, overlay["links"])
    told, where = _object("own", overlay.get("own")), overlay.get(ORIGIN, origin)
    extra = dict(_object("extra", overlay.get("extra")))
    if told.get("reads") == _digest(own):
        extra |= {codec.name: told["is"]} if "is" in told else {}
    elif own is not None:
        extra[codec.name] = own
    if where is not None:
        where = _object(ORIGIN, where)
        extra[ORIGIN] = where.get("is", where)
    return replace(draft, **fields, extra=extra)


_CHANGED = object()


def _still(draft: TaskDraft, name: str, told: object) -> object:
    """What is told of a field, if the record reads as it did when it was written."""
    reads: object = getattr(DEFAULT, name)
    if isinstance(told, dict):
        reads, told = _read_field(name, told.get("reads")), told.get("is")
    return told if getattr(draft, name) == reads else _CHANGED


def _read_field(name: str, value: object) -> Any:
    try:
        if name in TIMES:
            return read_time(name, value)
        if name == "id":
            return check_id(name, value) if value else ""
        if value == "" and name == "title":
            return ""
        return check_fields({name: value})[name]
    except InvalidInputError as error:
        raise InvalidInputError(f"vespera: {error}") from None


def _read_links(draft: TaskDraft, told: object) -> tuple[Link, ...]:
    """Those told, without those the record no longer has, and those it has besides."""
    now = {(link.target_id, link.kind): unowned(link) for link in links_of(draft)}
    links: list[Link] = []
    for item in list_of_objects("vespera: links", told):
        link = read_link({name: item[name] for name in LINK_FIELDS if name in item})
        found = now.pop((link.target_id, link.kind), None)
        if found is not None or not item.get("here"):
            links.append(link)
    return (*links, *now.values())


def _object(name: str, value: object) -> dict[str, Any]:
    if value is not None and not isinstance(value, dict):
        raise InvalidInputError(f"vespera: {name}: expected an object, found {json_type(value)}")
    return value or {}
