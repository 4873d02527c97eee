"""A real language model and a real classical model behind two gateways: the official clients, and the kill switch."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import anthropic
import numpy as np
import openai
import pytest
import tritonclient.http as triton
from pydantic import BaseModel
from tritonclient.utils import InferenceServerException

from examples.launch import Launched, launched
from examples.risk_model import train
from tests.e2e.installation import ASKED, Installed, installed
from tests.interfaces.serving import until

pytestmark = [pytest.mark.slow, pytest.mark.alone]
MODEL = "gemma-3-270m"
LONGEST = 400
# the model would end its turn after some twenty tokens: here it goes on until max_tokens
ENDLESS = {"ignore_eos": True, "temperature": 0}
LAST_BYTE_S = 1.0


class Triage(BaseModel):
    """What the structured answer holds."""

    urgent: bool
    place: str


@pytest.fixture(scope="module")
def model() -> Iterator[Launched]:
    with launched("examples.language_model") as running:
        yield running


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, model: Launched) -> Iterator[Installed]:
    with launched("examples.scorer") as scorer:
        vendors = {
            "llm": ("openai", f"{model.url}/v1"),
            "llm-messages": ("anthropic", model.url),
            "scorer": ("open-inference", scorer.url),
        }
        with installed(tmp_path_factory.mktemp("real") / "home", vendors) as running:
            yield running


@pytest.fixture(scope="module")
def chat_key(real: Installed) -> str:
    return real.declare("chatter", [f"llm/{MODEL}"], kill={"tell_reason": True})


@pytest.fixture(scope="module")
def messages_key(real: Installed) -> str:
    return real.declare("writer", [f"llm-messages/{MODEL}"])


def openai_client(real: Installed, key: str, **more: Any) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{real.url}/v1", api_key=key, timeout=60, **more)


def test_openai_chat_plain_and_streamed(real: Installed, chat_key: str) -> None:
    with openai_client(real, chat_key) as client:
        ask: dict[str, Any] = {"model": MODEL, "messages": ASKED, "max_tokens": 8, "temperature": 0}
        raw = client.chat.completions.with_raw_response.create(**ask)
        plain = raw.parse()
        stream = client.chat.completions.create(**ask, stream=True, stream_options={"include_usage": True})
        chunks = list(stream)
    assert plain.usage is not None
    assert chunks[-1].usage is not None
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == plain.choices[0].message.content
    assert chunks[-1].usage.completion_tokens == plain.usage.completion_tokens
    assert raw.headers["x-prodworthy-release"] == "chatter@1"
    record = real.record(raw.headers["x-prodworthy-exchange"])
    assert (record["end"], record["vendor"], record["model_answered"]) == ("answered", "llm", MODEL)
    assert (record["tokens_in"], record["tokens_out"]) == (plain.usage.prompt_tokens, plain.usage.completion_tokens)


def test_structured_output(real: Installed, chat_key: str) -> None:
    with openai_client(real, chat_key) as client:
        reply = client.chat.completions.parse(
            model=MODEL, messages=ASKED, max_tokens=200, temperature=0, response_format=Triage
        )
    assert isinstance(reply.choices[0].message.parsed, Triage)


async def test_openai_async_side_by_side(real: Installed, chat_key: str) -> None:
    async with openai.AsyncOpenAI(base_url=f"{real.url}/v1", api_key=chat_key, timeout=60) as client:

        async def ask(stream: bool) -> str:
            if stream:
                chunks = await client.chat.completions.create(model=MODEL, messages=ASKED, max_tokens=4, stream=True)
                return "".join([chunk.choices[0].delta.content or "" async for chunk in chunks if chunk.choices])
            whole = await client.chat.completions.create(model=MODEL, messages=ASKED, max_tokens=4)
            return whole.choices[0].message.content or ""

        assert all(await asyncio.gather(ask(True), ask(False), ask(True), ask(False)))


def test_anthropic_messages_plain_and_streamed(real: Installed, messages_key: str) -> None:
    with anthropic.Anthropic(base_url=real.url, api_key=messages_key, timeout=60) as client:
        plain = client.messages.create(model=MODEL, messages=ASKED, max_tokens=8)
        with client.messages.stream(model=MODEL, messages=ASKED, max_tokens=8) as stream:
            final = stream.get_final_message()
    assert plain.usage.output_tokens > 0
    assert final.stop_reason in {"max_tokens", "end_turn"}


class Streams:
    """Long answers of the real model under way, on both protocols, each read in a thread of its own."""

    def __init__(self, real: Installed, chat_key: str, messages_key: str) -> None:
        self.errors: dict[str, Exception | None] = {}
        self.last: dict[str, float] = {}
        self.chunks = {"openai": 0, "anthropic": 0}
        reading = {
            "openai": lambda: self._openai(real, chat_key),
            "anthropic": lambda: self._anthropic(real, messages_key),
        }
        self._threads = [threading.Thread(target=self._read, args=pair, daemon=True) for pair in reading.items()]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(60)

    def _read(self, name: str, pieces: Any) -> None:
        error: Exception | None = None
        try:
            for _ in pieces():
                self.chunks[name] += 1
        except (openai.APIError, anthropic.APIError) as fault:
            error = fault
        self.last[name] = time.monotonic()
        self.errors[name] = error

    @staticmethod
    def _openai(real: Installed, key: str) -> Iterator[Any]:
        with openai_client(real, key) as client:
            yield from client.chat.completions.create(
                model=MODEL, messages=ASKED, max_tokens=LONGEST, stream=True, extra_body={**ENDLESS, "stop": ["@@@"]}
            )

    @staticmethod
    def _anthropic(real: Installed, key: str) -> Iterator[Any]:
        with anthropic.Anthropic(base_url=real.url, api_key=key, timeout=60) as client:
            yield from client.messages.create(
                model=MODEL, messages=ASKED, max_tokens=LONGEST, stream=True, stop_sequences=["@@@"], extra_body=ENDLESS
            )


def processing(model: Launched) -> int:
    """How many answers llama.cpp is generating."""
    with urlopen(f"{model.url}/metrics", timeout=10) as reply:
        lines = reply.read().decode().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("llamacpp:requests_processing ")))


def test_a_kill_stops_running_streams_and_the_model_itself(
    real: Installed, model: Launched, chat_key: str, messages_key: str
) -> None:
    streams = Streams(real, chat_key, messages_key)
    until(lambda: min(streams.chunks.values()) > 5 and processing(model) == 2, 30)
    for workload in ("chatter", "writer"):
        assert real.verb("kill", workload, "--reason", "a test of the switch").code == 0
    killed = time.monotonic()
    streams.join()
    took = max(streams.last.values()) - killed
    print(f"last byte {took * 1000:.0f} ms after the kill was said to be in force")
    assert took < LAST_BYTE_S
    assert all("switched off" in str(error) for error in streams.errors.values()), streams.errors
    assert max(streams.chunks.values()) < LONGEST
    until(lambda: processing(model) == 0, 3)
    with openai_client(real, chat_key) as client, pytest.raises(openai.InternalServerError) as refused:
        client.chat.completions.create(model=MODEL, messages=ASKED, max_tokens=4)
    assert (refused.value.status_code, refused.value.code) == (503, "workload_killed")
    assert "a test of the switch" in str(refused.value)
    ends = until(lambda: [e["event"] for e in real.events("chatter") if e["event"]["end"] == "killed"], 15)
    assert (ends[0]["code"], ends[0]["status"]) == ("workload_killed", 503)
    last = json.loads(real.verb("show", "chatter", "--json").out)["changes"][0]
    assert (last["event"]["type"], last["event"]["reason"]) == ("Killed", "a test of the switch")
    assert last["actor"] == "ada@example.org"
    for workload in ("chatter", "writer"):
        assert real.verb("restore", workload, "--reason", "it works").code == 0
    with openai_client(real, chat_key, max_retries=0) as client:
        until(lambda: answered(client), 5)


def answered(client: openai.OpenAI) -> bool:
    try:
        return bool(client.chat.completions.create(model=MODEL, messages=ASKED, max_tokens=1).choices)
    except openai.InternalServerError:
        return False


def test_the_scorer_through_tritonclient(real: Installed) -> None:
    features = [{"name": "measurements", "datatype": "FP64", "shape": [-1, 30], "minimum": 0, "maximum": 4254}]
    contract = {"PSF-1.2": {"settings": {"features": features}}}
    key = real.declare("scores", ["scorer/risk-scorer"], kind="scorer", controls=contract)
    risk_model = train()
    rows = risk_model.held_out_rows[:5]
    headers = {"Authorization": f"Bearer {key}"}
    client = triton.InferenceServerClient(urlsplit(real.url).netloc)
    try:
        assert client.is_model_ready("risk-scorer", headers=headers)
        assert client.get_model_metadata("risk-scorer", headers=headers)["inputs"][0]["shape"] == [-1, 30]
        for binary in (False, True):
            answer = client.infer("risk-scorer", [tensor(rows, binary)], headers=headers)
            assert np.array_equal(answer.as_numpy("malignancy_risk"), risk_model.risk(rows))
        with pytest.raises(InferenceServerException, match="outside its declared range"):
            client.infer("risk-scorer", [tensor(rows * 1000, True)], headers=headers)
    finally:
        client.close()
    events = until(lambda: blocked(real), 15)
    assert events[-1]["code"] == "contract_violation"


def blocked(real: Installed) -> list[Any]:
    return [event["event"] for event in real.events("scores") if event["event"]["end"] == "refused"]


def tensor(rows: Any, binary: bool) -> Any:
    made = triton.InferInput("measurements", list(rows.shape), "FP64")
    made.set_data_from_numpy(rows, binary_data=binary)
    return made
