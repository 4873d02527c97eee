"""The steps about the ledger's heads: both checkpoints, and the one that the verifier holds."""

from __future__ import annotations

import hmac

from prodworthy.assurance.audit.pack.form import CHECKPOINT, CLOSING_CHECKPOINT, CONSISTENCY, fields, whole
from prodworthy.assurance.audit.verifying.opened import Opened
from prodworthy.assurance.audit.verifying.parsing import read_hashes, read_json
from prodworthy.assurance.audit.verifying.storage import PackStorage
from prodworthy.assurance.audit.verifying.verdicts import NotAsked, NotComplete, date_of
from prodworthy.record.ledger.checkpoint import Checkpoint
from prodworthy.record.ledger.faults import Missing, NotProven, NotSigned
from prodworthy.record.ledger.merkle import verify_consistency
from prodworthy.record.ledger.note import LARGEST_NOTE, open_checkpoint
from prodworthy.record.ledger.reading import Reader


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
    witnesses = ", ".join(f"{name} {date_of(at * 10**9)}" for name, at in trusted.witnesses.items())
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


def _signed_by_log(pack: Opened, data: bytes, origin: str) -> Checkpoint:
    """A checkpoint of this log that a log key of the policy has signed, whoever witnessed it. Raises LedgerFault."""
    return open_checkpoint(data, origin, [peer.key for peer in pack.trust.policy.logs if peer.key.name == origin])


def _consistent(pack: Opened, head: Checkpoint, closing: Checkpoint) -> None:
    said = fields(read_json(pack, CONSISTENCY), {"old", "new", "hashes"}, CONSISTENCY)
    if (whole(said["old"]), whole(said["new"])) != (head.size, closing.size):
        raise NotProven(f"{CONSISTENCY} is of other sizes than the checkpoints")
    hashes = read_hashes(said["hashes"], CONSISTENCY)
    verify_consistency(head.size, closing.size, hashes, head.root, closing.root)


def _same_root(one: Checkpoint, other: Checkpoint) -> None:
    if not hmac.compare_digest(one.root, other.root):
        raise NotProven(f"this is another ledger than the one you know: at size {one.size:,} its root is another one")
