"""One walk over all statements: each signed and at its place in the ledger, chains whole, openings true.

The three are steps of their own, and a statement that fails one is still looked at for the others. What cannot be read
at all ends the walk.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prodworthy.assurance.audit.pack.faults import PackFault
from prodworthy.assurance.audit.pack.folding import Sums
from prodworthy.assurance.audit.pack.form import chain_file
from prodworthy.assurance.audit.verifying.entries import read_entries, read_openings, signed_statement
from prodworthy.assurance.audit.verifying.following import Following
from prodworthy.assurance.audit.verifying.opened import Opened, Placed, Walk
from prodworthy.policy.core.evidence import EvidenceFault
from prodworthy.record.ledger.faults import LedgerFault, NotProven
from prodworthy.record.ledger.merkle import leaf_hash
from prodworthy.record.sealing.commitment import check
from prodworthy.record.sealing.forms import OperationForm, TrafficForm

INCLUDED, CHAINED, OPENED = "included", "chained", "opened"


def walk(pack: Opened) -> Walk:
    """Look at every statement of every chain, and fold each chain's evidence into `pack.sums`."""
    manifest, *_ = pack.known()
    found, total = Walk(), sum(one.statements for one in manifest.chains)
    for number, chain in enumerate(manifest.chains):
        following, sums = Following(chain, manifest.at), Sums()
        for bundle in range(chain.bundles):
            try:
                _walk_bundle(pack, (number, bundle), following, sums, found)
            except (LedgerFault, EvidenceFault, PackFault) as fault:
                found.fault(INCLUDED, f"{chain_file(number, bundle, 'entries')}", fault)
                return found
            pack.trust.tell("statements verified", found.statements, total)
        try:
            following.finish()
        except PackFault as fault:
            found.fault(CHAINED, str(chain), fault)
        found.ends.append(following.last)
        pack.sums.append(sums)
    return found


def _walk_bundle(pack: Opened, place: tuple[int, int], following: Following, sums: Sums, found: Walk) -> None:
    manifest, _, _, reader = pack.known()
    openings = read_openings(pack, *place)
    for index, entry in read_entries(pack, *place):
        if leaf_hash(entry) != reader.node(0, index):
            raise NotProven(f"leaf {index} of the ledger is another statement")
        here = Placed(index, signed_statement(entry, pack.trust.policy.statement_keys))
        found.statements += 1
        try:
            following.follow(here)
        except PackFault as fault:
            found.fault(CHAINED, str(manifest.chains[place[0]]), fault)
        if here.form.link.sealed_at <= manifest.at:
            _fold(here, openings, sums, found)
    if openings:
        found.fault(OPENED, chain_file(*place, "openings.json"), f"event {min(openings)} has no statement there")


def _fold(here: Placed, openings: dict[int, Any], sums: Sums, found: Walk) -> None:
    form = here.form
    if isinstance(form, TrafficForm):
        sums.traffic_of(form, here.index)
    elif isinstance(form, OperationForm):
        opened: Mapping[str, Any] = {}
        if form.event in openings:
            try:
                opened = check(openings.pop(form.event), form.event, form.fields)
                found.openings += 1
            except EvidenceFault as fault:
                found.fault(OPENED, f"event {form.event}", fault)
        sums.operation_of(form, here.index, opened)
