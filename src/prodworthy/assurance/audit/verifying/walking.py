"""One walk over all statements: each signed and at its place in the ledger, chains whole, openings true.

The three are steps of their own, and a statement that fails one is still looked at for the others. What cannot be read
at all ends the walk.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from prodworthy.assurance.audit.pack.faults import PackFault
from prodworthy.assurance.audit.pack.folding import Sums
from prodworthy.assurance.audit.pack.form import BUNDLE, LARGEST_JSON, ChainPart, chain_file, items, whole
from prodworthy.assurance.audit.pack.quick import read_envelope, read_statement
from prodworthy.assurance.audit.verifying.opened import Opened, Placed, Walk
from prodworthy.policy.core.evidence import EvidenceFault
from prodworthy.record.ledger.canonical import parse_canonical
from prodworthy.record.ledger.dsse import verify_envelope
from prodworthy.record.ledger.faults import LedgerFault, NotProven
from prodworthy.record.ledger.keys import VerifierKey
from prodworthy.record.ledger.merkle import leaf_hash
from prodworthy.record.ledger.statement import PAYLOAD_TYPE
from prodworthy.record.ledger.tiles import LARGEST_FILE, decode_bundle
from prodworthy.record.sealing.commitment import check
from prodworthy.record.sealing.forms import FIRST, Form, OperationForm, TrafficForm

INCLUDED, CHAINED, OPENED = "included", "chained", "opened"


def signed_statement(entry: bytes, keys: tuple[VerifierKey, ...]) -> Form:
    """The statement in an entry of the ledger, signed by one of `keys`. Raises LedgerFault, EvidenceFault."""
    envelope = read_envelope(entry)
    verify_envelope(envelope, PAYLOAD_TYPE, keys)
    return read_statement(envelope.payload)


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


class Following:
    """Follows one chain: every statement of it, in order, each naming the one before; none is left out."""

    def __init__(self, chain: ChainPart, at: int) -> None:
        """`at`: the time until which statements were to be collected (Unix ns)."""
        self._chain, self._at = chain, at
        self._count = 0
        self._earlier = 0
        self._past = False
        self.last: Placed | None = None

    def follow(self, here: Placed) -> None:
        """Take the next statement. Raises PackFault if it does not follow."""
        link, before, chain = here.form.link, self.last, self._chain
        self.last, self._count = here, self._count + 1
        if (link.tenant, link.workload) != (chain.tenant, chain.workload):
            raise PackFault(f"leaf {here.index} is a statement of another workload")
        if self._past:
            raise PackFault(f"leaf {here.index} was sealed after the time until which the pack was made")
        self._past = link.sealed_at > self._at
        if link.number < chain.first:
            self._earlier += 1
            if not isinstance(here.form, OperationForm) or (before and before.form.link.number >= link.number):
                raise PackFault(f"leaf {here.index} stands before the chain, and is no operation in its order")
        elif before is None or before.form.link.number < chain.first:
            if link.number != chain.first:
                raise PackFault(f"the chain begins with statement {link.number}, not {chain.first}: some are left out")
        elif link.number != before.form.link.number + 1 or link.previous != before.index:
            raise PackFault(
                f"leaf {here.index} does not follow leaf {before.index}: some are left out, or out of order"
            )
        if not max(link.previous, before.index if before else FIRST) < here.index:
            raise PackFault(f"leaf {here.index} stands before one that it follows")

    def finish(self) -> None:
        """Return if there are as many statements as the manifest says. Raises PackFault."""
        said = (self._chain.statements, self._chain.earlier)
        if (self._count, self._earlier) != said:
            raise PackFault(f"there are {self._count} statements, not the {said[0]} that the manifest says")


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


def read_entries(pack: Opened, chain: int, bundle: int) -> Iterator[tuple[int, bytes]]:
    """The statements of a bundle, each with the leaf that it is said to be. Raises PackFault, Malformed, NotProven."""
    _, head, *_ = pack.known()
    said = parse_canonical(pack.read(chain_file(chain, bundle, "indexes.json"), LARGEST_JSON), LARGEST_JSON)
    indexes = [whole(one) for one in items(said, 1, BUNDLE, "the indexes of a bundle")]
    entries = decode_bundle(pack.read(chain_file(chain, bundle, "entries"), LARGEST_FILE), len(indexes))
    if max(indexes) >= head.size:
        raise NotProven(f"the ledger has no leaf {max(indexes)}")
    return zip(indexes, entries, strict=True)


def read_openings(pack: Opened, chain: int, bundle: int) -> dict[int, Any]:
    """The openings of a bundle by the event that they open. Raises PackFault, Malformed."""
    name = chain_file(chain, bundle, "openings.json")
    if name not in pack.archive.entries:
        return {}
    said = items(parse_canonical(pack.read(name, LARGEST_JSON), LARGEST_JSON), 1, BUNDLE, name)
    events = [whole(one.get("event")) if isinstance(one, dict) else -1 for one in said]
    if events != sorted(set(events)) or events[0] < 0:
        raise PackFault(f"{name} names each event once, in order")
    return dict(zip(events, said, strict=True))
