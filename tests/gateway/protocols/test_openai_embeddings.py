from typing import Any

import msgspec
import pytest

from prodworthy.gateway.protocols.broken import AnswerBroken
from prodworthy.gateway.protocols.document import Unreadable
from prodworthy.gateway.protocols.openai_embeddings import OpenAIEmbeddings
from prodworthy.gateway.protocols.protocol import Wish
from prodworthy.policy.core.exchange import Call, Operation
from prodworthy.policy.core.refusal import Code, Refusal

EMBEDDINGS = OpenAIEmbeddings()


def _call(given: Any) -> Call:
    return EMBEDDINGS.read_call(Operation.EMBED, {"model": "m", "input": given, "user": "u"}, 5)


@pytest.mark.parametrize(
    "given, texts, unread",
    [
        ("one", [("input", "one")], ()),
        (["one", "two"], [("input.0", "one"), ("input.1", "two")], ()),
        ([1, 2, 3], [], ("tokens",)),
        ([[1, 2], [3]], [], ("tokens",)),
        (["one", [1, 2]], [("input.0", "one")], ("tokens",)),
    ],
)
def test_inputs(given: Any, texts: list[tuple[str, str]], unread: tuple[str, ...]) -> None:
    call = _call(given)
    assert [(p.part, p.text) for p in call.passages] == [*texts, ("user", "u")]
    assert {p.role for p in call.passages} == {"user"}
    assert (call.end_user, call.unread) == ("u", unread)


@pytest.mark.parametrize("given", [None, [], {}, 1, [True], [1.5], ["a", None], [{}]])
def test_malformed_inputs(given: Any) -> None:
    with pytest.raises(Unreadable) as raised:
        _call(given)
    assert "input" in raised.value.refusal.message


def test_an_answer() -> None:
    reader = EMBEDDINGS.reader(_call("x"), {}, True)
    data = [{"object": "embedding", "index": 0, "embedding": [0.5]}]
    reader.whole(msgspec.json.encode({"data": data, "model": "e-3", "usage": {"prompt_tokens": 4, "total_tokens": 4}}))
    assert (reader.ended, reader.answer().model, reader.answer().tokens_in) == (True, "e-3", 4)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"data":{}}', b'{"data":[],"usage":{"prompt_tokens":-1}}'])
def test_a_broken_answer(body: bytes) -> None:
    with pytest.raises(AnswerBroken):
        EMBEDDINGS.reader(_call("x"), {}, True).whole(body)


def test_what_cannot_be() -> None:
    assert EMBEDDINGS.safe_answer(_call("x"), "text", "").status == 502
    with pytest.raises(AnswerBroken):
        EMBEDDINGS.reader(_call("x"), {}, True).event(b"data: {}\n\n")
    assert EMBEDDINGS.adapt({}, Wish({})) == {}
    refusal = Refusal(Code.BLOCKED, "No.")
    assert EMBEDDINGS.refuse_in_stream(refusal, "e") == EMBEDDINGS.refuse(refusal, "e").body
