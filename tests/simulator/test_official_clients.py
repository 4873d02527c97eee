"""The official clients work directly against the simulator."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator
from typing import Any

import anthropic
import numpy as np
import openai
import pytest
import tritonclient.http as triton

from tests.simulator import Call, Calls, Refusal, RunningVendor, Say, Truncate, default_text, running_vendor, vector

WEATHER = {"type": "object", "properties": {"city": {"type": "string", "enum": ["Oslo"]}}, "required": ["city"]}
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 18}},
    "required": ["name", "age"],
    "additionalProperties": False,
}
ASKED: Any = [{"role": "user", "content": "What is a river?"}]


@pytest.fixture
def vendor() -> Iterator[RunningVendor]:
    with running_vendor() as running:
        yield running


@pytest.fixture
def client(vendor: RunningVendor) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{vendor.url}/v1", api_key="k", max_retries=0, timeout=10) as made:
        yield made


@pytest.fixture
def claude(vendor: RunningVendor) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=vendor.url, api_key="k", max_retries=0, timeout=10) as made:
        yield made


class TestChat:
    def test_plain_answer_is_the_default_text_with_usage(self, client: openai.OpenAI) -> None:
        reply = client.chat.completions.create(model="m-1", messages=ASKED)
        assert reply.choices[0].message.content == default_text("What is a river?")
        assert (reply.model, reply.choices[0].finish_reason) == ("m-1", "stop")
        assert reply.usage is not None
        assert reply.usage.prompt_tokens == 4
        assert reply.usage.total_tokens == 4 + reply.usage.completion_tokens

    def test_stream_joins_up_to_the_plain_answer(self, vendor: RunningVendor, client: openai.OpenAI) -> None:
        vendor.script(Say(chunks=7))
        options: Any = {"include_usage": True}
        chunks = list(client.chat.completions.create(model="m", messages=ASKED, stream=True, stream_options=options))
        deltas = [c.choices[0].delta.content for c in chunks if c.choices and c.choices[0].delta.content]
        assert "".join(deltas) == default_text("What is a river?")
        assert len(deltas) == 7
        assert chunks[-2].choices[0].finish_reason == "stop"
        assert chunks[-1].choices == []
        assert chunks[-1].usage is not None
        assert all(chunk.usage is None for chunk in chunks[:-1])

    def test_n_choices_differ(self, client: openai.OpenAI) -> None:
        reply = client.chat.completions.create(model="m", messages=ASKED, n=3)
        assert [choice.index for choice in reply.choices] == [0, 1, 2]
        assert len({choice.message.content for choice in reply.choices}) == 3
        chunks = list(client.chat.completions.create(model="m", messages=ASKED, n=3, stream=True))
        assert {chunk.choices[0].index for chunk in chunks} == {0, 1, 2}

    def test_tool_call_then_text_once_the_result_is_back(self, client: openai.OpenAI) -> None:
        tools: Any = [{"type": "function", "function": {"name": "weather", "parameters": WEATHER}}]
        reply = client.chat.completions.create(model="m", messages=ASKED, tools=tools)
        calls: Any = reply.choices[0].message.tool_calls
        assert reply.choices[0].finish_reason == "tool_calls"
        assert (calls[0].function.name, calls[0].function.arguments) == ("weather", '{"city":"Oslo"}')
        result = {"role": "tool", "tool_call_id": calls[0].id, "content": "rain"}
        after: Any = [*ASKED, reply.choices[0].message.model_dump(exclude_none=True), result]
        assert client.chat.completions.create(model="m", messages=after, tools=tools).choices[0].message.content

    def test_streamed_tool_arguments_join_up(self, vendor: RunningVendor, client: openai.OpenAI) -> None:
        given = {"text": "a rather long argument " * 4}
        vendor.script(Calls(Call("note", given), Call("other", '{"broken')))
        names, arguments = {}, {0: "", 1: ""}
        for chunk in client.chat.completions.create(model="m", messages=ASKED, stream=True):
            for delta in chunk.choices[0].delta.tool_calls or ():
                assert delta.function is not None
                arguments[delta.index] += delta.function.arguments or ""
                if delta.function.name:
                    names[delta.index] = delta.function.name
        assert names == {0: "note", 1: "other"}
        assert arguments == {0: Call("note", given).text(), 1: '{"broken'}

    def test_structured_output(self, client: openai.OpenAI) -> None:
        shape: Any = {"type": "json_schema", "json_schema": {"name": "person", "strict": True, "schema": PERSON}}
        reply = client.chat.completions.create(model="m", messages=ASKED, response_format=shape)
        assert reply.choices[0].message.content == '{"name":"river stone","age":18}'

    def test_max_tokens_refusal_and_truncation(self, vendor: RunningVendor, client: openai.OpenAI) -> None:
        short = client.chat.completions.create(model="m", messages=ASKED, max_completion_tokens=3).choices[0]
        assert (short.finish_reason, len((short.message.content or "").split())) == ("length", 3)
        vendor.script(Refusal("No."), Truncate(words=2))
        refused = client.chat.completions.create(model="m", messages=ASKED).choices[0]
        assert (refused.finish_reason, refused.message.refusal, refused.message.content) == (
            "content_filter",
            "No.",
            None,
        )
        cut = client.chat.completions.create(model="m", messages=ASKED).choices[0]
        assert (cut.finish_reason, cut.message.content) == ("length", "river stone")


class TestResponses:
    def test_plain_and_streamed(self, client: openai.OpenAI) -> None:
        assert client.responses.create(model="m", input="hello").output_text == default_text("hello")
        with client.responses.stream(model="m", input="hello") as stream:
            events = list(stream)
            final = stream.get_final_response()
        assert [events[0].type, events[-1].type] == ["response.created", "response.completed"]
        assert [event.sequence_number for event in events] == list(range(len(events)))
        assert final.output_text == default_text("hello")

    def test_function_call_streamed(self, client: openai.OpenAI) -> None:
        tools: Any = [{"type": "function", "name": "weather", "parameters": WEATHER, "strict": True}]
        with client.responses.stream(model="m", input="hello", tools=tools) as stream:
            kinds = {event.type for event in stream}
            item: Any = stream.get_final_response().output[0]
        assert {"response.function_call_arguments.delta", "response.function_call_arguments.done"} <= kinds
        assert (item.type, item.name, item.arguments) == ("function_call", "weather", '{"city":"Oslo"}')

    def test_truncation_is_incomplete(self, client: openai.OpenAI) -> None:
        reply = client.responses.create(model="m", input="hello", max_output_tokens=2)
        assert reply.status == "incomplete"
        assert reply.incomplete_details is not None
        assert reply.incomplete_details.reason == "max_output_tokens"


class TestEmbeddingsAndModels:
    def test_float_base64_and_dimensions(self, client: openai.OpenAI) -> None:
        plain = client.embeddings.create(model="e", input=["a", "b"], encoding_format="float")
        packed: Any = client.embeddings.create(model="e", input=["a", "b"], encoding_format="base64")
        usual = client.embeddings.create(model="e", input=["a", "b"])
        raw = base64.b64decode(packed.data[1].embedding)
        assert struct.unpack("<64f", raw) == pytest.approx(vector("b", 64), abs=1e-6)
        assert plain.data[1].embedding == pytest.approx(vector("b", 64), abs=1e-6)
        assert usual.data[0].embedding == pytest.approx(vector("a", 64), abs=1e-6)
        assert len(client.embeddings.create(model="e", input="a", dimensions=7).data[0].embedding) == 7

    def test_models_and_errors(self, client: openai.OpenAI) -> None:
        assert "gpt-sim" in [model.id for model in client.models.list()]
        assert client.models.retrieve("any").id == "any"
        with pytest.raises(openai.NotFoundError) as caught:
            client.chat.completions.create(model="missing-1", messages=ASKED)
        assert caught.value.code == "model_not_found"
        with pytest.raises(openai.BadRequestError):
            client.chat.completions.create(model="m", messages=[])


class TestAnthropic:
    def test_plain_and_streamed(self, claude: anthropic.Anthropic) -> None:
        plain: Any = claude.messages.create(model="c-1", max_tokens=99, messages=ASKED)
        assert (plain.content[0].text, plain.stop_reason) == (default_text("What is a river?"), "end_turn")
        with claude.messages.stream(model="c-1", max_tokens=99, messages=ASKED) as stream:
            assert "".join(stream.text_stream) == plain.content[0].text
            final = stream.get_final_message()
        assert (final.model, final.usage.output_tokens) == ("c-1", plain.usage.output_tokens)

    def test_event_order(self, claude: anthropic.Anthropic) -> None:
        raw = claude.messages.with_raw_response.create(model="c", max_tokens=99, messages=ASKED, stream=True)
        names = [line[7:] for line in raw.http_response.read().decode().split("\n") if line.startswith("event: ")]
        assert names[:3] == ["message_start", "content_block_start", "ping"]
        assert names[-3:] == ["content_block_stop", "message_delta", "message_stop"]
        assert set(names[3:-3]) == {"content_block_delta"}

    def test_tool_use_streamed(self, claude: anthropic.Anthropic) -> None:
        tools: Any = [{"name": "weather", "input_schema": WEATHER}]
        with claude.messages.stream(model="c", max_tokens=99, messages=ASKED, tools=tools) as stream:
            message: Any = stream.get_final_message()
        assert (message.content[0].name, message.content[0].input) == ("weather", {"city": "Oslo"})
        assert message.stop_reason == "tool_use"

    def test_stop_reasons_and_count(self, vendor: RunningVendor, claude: anthropic.Anthropic) -> None:
        vendor.script(Refusal())
        assert claude.messages.create(model="c", max_tokens=99, messages=ASKED).stop_reason == "refusal"
        assert claude.messages.create(model="c", max_tokens=2, messages=ASKED).stop_reason == "max_tokens"
        assert claude.messages.count_tokens(model="c", messages=ASKED).input_tokens == 4


class TestTriton:
    @pytest.fixture
    def server(self, vendor: RunningVendor) -> Iterator[Any]:
        made = triton.InferenceServerClient(vendor.url.removeprefix("http://"))
        yield made
        made.close()

    def test_health_and_metadata(self, server: Any) -> None:
        assert server.is_server_live()
        assert server.is_server_ready()
        assert server.is_model_ready("scorer")
        assert not server.is_model_ready("unready")
        assert not server.is_model_ready("missing")
        assert server.get_model_metadata("scorer", "1")["name"] == "scorer"
        with pytest.raises(triton.InferenceServerException, match="unknown model"):
            server.get_model_metadata("missing")

    @pytest.mark.parametrize("binary_in", [True, False])
    @pytest.mark.parametrize("binary_out", [True, False])
    def test_score(self, server: Any, binary_in: bool, binary_out: bool) -> None:
        tensor = triton.InferInput("x", [2, 4], "FP32")
        tensor.set_data_from_numpy(np.array([[1, 1, 1, 1], [-2, -2, -2, -2]], np.float32), binary_data=binary_in)
        wanted = [triton.InferRequestedOutput(name, binary_data=binary_out) for name in ("label", "score")]
        result = server.infer("scorer", [tensor], outputs=wanted, request_id="r-7", model_version="1")
        assert result.get_response()["id"] == "r-7"
        assert result.as_numpy("score").ravel() == pytest.approx([1 / (1 + np.exp(-1)), 1 / (1 + np.exp(2))])
        assert result.as_numpy("label").tolist() == [[1], [0]]

    @pytest.mark.parametrize("kind", ["BOOL", "UINT8", "INT16", "INT64", "UINT64", "FP16", "FP32", "FP64", "BYTES"])
    def test_identity_in_every_datatype(self, server: Any, kind: str) -> None:
        values = np.array([[0, 1, 1]]).astype(_numpy_type(kind))
        if kind == "BYTES":
            values = np.array([[b"", b"a\xff", "é".encode()]], dtype=np.object_)
        tensor = triton.InferInput("t", [1, 3], kind)
        tensor.set_data_from_numpy(values)
        assert (server.infer("identity", [tensor]).as_numpy("t") == values).all()


def _numpy_type(kind: str) -> Any:
    names = {"BOOL": "bool", "FP16": "float16", "FP32": "float32", "FP64": "float64", "BYTES": "object"}
    return np.dtype(names.get(kind, kind.lower()))
