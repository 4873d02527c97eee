"""Checks the pieces of a proof against a trust policy, and nothing else: the steps that `proving` names."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any, NamedTuple

from prodworthy.policy.core.evidence import EvidenceFault
from prodworthy.record.journal.frames import decode_event
from prodworthy.record.ledger.dsse import parse_envelope, verify_envelope
from prodworthy.record.ledger.encoding import from_base64
from prodworthy.record.ledger.faults import LedgerFault, Malformed
from prodworthy.record.ledger.merkle import leaf_hash, verify_inclusion
from prodworthy.record.ledger.proof_file import parse_proof, verify_proof
from prodworthy.record.ledger.statement import PAYLOAD_TYPE
from prodworthy.record.ledger.trust import TrustPolicy
from prodworthy.record.sealing.commitment import check
from prodworthy.record.sealing.forms import Form, OperationForm, TrafficForm, parse
from prodworthy.record.sealing.proving import EVENT, EXCHANGE, LEAF

MOST_PIECES = 10_000


class Proven(NamedTuple):
    """What a proof shows: of which log at which size, and in its leaves either frames or opened fields of an event."""

    origin: str
    size: int
    leaves: tuple[int, ...]
    frames: int
    fields: Mapping[str, Any]


def checked(pieces: object, policy: TrustPolicy) -> Proven:
    """What the pieces of a proof show, every step of it verified.

    Raises:
        EvidenceFault: these are no pieces of a proof, or a step does not hold; the message says which.
    """
    if not isinstance(pieces, dict) or pieces.get("format") not in (EXCHANGE, EVENT, LEAF):
        raise EvidenceFault("these are not the pieces of a proof")
    try:
        forms, origin, size = _forms(pieces["leaves"], policy)
        if pieces["format"] == LEAF:
            link = forms[pieces["leaf"]].link
            return Proven(origin, size, tuple(forms), 0, {"tenant": link.tenant, "workload": link.workload})
        if pieces["format"] == EVENT:
            form = forms[pieces["leaf"]]
            if not isinstance(form, OperationForm):
                raise EvidenceFault(f"leaf {pieces['leaf']} is not about an event")
            fields = check(pieces["opening"], form.event, form.fields)
            return Proven(origin, size, tuple(forms), 0, {"kind": form.kind, "at": form.at} | fields)
        for frame in _list(pieces["frames"]):
            _check_frame(frame, pieces["exchange"], forms)
    except (KeyError, TypeError, AttributeError):
        raise EvidenceFault("a piece of the proof is missing, or is not what it should be") from None
    except LedgerFault as fault:
        raise EvidenceFault(f"a step of the proof does not hold: {fault}") from None
    return Proven(origin, size, tuple(forms), len(pieces["frames"]), {})


def _forms(leaves: object, policy: TrustPolicy) -> tuple[dict[int, Form], str, int]:
    """Steps 2 and 3: the statements by leaf, origin and size of the log."""
    forms: dict[int, Form] = {}
    heads = set()
    for one in _list(leaves):
        entry = from_base64(one["entry"], "an entry")
        envelope = parse_envelope(entry)
        verify_envelope(envelope, PAYLOAD_TYPE, policy.statement_keys)
        proof = parse_proof(one["proof"].encode())
        if proof.index != one["leaf"]:
            raise EvidenceFault(f"the proof of leaf {one['leaf']} is that of leaf {proof.index}")
        trusted = verify_proof(proof, leaf_hash(entry), policy)
        heads.add((trusted.checkpoint.origin, trusted.checkpoint.size, trusted.checkpoint.root))
        forms[proof.index] = parse(envelope.payload)
    if len(heads) != 1:
        raise EvidenceFault("the leaves of one proof lie under one checkpoint")
    origin, size, _ = heads.pop()
    return forms, origin, size


def _check_frame(frame: Mapping[str, Any], exchange: str, forms: Mapping[int, Form]) -> None:
    """Step 1."""
    form = forms[frame["leaf"]]
    if not isinstance(form, TrafficForm):
        raise EvidenceFault(f"leaf {frame['leaf']} is not about traffic")
    found = [one for one in form.segments if one.id == frame["segment"]]
    if len(found) != 1 or found[0].gateway != frame["gateway"] or not found[0].first <= frame["sequence"]:
        raise EvidenceFault(f"the segment {frame['segment']} is not in leaf {frame['leaf']}")
    segment, body = found[0], from_base64(frame["body"], "a frame")
    path = [bytes.fromhex(_hex(one)) for one in _list(frame["path"])]
    verify_inclusion(leaf_hash(body), frame["index"], segment.count, path, bytes.fromhex(segment.root))
    try:
        event = decode_event(body)
    except ValueError:
        raise EvidenceFault("a frame is no event") from None
    said = getattr(event, "exchange", ""), event.tenant, getattr(event, "workload", "")
    place = exchange, form.link.tenant, form.link.workload
    if not all(hmac.compare_digest(one.encode(), other.encode()) for one, other in zip(said, place, strict=True)):
        raise EvidenceFault("a frame is about another exchange, or another workload")


def _list(found: object) -> list[Any]:
    if not isinstance(found, list) or not 1 <= len(found) <= MOST_PIECES:
        raise Malformed(f"a proof has lists of 1 to {MOST_PIECES:,} pieces")
    return found


def _hex(found: object) -> str:
    if not isinstance(found, str) or len(found) != 64 or set(found) - set("0123456789abcdef"):
        raise Malformed("a hash of a path has 64 hex digits")
    return found
