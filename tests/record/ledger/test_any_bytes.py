"""Whatever bytes come in, a parser says that they are malformed, or reads what it would write again byte for byte."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodworthy.record.ledger.checkpoint import Checkpoint, parse_checkpoint
from prodworthy.record.ledger.dsse import parse_envelope, seal
from prodworthy.record.ledger.faults import Malformed
from prodworthy.record.ledger.keys import Kind, parse_signing_key, parse_verifier_key
from prodworthy.record.ledger.merkle import leaf_hash
from prodworthy.record.ledger.note import parse_note, sign_note
from prodworthy.record.ledger.proof_file import Proof, parse_proof
from prodworthy.record.ledger.statement import PAYLOAD_TYPE, Statement, Subject, parse_statement
from prodworthy.record.ledger.tiles import encode_bundle, split_bundle
from prodworthy.record.ledger.trust import Peer, TrustPolicy, parse_policy
from tests.record.ledger.samples import ORIGIN, WITNESS, key

TEXT = Checkpoint(ORIGIN, 7, leaf_hash(b"root"), ("extension",)).text()
NOTE = sign_note(TEXT, [key(), key(WITNESS, Kind.COSIGNATURE)], at=1).data()
STATEMENT = Statement((Subject("segment", {"sha256": "ab" * 32}),), "https://a.example/v1", {"é": [1, None, True]})
POLICY = TrustPolicy(
    (Peer(key().verifier, "https://log.example/"),),
    {"W": Peer(key(WITNESS, Kind.COSIGNATURE).verifier)},
    quorum="W",
    statement_keys=(key("statements").verifier,),
)
Again = Callable[[bytes], bytes]
PARSERS: dict[str, tuple[bytes, Again]] = {
    "checkpoint": (TEXT, lambda data: parse_checkpoint(data).text()),
    "note": (NOTE, lambda data: parse_note(data).data()),
    "proof": (Proof(3, (leaf_hash(b"a"),), NOTE, b"x").data(), lambda data: parse_proof(data).data()),
    "envelope": (seal(PAYLOAD_TYPE, STATEMENT.data(), [key()]).data(), lambda data: parse_envelope(data).data()),
    "statement": (STATEMENT.data(), lambda data: parse_statement(data).data()),
    "bundle": (encode_bundle([b"", b"one"]), lambda data: encode_bundle(split_bundle(data))),
    "verifier key": (
        key().verifier.text().encode(),
        lambda data: parse_verifier_key(data.decode("latin-1")).text().encode(),
    ),
    "secret key": (key().text().encode(), lambda data: parse_signing_key(data.decode("latin-1")).text().encode()),
}


@st.composite
def changed(draw: st.DrawFn, data: bytes) -> bytes:
    """Some bytes of `data` replaced by others, or anything at all."""
    start = draw(st.integers(0, len(data)))
    end = draw(st.integers(start, min(len(data), start + 40)))
    piece = draw(
        st.binary(max_size=8) | st.sampled_from([b"\n", b"\n\n", b" ", b"=", b"+", b"0", data[:30], data[-30:]])
    )
    return draw(st.sampled_from([data[:start] + piece + data[end:], piece, data[start:end]]))


@pytest.mark.parametrize("name", PARSERS)
@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_parser_refuses_or_reads_exactly(name: str, data: st.DataObject) -> None:
    sample, again = PARSERS[name]
    assert again(sample) == sample
    given_bytes = data.draw(changed(sample))
    try:
        found = again(given_bytes)
    except Malformed:
        return
    assert found == given_bytes


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_a_policy_is_refused_or_means_what_it_says(data: st.DataObject) -> None:
    try:
        policy = parse_policy(data.draw(changed(POLICY.text())))
    except Malformed:
        return
    assert parse_policy(policy.text()) == policy
