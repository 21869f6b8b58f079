"""Every call of the interface can cross the socket, whatever is added to it."""

from __future__ import annotations

import collections.abc
import dataclasses
import inspect
import types
import typing
from enum import Enum
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import errors
from engine.api import EngineAPI
from engine.codec import hints, pack, unpack
from engine.errors import CycleError, InvalidInputError, TaskNotFoundError, VesperaError
from engine.host import calls, faults

TEXT = st.text(st.characters(codec=None), max_size=5)
ANYTHING = st.none() | st.booleans() | st.integers() | TEXT
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    int: st.integers(),
    float: st.floats(allow_nan=False),
    bool: st.booleans(),
    bytes: st.binary(max_size=5),
    type(None): st.none(),
    Any: ANYTHING,
    object: ANYTHING,
}


def values(hint: Any, depth: int = 2) -> st.SearchStrategy[Any]:
    """Values of a type, found by its hint."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint in PLAIN:
        return PLAIN[hint]
    if origin is typing.Literal:
        return st.sampled_from(inner)
    if origin in {typing.Union, types.UnionType}:
        return st.one_of([values(part, depth) for part in inner])
    return containers(origin, inner, depth) if origin else instances(hint, depth)


def containers(origin: Any, inner: Any, depth: int) -> st.SearchStrategy[Any]:
    size = 2 if depth > 0 else 0
    parts = [values(part, depth - 1) for part in inner if part is not Ellipsis]
    if origin in {dict, collections.abc.Mapping}:
        return st.dictionaries(*parts, max_size=size)
    if origin is tuple and len(parts) == len(inner):
        return st.tuples(*parts)
    assert origin in {tuple, list, collections.abc.Sequence}, f"no values for {origin}"
    several = st.lists(parts[0], max_size=size)
    return several.map(tuple) if origin is tuple else several


def instances(kind: Any, depth: int) -> st.SearchStrategy[Any]:
    if issubclass(kind, Enum):
        return st.sampled_from(kind)
    assert dataclasses.is_dataclass(kind), f"no values for {kind}"
    types_of = hints(kind)
    parts = {f.name: values(types_of[f.name], depth - 1) for f in dataclasses.fields(kind)}
    return st.builds(kind, **parts)


def declared(name: str) -> dict[str, Any]:
    return hints(vars(EngineAPI)[name])


@pytest.mark.parametrize("name", calls.names())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_arguments_and_result_of_every_call_come_back_equal(name: str, data: st.DataObject) -> None:
    method, declared_types = calls.method(name), declared(name)
    result = declared_types.pop("return")
    if method.streams:
        (result,) = typing.get_args(result)
    arguments = {key: data.draw(values(hint), key) for key, hint in declared_types.items()}
    assert method.decode(unpack(pack(method.bind((), arguments)))) == arguments
    answer = data.draw(values(result), "result")
    assert method.result(unpack(pack(answer))) == answer


def test_all_methods_are_there_and_each_argument_has_a_name() -> None:
    public = {name for name in dir(EngineAPI) if not name.startswith("_")}
    assert public == set(calls.names())
    several = {inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL}
    for name in calls.names():
        kinds = {parameter.kind for parameter in calls.method(name).signature.parameters.values()}
        assert not kinds & several, name


@pytest.mark.parametrize("name", ["nonsense", "__init__", "_is_protocol", ""])
def test_a_call_that_there_is_not_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match="no such call"):
        calls.method(name)


@pytest.mark.parametrize(
    "arguments", [{}, {"task_id": "a", "other": 1}, {"other": 1}, {"task_id": "a", 5: 6}]
)
def test_wrong_arguments_are_refused(arguments: dict[Any, Any]) -> None:
    with pytest.raises(InvalidInputError, match="get_task"):
        calls.method("get_task").decode(arguments)


@pytest.mark.parametrize("kind", [k for k in vars(errors).values() if inspect.isclass(k)])
def test_every_error_crosses_with_type_text_and_fields(kind: type[Exception]) -> None:
    if not issubclass(kind, VesperaError):
        return
    error = kind.__new__(kind)
    error.args = ("what \ud800 went wrong",)
    error.__dict__["field"] = ("a", 1)
    back = faults.from_plain(unpack(pack(faults.to_plain(error))))
    assert type(back) is kind
    assert (str(back), vars(back)) == (str(error), vars(error))


def test_errors_keep_what_their_readers_use() -> None:
    cycle = faults.from_plain(unpack(pack(faults.to_plain(CycleError(["a", "b", "a"])))))
    assert isinstance(cycle, CycleError)
    assert cycle.path == ("a", "b", "a")
    missing = faults.from_plain(unpack(pack(faults.to_plain(TaskNotFoundError("x")))))
    assert isinstance(missing, TaskNotFoundError)
    assert missing.task_id == "x"
    other = faults.from_plain({"type": "OfAPlugin", "text": "t", "fields": {}})
    assert type(other) is VesperaError
    assert str(other) == "t"
