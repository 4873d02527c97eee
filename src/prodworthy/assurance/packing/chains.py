"""The statements of one workload in a ledger, found from its last one: each names the one before."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from prodworthy.assurance.audit.pack.quick import read_envelope, read_statement
from prodworthy.record.ledger.faults import LedgerDamaged
from prodworthy.record.ledger.reading import Reader
from prodworthy.record.ledger.tiles import TILE_WIDTH
from prodworthy.record.sealing.forms import Form, OperationForm

Place = tuple[str, str]
"""Tenant and workload; ("", "") is the installation itself."""

MOST_BUNDLES = 4


@dataclass(frozen=True, slots=True)
class Found:
    """A statement as it stands in the ledger."""

    index: int
    entry: bytes
    form: Form


@dataclass(frozen=True, slots=True)
class Chain:
    """The part of a chain that a pack holds: leaves in order, complete from number `first`, `earlier` before that."""

    place: Place
    leaves: array[int] = field(repr=False)
    first: int = 0
    earlier: int = 0


@dataclass(frozen=True, slots=True)
class Period:
    """What a pack covers: sealed from `since` until `at` (Unix nanoseconds), among the first `size` leaves."""

    since: int
    at: int
    size: int


class Statements:
    """Reads single statements; keeps the bundles that were read last, because neighbours are asked for next."""

    def __init__(self, reader: Reader) -> None:
        """The ledger as the reader's checkpoint states it."""
        self.size = reader.checkpoint.size
        self._reader = reader
        self._kept: OrderedDict[int, list[bytes]] = OrderedDict()

    def at(self, index: int) -> Found:
        """The statement at a leaf. Raises LedgerFault, EvidenceFault."""
        bundle, place = divmod(index, TILE_WIDTH)
        if bundle not in self._kept:
            first = bundle * TILE_WIDTH
            self._kept[bundle] = list(self._reader.entries(first, min(first + TILE_WIDTH, self.size)))
            if len(self._kept) > MOST_BUNDLES:
                self._kept.popitem(last=False)
        entry = self._kept[bundle][place]
        return Found(index, entry, read_statement(read_envelope(entry).payload))

    def back(self, last: int, place: Place) -> Iterator[Found]:
        """The statements of a chain from leaf `last` back to its first. Raises LedgerFault, EvidenceFault."""
        while last >= 0:
            found = self.at(last)
            link = found.form.link
            if (link.tenant, link.workload) != place or link.previous >= last:
                raise LedgerDamaged(f"leaf {last} of the ledger is no statement of {place[0]}/{place[1]}")
            yield found
            last = link.previous


def collect(statements: Statements, place: Place, last: int, period: Period) -> Chain:
    """The leaves of a chain that a pack of a period holds; `last` is a leaf of the chain, -1 for none.

    The first statement after the period is among them, so that whoever reads sees that none was left out before it; of
    what was sealed before the period, operations only.

    Raises:
        LedgerFault, EvidenceFault: the ledger does not hold what it should.
    """
    leaves: array[int] = array("q")
    first, earlier, after, whole = -1, 0, -1, True
    for found in statements.back(last, place):
        link = found.form.link
        if found.index >= period.size:
            continue
        if not leaves and first < 0 and link.sealed_at > period.at:
            after = found.index
            continue
        if after >= 0:
            leaves.append(after)
            first, after = link.number + 1, -1
        whole = whole and link.sealed_at >= period.since
        first = link.number if whole else max(first, link.number + 1)
        if whole or isinstance(found.form, OperationForm):
            leaves.append(found.index)
            earlier += not whole
    if after >= 0:
        leaves.append(after)
    leaves.reverse()
    return Chain(place, leaves, max(first, 0), earlier)
