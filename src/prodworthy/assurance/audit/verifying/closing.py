"""What closes a pack: the manifest as a statement of every chain, and that nothing stands between the two.

A statement that was left out at the end of a chain would be seen: either the pack holds the first one that was sealed
after its time, or every statement from its last one to that of the manifest, all newer than the head it was made at.
"""

from __future__ import annotations

from hashlib import sha256
from itertools import pairwise

from prodworthy.assurance.audit.pack.faults import PackFault
from prodworthy.assurance.audit.pack.form import (
    BUNDLE,
    CLOSING_CHECKPOINT,
    CONSISTENCY,
    LARGEST_MANIFEST,
    TIMESTAMP,
    closing_file,
    fields,
    items,
    whole,
)
from prodworthy.assurance.audit.pack.zipped import MANIFEST
from prodworthy.assurance.audit.verifying.entries import signed_statement
from prodworthy.assurance.audit.verifying.opened import Opened, Placed
from prodworthy.assurance.audit.verifying.parsing import read_hashes, read_json
from prodworthy.record.ledger.merkle import leaf_hash, verify_inclusion
from prodworthy.record.ledger.tiles import LARGEST_FILE, decode_bundle
from prodworthy.record.sealing.forms import PackForm

INSTALLATION = 0


def manifest_included(pack: Opened) -> str:
    """The manifest is a statement of the ledger, in the installation's chain and in each that it closes."""
    manifest, *_ = pack.known()
    digest = sha256(pack.read(MANIFEST, LARGEST_MANIFEST)).hexdigest()
    leaves = []
    for number, chain in enumerate(manifest.chains):
        if number != INSTALLATION and closing_file(number, "entries") not in pack.archive.entries:
            continue
        found = read_closing(pack, number)
        last = found[-1]
        link, said = last.form.link, last.form.manifest if isinstance(last.form, PackForm) else ""
        if (said, link.tenant, link.workload) != (digest, chain.tenant, chain.workload):
            raise PackFault(f"what closes the chain of {chain} is no statement of this manifest")
        leaves.append(last.index)
    kinds, numbers = ("entries", "proofs.json"), range(len(manifest.chains))
    known = {closing_file(number, kind) for number in numbers for kind in kinds}
    if more := pack.sealed.keys() - known - {MANIFEST, CLOSING_CHECKPOINT, CONSISTENCY, TIMESTAMP}:
        raise PackFault(f"{min(more)} closes nothing")
    return f"leaf {leaves[0]:,}" + (f", and {len(leaves) - 1} that close a chain" if leaves[1:] else "")


def closed(pack: Opened, number: int, end: Placed | None) -> None:
    """Return if nothing of a chain was left out behind `end`, its last statement in the pack. Raises LedgerFault,
    PackFault, EvidenceFault.
    """
    manifest, head, *_ = pack.known()
    if end is not None and end.form.link.sealed_at > manifest.at:
        return
    first, begins = read_closing(pack, number)[0], manifest.chains[number].first
    link = first.form.link
    if end is None or end.form.link.number < begins:
        follows = link.number == begins
    else:
        follows = (link.number, link.previous) == (end.form.link.number + 1, end.index)
    if not follows:
        raise PackFault("the last statements of the chain are left out")
    if first.index < head.size:
        raise PackFault(f"leaf {first.index} stands under the head of the pack, and was left out of its evidence")


def read_closing(pack: Opened, number: int) -> list[Placed]:
    """The statements that close a chain, one or more: signed, under the last checkpoint, each following the other.

    Raises LedgerFault, PackFault, EvidenceFault.
    """
    _, _, checkpoint, _ = pack.known()
    name = closing_file(number, "proofs.json")
    said = items(read_json(pack, name), 1, BUNDLE, name)
    entries = decode_bundle(pack.read(closing_file(number, "entries"), LARGEST_FILE), len(said))
    found = []
    for one, entry in zip(said, entries, strict=True):
        proof = fields(one, {"index", "hashes"}, name)
        hashes = read_hashes(proof["hashes"], name)
        index = whole(proof["index"])
        verify_inclusion(leaf_hash(entry), index, checkpoint.size, hashes, checkpoint.root)
        found.append(Placed(index, signed_statement(entry, pack.trust.policy.statement_keys)))
    for one, other in pairwise(found):
        link, before = other.form.link, one.form.link
        following = (before.tenant, before.workload, before.number + 1, one.index)
        if (link.tenant, link.workload, link.number, link.previous) != following or other.index <= one.index:
            raise PackFault(f"leaf {other.index} does not follow leaf {one.index}: some are left out, or out of order")
    return found
