"""Types of arguments that several tools share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

TaskId = Annotated[str, Field(min_length=1, max_length=200, description="Id of a task")]
Priority = Annotated[int, Field(ge=0, le=4, description="0 most urgent, 4 least")]
Limit = Annotated[int, Field(ge=1, le=100)]
Cursor = Annotated[str, Field(max_length=50, description="next_cursor of the answer before")]
Detail = Annotated[
    Literal["concise", "full"], Field(description="full adds descriptions, cut to fit")
]
Key = Annotated[
    str,
    Field(
        max_length=100,
        description="Same key, same call: repeating it changes nothing and answers the same",
    ),
]
ServiceName = Literal["auto_embedding", "cycle_detection", "incremental_sync", "index_optimization"]
