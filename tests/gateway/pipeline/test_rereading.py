"""What a gateway kept is read again as it was read when it came."""

from __future__ import annotations

import msgspec
import pytest

from prodworthy.gateway.pipeline.rereading import CannotReread, Kept, Reread, reread
from prodworthy.gateway.protocols.routes import Route, match, route_of
from prodworthy.policy.core.manifest import Retrieved
from prodworthy.record.store.vault import place
from tests.gateway.edge.raw import exchange, post
from tests.gateway.pipeline.speech import CHAT, EVERY, FORMS, Speech, ask, declare, form
from tests.gateway.serving import Gateway
from tests.simulator import Say
from tests.simulator import Vendor as Simulator

SAID = "A river is water that flows. Write to ann@example.com about it."
GENERATED = {"chat", "responses", "messages"}


async def kept(gateway: Gateway, redacted: bool = False) -> Kept:
    """The one exchange that is on record, as the journal hands it over."""
    ((received, completed),) = await gateway.recorded()
    request, answer = (
        gateway.runtime.vault.open_spool(event.content, place("default", received.exchange, type(event).__name__))
        for event in (received, completed)
    )
    return Kept(received.protocol, received.operation, received.model, request, answer, redacted)


def said(found: Reread) -> str:
    assert found.answer is not None
    return "".join(text.text for text in found.answer.texts if text.role == "assistant")


@pytest.mark.parametrize("speech, stream", FORMS, ids=form)
async def test_a_whole_exchange_is_read_again(
    gateway: Gateway, simulator: Simulator, speech: Speech, stream: bool
) -> None:
    key = declare(gateway, simulator, speech, retention={"content": "full"})
    simulator.script(Say(SAID))
    body = speech.body(stream)
    await exchange(gateway.port, post(speech.path, body, key))
    found = reread(await kept(gateway), None)
    assert found.call == served(speech).read(body, ())[1]
    assert found.answer is not None
    if speech.name in GENERATED:
        assert SAID in said(found)
        assert found.answer.model


@pytest.mark.parametrize("stream", [False, True])
async def test_a_redacted_record_is_read_masked(gateway: Gateway, simulator: Simulator, stream: bool) -> None:
    declare(gateway, simulator, CHAT, retention={"content": "full"}, controls={"PSF-1.3": {}})
    simulator.script(Say(SAID))
    await ask(gateway, CHAT, stream, messages=[{"role": "user", "content": "I am bob@example.com"}])
    found = reread(await kept(gateway, redacted=True), None)
    assert [passage.text for passage in found.call.passages] == ["I am [email]"]
    assert said(found) == SAID.replace("ann@example.com", "[email]")


def test_retrieved_text_has_its_provenance_again() -> None:
    body = msgspec.json.encode({"model": "m", "messages": [{"role": "user", "content": "Sum up <d>a river</d>"}]})
    found = reread(Kept("openai-chat", "chat", "m", body), Retrieved("<d>", "</d>"))
    assert [(p.role, p.text) for p in found.call.passages] == [
        ("user", "Sum up <d>"),
        ("retrieval", "a river"),
        ("user", "</d>"),
    ]
    assert found.answer is None


@pytest.mark.parametrize(
    "protocol, operation, request_body",
    [
        ("gone", "chat", b"{}"),
        ("openai-chat", "respond", b"{}"),
        ("openai-chat", "chat", b"{"),
        ("openai-chat", "chat", b""),
    ],
)
def test_what_is_no_request_is_not_reread(protocol: str, operation: str, request_body: bytes) -> None:
    with pytest.raises(CannotReread):
        reread(Kept(protocol, operation, "m", request_body), None)


@pytest.mark.parametrize("redacted", [False, True])
@pytest.mark.parametrize(
    "answer", [b'{"choices": 1}', b"data: {\n\n", b"nothing", b'{"a": [1]}', b"data: " + b"x" * 5_000_000]
)
def test_an_answer_that_cannot_be_read_is_left_out(answer: bytes, redacted: bool) -> None:
    kept_of = Kept("openai-chat", "chat", "gpt-sim", CHAT.body(), answer, redacted)
    found = reread(kept_of, None)
    assert found.answer is None or found.answer.texts == ()
    assert found.call.passages


def served(speech: Speech) -> Route:
    found = match("POST", speech.path.encode())
    assert isinstance(found, Route)
    return found


def test_every_route_is_found_again_from_its_record() -> None:
    for speech in EVERY:
        route = served(speech)
        again = route_of(route.protocol.name, route.operation.value, speech.model)
        assert again is not None
        assert again.protocol is route.protocol
        assert again.target == route.target
    assert route_of("openai-chat", "predict", "m") is None
