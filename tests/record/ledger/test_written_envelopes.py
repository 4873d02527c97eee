from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from prodworthy.record.ledger.canonical import canonical_json
from prodworthy.record.ledger.dsse import Envelope
from prodworthy.record.ledger.encoding import to_base64


@given(st.text(max_size=20), st.binary(max_size=40), st.lists(st.tuples(st.text(max_size=8), st.binary(max_size=8))))
def test_an_envelope_is_written_as_canonical_json(
    kind: str, payload: bytes, signatures: list[tuple[str, bytes]]
) -> None:
    written = Envelope(kind, payload, tuple(signatures)).data()
    plain = [{"keyid": key, "sig": to_base64(raw)} for key, raw in signatures]
    assert written == canonical_json({"payload": to_base64(payload), "payloadType": kind, "signatures": plain})
