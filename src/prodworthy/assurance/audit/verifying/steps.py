"""The steps up to the ledger: the seal, every file, both checkpoints, and the manifest as a statement in the ledger.

Each takes the pack as it is known so far, returns in words what it found, and raises what was wrong.
"""

from __future__ import annotations

import hmac

from prodworthy.assurance.audit.pack.faults import PackFault
from prodworthy.assurance.audit.pack.form import (
    CHECKPOINT,
    CLOSING_CHECKPOINT,
    CONSISTENCY,
    LARGEST_JSON,
    LARGEST_MANIFEST,
    LARGEST_SEAL,
    SEAL_TYPE,
    Files,
    fields,
    items,
    outside,
    parse_manifest,
    parse_seal,
    whole,
)
from prodworthy.assurance.audit.pack.zipped import MANIFEST, SEAL
from prodworthy.assurance.audit.verifying.opened import Opened, PackStorage, digest_of
from prodworthy.assurance.audit.verifying.verdicts import NotAsked, NotComplete
from prodworthy.assurance.audit.view import date_text
from prodworthy.record.ledger.canonical import parse_canonical
from prodworthy.record.ledger.checkpoint import Checkpoint
from prodworthy.record.ledger.dsse import parse_envelope, verify_envelope
from prodworthy.record.ledger.encoding import hash_from_base64
from prodworthy.record.ledger.faults import Malformed, Missing, NotProven, NotSigned
from prodworthy.record.ledger.merkle import verify_consistency
from prodworthy.record.ledger.note import LARGEST_NOTE, open_checkpoint
from prodworthy.record.ledger.proof_file import MOST_HASHES
from prodworthy.record.ledger.reading import Reader
from prodworthy.record.sealing.numbers import LARGEST


def sealed(pack: Opened) -> str:
    """The seal is signed by a statement key of the policy, and nobody else, and the files it names are as it says."""
    keys = pack.trust.policy.statement_keys
    if not keys:
        raise NotComplete("the trust policy names no statement key; add '#: statement-key …' lines")
    envelope = parse_envelope(pack.archive.read(SEAL, LARGEST_SEAL), LARGEST_SEAL)
    if len(envelope.signatures) != 1:
        raise PackFault("the seal has one signature, that of a statement key")
    (key,) = verify_envelope(envelope, SEAL_TYPE, keys)
    named = parse_seal(envelope)
    _same_names(named, outside(pack.archive.entries) - {SEAL})
    _as_said(pack, named)
    pack.sealed = named
    return f"by {key.name}"


def whole_pack(pack: Opened) -> str:
    """Every file is named by the manifest or the seal and is what is said of it; none is missing, none is more."""
    manifest = parse_manifest(pack.read(MANIFEST, LARGEST_MANIFEST))
    _same_names(manifest.files, pack.archive.entries.keys() - outside(pack.archive.entries))
    _as_said(pack, manifest.files)
    pack.manifest = manifest
    return f"{len(pack.archive.entries):,} of {len(pack.archive.entries):,}; made {_date(manifest.made_at)}"


def checkpoints(pack: Opened) -> str:
    """Both heads are signed by a log of the policy, the last with its quorum, and the last continues the first."""
    manifest = pack.manifest
    assert manifest
    last = pack.read(CLOSING_CHECKPOINT, LARGEST_NOTE)
    trusted = pack.trust.policy.open(last)
    closing = trusted.checkpoint
    head = _signed_by_log(pack, pack.read(CHECKPOINT, LARGEST_NOTE), manifest.origin)
    if head.head != manifest.head or closing.origin != head.origin:
        raise NotSigned("the checkpoints are not those of the ledger that the manifest names")
    _consistent(pack, head, closing)
    pack.reader = Reader(PackStorage(pack), head)
    pack.head, pack.closing = head, closing
    witnesses = ", ".join(f"{name} {_date(at * 10**9)}" for name, at in trusted.witnesses.items())
    return f"{closing.origin}, size {closing.size:,}" + (f", witnessed by {witnesses}" if witnesses else "")


def held(pack: Opened) -> str:
    """The ledger continues the one whose checkpoint the verifier holds."""
    _, head, closing, reader = pack.known()
    if not pack.trust.held:
        raise NotAsked("you hold none, so a ledger that was put back is not seen; keep this one (--keep) for next time")
    known = _signed_by_log(pack, pack.trust.held, head.origin)
    if known.size == closing.size:
        _same_root(known, closing)
    elif known.size > head.size:
        raise NotComplete(f"you hold size {known.size:,}, the pack has {head.size:,}: ask for one that is newer")
    elif known.size:
        try:
            proof = reader.consistency_proof(known.size)
        except Missing as fault:
            text = f"the pack cannot show it for size {known.size:,}: ask for one made with --held and your checkpoint"
            raise NotComplete(text) from fault
        verify_consistency(known.size, head.size, proof, known.root, head.root)
    return f"since size {known.size:,}"


def _same_names(named: Files, there: set[str]) -> None:
    if missing := sorted(named.keys() - there):
        raise PackFault(f"{len(missing)} files that are named are missing, {missing[0]} among them")
    if more := sorted(there - named.keys()):
        raise PackFault(f"{len(more)} files are named nowhere, {more[0]} among them")


def _as_said(pack: Opened, named: Files) -> None:
    total, done = sum(pack.archive.entries[name].size for name in named), 0
    for name, (digest, size) in named.items():
        if pack.archive.entries[name].size != size:
            raise PackFault(f"{name} has not the {size:,} bytes that it is said to have")
        if not hmac.compare_digest(digest_of(pack.archive.pieces(name)), digest):
            raise PackFault(f"{name} was changed: its digest is another one")
        done += size
        pack.trust.tell("bytes read", done, total)


def _signed_by_log(pack: Opened, data: bytes, origin: str) -> Checkpoint:
    """A checkpoint of this log that a log key of the policy has signed, whoever witnessed it. Raises LedgerFault."""
    return open_checkpoint(data, origin, [peer.key for peer in pack.trust.policy.logs if peer.key.name == origin])


def _consistent(pack: Opened, head: Checkpoint, closing: Checkpoint) -> None:
    plain = parse_canonical(pack.read(CONSISTENCY, LARGEST_JSON), LARGEST_JSON)
    said = fields(plain, {"old", "new", "hashes"}, CONSISTENCY)
    if (whole(said["old"]), whole(said["new"])) != (head.size, closing.size):
        raise NotProven(f"{CONSISTENCY} is of other sizes than the checkpoints")
    hashes = [read_hash(one) for one in items(said["hashes"], 0, 2 * MOST_HASHES, CONSISTENCY)]
    verify_consistency(head.size, closing.size, hashes, head.root, closing.root)


def read_hash(plain: object) -> bytes:
    """A hash of a proof from its base64. Raises Malformed."""
    if not isinstance(plain, str):
        raise Malformed("a hash of a proof must be text")
    return hash_from_base64(plain, "a hash of a proof")


def _same_root(one: Checkpoint, other: Checkpoint) -> None:
    if not hmac.compare_digest(one.root, other.root):
        raise NotProven(f"this is another ledger than the one you know: at size {one.size:,} its root is another one")


def _date(at: int) -> str:
    return date_text(min(at, LARGEST))
