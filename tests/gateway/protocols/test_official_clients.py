"""The official clients understand what the gateway says of its own: refusals, ends of streams, safe answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anthropic
import httpx2
import openai
import pytest

from prodworthy.gateway.protocols.protocol import Rendered
from prodworthy.gateway.protocols.routes import CHAT, EMBEDDINGS, MESSAGES, RESPONSES
from prodworthy.gateway.protocols.sse import Splitter
from prodworthy.policy.core.exchange import Call, Operation
from prodworthy.policy.core.refusal import Code, Refusal

from .recorded import play, read_whole

_EXCHANGE = f"{1_764_000_000_000:012x}{7:020x}"
_MESSAGES: list[Any] = [{"role": "user", "content": "hi"}]


class Answering:
    """A gateway that always answers the same; counts what it is asked."""

    def __init__(self, rendered: Rendered) -> None:
        self.asked = 0
        self._rendered = rendered

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.asked += 1
        headers = [(name.decode(), value.decode()) for name, value in self._rendered.headers]
        return httpx2.Response(self._rendered.status, headers=headers, content=self._rendered.body)

    def openai(self) -> openai.OpenAI:
        client = httpx2.Client(transport=httpx2.MockTransport(self._answer))
        return openai.OpenAI(api_key="k", base_url="http://gateway/v1", http_client=client, max_retries=2)

    def anthropic(self) -> anthropic.Anthropic:
        client = httpx2.Client(transport=httpx2.MockTransport(self._answer))
        return anthropic.Anthropic(api_key="k", base_url="http://gateway", http_client=client, max_retries=2)


def _stream(body: bytes) -> Rendered:
    return Rendered(200, ((b"content-type", b"text/event-stream"),), body)


def _chat(client: openai.OpenAI) -> object:
    return client.chat.completions.create(model="m", messages=_MESSAGES)


def _respond(client: openai.OpenAI) -> object:
    return client.responses.create(model="m", input="hi")


def _embed(client: openai.OpenAI) -> object:
    return client.embeddings.create(model="m", input="hi")


def _message(client: anthropic.Anthropic) -> anthropic.types.Message:
    return client.messages.create(model="m", max_tokens=9, messages=_MESSAGES)


_OPENAI = ((CHAT, _chat), (RESPONSES, _respond), (EMBEDDINGS, _embed))

_CODES = (
    (Code.INVALID_REQUEST, openai.BadRequestError, anthropic.BadRequestError, "invalid_request_error"),
    (Code.BLOCKED, openai.BadRequestError, anthropic.BadRequestError, "invalid_request_error"),
    (Code.UNKNOWN_KEY, openai.AuthenticationError, anthropic.AuthenticationError, "authentication_error"),
    (Code.KEY_SCOPE, openai.PermissionDeniedError, anthropic.PermissionDeniedError, "permission_error"),
    (Code.MODEL_NOT_DECLARED, openai.NotFoundError, anthropic.NotFoundError, "not_found_error"),
    (Code.BODY_TOO_LARGE, openai.APIStatusError, anthropic.APIStatusError, "request_too_large"),
    (Code.WORKLOAD_KILLED, openai.InternalServerError, anthropic.ServiceUnavailableError, "api_error"),
    (Code.SWITCH_UNKNOWN, openai.InternalServerError, anthropic.ServiceUnavailableError, "api_error"),
    (Code.OUTPUT_INVALID, openai.InternalServerError, anthropic.InternalServerError, "api_error"),
    (Code.HELD, openai.InternalServerError, anthropic.ServiceUnavailableError, "api_error"),
)
"""Refusals that a client must not retry, with the exceptions that they become."""


@pytest.mark.parametrize("code, theirs", [(code, theirs) for code, theirs, _, _ in _CODES])
@pytest.mark.parametrize("protocol, ask", _OPENAI, ids=lambda value: getattr(value, "name", ""))
def test_openai_raises_the_right_error_and_does_not_retry(
    protocol: Any, ask: Callable[[openai.OpenAI], object], code: Code, theirs: type[openai.APIStatusError]
) -> None:
    refusal = Refusal(code, "Not now.")
    gateway = Answering(protocol.refuse(refusal, _EXCHANGE))
    with pytest.raises(theirs) as raised:
        ask(gateway.openai())
    assert (raised.value.code, raised.value.status_code, gateway.asked) == (code.value, code.status, 1)
    assert refusal.text in raised.value.message
    assert raised.value.request_id == _EXCHANGE


@pytest.mark.parametrize("code, theirs, kind", [(code, theirs, kind) for code, _, theirs, kind in _CODES])
def test_anthropic_raises_the_right_error_and_does_not_retry(
    code: Code, theirs: type[anthropic.APIStatusError], kind: str
) -> None:
    refusal = Refusal(code, "Not now.")
    gateway = Answering(MESSAGES.refuse(refusal, _EXCHANGE))
    with pytest.raises(theirs) as raised:
        _message(gateway.anthropic())
    error = raised.value
    assert (error.error_code, error.type, error.api_message) == (code.value, kind, refusal.text)
    assert isinstance(error.body, dict)
    assert (error.body["error"]["code"], error.body["request_id"], error.request_id) == (
        code.value,
        _EXCHANGE,
        _EXCHANGE,
    )
    assert (error.status_code, gateway.asked) == (code.status, 1)


def test_a_limited_caller_is_retried_after_the_time_that_it_is_told() -> None:
    refusal = Refusal(Code.RATE_LIMITED, "Too many.", retry_after=0.002)
    limited = Answering(CHAT.refuse(refusal, _EXCHANGE))
    with pytest.raises(openai.RateLimitError) as raised:
        _chat(limited.openai())
    assert (limited.asked, raised.value.code, raised.value.type) == (3, "rate_limited", "rate_limit_error")
    assert raised.value.response.headers["retry-after-ms"] == "2"
    limited = Answering(MESSAGES.refuse(refusal, _EXCHANGE))
    with pytest.raises(anthropic.RateLimitError):
        _message(limited.anthropic())
    assert limited.asked == 3


_KILLED = Refusal(Code.WORKLOAD_KILLED, "This workload was switched off.")


def test_a_chat_stream_that_is_cut_raises() -> None:
    first = b'data: {"choices":[{"index":0,"delta":{"content":"Hel"}}]}\n\n'
    client = Answering(_stream(first + CHAT.refuse_in_stream(_KILLED, _EXCHANGE))).openai()
    with client.chat.completions.create(model="m", messages=_MESSAGES, stream=True) as stream:
        assert next(stream).choices[0].delta.content == "Hel"
        with pytest.raises(openai.APIError) as raised:
            next(stream)
    assert (raised.value.code, raised.value.message) == ("workload_killed", _KILLED.text)


def test_a_responses_stream_that_is_cut_raises() -> None:
    first = b'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"Hel"}\n\n'
    client = Answering(_stream(first + RESPONSES.refuse_in_stream(_KILLED, _EXCHANGE))).openai()
    with client.responses.create(model="m", input="hi", stream=True) as stream:
        assert next(stream).type == "response.output_text.delta"
        with pytest.raises(openai.APIError) as raised:
            next(stream)
    assert (raised.value.code, raised.value.message) == ("workload_killed", _KILLED.text)


def test_a_messages_stream_that_is_cut_raises() -> None:
    first = MESSAGES.safe_answer(Call(Operation.CHAT, "m", stream=True), "Hello", _EXCHANGE).body
    first = first[: first.index(b"event: content_block_stop")]
    client = Answering(_stream(first + MESSAGES.refuse_in_stream(_KILLED, _EXCHANGE))).anthropic()
    with client.messages.create(model="m", max_tokens=9, messages=_MESSAGES, stream=True) as stream:
        assert [next(stream).type for _ in range(3)] == ["message_start", "content_block_start", "content_block_delta"]
        with pytest.raises(anthropic.APIStatusError) as raised:
            next(stream)
    assert (raised.value.error_code, raised.value.type, raised.value.api_message) == (
        "workload_killed",
        "api_error",
        _KILLED.text,
    )


def test_a_safe_completion() -> None:
    whole = CHAT.safe_answer(Call(Operation.CHAT, "m"), "Sorry.", _EXCHANGE)
    completion = Answering(whole).openai().chat.completions.create(model="m", messages=_MESSAGES)
    assert (completion.choices[0].message.content, completion.choices[0].finish_reason) == ("Sorry.", "stop")
    assert completion.created == 1_764_000_000
    streamed = CHAT.safe_answer(Call(Operation.CHAT, "m", stream=True), "Sorry.", _EXCHANGE)
    with Answering(streamed).openai().chat.completions.stream(model="m", messages=_MESSAGES) as stream:
        assert stream.get_final_completion().choices[0].message.content == "Sorry."


def test_a_safe_response() -> None:
    whole = RESPONSES.safe_answer(Call(Operation.RESPOND, "m"), "Sorry.", _EXCHANGE)
    response = Answering(whole).openai().responses.create(model="m", input="hi")
    assert (response.output_text, response.status, response.created_at) == ("Sorry.", "completed", 1_764_000_000)
    streamed = RESPONSES.safe_answer(Call(Operation.RESPOND, "m", stream=True), "Sorry.", _EXCHANGE)
    with Answering(streamed).openai().responses.stream(model="m", input="hi") as stream:
        assert stream.get_final_response().output_text == "Sorry."


def test_a_safe_message() -> None:
    whole = MESSAGES.safe_answer(Call(Operation.CHAT, "m"), "Sorry.", _EXCHANGE)
    message = _message(Answering(whole).anthropic())
    assert (message.content[0].to_dict(), message.stop_reason) == ({"type": "text", "text": "Sorry."}, "end_turn")
    streamed = MESSAGES.safe_answer(Call(Operation.CHAT, "m", stream=True), "Sorry.", _EXCHANGE)
    with Answering(streamed).anthropic().messages.stream(model="m", max_tokens=9, messages=_MESSAGES) as stream:
        assert stream.get_final_text() == "Sorry."


@pytest.mark.parametrize(
    "protocol, operation", [(CHAT, Operation.CHAT), (RESPONSES, Operation.RESPOND), (MESSAGES, Operation.CHAT)]
)
def test_safe_answers_read_back(protocol: Any, operation: Operation) -> None:
    for stream in (False, True):
        call = Call(operation, "m", stream=stream)
        rendered = protocol.safe_answer(call, "Sorry.", _EXCHANGE)
        reader = protocol.reader(call, {}, True)
        if stream:
            played = play(reader, Splitter().feed(rendered.body))
            assert (list(played.said.values()), played.besides) == (["Sorry."], [])
        else:
            played = read_whole(reader, rendered.body)
            assert [piece.text for piece in played.besides] == ["Sorry."]
        assert (reader.ended, played.answer.finish.value) == (True, "stop")
