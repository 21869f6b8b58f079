"""What the official conformance suite asks a server for, added to the server that is shipped.

The names and texts are those of the suite's scenarios. Nothing here is part of the program.
"""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from mcp_types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    AudioContent,
    ClientCapabilities,
    Completion,
    ContentBlock,
    CreateMessageRequest,
    CreateMessageRequestParams,
    ElicitRequest,
    ElicitRequestFormParams,
    EmbeddedResource,
    EmptyResult,
    ImageContent,
    InputRequiredResult,
    ListRootsRequest,
    MissingRequiredClientCapabilityErrorData,
    SamplingCapability,
    SamplingMessage,
    SetLevelRequestParams,
    TextContent,
    TextResourceContents,
)
from pydantic import BaseModel, Field

# a picture of one point, and a sound without samples
IMAGE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGA"
    "hKmMIQAAAABJRU5ErkJggg=="
)
SOUND = base64.b64encode(
    b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data\0\0\0\0"
).decode()
Content = list[ContentBlock]


def text(words: str) -> TextContent:
    return TextContent(type="text", text=words)


def picture() -> ImageContent:
    return ImageContent(type="image", data=IMAGE, mime_type="image/png")


def embedded(uri: str, words: str, kind: str = "text/plain") -> EmbeddedResource:
    inner = TextResourceContents(uri=uri, mime_type=kind, text=words)
    return EmbeddedResource(type="resource", resource=inner)


# Tools that only answer


def test_simple_text() -> str:
    """Answers with text."""
    return "This is a simple text response for testing."


def test_image_content() -> Content:
    """Answers with a picture."""
    return [picture()]


def test_audio_content() -> Content:
    """Answers with sound."""
    return [AudioContent(type="audio", data=SOUND, mime_type="audio/wav")]


def test_embedded_resource() -> Content:
    """Answers with a resource."""
    return [embedded("test://embedded-resource", "This is an embedded resource content.")]


def test_multiple_content_types() -> Content:
    """Answers with several kinds of content."""
    data = json.dumps({"test": "data", "value": 123})
    return [
        text("Multiple content types test:"),
        picture(),
        embedded("test://mixed-content-resource", data, "application/json"),
    ]


def test_error_handling() -> str:
    """Answers with an error."""
    raise ToolError("This tool intentionally returns an error for testing")


async def test_tool_with_logging(ctx: Context) -> str:
    """Writes three lines to the client's log."""
    for line in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        await ctx.info(line)
        await asyncio.sleep(0.05)
    return "Tool with logging executed successfully"


async def test_logging_tool(ctx: Context) -> str:
    """Writes a line to the client's log, if the client asked for lines."""
    await ctx.info("a line")
    return "logged"


async def test_tool_with_progress(ctx: Context) -> str:
    """Tells its progress."""
    for done in (0, 50, 100):
        await ctx.report_progress(done, 100, f"Completed step {done} of 100")
        await asyncio.sleep(0.05)
    return "done"


async def test_reconnection(ctx: Context) -> str:
    """Closes the stream in the middle of the call."""
    await ctx.close_sse_stream()
    await asyncio.sleep(0.2)
    return "Reconnection test completed"


# Tools that ask the client, as before 2026-07-28


class Answer(BaseModel):
    response: str = Field(description="User's response")


class Defaults(BaseModel):
    name: str = Field("John Doe", description="User name")
    age: int = Field(30, description="User age")
    score: float = Field(95.5, description="User score")
    status: str = Field("active", json_schema_extra={"enum": ["active", "inactive", "pending"]})
    verified: bool = Field(True, description="Verification status")


def titled(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"const": const, "title": title} for const, title in pairs]


class Enums(BaseModel):
    untitledSingle: str = Field(json_schema_extra={"enum": ["option1", "option2", "option3"]})  # noqa: N815 - the suite's names
    titledSingle: str = Field(  # noqa: N815 - as above
        json_schema_extra={
            "oneOf": titled(("value1", "First"), ("value2", "Second"), ("value3", "Third"))
        }
    )
    legacyEnum: str = Field(  # noqa: N815 - as above
        json_schema_extra={
            "enum": ["opt1", "opt2", "opt3"],
            "enumNames": ["Option One", "Option Two", "Option Three"],
        }
    )
    untitledMulti: list[str] = Field(  # noqa: N815 - as above
        json_schema_extra={"items": {"type": "string", "enum": ["option1", "option2", "option3"]}}
    )
    titledMulti: list[str] = Field(  # noqa: N815 - as above
        json_schema_extra={
            "items": {
                "anyOf": titled(("value1", "First"), ("value2", "Second"), ("value3", "Third"))
            }
        }
    )


