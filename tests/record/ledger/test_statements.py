"""Canonical JSON, envelopes and statements."""

from __future__ import annotations

import json

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from prodworthy.record.ledger.canonical import DEEPEST, JsonValue, canonical_json, parse_canonical, parse_json
from prodworthy.record.ledger.dsse import (
    Envelope,
    parse_envelope,
    pre_authentication_encoding,
    seal,
    verify_envelope,
)
from prodworthy.record.ledger.faults import Malformed, NotSigned
from prodworthy.record.ledger.keys import Kind
from prodworthy.record.ledger.statement import PAYLOAD_TYPE, Statement, Subject, parse_statement
from tests.record.ledger.samples import key

VALUES: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 53) + 1, (1 << 53) - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
DIGEST = {"sha256": "ab" * 32}
STATEMENT = Statement((Subject("segment 7", DIGEST),), "https://prodworthy.example/segment/v1", {"sequence": 7})


@given(VALUES)
@settings(max_examples=300, deadline=None)
def test_canonical_json_is_what_another_library_writes(value: object) -> None:
    data = canonical_json(value)
    assert data == rfc8785.dumps(value)  # type: ignore[arg-type]  # its types know no recursive values
    assert parse_canonical(data, len(data)) == value
    assert canonical_json(parse_json(json.dumps(value, indent=1).encode(), 1 << 20)) == data


def test_keys_are_ordered_by_utf_16() -> None:
    # The Cyrillic and the private-use letter stand after the emoji in UTF-8, and around it in UTF-16.
    assert canonical_json({"\ufb33": 1, "\U0001f600": 2, "\u20ac": 3, "1": 4, "\r": 5, "\x7f": 6}) == (
        b'{"\\r":5,"1":4,"\x7f":6,"\xe2\x82\xac":3,"\xf0\x9f\x98\x80":2,"\xef\xac\xb3":1}'
    )


@pytest.mark.parametrize(
    "value,says",
    [
        (1.5, "fraction"),
        ({"a": [1.0]}, r"value\.a\[0\]"),
        (float("nan"), "fraction"),
        (1 << 53, "2\\^53"),
        (-(1 << 53), "2\\^53"),
        ("\ud800", "surrogate"),
        ({"\ud800": 1}, "surrogate"),
        ({1: 2}, "key"),
        ((1, 2), "tuple"),
        (b"bytes", "bytes"),
        (Kind.ED25519, "Kind"),
    ],
)
def test_what_has_no_canonical_form(value: object, says: str) -> None:
    with pytest.raises(Malformed, match=says):
        canonical_json(value)


