"""The name under which the engine records what a person does."""

from __future__ import annotations

import os
import pwd
from typing import TYPE_CHECKING

from vespera_tui.who import actor

if TYPE_CHECKING:
    import pytest


def test_the_environment_names_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USER", "ada")
    assert actor() == "ada"


def test_else_the_system_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("USER")
    assert actor() == pwd.getpwuid(os.getuid()).pw_name


def test_a_user_without_a_name_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless(uid: int) -> pwd.struct_passwd:
        raise KeyError(uid)

    monkeypatch.delenv("USER")
    monkeypatch.setattr(pwd, "getpwuid", nameless)
    assert actor() == f"uid {os.getuid()}"