async def test_sampling(ctx: Context, prompt: str) -> str:
    """Asks the client's model."""
    message = SamplingMessage(role="user", content=text(prompt))
    answer = await ctx.session.create_message([message], max_tokens=100)
    content = answer.content
    return f"LLM response: {content.text if isinstance(content, TextContent) else 'none'}"


async def _asked(ctx: Context, message: str, schema: type[BaseModel], words: str) -> str:
    found = await ctx.elicit(message, schema)
    content = found.data.model_dump_json() if found.action == "accept" else "{}"
    return f"{words}: action={found.action}, content={content}"


async def test_elicitation(ctx: Context, message: str) -> str:
    """Asks the client's person."""
    return await _asked(ctx, message, Answer, "User response")


async def test_elicitation_sep1034_defaults(ctx: Context) -> str:
    """Asks with defaults of every simple type."""
    return await _asked(ctx, "Please review", Defaults, "Elicitation completed")


async def test_elicitation_sep1330_enums(ctx: Context) -> str:
    """Asks with every form of choice."""
    return await _asked(ctx, "Please choose", Enums, "Elicitation completed")


# Tools that need the client's answer, since 2026-07-28


def form(message: str, field: str, kind: str = "string") -> ElicitRequest:
    schema = {"type": "object", "properties": {field: {"type": kind}}, "required": [field]}
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


def sample(question: str, most: int = 100) -> CreateMessageRequest:
    message = SamplingMessage(role="user", content=text(question))
    return CreateMessageRequest(
        params=CreateMessageRequestParams(messages=[message], max_tokens=most)
    )


def answer_of(ctx: Context, key: str) -> Any:
    return (ctx.input_responses or {}).get(key)


def needed(requests: dict[str, Any], state: str | None = None) -> InputRequiredResult:
    return InputRequiredResult(input_requests=requests, request_state=state)


async def test_input_required_result_elicitation(ctx: Context) -> str | InputRequiredResult:
    """Asks for a name."""
    given = answer_of(ctx, "user_name")
    if given is None:
        return needed({"user_name": form("What is your name?", "name")})
    return f"Hello, {(given.content or {}).get('name', '')}!"


async def test_streaming_elicitation(ctx: Context) -> str | InputRequiredResult:
    """Tells its progress, then asks."""
    await ctx.report_progress(1, 2, "asking")
    return await test_input_required_result_elicitation(ctx)


async def test_input_required_result_sampling(ctx: Context) -> str | InputRequiredResult:
    """Asks the client's model."""
    given = answer_of(ctx, "capital_question")
    if given is None:
        return needed({"capital_question": sample("What is the capital of France?")})
    return str(getattr(given.content, "text", given.content))


async def test_input_required_result_list_roots(ctx: Context) -> str | InputRequiredResult:
    """Asks for the client's roots."""
    given = answer_of(ctx, "client_roots")
    if given is None:
        return needed({"client_roots": ListRootsRequest()})
    return ", ".join(str(root.uri) for root in given.roots)


async def test_input_required_result_request_state(ctx: Context) -> str | InputRequiredResult:
    """Asks, and checks that its state came back."""
    if answer_of(ctx, "confirm") is None:
        return needed({"confirm": form("Please confirm", "ok", "boolean")}, "round one")
    return "state-ok" if ctx.request_state == "round one" else "state-lost"


async def test_input_required_result_tampered_state(ctx: Context) -> str | InputRequiredResult:
    """As above; the SDK seals the state."""
    return await test_input_required_result_request_state(ctx)


