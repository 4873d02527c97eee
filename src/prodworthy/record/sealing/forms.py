"""The statements that leaves of the ledger hold: built here, and parsed strictly.

Each is an in-toto Statement in canonical JSON whose large numbers are written as `numbers` says. Every predicate has
tenant, workload, number (0, 1, 2 … for each workload; the installation itself is the workload "" of the tenant ""),
previous (the leaf of the statement before it, -1 before the first) and sealed_at, so that no statement can be left out
unseen. The digest of its subject covers what the statement is about:

- TRAFFIC: SHA-256 of the canonical JSON of its `segments` and `days`;
- OPERATION: the commitment to the event's fields, see `commitment`;
- PACK: SHA-256 of the pack's manifest.

Only the standard library is used here, because the offline verifier is made of this module too.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from prodworthy.policy.core.evidence import OPERATION, PACK, TRAFFIC, EvidenceFault, by_class
from prodworthy.record.ledger.canonical import canonical_json
from prodworthy.record.ledger.faults import Malformed
from prodworthy.record.ledger.statement import SHA256, Statement, Subject, parse_statement
from prodworthy.record.sealing.commitment import MOST_FIELDS, commitment
from prodworthy.record.sealing.numbers import LARGEST, read, written
from prodworthy.record.sealing.summing import Days

MOST_SEGMENTS = 200
MOST_DAYS = 4_000
LONGEST_NAME = 63
LONGEST_TEXT = 100
PERSON_DIGITS = 32
FIRST = -1
"""What `previous` says in the first statement of a workload."""

_HEX = re.compile(r"[0-9a-f]{64}\Z")
_PERSON = re.compile(r"[0-9a-f]{32}\Z")
_DAY = re.compile(r"[0-9]{8}\Z")


@dataclass(frozen=True, slots=True)
class Link:
    """Where a statement stands in the chain of its workload, and when it was made (Unix nanoseconds)."""

    tenant: str
    workload: str
    number: int
    previous: int
    sealed_at: int

    def plain(self) -> dict[str, Any]:
        """The part of the predicate that all statements have."""
        return {
            "tenant": self.tenant,
            "workload": self.workload,
            "number": self.number,
            "previous": self.previous,
            "sealed_at": self.sealed_at,
        }


@dataclass(frozen=True, slots=True)
class SegmentForm:
    """One segment of the journal: its id, whose spool, first and last sequence, how many frames, and their root (hex).

    The root is that of RFC 6962 over the bodies of the frames as the journal has them, in order of their sequence.
    """

    id: int
    gateway: str
    first: int
    last: int
    count: int
    root: str

    def plain(self) -> dict[str, Any]:
        """The JSON form."""
        return {name: getattr(self, name) for name in SegmentForm.__slots__}


@dataclass(frozen=True, slots=True)
class TrafficForm:
    """Segments of one workload, and what the exchanges that ended in them come to, by day and class of traffic."""

    link: Link
    segments: tuple[SegmentForm, ...]
    days: Days


@dataclass(frozen=True, slots=True)
class OperationForm:
    """One operation event: its number in the record, kind, time, who (a keyed pseudonym), and its fields' digests."""

    link: Link
    event: int
    kind: str
    at: int
    person: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PackForm:
    """An audit pack that was made: SHA-256 of its manifest in hexadecimal."""

    link: Link
    manifest: str


Form = TrafficForm | OperationForm | PackForm


def payload(form: Form) -> bytes:
    """The statement in canonical JSON. Raises EvidenceFault for text that is not Unicode."""
    link = form.link
    if isinstance(form, TrafficForm):
        kind, said = TRAFFIC, _traffic(form)
        digest = _digest(said)
    elif isinstance(form, OperationForm):
        kind, digest = OPERATION, commitment(form.fields)
        said = {"event": form.event, "kind": form.kind, "at": form.at, "person": form.person}
        said["fields"] = dict(form.fields)
    else:
        kind, digest, said = PACK, form.manifest, {"manifest": form.manifest}
    subject = Subject(f"{link.tenant}/{link.workload}", {SHA256: digest})
    try:
        return Statement((subject,), kind, written(link.plain() | said)).data()
    except Malformed as fault:
        raise EvidenceFault(str(fault)) from None


def parse(data: bytes) -> Form:
    """Read a statement. Raises EvidenceFault for anything that `payload` would not have written."""
    try:
        statement = parse_statement(data)
    except Malformed as fault:
        raise EvidenceFault(str(fault)) from None
    plain = read(statement.predicate)
    reader = _READERS.get(statement.predicate_type)
    if reader is None:
        raise EvidenceFault(f"a statement of the type {statement.predicate_type!r} is not known here")
    form = reader(_link(plain), plain)
    # one comparison for all that must agree: the subject's name and digest, the order of names, and every number
    if payload(form) != data:
        raise EvidenceFault("the statement contradicts itself: its subject is not what its predicate says")
    return form


