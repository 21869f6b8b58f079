from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App
from textual.widgets import Input

from widgets.alert_list import AlertList
from widgets.cycle_list import CycleLife, CycleLifeLine, CycleList, CycleRow
from widgets.cycle_picture.advice import AdviceModel, CutAdvice
from widgets.cycle_picture.model import CycleEdge, CycleModel, CycleTask
from widgets.cycle_picture.widget import CyclePicture
from widgets.dialogs import Confirm, Menu, Prompt
from widgets.empty_state import EmptyState
from widgets.engine_header import EngineHeader
from widgets.error_list import ErrorGroupModel, ErrorList
from widgets.event_strip import EventStrip
from widgets.filter_line import FilterLine
from widgets.help import Help
from widgets.key_bar import KeyBar
from widgets.list_status import ListStatus, ListStatusModel
from widgets.log_list import LogList, LogModel
from widgets.models import (
    AlertModel,
    Choice,
    EngineModel,
    EventModel,
    HelpSection,
    KeyHint,
    OperationModel,
    ParityModel,
    ServiceModel,
    StoresModel,
)
from widgets.opening_panel import OpeningModel, OpeningPanel
from widgets.operation_list import OperationList
from widgets.optimization_list import OptimizationList, OptimizationModel
from widgets.picker import Picker
from widgets.safe_area import SafeArea
from widgets.screen_tabs import ScreenTabs, TabsModel
from widgets.service_card import ServiceCard
from widgets.setting_list import SettingList, SettingModel
from widgets.store_facts import StoreFacts, StoreFactsModel
from widgets.stores_panel import StoresPanel
from widgets.task_form import Field, TaskForm
from widgets.task_list import TaskList, TaskModel
from widgets.text_pane import TextPane
from widgets.throughput_chart import ThroughputChart, ThroughputModel
from widgets.work_line import WorkLine, WorkModel

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.widget import Widget

    from widgets.row_list import RowList


HOSTILE = (
    "[@click=app.quit]x[/]",
    "[/",
    "[/x]",
    "\x1b]52;c;x",
    "\x9b31m",
    "\u202eabc",
    "a\u200bb",
    "a\tb\nc\r",
    "漢字" * 50,
    "x" * 10_000,
    "",
    "\ud800",
    "\U000e0041\U00100000\U0004001b",
    "د\u200cد 👩\u200d💻 so\u00adft",
)


def hostile(model: type, text: str, **others: object) -> Any:
    """A model in which every text is ``text``."""
    texts = {each.name: text for each in fields(model) if each.type == "str"}
    return model(**{**texts, **others})


def ring_of(text: str) -> CycleModel:
    """Three tasks of the same name and title."""
    steps = (CycleEdge(0, 1), CycleEdge(1, 2), CycleEdge(2, 0))
    return CycleModel((CycleTask(text, text),) * 3, steps, cuts=(1,), reason=text, note=text)


def filter_line(text: str) -> FilterLine:
    class Noted(FilterLine):
        def on_mount(self) -> None:
            self.open()
            self.query_one(Input).value = text
            self.tell_problem(text)

    return Noted(text)


def text_pane(text: str) -> TextPane:
    class Filled(TextPane):
        def on_mount(self) -> None:
            self.show(((("", ""), (text, "bold")), ((text, ""),)))

    return Filled()


def filled(rows: RowList[Any], row: Any) -> RowList[Any]:
    rows.show([row])
    return rows


def wrong_form(text: str) -> TaskForm:
    """Every field is hostile, and so is what is wrong with one."""

    class Shown(TaskForm):
        def on_mount(self) -> None:
            self._show(f"title: {text}")

    async def save(_: object) -> str:
        return ""

    fields = (Field("title", "Title", text, text, (text,)), Field("text", "Text", text, lines=5))
    return Shown(text, fields, save)


def finding(text: str) -> Any:
    async def find(_: str) -> tuple[tuple[Choice, ...], str]:
        return (hostile(Choice, text, id="a"),), text

    return find


