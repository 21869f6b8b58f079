"""What is taken back of operations is what was done to them here, not what others did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from engine.operations import NewOperation, OperationFilter, ServicePriority, Steering
from tests.vespera_tui.asked import Asked
from tests.vespera_tui.noting import NotingEngine
from vespera_tui import steering
from vespera_tui.snapshot import operation_model

if TYPE_CHECKING:
    from collections.abc import Sequence

ALL = (OperationFilter(), "of all that match")
THEIRS = OperationFilter(ids=(1,))


@pytest.fixture
async def engine() -> NotingEngine:
    """Three operations that wait, 1 to 3."""
    engine = NotingEngine()
    await engine.empty()
    await engine.queue.enqueue(
        [NewOperation("auto_embedding", "embed_task", f"t-{n}") for n in range(3)]
    )
    return engine


async def told(engine: NotingEngine, name: str) -> Sequence[Any]:
    return [getattr(await engine.get_operation(number), name) for number in (1, 2, 3)]


@pytest.mark.parametrize("one_by_one", [True, False])
@pytest.mark.parametrize(
    ("action", "how", "priority", "name", "theirs"),
    [
        (steering.pause_operation, Steering.PAUSE, None, "waiting_for", "by ann"),
        (steering.cancel, Steering.CANCEL, None, "state", "cancelled"),
        (steering.raise_priority, Steering.PRIORITIZE, ServicePriority.CRITICAL, "priority", 0),
    ],
)
async def test_what_others_did_while_the_question_stood_stays(
    engine: NotingEngine, action: Any, how: Steering, priority: Any, name: str, theirs: Any,
    one_by_one: bool,
) -> None:  # fmt: skip
    before = await told(engine, name)

    async def meanwhile() -> None:
        await engine.steer_operations(how, THEIRS, priority=priority, actor="ann")

    console = Asked(engine, meanwhile)
    console.meant, console.answer = ALL, "0"
    if one_by_one:
        console.main_list.choose(1, 2, 3)
    assert "2 operations are" in await console.does(action)
    assert (await told(engine, name))[1:] != before[1:]
    assert "2 operations are" in await console.undoes()
    after = await told(engine, name)
    assert after[0] == theirs
    assert [str(each) for each in after[1:]] != [str(theirs)] * 2


async def test_nothing_is_offered_to_be_taken_back_when_others_were_quicker(
    engine: NotingEngine,
) -> None:
    async def meanwhile() -> None:
        await engine.steer_operations(Steering.CANCEL, OperationFilter(), actor="ann")

    console = Asked(engine, meanwhile)
    console.meant = ALL
    assert await console.does(steering.cancel) == (
        "0 operations are cancelled; 3 had moved on meanwhile"
    )
    assert console.undo is None


async def test_one_is_told_of_as_one(engine: NotingEngine) -> None:
    console = Asked(engine)
    console.meant = (OperationFilter(ids=(2,)), "of the 1 selected")
    assert await console.does(steering.cancel) == "1 operation is cancelled"
    assert console.question[0] == "Cancel 1 operation of the 1 selected?"


async def test_a_priority_is_counted_from_what_it_is_now(engine: NotingEngine) -> None:
    console = Asked(engine)
    shown = await engine.get_operation(1)
    assert shown is not None
    console.selected_operation = operation_model(shown, 0.0)
    assert await console.does(steering.raise_priority) == "operation 1 has priority high"
    assert await console.does(steering.raise_priority) == "operation 1 has priority critical"
    assert "the highest priority there is" in await console.does(steering.raise_priority)
    await console.undoes()
    assert (await told(engine, "priority"))[0] == ServicePriority.HIGH
    await console.undoes()
    assert (await told(engine, "priority"))[0] == ServicePriority.NORMAL


async def test_that_all_have_the_priority_already_is_said(engine: NotingEngine) -> None:
    console = Asked(engine)
    console.meant, console.answer = ALL, str(int(ServicePriority.NORMAL))
    said = await console.does(steering.raise_priority)
    assert said == "nothing to do: only waiting ones with another priority can be changed"
