"""A leaf of the ledger as its page shows it: what the statement says, who signed it, and the proof that the newest
checkpoint covers it. Everything shown is verified first.

A statement about an event holds digests and a pseudonym. Nothing is opened here: who may see what is behind them is
decided where openings are made.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import msgspec

from prodworthy.policy.core.evidence import EvidenceFault
from prodworthy.record.ledger.dsse import parse_envelope, verify_envelope
from prodworthy.record.ledger.faults import LedgerFault
from prodworthy.record.ledger.merkle import leaf_hash
from prodworthy.record.ledger.proof_file import Proof, verify_proof
from prodworthy.record.ledger.reading import Reader, read_checkpoint
from prodworthy.record.ledger.statement import PAYLOAD_TYPE
from prodworthy.record.ledger.storage import Storage
from prodworthy.record.ledger.trust import TrustPolicy
from prodworthy.record.sealing.forms import Form, Link, OperationForm, TrafficForm, parse


class LeafFault(Exception):
    """A leaf cannot be shown: the ledger is missing, damaged, or not what was signed. The message says which."""


class Leaf(msgspec.Struct, frozen=True):
    """One leaf: where it stands, what it is about, its statement as JSON to read, its signers, its tlog-proof.

    `hash` is the RFC 6962 leaf hash in hexadecimal; `signers` are names and key ids; `size` is that of the checkpoint.
    """

    index: int
    hash: str
    link: Link
    about: str
    at: int
    statement: str
    signers: tuple[tuple[str, str], ...]
    proof: str
    origin: str
    size: int


class Opened(msgspec.Struct, frozen=True):
    """A ledger to read: its files, and whom to trust."""

    storage: Storage
    trust: TrustPolicy


class Leaves:
    """Reads leaves. `opened` finds the ledger; it is asked until it answers, then its answer is kept."""

    def __init__(self, opened: Callable[[], Opened]) -> None:
        """Nothing is read yet."""
        self._open = opened
        self._opened: Opened | None = None

    def leaf(self, index: int) -> Leaf | None:
        """The leaf at an index, None where the newest checkpoint covers none. Reads a few bounded files.

        Raises:
            LeafFault: the ledger cannot be read, or does not prove what it should.
        """
        try:
            if self._opened is None:
                self._opened = self._open()
            return _leaf(self._opened, index)
        except LedgerFault as fault:
            raise LeafFault(f"{fault} ({fault.code})") from None
        except EvidenceFault as fault:
            raise LeafFault(f"leaf {index} holds no statement of ours: {fault}") from None


def _leaf(opened: Opened, index: int) -> Leaf | None:
    data = read_checkpoint(opened.storage)
    checkpoint = opened.trust.open(data).checkpoint
    if not 0 <= index < checkpoint.size:
        return None
    reader = Reader(opened.storage, checkpoint)
    entry = reader.entry(index)
    envelope = parse_envelope(entry)
    signers = verify_envelope(envelope, PAYLOAD_TYPE, opened.trust.statement_keys)
    proof = Proof(index, tuple(reader.inclusion_proof(index)), data)
    verify_proof(proof, leaf_hash(entry), opened.trust)
    form = parse(envelope.payload)
    about, at = _about(form)
    return Leaf(
        index=index,
        hash=leaf_hash(entry).hex(),
        link=form.link,
        about=about,
        at=at,
        statement=json.dumps(json.loads(envelope.payload), indent=2, ensure_ascii=False),
        signers=tuple((key.name, key.digest) for key in signers),
        proof=proof.data().decode(),
        origin=checkpoint.origin,
        size=checkpoint.size,
    )


def _about(form: Form) -> tuple[str, int]:
    """What a statement is about, in words, and when that happened (Unix ns), 0 where it says no one time."""
    if isinstance(form, OperationForm):
        return f"event {form.event}, {form.kind}", form.at
    if isinstance(form, TrafficForm):
        frames = sum(one.count for one in form.segments)
        return f"traffic: {frames} record{'' if frames == 1 else 's'} of {', '.join(form.days) or 'no exchange'}", 0
    return "an audit pack that was made", 0
