"""DSSE envelopes with Ed25519 (secure-systems-lab/dsse, protocol 1.0.2 and its JSON envelope), in canonical JSON.

Strict: exactly the three fields, base64 with the standard alphabet, every signature with its key id, the hex SHA-256 of
the raw public key. A signature by a known key that does not verify spoils the envelope.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from prodworthy.record.ledger.canonical import canonical_json, parse_canonical
from prodworthy.record.ledger.encoding import from_base64, to_base64
from prodworthy.record.ledger.faults import Malformed, NotSigned
from prodworthy.record.ledger.keys import Kind, SigningKey, VerifierKey
from prodworthy.record.ledger.tiles import LARGEST_ENTRY

MOST_SIGNATURES = 16


@dataclass(frozen=True, slots=True)
class Envelope:
    """A payload, its media type, and the signatures on both by key id."""

    payload_type: str
    payload: bytes
    signatures: tuple[tuple[str, bytes], ...]

    def data(self) -> bytes:
        """The envelope in canonical JSON. Base64 needs no escape, so only what is text goes through the encoder."""
        signatures = b",".join(
            b'{"keyid":%b,"sig":"%b"}' % (canonical_json(key), to_base64(raw).encode()) for key, raw in self.signatures
        )
        payload, kind = to_base64(self.payload).encode(), canonical_json(self.payload_type)
        return b'{"payload":"%b","payloadType":%b,"signatures":[%b]}' % (payload, kind, signatures)


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """What is signed: type and payload, each after its length."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def seal(payload_type: str, payload: bytes, signers: Sequence[SigningKey]) -> Envelope:
    """An envelope that every one of `signers` has signed; while keys change, those are the old and the new one.

    Raises:
        Malformed: there is no signer, or one that is not a plain Ed25519 key.
    """
    if not 0 < len(signers) <= MOST_SIGNATURES or any(signer.kind is not Kind.ED25519 for signer in signers):
        raise Malformed(f"an envelope is signed by 1 to {MOST_SIGNATURES} Ed25519 keys")
    message = pre_authentication_encoding(payload_type, payload)
    signatures = tuple((signer.verifier.digest, signer.sign(message)) for signer in signers)
    return Envelope(payload_type, payload, signatures)


def parse_envelope(data: bytes, most: int = LARGEST_ENTRY) -> Envelope:
    """Read an envelope of at most `most` bytes; nothing is verified. Raises Malformed."""
    found = parse_canonical(data, most)
    if not isinstance(found, dict) or found.keys() != {"payload", "payloadType", "signatures"}:
        raise Malformed("an envelope has a payload, a payloadType and signatures, and nothing else")
    payload, kind, signatures = found["payload"], found["payloadType"], found["signatures"]
    if not (isinstance(payload, str) and isinstance(kind, str) and isinstance(signatures, list)):
        raise Malformed("the payload and payloadType of an envelope are text, its signatures a list")
    if not 0 < len(signatures) <= MOST_SIGNATURES:
        raise Malformed(f"an envelope has 1 to {MOST_SIGNATURES} signatures")
    parsed = tuple(_signature(one) for one in signatures)
    if len({key for key, _ in parsed}) != len(parsed):
        raise Malformed("an envelope is signed twice by one key")
    return Envelope(kind, from_base64(payload, "a payload"), parsed)


def verify_envelope(envelope: Envelope, payload_type: str, keys: Iterable[VerifierKey]) -> tuple[VerifierKey, ...]:
    """The keys among `keys` that signed the envelope, one or more.

    Raises:
        NotSigned: the payload is of another type, no known key has signed it, or a signature of one is wrong.
    """
    if envelope.payload_type != payload_type:
        raise NotSigned(f"the payload is of type {envelope.payload_type!r}, not {payload_type!r}")
    known = {key.digest: key for key in keys if key.kind is Kind.ED25519}
    message = pre_authentication_encoding(envelope.payload_type, envelope.payload)
    found = []
    for key_id, raw in envelope.signatures:
        key = known.get(key_id)
        if key is None:
            continue
        if not key.verify(message, raw):
            raise NotSigned(f"the signature by {key.name} ({key_id}) does not verify: somebody changed the envelope")
        found.append(key)
    if not found:
        raise NotSigned("no known key has signed this envelope")
    return tuple(found)


def _signature(found: Any) -> tuple[str, bytes]:
    if not isinstance(found, dict) or found.keys() != {"keyid", "sig"}:
        raise Malformed("a signature has a keyid and a sig, and nothing else")
    if not isinstance(found["keyid"], str) or not isinstance(found["sig"], str):
        raise Malformed("the keyid and the sig of a signature are text")
    return found["keyid"], from_base64(found["sig"], "a signature")
