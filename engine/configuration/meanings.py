"""What each setting means: the docstring under its field, read when someone asks.

Pydantic can do it as the models are made; that reads their source at every start of the program.
"""

from __future__ import annotations

import ast
import inspect
import sys
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Iterator


@cache
def describe(model: type[BaseModel]) -> None:
    """Give each field of ``model``, and of the models in it, its description."""
    for kind in reversed(model.__mro__):
        if issubclass(kind, BaseModel) and kind is not BaseModel:
            for name, text in _docstrings(kind):
                if name in model.model_fields:
                    model.model_fields[name].description = text
    for info in model.model_fields.values():
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            describe(info.annotation)


def _docstrings(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    for field, below in pairwise(_classes(model.__module__)[model.__name__].body):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(str(text))):
                yield name, inspect.cleandoc(text)


@cache
def _classes(module: str) -> dict[str, ast.ClassDef]:
    """The classes at the top of a module; it is parsed once for all of them."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {each.name: each for each in tree.body if isinstance(each, ast.ClassDef)}