async def test_input_required_result_multiple_inputs(ctx: Context) -> str | InputRequiredResult:
    """Asks three things at once."""
    requests = {
        "user_name": form("What is your name?", "name"),
        "greeting": sample("Generate a greeting", 50),
        "client_roots": ListRootsRequest(),
    }
    if any(answer_of(ctx, key) is None for key in requests):
        return needed(requests, "all three")
    return "all three were answered"


async def test_input_required_result_multi_round(ctx: Context) -> str | InputRequiredResult:
    """Asks twice, one after the other."""
    if answer_of(ctx, "step1") is None and ctx.request_state is None:
        return needed({"step1": form("Step 1: What is your name?", "name")}, "after one")
    if answer_of(ctx, "step2") is None:
        return needed({"step2": form("Step 2: What is your favorite color?", "color")}, "after two")
    return "both steps were answered"


async def test_input_required_result_capabilities(ctx: Context) -> str | InputRequiredResult:
    """Asks only in the ways that the client has."""
    can = ctx.client_capabilities or ClientCapabilities()
    requests: dict[str, Any] = {}
    if can.sampling is not None:
        requests["sampled"] = sample("Say something")
    if can.elicitation is not None:
        requests["asked"] = form("Anything?", "answer")
    return needed(requests) if requests and not ctx.input_responses else "nothing to ask"


async def test_missing_capability(ctx: Context) -> str:
    """Needs a client whose model can be asked."""
    if ctx.client_capabilities is None or ctx.client_capabilities.sampling is None:
        data = MissingRequiredClientCapabilityErrorData(
            required_capabilities=ClientCapabilities(sampling=SamplingCapability())
        )
        raise MCPError(
            MISSING_REQUIRED_CLIENT_CAPABILITY,
            "sampling is needed",
            data.model_dump(by_alias=True, mode="json", exclude_none=True),
        )
    return "there"


TOOLS = [value for name, value in list(globals().items()) if name.startswith("test_")]


# Resources and prompts


def add_resources(server: MCPServer[Any]) -> None:
    @server.resource("test://static-text", mime_type="text/plain")
    def static_text() -> str:
        """Text."""
        return "This is the content of the static text resource."

    @server.resource("test://static-binary", mime_type="image/png")
    def static_binary() -> bytes:
        """A picture."""
        return base64.b64decode(IMAGE)

    @server.resource("test://template/{id}/data", mime_type="application/json")
    def template(id: str) -> str:  # noqa: A002 - the suite's name
        """What the address says."""
        return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})

    @server.resource("test://watched-resource", mime_type="text/plain")
    def watched() -> str:
        """To subscribe to."""
        return "Watched resource content"


def add_prompts(server: MCPServer[Any]) -> None:
    @server.prompt()
    def test_simple_prompt() -> str:
        """Text."""
        return "This is a simple prompt for testing."

    @server.prompt()
    def test_prompt_with_arguments(arg1: str, arg2: str) -> str:
        """What was given."""
        return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"

    @server.prompt()
    def test_prompt_with_embedded_resource(resourceUri: str) -> Any:  # noqa: N803 - the suite's name
        """A resource."""
        words = "Embedded resource content for testing."
        return [embedded(resourceUri, words), text("Please process the embedded resource above.")]

    @server.prompt()
    def test_prompt_with_image() -> Any:
        """A picture."""
        return [picture(), text("Please analyze the image above.")]

    @server.prompt()
    async def test_input_required_result_prompt(ctx: Context) -> Any:
        """Needs the client's answer."""
        given = answer_of(ctx, "user_context")
        if given is None:
            question = form("What context should the prompt use?", "context")
            return needed({"user_context": question})
        return f"In this context: {(given.content or {}).get('context', '')}"


def equip(server: MCPServer[Any]) -> None:
    """Give ``server`` all of it."""
    for tool in TOOLS:
        server.add_tool(tool, structured_output=False)
    add_resources(server)
    add_prompts(server)

    @server.completion()
    async def complete(*_: Any) -> Completion:
        return Completion(values=["paris", "park", "party"], total=3, has_more=False)

    async def set_level(_context: Any, _params: SetLevelRequestParams) -> EmptyResult:
        return EmptyResult()

    low = server._lowlevel_server
    low.add_request_handler("logging/setLevel", SetLevelRequestParams, set_level)
