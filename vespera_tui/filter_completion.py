"""What the last word of a filter line may become: a name, or one of the values behind it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NAME = re.compile(r"(?<!\S)\w+$")
VALUE = re.compile(r'(?<!\S)(\w+):(?:"([^"]*)|([^\s"\']*))$')


def completed(line: str, words: Mapping[str, Iterable[str]]) -> str:
    """``line`` with its last word completed; empty when it is complete, or nothing is known of it.

    ``words`` has the values that are known of each name; upper case and lower case are the same.
    """
    if match := VALUE.search(line):
        quoted = match[2] is not None
        typed, known = match[2] if quoted else match[3], words.get(match[1].lower(), ())
        fitting = (each for each in known if quoted or not re.search(r"\s", each))
        end = '"' if quoted else ""
    elif (match := NAME.search(line)) and not line.count('"') % 2:
        typed, fitting, end = match[0], (each for each in words), ":"
    else:
        return ""
    rest = next((each[len(typed) :] for each in fitting if _begins(each, typed)), None)
    return f"{line}{rest}{end}" if rest or (rest is not None and end) else ""


def _begins(whole: str, typed: str) -> bool:
    return whole.lower().startswith(typed.lower())