def widgets(text: str) -> dict[str, Widget]:
    number = {"attempts": 1, "id": 1}
    operations = OperationList()
    operations.show([hostile(OperationModel, text, **number)])
    cycles = CycleList()
    cycles.show([hostile(CycleRow, text, id=1, tasks=3)])
    return {
        "alerts": AlertList((hostile(AlertModel, text),)),
        "cycle": CyclePicture(ring_of(text)),
        "cycle in ASCII": CyclePicture(ring_of(text), ascii_only=True),
        "advice": CutAdvice(AdviceModel(ring_of(text), 0)),
        "cycle list": cycles,
        "cycle life": CycleLifeLine(hostile(CycleLife, text, checked_age=1.0, born=(1, 2))),
        "header": EngineHeader(hostile(EngineModel, text)),
        "header without a problem": EngineHeader(
            hostile(EngineModel, text, problem="", memory={text: 1})
        ),
        "events": EventStrip((hostile(EventModel, text, seq=1, age=1.0),)),
        "long work": WorkLine(WorkModel(text, 3, 9, 2.0, text, hostile(KeyHint, text))),
        "keys": KeyBar((hostile(KeyHint, text, action="help"),)),
        "keys that can be used": KeyBar((hostile(KeyHint, text, unavailable=""),)),
        "screens": ScreenTabs(TabsModel((hostile(KeyHint, text, action="a"),), here="a")),
        "filter": filter_line(text),
        "errors": filled(ErrorList(), hostile(ErrorGroupModel, text, count=3, trend=(1, 2))),
        "log": filled(LogList(), hostile(LogModel, text, id=1)),
        "settings": filled(SettingList(), hostile(SettingModel, text)),
        "optimisations": filled(OptimizationList(), hostile(OptimizationModel, text, id=1)),
        "store facts": StoreFacts(
            hostile(
                StoreFactsModel, text, read=True, problem="", sizes={text: 3}, versions={text: text}
            )
        ),
        "stores that can't be read": StoreFacts(hostile(StoreFactsModel, text)),
        "list status": ListStatus(hostile(ListStatusModel, text, total=3, problem="")),
        "list with a problem": ListStatus(hostile(ListStatusModel, text, total=3)),
        "text": text_pane(text),
        "opening": OpeningPanel(hostile(OpeningModel, text, steps=(text, text))),
        "operations": operations,
        "card": ServiceCard(hostile(ServiceModel, text)),
        "card without a reason": ServiceCard(hostile(ServiceModel, text, reason="")),
        "stores": StoresPanel(StoresModel((hostile(ParityModel, text),), checked_age=1.0)),
        "tasks": filled(TaskList(), hostile(TaskModel, text)),
        "invitation": EmptyState((hostile(KeyHint, text, action="help"),)),
        "invitation that can be taken": EmptyState(
            (hostile(KeyHint, text, action="import", unavailable=""),)
        ),
        "throughput": ThroughputChart(hostile(ThroughputModel, text)),
        "throughput that is known": ThroughputChart(
            hostile(
                ThroughputModel, text, problem="", done=(1.0, None, 3.0), failed=(0.0, 0.0, 1.0)
            )
        ),
        "card at long work": ServiceCard(
            hostile(ServiceModel, text, reason="", progress=0.4, seconds_left=3.0)
        ),
        "area": SafeArea(text),
        "stores not read": StoresPanel(StoresModel((ParityModel(text),))),
    }


def questions(text: str) -> dict[str, Screen[Any]]:
    return {
        "menu": Menu(text, (hostile(Choice, text, id="a", danger=True),)),
        "confirm": Confirm(text, text),
        "prompt": Prompt(text, text, text, text),
        "form": wrong_form(text),
        "picker": Picker(text, finding(text)),
        "help": Help(
            (
                HelpSection(text, (hostile(KeyHint, text, unavailable=""),)),
                HelpSection(text, (hostile(KeyHint, text),)),
            )
        ),
    }


class Stand(App[None]):
    """Shows one widget or one question."""

    def __init__(self, widget: Widget | None = None) -> None:
        super().__init__()
        self.widget = widget

    def compose(self) -> Any:
        if self.widget is not None:
            yield self.widget


def assert_harmless(app: App[None]) -> str:
    """Only printable characters, no link; the text that is on the screen."""
    lines = app.screen._compositor.render_strips()
    for strip in lines:
        assert strip.text.isprintable(), repr(strip.text)
        for segment in strip:
            assert "@click" not in (segment.style.meta if segment.style else {})
    return "\n".join(strip.text for strip in lines)


@pytest.mark.parametrize("name", list(widgets("")))
async def test_a_widget_paints_any_text_as_text(name: str) -> None:
    for text in HOSTILE:
        app = Stand(widgets(text)[name])
        async with app.run_test(size=(60, 16)) as pilot:
            await pilot.pause()
            shown = assert_harmless(app)
        if text in {"[/", "[/x]"}:
            assert text in shown


@pytest.mark.parametrize("name", list(questions("")))
async def test_a_question_paints_any_text_as_text(name: str) -> None:
    for text in HOSTILE:
        app = Stand()
        async with app.run_test(size=(60, 16)) as pilot:
            await app.push_screen(questions(text)[name])
            await pilot.pause()
            shown = assert_harmless(app)
        if text in {"[/", "[/x]"}:
            assert text in shown


@pytest.mark.parametrize("size", [(1, 1), (8, 2), (200, 60)])
async def test_every_widget_bears_any_size(size: tuple[int, int]) -> None:
    for widget in widgets("some text").values():
        app = Stand(widget)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            assert_harmless(app)
