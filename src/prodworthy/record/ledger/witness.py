"""Asking a witness for its cosignature on a checkpoint (C2SP tlog-witness, `add-checkpoint`).

A witness signs only what continues the checkpoint that it signed last, so a rollback or a fork shows as its refusal.
What it answers is believed only as far as its signature on this very checkpoint verifies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from prodworthy.record.ledger.checkpoint import Checkpoint, parse_checkpoint
from prodworthy.record.ledger.encoding import from_decimal, to_base64
from prodworthy.record.ledger.faults import Forked, Malformed, NotSigned, Refused, RolledBack
from prodworthy.record.ledger.keys import VerifierKey
from prodworthy.record.ledger.note import Note, Signature, parse_note, parse_signatures, verify_note
from prodworthy.record.ledger.web import Answer, post

SIZE_TYPE = "text/x.tlog.size"
MOST_HASHES = 63
ATTEMPTS = 3
"""The first may not know the witness's size; somebody else may submit a checkpoint in between."""
CLOCK_S = 300
"""Seconds by which a witness's clock may be ahead of ours."""


class Proving(Protocol):
    """What proofs are taken from; a `Reader` is one."""

    def consistency_proof(self, old: int, new: int | None = None) -> Sequence[bytes]:
        """The proof that the ledger at `old` is the beginning of the one at `new`."""
        ...


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness: its submission prefix (a URL, without `/add-checkpoint`), the keys that it signs with, and the size
    that it signed last, as far as is known here; 0 is always right, and costs a question more.
    """

    url: str
    keys: tuple[VerifierKey, ...]
    size: int = 0


@dataclass(frozen=True, slots=True)
class Cosigned:
    """The verified cosignature lines, for `Writer.attach`; the witness's time (POSIX seconds, the latest of its keys);
    the size that the witness has now signed, for the next question.
    """

    lines: bytes
    at: int
    size: int


Ask = Callable[[str, bytes, str], Answer]


def add_checkpoint(witness: Witness, note: bytes, proofs: Proving, now: int, ask: Ask = post) -> Cosigned:
    """Have the signed checkpoint `note` cosigned. `now` is the time in POSIX seconds.

    Raises:
        Unreachable: the witness did not answer, or not in time.
        Refused: it does not know this log or its key, or answered what the specification does not foresee.
        RolledBack: it has signed a larger ledger.
        Forked: it has signed another root for this size, or finds that this ledger does not continue what it signed.
        NotSigned: its cosignature does not verify, is of no known key, or has no time or one that lies ahead of `now`.
        Malformed, NotProven: the note or the ledger behind it cannot be read.
    """
    parsed = parse_note(note)
    checkpoint = parse_checkpoint(parsed.text)
    old = witness.size
    for _ in range(ATTEMPTS):
        proof = proofs.consistency_proof(old, checkpoint.size) if 0 < old < checkpoint.size else ()
        answer = ask(f"{witness.url.rstrip('/')}/add-checkpoint", request_body(old, proof, note), "text/plain")
        if answer.status == 200:
            return _cosigned(parsed, checkpoint, answer.body, witness.keys, now)
        if answer.status != 409:
            raise _refusal(answer.status)
        held = _held(answer, same=old == checkpoint.size)
        if held > checkpoint.size:
            raise RolledBack(
                f"the witness has signed {held} entries of this log and is asked for {checkpoint.size}: the ledger was "
                "put back to an earlier state, or an older checkpoint was sent. Find out before you publish more"
            )
        if held == old:
            raise _other_root() if held == checkpoint.size else Refused("the witness contradicts itself: ask it later")
        old = held
    raise Refused("the witness named another size at every attempt: somebody else submits checkpoints of this log")


def request_body(old: int, proof: Iterable[bytes], note: bytes) -> bytes:
    """What is sent: old size, consistency proof, the signed checkpoint. Raises Malformed for more than 63 hashes."""
    hashes = [to_base64(value) for value in proof]
    if len(hashes) > MOST_HASHES:
        raise Malformed(f"a consistency proof has {MOST_HASHES} hashes at most")
    return "".join(f"{line}\n" for line in (f"old {old}", *hashes, "")).encode() + note


def _held(answer: Answer, same: bool) -> int:
    """The size that the witness has signed. Where it was asked for the `same` size, it may answer without one."""
    if answer.media_type != SIZE_TYPE or not answer.body.endswith(b"\n"):
        raise _other_root() if same else Refused("the witness does not say which size it has signed")
    try:
        return from_decimal(answer.body[:-1].decode("ascii", "replace"), "the size that the witness has signed")
    except Malformed as error:
        raise Refused(str(error)) from error


def _other_root() -> Forked:
    return Forked("the witness has signed another ledger of this name: publish nothing before that is understood")


def _refusal(status: int) -> Refused | Forked:
    if status == 422:
        return Forked(
            "the witness finds that this ledger does not continue what it signed: it was rewritten, or is another"
        )
    says = {
        400: "it could not read the request",
        403: "it does not know this log's key: give it the new verifier key",
        404: "it does not know this log: register its origin and key there",
    }
    return Refused(f"the witness refused with status {status}: {says.get(status, 'try again later')}")


def _cosigned(note: Note, checkpoint: Checkpoint, body: bytes, keys: tuple[VerifierKey, ...], now: int) -> Cosigned:
    try:
        lines = parse_signatures(body)
    except Malformed as error:
        raise Refused(f"the witness answered no signature lines: {error}") from error
    known = {(key.name, key.key_id) for key in keys}
    kept: tuple[Signature, ...] = tuple(one for one in lines if (one.name, one.key_id) in known)
    signed = verify_note(Note(note.text, kept), keys)
    if not signed:
        raise NotSigned("the witness answered no cosignature by a key that is known for it")
    if any(not 0 < one.at <= now + CLOCK_S for one in signed):
        raise NotSigned("a cosignature of the witness has no time, or one in the future: look at the clocks")
    return Cosigned(b"".join(one.line() for one in kept), max(one.at for one in signed), checkpoint.size)
