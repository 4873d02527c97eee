"""The vendors' own packages work unchanged behind the gateway: only the address and the key are other."""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import anthropic
import numpy as np
import openai
import pytest
import tritonclient.http as triton
from pydantic import BaseModel

from tests.gateway.pipeline.speech import CHAT, INFER, MESSAGES, MLFLOW, declare, settled
from tests.gateway.serving import Gateway
from tests.simulator import Call, Calls, ErrorInStream, Future, Refusal, Say, Status, default_text, vector
from tests.simulator import Vendor as Simulator

T = TypeVar("T")
ASKED: Any = [{"role": "user", "content": "What is a river?"}]
WEATHER = {"type": "object", "properties": {"city": {"type": "string", "enum": ["Oslo"]}}, "required": ["city"]}
TOOLS: Any = [{"type": "function", "function": {"name": "weather", "parameters": WEATHER}}]


class Person(BaseModel):
    """What a structured answer holds."""

    name: str
    age: int


async def away(work: Callable[[], T]) -> T:
    """Run a client that blocks in a thread, while the gateway runs here."""
    return await asyncio.to_thread(work)


def blocking(gateway: Gateway, retries: int = 0) -> openai.OpenAI:
    return openai.OpenAI(
        base_url=f"{gateway.url}/v1", api_key=gateway.keys["assistant"], max_retries=retries, timeout=10
    )


@pytest.fixture
async def client(gateway: Gateway) -> AsyncIterator[openai.AsyncOpenAI]:
    key = gateway.keys["assistant"]
    async with openai.AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key=key, max_retries=0, timeout=10) as made:
        yield made


@pytest.fixture
async def claude(gateway: Gateway, simulator: Simulator) -> AsyncIterator[anthropic.AsyncAnthropic]:
    key = declare(gateway, simulator, MESSAGES)
    async with anthropic.AsyncAnthropic(base_url=gateway.url, api_key=key, max_retries=0, timeout=10) as made:
        yield made


