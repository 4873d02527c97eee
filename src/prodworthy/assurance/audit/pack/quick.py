"""Reading entries of the ledger several times faster than `parse_envelope` and `forms.parse`, and just as strictly.

Most entries are statements of traffic in one fixed form. What has this form is read here; whatever has not, in any
respect, is left to the slower readers, which then say what is wrong with it. A test holds both to the same answers.
"""

from __future__ import annotations

import binascii
import json
import re
from hashlib import sha256
from typing import Any, NoReturn

from prodworthy.policy.core.evidence import TRAFFIC, EvidenceFault, by_class
from prodworthy.record.ledger.dsse import Envelope, parse_envelope
from prodworthy.record.ledger.statement import PAYLOAD_TYPE, TYPE
from prodworthy.record.ledger.tiles import LARGEST_ENTRY
from prodworthy.record.sealing.forms import (
    FIRST,
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_DAYS,
    MOST_SEGMENTS,
    Form,
    Link,
    SegmentForm,
    TrafficForm,
    parse,
)
from prodworthy.record.sealing.numbers import LARGEST, read

_ENVELOPE = re.compile(
    rb'\{"payload":"([A-Za-z0-9+/]+={0,2})","payloadType":"application/vnd\.in-toto\+json",'
    rb'"signatures":\[\{"keyid":"([ -!#-\[\]-~]{64})","sig":"([A-Za-z0-9+/]{86}==)"\}\]\}\Z'
)
_LARGE_NUMBER = re.compile(r"[:,\[]-?\d{16}")
_HEX = re.compile(r"[0-9a-f]{64}\Z")
_DAY = re.compile(r"[0-9]{8}\Z")
_STATEMENT = frozenset({"_type", "subject", "predicateType", "predicate"})
_PREDICATE = frozenset({"tenant", "workload", "number", "previous", "sealed_at", "segments", "days"})
_SEGMENT = frozenset(SegmentForm.__slots__)
_TIMES = frozenset({"first", "last"})
_write = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode


class _Unusual(Exception):
    """It does not have the form that is read here."""


def read_envelope(entry: bytes) -> Envelope:
    """The envelope in an entry. Raises Malformed."""
    found = _ENVELOPE.match(entry) if len(entry) <= LARGEST_ENTRY else None
    if found is None:
        return parse_envelope(entry)
    payload, key, signature = found.groups()
    plain = [_from_base64(payload), _from_base64(signature)]
    if None in plain:
        return parse_envelope(entry)
    return Envelope(PAYLOAD_TYPE, plain[0] or b"", ((key.decode("ascii"), plain[1] or b""),))


def read_statement(payload: bytes) -> Form:
    """The statement in an envelope. Raises EvidenceFault."""
    try:
        return _traffic(payload)
    except (_Unusual, EvidenceFault, ValueError, RecursionError):
        pass
    try:
        return parse(payload)
    except AttributeError as fault:  # a predicate that is written as a large number
        raise EvidenceFault("a predicate must be a mapping") from fault


def _from_base64(text: bytes) -> bytes | None:
    try:
        data = binascii.a2b_base64(text)
    except binascii.Error:
        return None
    return data if binascii.b2a_base64(data, newline=False) == text else None


def _traffic(payload: bytes) -> TrafficForm:
    # 1. Canonical JSON: of ASCII text, that is what the standard library writes with keys in order.
    text = payload.decode("ascii")
    if len(payload) > LARGEST_ENTRY or _LARGE_NUMBER.search(text):
        raise _Unusual
    plain = json.loads(text, parse_float=_refuse, parse_constant=_refuse)
    if _write(plain) != text:
        raise _Unusual
    # 2. A statement of traffic, with what each has.
    _require(isinstance(plain, dict) and plain.keys() == _STATEMENT)
    _require(plain["_type"] == TYPE and plain["predicateType"] == TRAFFIC)
    said = plain["predicate"]
    _require(isinstance(said, dict) and said.keys() == _PREDICATE)
    link, days = _link(said), said["days"]
    _require(isinstance(days, dict) and len(days) <= MOST_DAYS and all(map(_DAY.match, days)))
    # 3. Its subject: whose it is, and the digest of what it says.
    digest = sha256(_said(text).encode()).hexdigest()
    _require(plain["subject"] == [{"digest": {"sha256": digest}, "name": f"{link.tenant}/{link.workload}"}])
    figures = {day: by_class(_times(days[day])) for day in sorted(days)}
    # 4. Numbers that are written at length are times, and stand nowhere else.
    times = [
        said["sealed_at"],
        *(one[name] for classes in days.values() for one in classes.values() for name in _TIMES),
    ]
    _require(text.count('{"int":') == sum(type(one) is dict for one in times))
    return TrafficForm(link, _segments(said["segments"]), figures)


def _said(text: str) -> str:
    """The canonical JSON of days and segments, cut out of that of the statement.

    In JSON a quote within a text stands behind a backslash, so what is searched for is a name; these names stand
    nowhere behind the predicate's own, whose values are numbers, segments and texts.
    """
    begin, end = text.index('{"days":'), text.rindex(',"number":')
    first, last = text.rindex('"segments":'), text.rindex(',"tenant":')
    return f"{text[begin:end]},{text[first:last]}}}"


def _link(said: dict[str, Any]) -> Link:
    tenant, workload, previous = said["tenant"], said["workload"], said["previous"]
    number, sealed_at = _whole(said["number"]), _whole(read(said["sealed_at"]))
    for name in (tenant, workload):
        _require(isinstance(name, str) and len(name) <= LONGEST_NAME)
    _require(type(previous) is int and previous >= FIRST and (previous == FIRST) == (number == 0))
    return Link(tenant, workload, number, previous, sealed_at)


def _times(classes: object) -> object:
    """The figures by class with their times read; nothing else in them is written at length."""
    if not isinstance(classes, dict):
        raise _Unusual
    found = {}
    for name, one in classes.items():
        _require(isinstance(one, dict) and one.keys() >= _TIMES)
        found[name] = one | {each: read(one[each]) for each in _TIMES}
    return found


def _segments(said: object) -> tuple[SegmentForm, ...]:
    if not isinstance(said, list) or not 1 <= len(said) <= MOST_SEGMENTS:
        raise _Unusual
    found = []
    last = -1
    for one in said:
        _require(isinstance(one, dict) and one.keys() == _SEGMENT)
        gateway, root = one["gateway"], one["root"]
        _require(isinstance(gateway, str) and len(gateway) <= LONGEST_TEXT)
        _require(isinstance(root, str) and _HEX.match(root) is not None)
        numbers = [_whole(one[name]) for name in ("id", "first", "last", "count")]
        _require(numbers[0] > last and 1 <= numbers[3] <= numbers[2] - numbers[1] + 1)
        last = numbers[0]
        found.append(SegmentForm(numbers[0], gateway, numbers[1], numbers[2], numbers[3], root))
    return tuple(found)


def _whole(plain: object) -> int:
    if type(plain) is not int or not 0 <= plain <= LARGEST:
        raise _Unusual
    return plain


def _require(holds: bool) -> None:
    if not holds:
        raise _Unusual


def _refuse(text: str) -> NoReturn:
    raise _Unusual
