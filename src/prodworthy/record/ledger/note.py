"""Signed notes (C2SP signed-note) and cosignatures (C2SP tlog-cosignature): parse, sign, verify.

A signature of an unknown key is passed over. One of a known key that does not verify spoils the whole note, whatever
else signed it: somebody made it, and not the key's owner.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from prodworthy.record.ledger.checkpoint import Checkpoint, parse_checkpoint
from prodworthy.record.ledger.encoding import from_base64, to_base64, to_text
from prodworthy.record.ledger.faults import Malformed, NotSigned
from prodworthy.record.ledger.keys import SIGNATURE_BYTES, Kind, SigningKey, VerifierKey, check_name

LARGEST_NOTE = 512 << 10
"""Bytes: a hundred signatures of any kind, with room."""
MOST_SIGNATURES = 100
_DASH = "\N{EM DASH} "
_ID_BYTES = 4
_TIME_BYTES = 8
LATEST = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: whose, the key's id, and what follows it (for a cosignature: time and signature)."""

    name: str
    key_id: bytes
    value: bytes

    def line(self) -> bytes:
        """The line, ended by a newline."""
        return f"{_DASH}{self.name} {to_base64(self.key_id + self.value)}\n".encode()


@dataclass(frozen=True, slots=True)
class Note:
    """A text, which ends in a newline, and its signatures."""

    text: bytes
    signatures: tuple[Signature, ...]

    def data(self) -> bytes:
        """The note as it is stored."""
        return self.text + b"\n" + b"".join(signature.line() for signature in self.signatures)


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that verified: by which key, and when (POSIX seconds) if it tells; 0 if it does not."""

    key: VerifierKey
    at: int = 0


def parse_note(data: bytes) -> Note:
    """Read a note; nothing is verified. Raises Malformed."""
    if len(data) > LARGEST_NOTE:
        raise Malformed(f"a note may have {LARGEST_NOTE:,} bytes")
    to_text(data, "a note")
    text, separator, signatures = data.rpartition(b"\n\n")
    if not separator:
        raise Malformed("a note has an empty line between its text and its signatures")
    return Note(text + b"\n", parse_signatures(signatures))


def parse_signatures(data: bytes) -> tuple[Signature, ...]:
    """Read signature lines, one or more, each ended by a newline. Raises Malformed."""
    lines = to_text(data, "a signature line").split("\n")
    if len(lines) < 2 or lines[-1] or len(lines) > MOST_SIGNATURES + 1:
        raise Malformed(f"a note has 1 to {MOST_SIGNATURES} signature lines, each ended by a newline")
    return tuple(_signature(line) for line in lines[:-1])


def sign_note(text: bytes, signers: Sequence[SigningKey], at: int = 0) -> Note:
    """Sign a text with every key. Cosignatures tell the time `at` (POSIX seconds) and need a checkpoint's text.

    Raises:
        Malformed: the text cannot be a note's, or a key of this kind cannot sign it.
    """
    if not text.endswith(b"\n"):
        raise Malformed("the text of a note ends in a newline")
    to_text(text, "the text of a note")
    return Note(text, tuple(_sign(text, signer, at) for signer in signers))


def verify_note(note: Note, keys: Iterable[VerifierKey]) -> tuple[Signed, ...]:
    """The signatures by `keys`, all of which verify; none may be there.

    Raises:
        NotSigned: a signature of one of `keys` does not verify.
        Malformed: a cosignature on something else than a checkpoint.
    """
    known = {(key.name, key.key_id): key for key in keys}
    found = []
    for signature in note.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is not None:
            found.append(_verified(note.text, signature, key))
    return tuple(found)


def open_checkpoint(data: bytes, origin: str, keys: Iterable[VerifierKey]) -> Checkpoint:
    """The checkpoint of the log `origin`, signed by at least one of `keys`.

    Raises:
        Malformed: it is none.
        NotSigned: none of the keys signed it, a signature is wrong, or it is of another log.
    """
    note = parse_note(data)
    checkpoint = parse_checkpoint(note.text)
    if checkpoint.origin != origin:
        raise NotSigned(f"this is a checkpoint of the log {checkpoint.origin!r}, not of {origin!r}")
    if not verify_note(note, keys):
        raise NotSigned(f"no known key has signed this checkpoint of {origin!r}")
    return checkpoint


def _signature(line: str) -> Signature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space:
        raise Malformed("a signature line has the form: em dash, space, key name, space, base64")
    check_name(name)
    data = from_base64(encoded, "a signature")
    if len(data) <= _ID_BYTES:
        raise Malformed("a signature is too short")
    return Signature(name, data[:_ID_BYTES], data[_ID_BYTES:])


def _sign(text: bytes, signer: SigningKey, at: int) -> Signature:
    key = signer.verifier
    value = signer.sign(_message(text, key, at))
    if key.kind is not Kind.ED25519:
        value = at.to_bytes(_TIME_BYTES, "big") + value
    return Signature(key.name, key.key_id, value)


def _verified(text: bytes, signature: Signature, key: VerifierKey) -> Signed:
    value, at, time_bytes = signature.value, 0, 0
    if key.kind is not Kind.ED25519:
        time_bytes = _TIME_BYTES
        at = int.from_bytes(value[:_TIME_BYTES], "big")
    raw = value[time_bytes:]
    if at > LATEST or len(raw) != SIGNATURE_BYTES[key.kind] or not key.verify(_message(text, key, at), raw):
        raise NotSigned(f"the signature by {key.name} ({key.key_id.hex()}) does not verify: somebody changed the note")
    return Signed(key, at)


def _message(text: bytes, key: VerifierKey, at: int) -> bytes:
    """What is signed: the text itself, or what C2SP tlog-cosignature makes of a checkpoint's text and a time."""
    if key.kind is Kind.ED25519:
        return text
    if not 0 <= at <= LATEST:
        raise Malformed("the time of a cosignature is 0 to 2^63 - 1 seconds")
    checkpoint = parse_checkpoint(text)
    if key.kind is Kind.COSIGNATURE:
        return b"cosignature/v1\ntime %d\n" % at + text
    parts = [b"subtree/v1\n\0", _opaque(key.name), at.to_bytes(8, "big"), _opaque(checkpoint.origin)]
    return b"".join([*parts, bytes(8), checkpoint.size.to_bytes(8, "big"), checkpoint.root])


def _opaque(text: str) -> bytes:
    data = text.encode()
    if len(data) > 255:
        raise Malformed("a log's origin may have 255 bytes where ML-DSA-44 signs")
    return bytes([len(data)]) + data