class TestOpenAI:
    async def test_chat_blocking(self, gateway: Gateway, simulator: Simulator) -> None:
        def work() -> str | None:
            with blocking(gateway) as client:
                plain = client.chat.completions.create(model="gpt-sim", messages=ASKED).choices[0].message.content
                stream = client.chat.completions.create(model="gpt-sim", messages=ASKED, stream=True)
                pieces = [chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices]
                assert "".join(pieces) == plain
                assert [model.id for model in client.models.list()] == ["gpt-sim"]
                return plain

        assert await away(work) == default_text("What is a river?")

    async def test_chat(self, gateway: Gateway, client: openai.AsyncOpenAI) -> None:
        raw = await client.chat.completions.with_raw_response.create(
            model="gpt-sim", messages=ASKED, user="ann", extra_headers={"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
        )
        reply = raw.parse()
        assert reply.choices[0].message.content == default_text("What is a river?")
        assert raw.headers["x-prodworthy-release"] == "assistant@1"
        assert raw.headers["x-prodworthy-model"] == "gpt-sim"
        ((received, completed),) = await gateway.recorded()
        assert raw.headers["x-prodworthy-exchange"] == received.exchange == completed.exchange
        assert (received.subject, received.trace) == (gateway.runtime.vault.subject("default", "ann"), "a" * 32)
        assert reply.usage is not None
        used = (reply.usage.prompt_tokens, reply.usage.completion_tokens)
        assert (completed.tokens_in, completed.tokens_out) == used

    @pytest.mark.parametrize("wanted", [True, False, None])
    async def test_usage_in_a_stream_comes_only_if_asked_for(
        self, gateway: Gateway, simulator: Simulator, client: openai.AsyncOpenAI, wanted: bool | None
    ) -> None:
        options: Any = {} if wanted is None else {"stream_options": {"include_usage": wanted}}
        stream = await client.chat.completions.create(model="gpt-sim", messages=ASKED, stream=True, **options)
        chunks = [chunk async for chunk in stream]
        assert simulator.received[0].json()["stream_options"] == {"include_usage": True}
        assert sum(not chunk.choices for chunk in chunks) == (1 if wanted else 0)
        assert (chunks[-1].usage is not None) == bool(wanted)
        ((_, completed),) = await gateway.recorded()
        assert completed.tokens_in == 4
        assert completed.tokens_out == len(default_text("What is a river?").split())

    async def test_tools_and_their_results(self, client: openai.AsyncOpenAI) -> None:
        reply = await client.chat.completions.create(model="gpt-sim", messages=ASKED, tools=TOOLS)
        (call,) = reply.choices[0].message.tool_calls or []
        assert (call.function.name, call.function.arguments) == ("weather", '{"city":"Oslo"}')  # type: ignore[union-attr]  # we asked for a function tool
        result = {"role": "tool", "tool_call_id": call.id, "content": "rain"}
        after: Any = [*ASKED, reply.choices[0].message.model_dump(exclude_none=True), result]
        again = await client.chat.completions.create(model="gpt-sim", messages=after, tools=TOOLS)
        assert again.choices[0].message.content

    async def test_streamed_tools(self, simulator: Simulator, client: openai.AsyncOpenAI) -> None:
        given = {"text": "a rather long argument " * 4}
        simulator.script(Calls(Call("note", given)))
        async with client.chat.completions.stream(model="gpt-sim", messages=ASKED) as stream:
            final = await stream.get_final_completion()
        (call,) = final.choices[0].message.tool_calls or []
        assert call.function.arguments == Call("note", given).text()

    async def test_structured_output(self, client: openai.AsyncOpenAI) -> None:
        reply = await client.chat.completions.parse(model="gpt-sim", messages=ASKED, response_format=Person)
        assert reply.choices[0].message.parsed == Person(name="river stone", age=7)
        async with client.chat.completions.stream(model="gpt-sim", messages=ASKED, response_format=Person) as stream:
            final = await stream.get_final_completion()
        assert final.choices[0].message.parsed == Person(name="river stone", age=7)

    async def test_refusals_of_the_model(self, simulator: Simulator, client: openai.AsyncOpenAI) -> None:
        simulator.script(Refusal("No."))
        reply = await client.chat.completions.create(model="gpt-sim", messages=ASKED)
        assert (reply.choices[0].message.refusal, reply.choices[0].finish_reason) == ("No.", "content_filter")

    async def test_embeddings(self, gateway: Gateway, client: openai.AsyncOpenAI) -> None:
        plain = await client.embeddings.create(model="gpt-sim", input=["a", "b"], encoding_format="float")
        usual = await client.embeddings.create(model="gpt-sim", input="a")
        packed: Any = await client.embeddings.create(model="gpt-sim", input="a", encoding_format="base64")
        assert plain.data[1].embedding == pytest.approx(vector("b", 64), abs=1e-6)
        assert usual.data[0].embedding == pytest.approx(vector("a", 64), abs=1e-6)
        assert len(base64.b64decode(packed.data[0].embedding)) == 256
        assert [received.operation for received, _ in await gateway.recorded(3)] == ["embed"] * 3

    async def test_responses(self, gateway: Gateway, client: openai.AsyncOpenAI) -> None:
        plain = await client.responses.create(model="gpt-sim", input="hello")
        assert plain.output_text == default_text("hello")
        async with client.responses.stream(model="gpt-sim", input="hello") as stream:
            kinds = [event.type async for event in stream]
            final = await stream.get_final_response()
        assert (kinds[0], kinds[-1]) == ("response.created", "response.completed")
        assert final.output_text == plain.output_text
        for _, completed in await gateway.recorded(2):
            assert (completed.tokens_in, completed.tokens_out) == (1, len(default_text("hello").split()))

    async def test_responses_with_structure_and_tools(self, client: openai.AsyncOpenAI) -> None:
        parsed = await client.responses.parse(model="gpt-sim", input="hello", text_format=Person)
        assert parsed.output_parsed == Person(name="river stone", age=7)
        tools: Any = [{"type": "function", "name": "weather", "parameters": WEATHER, "strict": True}]
        async with client.responses.stream(model="gpt-sim", input="hello", tools=tools) as stream:
            final = await stream.get_final_response()
        item: Any = final.output[0]
        assert (item.type, item.arguments) == ("function_call", '{"city":"Oslo"}')

    @pytest.mark.parametrize("status", [429, 500, 503])
    async def test_the_sdk_retries_what_the_vendor_fails_at(
        self, gateway: Gateway, simulator: Simulator, client: openai.AsyncOpenAI, status: int
    ) -> None:
        simulator.script(Status(status, retry_after=0.01), Status(status, retry_after=0.01), Say("done"))
        reply = await client.with_options(max_retries=2).chat.completions.create(model="gpt-sim", messages=ASKED)
        assert reply.choices[0].message.content == "done"
        ends = [(completed.end, completed.status) for _, completed in await gateway.recorded(3)]
        assert ends == [("vendor_error", status)] * 2 + [("answered", 200)]

    async def test_events_and_fields_of_tomorrow(self, simulator: Simulator, client: openai.AsyncOpenAI) -> None:
        simulator.script(Future(), Future(), Future())
        plain = await client.chat.completions.create(model="gpt-sim", messages=ASKED)
        assert plain.model_extra is not None
        assert plain.model_extra["x_future"]["depth"] == [1, None, {"kind": "unknown"}]
        stream = await client.chat.completions.create(model="gpt-sim", messages=ASKED, stream=True)
        chunks = [chunk async for chunk in stream]
        assert any(chunk.object == "chat.completion.future" for chunk in chunks)  # type: ignore[comparison-overlap]  # a field that the types do not know
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        assert text == default_text("What is a river?")

    @pytest.mark.parametrize(
        "make, error, code",
        [
            ({"api_key": "pw_wrong"}, openai.AuthenticationError, "unknown_key"),
            ({"model": "gpt-other"}, openai.NotFoundError, "model_not_declared"),
            ({"messages": "hello"}, openai.BadRequestError, "invalid_request"),
        ],
    )
    async def test_refusals_raise_the_sdks_own_errors(
        self, client: openai.AsyncOpenAI, make: dict[str, Any], error: type[openai.APIStatusError], code: str
    ) -> None:
        client = client.with_options(api_key=make.pop("api_key", client.api_key))
        with pytest.raises(error) as caught:
            await client.chat.completions.create(**{"model": "gpt-sim", "messages": ASKED, **make})
        assert (caught.value.code, type(caught.value)) == (code, error)

    async def test_rate_limits_raise_and_say_how_long(
        self, gateway: Gateway, simulator: Simulator, client: openai.AsyncOpenAI
    ) -> None:
        key = declare(gateway, simulator, CHAT, limits={"rate": {"count": 1, "seconds": 30}})
        client = client.with_options(api_key=key)
        await client.chat.completions.create(model="gpt-sim", messages=ASKED)
        with pytest.raises(openai.RateLimitError) as caught:
            await client.chat.completions.create(model="gpt-sim", messages=ASKED)
        assert caught.value.code == "rate_limited"
        assert 1 <= int(caught.value.response.headers["retry-after"]) <= 30
        assert len(simulator.received) == 1

    async def test_the_sdk_waits_out_a_rate_limit(self, gateway: Gateway, simulator: Simulator) -> None:
        declare(gateway, simulator, CHAT, limits={"rate": {"count": 10, "seconds": 1, "burst": 1}})

        def work() -> None:
            with blocking(gateway, retries=3) as client:
                for _ in range(3):
                    client.chat.completions.create(model="gpt-sim", messages=ASKED)

        await away(work)
        assert len(simulator.received) == 3

    async def test_a_fault_within_a_stream_raises(
        self, gateway: Gateway, simulator: Simulator, client: openai.AsyncOpenAI
    ) -> None:
        simulator.always(ErrorInStream())
        stream = await client.chat.completions.create(model="gpt-sim", messages=ASKED, stream=True)
        with pytest.raises(openai.APIError) as caught:
            [chunk async for chunk in stream]
        assert caught.value.code == "vendor_broken"
        responses = await client.responses.create(model="gpt-sim", input="hello", stream=True)
        with pytest.raises(openai.APIError) as caught:
            [event async for event in responses]
        assert caught.value.code == "vendor_broken"


class TestAnthropic:
    async def test_plain_and_streamed(self, gateway: Gateway, claude: anthropic.AsyncAnthropic) -> None:
        plain: Any = await claude.messages.create(model="claude-sim", max_tokens=99, messages=ASKED)
        assert (plain.content[0].text, plain.stop_reason) == (default_text("What is a river?"), "end_turn")
        async with claude.messages.stream(
            model="claude-sim", max_tokens=99, messages=ASKED, metadata={"user_id": "bob"}
        ) as stream:
            assert "".join([text async for text in stream.text_stream]) == plain.content[0].text
            final = await stream.get_final_message()
        assert final.usage.output_tokens == plain.usage.output_tokens
        (_, whole), (received, streamed) = await gateway.recorded(2)
        assert received.subject == gateway.runtime.vault.subject("default", "bob")
        for completed in (whole, streamed):
            assert completed.tokens_in == plain.usage.input_tokens
            assert completed.tokens_out == plain.usage.output_tokens > 0
            assert (completed.finish, completed.model) == ("stop", "claude-sim")

    async def test_blocking(self, gateway: Gateway, claude: anthropic.AsyncAnthropic) -> None:
        def work() -> str:
            asked: Any = {"model": "claude-sim", "max_tokens": 99, "messages": ASKED}
            made = anthropic.Anthropic(base_url=gateway.url, api_key=gateway.keys["claude"], max_retries=0)
            with made as client, client.messages.stream(**asked) as stream:
                return "".join(stream.text_stream)

        assert await away(work) == default_text("What is a river?")

    async def test_tools(self, claude: anthropic.AsyncAnthropic) -> None:
        tools: Any = [{"name": "weather", "input_schema": WEATHER}]
        asked: Any = {"model": "claude-sim", "max_tokens": 99, "messages": ASKED, "tools": tools}
        plain = await claude.messages.create(**asked)
        async with claude.messages.stream(**asked) as stream:
            streamed = await stream.get_final_message()
        for message in (plain, streamed):
            block: Any = message.content[0]
            assert (block.name, block.input, message.stop_reason) == ("weather", {"city": "Oslo"}, "tool_use")

    async def test_retries_and_vendors_errors(self, simulator: Simulator, claude: anthropic.AsyncAnthropic) -> None:
        simulator.script(Status(529, retry_after=0.01), Status(429, retry_after=0.01))
        patient = claude.with_options(max_retries=2)
        message = await patient.messages.create(model="claude-sim", max_tokens=99, messages=ASKED)
        assert message.content
        simulator.script(Status(400, message="The vendor says no."))
        with pytest.raises(anthropic.BadRequestError, match="The vendor says no"):
            await claude.messages.create(model="claude-sim", max_tokens=99, messages=ASKED)

    async def test_refusals(self, simulator: Simulator, claude: anthropic.AsyncAnthropic) -> None:
        asked: Any = {"model": "claude-sim", "max_tokens": 99, "messages": ASKED}
        with pytest.raises(anthropic.NotFoundError) as caught:
            await claude.messages.create(**{**asked, "model": "claude-other"})
        assert _code(caught.value) == "model_not_declared"
        with pytest.raises(anthropic.AuthenticationError) as denied:
            await claude.with_options(api_key="pw_wrong").messages.create(**asked)
        assert _code(denied.value) == "unknown_key"
        simulator.always(ErrorInStream())
        with pytest.raises(anthropic.APIStatusError) as broken:
            async with claude.messages.stream(**asked) as stream:
                await stream.get_final_message()
        assert _code(broken.value) == "vendor_broken"

    async def test_events_of_tomorrow(self, simulator: Simulator, claude: anthropic.AsyncAnthropic) -> None:
        simulator.script(Future())
        raw = await claude.messages.with_raw_response.create(
            model="claude-sim", max_tokens=99, messages=ASKED, stream=True
        )
        text = (await raw.http_response.aread()).decode()
        assert ": a comment\n\n" in text
        assert text.endswith("\n\n")
        assert "x_future" in text


def _code(error: anthropic.APIStatusError) -> str:
    body: Any = error.body
    return str(body["error"]["code"])


class TestOpenInference:
    async def test_health_metadata_and_inference(self, gateway: Gateway, simulator: Simulator) -> None:
        key = declare(gateway, simulator, INFER)
        headers = {"Authorization": f"Bearer {key}"}

        def work() -> None:
            client = triton.InferenceServerClient(gateway.url.removeprefix("http://"))
            try:
                assert client.is_server_live()
                assert client.is_server_ready()
                assert client.is_model_ready("score-sim", headers=headers)
                assert client.get_model_metadata("score-sim", headers=headers)["name"] == "score-sim"
                for binary_in, binary_out in ((True, True), (True, False), (False, True), (False, False)):
                    tensor = triton.InferInput("x", [2, 4], "FP32")
                    rows = np.array([[1, 1, 1, 1], [-2, -2, -2, -2]], np.float32)
                    tensor.set_data_from_numpy(rows, binary_data=binary_in)
                    wanted = [triton.InferRequestedOutput("score", binary_data=binary_out)]
                    result = client.infer(
                        "score-sim", [tensor], outputs=wanted, headers=dict(headers), request_id="r-7"
                    )
                    assert result.get_response()["id"] == "r-7"
                    assert result.as_numpy("score").ravel() == pytest.approx([0.7310586, 0.1192029])
                with pytest.raises(triton.InferenceServerException, match="does not declare"):
                    client.infer("other", [tensor], headers=dict(headers))
                with pytest.raises(triton.InferenceServerException, match="No workload key"):
                    client.infer("score-sim", [tensor])
            finally:
                client.close()

        await away(work)
        records = await gateway.recorded(7)
        operations = [received.operation for received, _ in records]
        assert (operations.count("read"), operations.count("predict")) == (2, 5)
        assert {completed.model for _, completed in records if completed.end == "answered"} >= {"score-sim:2"}
        await settled(gateway, simulator)


class TestMLflow:
    async def test_invocations(self, gateway: Gateway, simulator: Simulator) -> None:
        key = declare(gateway, simulator, MLFLOW)
        headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}

        def ask(document: object, given: dict[str, str]) -> tuple[int, Any]:
            connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=10)
            connection.request("POST", "/invocations", json.dumps(document), given)
            reply = connection.getresponse()
            found = reply.status, json.loads(reply.read())
            connection.close()
            return found

        split = {"dataframe_split": {"columns": ["a", "b"], "data": [[1, 3], [0, 0]]}}
        for document in (split, {"instances": [[1, 3], [0, 0]]}, {"inputs": {"a": [1, 0], "b": [3, 0]}}):
            status, told = await asyncio.to_thread(ask, document, headers)
            assert (status, told["predictions"]) == (200, pytest.approx([0.8807970, 0.5]))
        status, told = await asyncio.to_thread(ask, {"rows": []}, headers)
        assert (status, told["error_code"], told["code"]) == (400, "BAD_REQUEST", "invalid_request")
        status, told = await asyncio.to_thread(ask, split, {"content-type": "application/json"})
        assert (status, told["error_code"], told["code"]) == (401, "UNAUTHENTICATED", "missing_key")
