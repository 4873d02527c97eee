"""Makes signed statements of rows: of operation events, of segments, of packs; each in the chain of its workload."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from prodworthy.policy.core.evidence import by_class
from prodworthy.record.ledger.dsse import seal
from prodworthy.record.ledger.keys import SigningKey
from prodworthy.record.ledger.statement import PAYLOAD_TYPE
from prodworthy.record.ledger.tiles import LARGEST_ENTRY
from prodworthy.record.sealing.applying import Chains, next_link, segment_form
from prodworthy.record.sealing.commitment import commit, fields_of
from prodworthy.record.sealing.forms import Form, OperationForm, PackForm, TrafficForm, payload
from prodworthy.record.sealing.projection import person_of
from prodworthy.record.sealing.summing import Days, summed
from prodworthy.record.store.vault import Vault

SEGMENTS_PER_LEAF = 100
Rows = Sequence[Mapping[Any, Any]]


class Entry(NamedTuple):
    """A statement, and the signed envelope that goes into the ledger."""

    form: Form
    data: bytes


class Statements:
    """Whose keys sign, and whose pseudonyms stand for persons."""

    def __init__(self, vault: Vault, keys: Sequence[SigningKey], clock: Callable[[], int]) -> None:
        """`clock` gives Unix nanoseconds."""
        self._vault = vault
        self._keys = keys
        self._clock = clock

    def operations(self, rows: Rows, chains: Chains, leaf: int) -> Iterator[Entry]:
        """One statement for each event (with its salt), from `leaf` on; `chains` are moved on."""
        for number, row in enumerate(rows, leaf):
            place = row["tenant"], row["workload"]
            link = next_link(chains, place, self._clock())
            fields = commit(bytes(row["salt"]), fields_of(row["actor"], row["body"]))
            person = person_of(self._vault, row["tenant"], row["actor"])
            chains[place] = link.number, number
            yield self._signed(OperationForm(link, row["id"], row["kind"], row["at"], person, fields))

    def traffic(self, rows: Rows, chains: Chains, leaf: int) -> Iterator[Entry]:
        """Statements for segments, workload by workload, from `leaf` on, as few as fit; `chains` are moved on."""
        waiting: dict[tuple[str, str], list[Mapping[Any, Any]]] = {}
        for row in rows:
            waiting.setdefault((row["tenant"], row["workload"]), []).append(row)
        for place, found in sorted(waiting.items()):
            parts = [found[at : at + SEGMENTS_PER_LEAF] for at in range(0, len(found), SEGMENTS_PER_LEAF)]
            while parts:
                part = parts.pop(0)
                link = next_link(chains, place, self._clock())
                entry = self._signed(TrafficForm(link, tuple(map(segment_form, part)), _days(part)))
                if len(entry.data) > LARGEST_ENTRY and len(part) > 1:
                    parts[:0] = [part[: len(part) // 2], part[len(part) // 2 :]]
                    continue
                chains[place] = link.number, leaf
                leaf += 1
                yield entry

    def pack(self, place: tuple[str, str], manifest: str, chains: Chains) -> Entry:
        """The statement for a pack of a workload, by SHA-256 (hex) of its manifest."""
        return self._signed(PackForm(next_link(chains, place, self._clock()), manifest))

    def _signed(self, form: Form) -> Entry:
        return Entry(form, seal(PAYLOAD_TYPE, payload(form), self._keys).data())


def _days(rows: Rows) -> Days:
    """What segments come to."""
    found: Days = {}
    for row in rows:
        found = summed(found, {day: by_class(plain) for day, plain in json.loads(row["figures"]).items()})
    return found