def _traffic(form: TrafficForm) -> dict[str, Any]:
    days = {day: {name: one.plain() for name, one in classes.items()} for day, classes in form.days.items()}
    return {"segments": [segment.plain() for segment in form.segments], "days": days}


def _digest(said: dict[str, Any]) -> str:
    try:
        return sha256(canonical_json(written(said))).hexdigest()
    except Malformed as fault:
        raise EvidenceFault(str(fault)) from None


def _link(plain: dict[str, Any]) -> Link:
    number, previous = _whole(plain.get("number")), plain.get("previous")
    if type(previous) is not int or not FIRST <= previous <= LARGEST or (previous == FIRST) != (number == 0):
        raise EvidenceFault("previous must be the leaf of the statement before, -1 for the first one only")
    tenant, workload = (_text(plain.get(name), LONGEST_NAME) for name in ("tenant", "workload"))
    return Link(tenant, workload, number, previous, _whole(plain.get("sealed_at")))


def _read_traffic(link: Link, plain: dict[str, Any]) -> TrafficForm:
    _require(plain, link, {"segments", "days"})
    segments, days = plain["segments"], plain["days"]
    if not isinstance(segments, list) or not 1 <= len(segments) <= MOST_SEGMENTS:
        raise EvidenceFault(f"a statement of traffic has 1 to {MOST_SEGMENTS} segments")
    if not isinstance(days, dict) or len(days) > MOST_DAYS or not all(map(_DAY.match, days)):
        raise EvidenceFault("days must be a mapping by YYYYMMDD")
    found = tuple(map(_segment, segments))
    if any(one.id >= other.id for one, other in itertools.pairwise(found)):
        raise EvidenceFault("segments stand in the order of their ids, each once")
    return TrafficForm(link, found, {day: by_class(days[day]) for day in sorted(days)})


def _segment(plain: object) -> SegmentForm:
    if not isinstance(plain, dict) or plain.keys() != set(SegmentForm.__slots__):
        raise EvidenceFault(f"a segment must be a mapping with exactly {', '.join(SegmentForm.__slots__)}")
    first, last, count = (_whole(plain[name]) for name in ("first", "last", "count"))
    if not 1 <= count <= last - first + 1:
        raise EvidenceFault("a segment has one frame at least, and at most one for each number of its sequence")
    gateway = _text(plain["gateway"], LONGEST_TEXT)
    return SegmentForm(_whole(plain["id"]), gateway, first, last, count, _hex(plain["root"]))


def _read_operation(link: Link, plain: dict[str, Any]) -> OperationForm:
    _require(plain, link, {"event", "kind", "at", "person", "fields"})
    fields, person = plain["fields"], plain["person"]
    if not isinstance(fields, dict) or not 1 <= len(fields) <= MOST_FIELDS:
        raise EvidenceFault(f"an operation has 1 to {MOST_FIELDS} fields")
    if not isinstance(person, str) or not _PERSON.match(person):
        raise EvidenceFault(f"a person is a pseudonym of {PERSON_DIGITS} hex digits")
    digests = {name: _hex(fields[name]) for name in sorted(fields)}
    return OperationForm(
        link, _whole(plain["event"]), _text(plain["kind"], LONGEST_TEXT), _whole(plain["at"]), person, digests
    )


def _read_pack(link: Link, plain: dict[str, Any]) -> PackForm:
    _require(plain, link, {"manifest"})
    return PackForm(link, _hex(plain["manifest"]))


_READERS: dict[str, Callable[[Link, dict[str, Any]], Form]] = {
    TRAFFIC: _read_traffic,
    OPERATION: _read_operation,
    PACK: _read_pack,
}


def _require(plain: dict[str, Any], link: Link, names: set[str]) -> None:
    if plain.keys() != names | link.plain().keys():
        raise EvidenceFault(f"a predicate of this type has {', '.join(sorted(names))}, its place, and nothing else")


def _whole(plain: object) -> int:
    if type(plain) is not int or not 0 <= plain <= LARGEST:
        raise EvidenceFault("a number must be whole and not negative")
    return plain


def _text(plain: object, most: int) -> str:
    if not isinstance(plain, str) or len(plain) > most:
        raise EvidenceFault(f"a name must be text of at most {most} characters")
    return plain


def _hex(plain: object) -> str:
    if not isinstance(plain, str) or not _HEX.match(plain):
        raise EvidenceFault("a digest must be 64 hex digits in lower case")
    return plain
