"""The quick readers say what the slow ones say."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodworthy.assurance.audit.pack.adding import Adding
from prodworthy.assurance.audit.pack.quick import read_envelope, read_statement
from prodworthy.policy.core.evidence import MOST_NAMES, EvidenceFault, Figures, Tally
from prodworthy.record.ledger.canonical import canonical_json
from prodworthy.record.ledger.dsse import Envelope, parse_envelope, seal
from prodworthy.record.ledger.faults import Malformed
from prodworthy.record.ledger.statement import PAYLOAD_TYPE
from prodworthy.record.sealing.forms import (
    Form,
    Link,
    OperationForm,
    PackForm,
    SegmentForm,
    TrafficForm,
    parse,
    payload,
)
from prodworthy.record.sealing.summing import added
from tests.assurance.packing.installation import key

NOON = 1_795_435_200_000_000_000
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=4) | st.sampled_from(
    ["allow", "PSF-1.1", "int", "number", '","number":', '{"days":', "segments", "tenant"]
)
COUNTS = st.dictionaries(NAMES, st.integers(0, 1 << 40), max_size=3).filter(lambda one: one.keys() != {"int"})
FIGURES = st.builds(
    Figures,
    st.integers(0, 9),
    st.integers(0, 9),
    COUNTS,
    COUNTS,
    COUNTS,
    COUNTS,
    st.dictionaries(NAMES, st.builds(Tally, COUNTS, COUNTS, st.integers(0, 9), st.integers(0, 9)), max_size=3).filter(
        lambda one: one.keys() != {"int"}
    ),
    st.sampled_from([0, 5, NOON]),
    st.sampled_from([0, 7, NOON + 1]),
)
SEGMENT = SegmentForm(5, "gw-1", 10, 20, 11, "ab" * 32)
SEGMENTS = st.lists(st.integers(1, 9), min_size=1, max_size=3, unique=True).map(
    lambda ids: tuple(SegmentForm(one, "gw", 1, 2, 1, "cd" * 32) for one in sorted(ids))
)
LINKS = st.sampled_from(
    [Link("acme", "desk", 3, 17, NOON), Link("", "", 0, -1, 5), Link('a","number":', "b", 1, 0, NOON)]
)
DAYS = st.dictionaries(
    st.sampled_from(["20261123", "20261124"]), st.dictionaries(st.sampled_from(["live", "test"]), FIGURES, max_size=2)
)
TRAFFIC = st.builds(TrafficForm, LINKS, SEGMENTS, DAYS)
PLAIN = TrafficForm(
    Link("acme", "desk", 3, 17, NOON),
    (SEGMENT,),
    {
        "20261123": {
            "live": Figures(2, 1, {"answered": 2}, controls={"PSF-1.1": Tally({"allow": 2})}, first=NOON, last=9)
        }
    },
)


def _same(quick: Callable[[bytes], object], slow: Callable[[bytes], object], data: bytes) -> bool:
    """Both give the same, or both refuse; whether they gave something."""
    try:
        expected = slow(data)
    except (EvidenceFault, Malformed, AttributeError):
        with pytest.raises((EvidenceFault, Malformed)):
            quick(data)
        return False
    assert quick(data) == expected
    return True


@given(TRAFFIC)
def test_every_statement_of_traffic(form: TrafficForm) -> None:
    assert _same(read_statement, parse, payload(form))


@pytest.mark.parametrize(
    "form",
    [
        OperationForm(Link("a", "b", 0, -1, 5), 7, "Waived", NOON, "ab" * 16, {"actor": "ab" * 32}),
        PackForm(Link("", "", 0, -1, NOON), "ab" * 32),
    ],
)
def test_other_statements(form: Form) -> None:
    assert read_statement(payload(form)) == form


def _bent(chance: random.Random, plain: Any) -> Any:
    """The same JSON with something in it changed, left out or added."""
    if isinstance(plain, dict) and plain and chance.random() < 0.9:
        name = chance.choice(sorted(plain))
        how = chance.randrange(12)
        if how == 0:
            return {one: value for one, value in plain.items() if one != name}
        if how == 1:
            return {**plain, "int": 5}
        return {**plain, name: _bent(chance, plain[name])}
    if isinstance(plain, list) and plain and chance.random() < 0.9:
        return [_bent(chance, plain[0]), *plain[1:]] if chance.random() < 0.7 else plain * chance.choice((0, 2, 201))
    others: tuple[Any, ...] = (
        None,
        True,
        -1,
        0,
        1,
        1 << 60,
        1.5,
        "",
        "x",
        "ab" * 32,
        [],
        {},
        {"int": 5},
        {"int": str(NOON)},
        "é",
        "x" * 200,
    )
    return chance.choice(others)


@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_wrong_with_a_statement_is_refused_by_both(seed: int) -> None:
    chance = random.Random(seed)
    accepted = 0
    for _ in range(50):
        plain = _bent(chance, json.loads(payload(PLAIN)))
        data = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        accepted += _same(read_statement, parse, data)
    assert accepted < 50


@given(st.binary(max_size=40), st.integers(0, 2_000))
def test_bytes_that_are_no_statement(data: bytes, at: int) -> None:
    good = payload(PLAIN)
    _same(read_statement, parse, good[: at % len(good)] + data + good[at % len(good) :])
    _same(read_statement, parse, data)


def _made(**changed: Any) -> bytes:
    """The statement with something in its predicate changed, and its subject made to fit."""
    said = json.loads(payload(PLAIN))
    said["predicate"] |= changed
    both = {name: said["predicate"][name] for name in ("days", "segments")}
    said["subject"][0]["digest"]["sha256"] = sha256(canonical_json(both)).hexdigest()
    return canonical_json(said)


def test_parts_that_are_not_what_they_should_be() -> None:
    assert _same(read_statement, parse, _made())
    parts: list[dict[str, Any]] = [{"segments": []}, {"segments": 5}]
    for changed in (*parts, {"days": {"20261123": 5}}, {"days": {"20261123": {"live": 5}}}):
        assert not _same(read_statement, parse, _made(**changed))


def test_a_predicate_that_is_a_number() -> None:
    said = json.loads(payload(PLAIN)) | {"predicate": {"int": str(NOON)}}
    with pytest.raises(EvidenceFault, match="must be a mapping"):
        read_statement(canonical_json(said))


def test_statements_that_are_not_canonical() -> None:
    good = payload(PLAIN)
    for data in (
        good + b" ",
        good.replace(b"{", b"{ ", 1),
        good.replace(b'"number":3', b'"number":3.0'),
        b"\xff" + good,
    ):
        assert not _same(read_statement, parse, data)
    assert not _same(read_statement, parse, good.replace(b'"number":3', b'"number":NaN'))


@given(st.binary(max_size=30), st.integers(1, 2))
def test_every_envelope(data: bytes, signers: int) -> None:
    keys = [key("one", 1), key("two", 2)][:signers]
    assert _same(read_envelope, parse_envelope, seal(PAYLOAD_TYPE, data, keys).data())
    assert _same(read_envelope, parse_envelope, seal("text/plain", data, keys).data())


@given(st.integers(0, 10_000), st.sampled_from([b"A", b"=", b" ", b'"', b"\\", b"+", b"{", b"\xff", b""]))
def test_envelopes_with_a_byte_changed(at: int, byte: bytes) -> None:
    good = seal(PAYLOAD_TYPE, b"some payload", [key("one", 1)]).data()
    at %= len(good)
    _same(read_envelope, parse_envelope, good[:at] + byte + good[at + 1 :])


def test_envelopes_of_forms_that_only_look_right() -> None:
    signature = b"\0" * 64
    assert _same(read_envelope, parse_envelope, Envelope(PAYLOAD_TYPE, b"x", (("é" * 64, signature),)).data())
    assert _same(read_envelope, parse_envelope, Envelope(PAYLOAD_TYPE, b"x", (("k" * 64, signature),)).data())
    good = Envelope(PAYLOAD_TYPE, b"xx", (("k" * 64, signature),)).data()
    assert not _same(read_envelope, parse_envelope, good.replace(b"eHg=", b"eHh="))
    assert not _same(read_envelope, parse_envelope, good.replace(b"eHg=", b"eHg"))
    large = canonical_json(
        {"payload": "A" * 70_000, "payloadType": PAYLOAD_TYPE, "signatures": [{"keyid": "k", "sig": ""}]}
    )
    assert not _same(read_envelope, parse_envelope, large)


@given(st.lists(FIGURES, max_size=6))
def test_figures_add_up_as_they_do_one_by_one(found: list[Figures]) -> None:
    adding, expected = Adding(), Figures()
    for one in found:
        adding.add(one)
        expected = added({"live": expected}, {"live": one})["live"]
    assert adding.figures() == expected


def test_more_names_than_are_kept() -> None:
    adding, expected = Adding(), Figures()
    for start in range(0, 3 * MOST_NAMES, 150):
        names = [f"n{number}" for number in range(start, start + 150)]
        one = Figures(
            models={name: 1 + int(name[1:]) % 7 for name in names},
            controls={name: Tally({"allow": 1}) for name in names},
        )
        adding.add(one)
        expected = added({"live": expected}, {"live": one})["live"]
    assert adding.figures() == expected
    assert len(expected.models) == MOST_NAMES