def test_nesting_is_bounded() -> None:
    deep: JsonValue = 1
    for _ in range(DEEPEST - 1):
        deep = [deep]
    assert parse_json(canonical_json(deep), 1000) == deep
    with pytest.raises(Malformed, match="deep"):
        canonical_json([deep])
    for text in (b"[" * 70 + b"]" * 70, b"[" * 100_000):
        with pytest.raises(Malformed):
            parse_json(text, 1 << 20)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'{"a":1,"a":1}',
        b'[{"a":{"b":1,"b":2}}]',
        b"1.0",
        b"1e3",
        b"NaN",
        b"-Infinity",
        b"9007199254740992",
        b"1" * 5000,
        b'"\xff"',
        b'"\\ud800"',
        b"\xef\xbb\xbf{}",
        b"1 2",
    ],
)
def test_what_is_no_json_here(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse_json(data, 1 << 20)


def test_json_that_is_too_long_or_not_canonical() -> None:
    with pytest.raises(Malformed, match="allowed"):
        parse_json(b"[1]", 2)
    for data in (b"[1, 2]", b'{"b":1,"a":2}', b'"\\u0041"', b"-0", b" 1", b"1\n"):
        with pytest.raises(Malformed, match="canonical"):
            parse_canonical(data, 100)


def test_pre_authentication_encoding() -> None:
    """The example of the DSSE protocol document."""
    assert (
        pre_authentication_encoding("http://example.com/HelloWorld", b"hello world")
        == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
    assert pre_authentication_encoding("é", b"") == "DSSEv1 2 é 0 ".encode()


def test_an_envelope_is_sealed_read_and_verified() -> None:
    old, new, stranger = key("s"), key("s", number=2), key("s", number=3)
    envelope = seal("text/plain", b"hello", [old, new])
    assert parse_envelope(envelope.data()) == envelope
    assert json.loads(envelope.data())["signatures"][0]["keyid"] == old.verifier.digest
    assert verify_envelope(envelope, "text/plain", [old.verifier, new.verifier]) == (old.verifier, new.verifier)
    assert verify_envelope(envelope, "text/plain", [new.verifier, stranger.verifier]) == (new.verifier,)
    with pytest.raises(NotSigned, match="no known key"):
        verify_envelope(envelope, "text/plain", [stranger.verifier])
    with pytest.raises(NotSigned, match="of type"):
        verify_envelope(envelope, "text/html", [old.verifier])
    for spoiled in (
        Envelope("text/plain", b"hullo", envelope.signatures),
        Envelope("text/plain", b"hello", ((old.verifier.digest, bytes(64)), envelope.signatures[1])),
        Envelope("text/plain", b"hello", ((old.verifier.digest, b"short"),)),
    ):
        with pytest.raises(NotSigned, match="does not verify"):
            verify_envelope(spoiled, "text/plain", [old.verifier])


def test_who_can_seal() -> None:
    for signers in ([], [key(kind=Kind.COSIGNATURE)], [key(kind=Kind.ML_DSA_44)], [key()] * 17):
        with pytest.raises(Malformed):
            seal("text/plain", b"", signers)


@pytest.mark.parametrize(
    "found",
    [
        [],
        {"payload": "", "payloadType": "t", "signatures": [{"keyid": "k", "sig": ""}], "more": 1},
        {"payload": "", "payloadType": "t"},
        {"payload": 1, "payloadType": "t", "signatures": [{"keyid": "k", "sig": ""}]},
        {"payload": "", "payloadType": 1, "signatures": [{"keyid": "k", "sig": ""}]},
        {"payload": "", "payloadType": "t", "signatures": {}},
        {"payload": "", "payloadType": "t", "signatures": []},
        {"payload": "", "payloadType": "t", "signatures": [{"keyid": str(n), "sig": ""} for n in range(17)]},
        {"payload": "", "payloadType": "t", "signatures": [{"keyid": "k", "sig": ""}] * 2},
        {"payload": "", "payloadType": "t", "signatures": ["k"]},
        {"payload": "", "payloadType": "t", "signatures": [{"sig": ""}]},
        {"payload": "", "payloadType": "t", "signatures": [{"keyid": 1, "sig": ""}]},
        {"payload": "", "payloadType": "t", "signatures": [{"keyid": "k", "sig": 1}]},
        {"payload": "", "payloadType": "t", "signatures": [{"keyid": "k", "sig": "-_=="}]},
        {"payload": "QQ", "payloadType": "t", "signatures": [{"keyid": "k", "sig": ""}]},
    ],
)
def test_what_is_no_envelope(found: object) -> None:
    with pytest.raises(Malformed):
        parse_envelope(canonical_json(found))


def test_a_statement_is_written_and_read() -> None:
    data = STATEMENT.data()
    assert data.startswith(b'{"_type":"https://in-toto.io/Statement/v1","predicate":{"sequence":7},"predicateType":')
    assert parse_statement(data) == STATEMENT
    sealed = seal(PAYLOAD_TYPE, data, [key()])
    assert parse_statement(parse_envelope(sealed.data()).payload) == STATEMENT


@pytest.mark.parametrize(
    "change",
    [
        {"_type": "https://in-toto.io/Statement/v0.1"},
        {"more": 1},
        {"subject": {}},
        {"subject": []},
        {"subject": ["name"]},
        {"subject": [{"name": "a", "digest": DIGEST, "uri": "b"}]},
        {"subject": [{"name": 1, "digest": DIGEST}]},
        {"subject": [{"name": "", "digest": DIGEST}]},
        {"subject": [{"name": "a", "digest": []}]},
        {"subject": [{"name": "a", "digest": {}}]},
        {"subject": [{"name": "a", "digest": {"sha256": 1}}]},
        {"subject": [{"name": "a", "digest": {"sha256": "AB" * 32}}]},
        {"subject": [{"name": "a", "digest": {"sha256": "ab"}}]},
        {"subject": [{"name": "a", "digest": {"sha512": "ab" * 64}}]},
        {"subject": [{"name": "a", "digest": {**DIGEST, "sha 512": "ab"}}]},
        {"subject": [{"name": "a", "digest": DIGEST}] * 2},
        {"subject": [{"name": str(n), "digest": DIGEST} for n in range(1001)]},
        {"predicateType": 1},
        {"predicateType": "words"},
        {"predicateType": "urn:" + "x" * 1000},
        {"predicate": []},
    ],
)
def test_what_is_no_statement(change: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        parse_statement(canonical_json({**json.loads(STATEMENT.data()), **change}), 1 << 20)
    with pytest.raises(Malformed):
        parse_statement(b"[]")
