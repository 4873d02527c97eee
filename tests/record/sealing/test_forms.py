from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodworthy.policy.core.evidence import TRAFFIC, EvidenceFault, Figures, Tally
from prodworthy.record.ledger.canonical import canonical_json
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

NOON = 1_795_435_200_000_000_000
LINK = Link("acme", "desk", 3, 17, NOON)
ROOT = sha256(b"root").hexdigest()
SEGMENT = SegmentForm(5, "gw-1", 10, 20, 11, ROOT)
FIGURES = Figures(2, 1, {"answered": 2}, controls={"PSF-1.1": Tally({"allow": 2}, {}, 1)}, first=NOON, last=NOON + 1)
TRAFFIC_FORM = TrafficForm(LINK, (SEGMENT, replace(SEGMENT, id=9)), {"20261123": {"live": FIGURES}, "20261124": {}})
OPERATION_FORM = OperationForm(LINK, 7, "Waived", NOON, "ab" * 16, {"actor": ROOT, "reason": ROOT})
PACK_FORM = PackForm(Link("", "", 0, -1, NOON), ROOT)
FORMS: list[Form] = [TRAFFIC_FORM, OPERATION_FORM, PACK_FORM]


@pytest.mark.parametrize("form", FORMS)
def test_a_form_survives_its_bytes(form: Form) -> None:
    assert parse(payload(form)) == form


def test_a_statement_is_an_in_toto_statement_without_numbers_that_readers_round() -> None:
    found = json.loads(payload(TRAFFIC_FORM), parse_int=float)
    assert found["_type"] == "https://in-toto.io/Statement/v1"
    assert found["predicateType"] == TRAFFIC
    assert found["subject"][0]["name"] == "acme/desk"
    assert found["predicate"]["sealed_at"] == {"int": str(NOON)}
    said = {name: found["predicate"][name] for name in ("segments", "days")}
    assert (
        found["subject"][0]["digest"]["sha256"]
        == sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).replace(".0", "").encode()).hexdigest()
    )


def test_nothing_but_the_standard_library_is_needed_to_read_statements() -> None:
    """The offline verifier is made of these modules; `-S` leaves every installed package away."""
    code = (
        "import sys; before = set(sys.modules)\n"
        "from prodworthy.record.sealing import forms, commitment, numbers, summing\n"
        "names = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "strange = names - set(sys.stdlib_module_names) - {'prodworthy'}\n"
        "assert not strange, strange\n"
    )
    root = __file__.partition("/tests/")[0] + "/src"
    subprocess.run([sys.executable, "-S", "-c", code], env={"PYTHONPATH": root}, check=True, timeout=30)


def changed(form: Form, **predicate: Any) -> bytes:
    """The statement with other values in its predicate and a subject that fits, as a forger would write it."""
    plain = json.loads(payload(form))
    plain["predicate"] |= predicate
    if form is TRAFFIC_FORM:
        said = {name: plain["predicate"][name] for name in ("segments", "days")}
        plain["subject"][0]["digest"]["sha256"] = sha256(canonical_json(said)).hexdigest()
    return canonical_json(plain)


def _segments(**other: Any) -> dict[str, Any]:
    return {"segments": [SEGMENT.plain() | other]}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        canonical_json({"_type": "x", "subject": [], "predicateType": TRAFFIC, "predicate": {}}),
        payload(TRAFFIC_FORM).replace(b"traffic/v1", b"traffic/v2"),
        payload(TRAFFIC_FORM).replace(b"acme/desk", b"acme/dusk"),
        payload(TRAFFIC_FORM) + b"\n",
        changed(TRAFFIC_FORM, more=1),
        changed(TRAFFIC_FORM, tenant=5),
        changed(TRAFFIC_FORM, tenant="other"),
        changed(TRAFFIC_FORM, workload="x" * 64),
        changed(TRAFFIC_FORM, number=-1),
        changed(TRAFFIC_FORM, number=0),
        changed(TRAFFIC_FORM, previous=-1),
        changed(TRAFFIC_FORM, previous="17"),
        changed(TRAFFIC_FORM, sealed_at=True),
        changed(TRAFFIC_FORM, sealed_at={"int": "5"}),
        changed(TRAFFIC_FORM, segments=[]),
        changed(TRAFFIC_FORM, segments={}),
        changed(TRAFFIC_FORM, segments=[SEGMENT.plain()] * 2),
        changed(TRAFFIC_FORM, segments=[SEGMENT.plain() | {"id": number} for number in range(201)]),
        changed(TRAFFIC_FORM, segments=[5]),
        changed(TRAFFIC_FORM, **_segments(more=1)),
        changed(TRAFFIC_FORM, **_segments(count=12)),
        changed(TRAFFIC_FORM, **_segments(count=0)),
        changed(TRAFFIC_FORM, **_segments(root=ROOT.upper())),
        changed(TRAFFIC_FORM, **_segments(root=ROOT[:-1] + "\n")),
        changed(TRAFFIC_FORM, **_segments(gateway="x" * 101)),
        changed(TRAFFIC_FORM, days=[]),
        changed(TRAFFIC_FORM, days={"2026-11-23": {}}),
        changed(TRAFFIC_FORM, days={"20261123": {"unknown": Figures().plain()}}),
        changed(TRAFFIC_FORM, days={"20261123": {"live": Figures().plain() | {"more": 1}}}),
        changed(OPERATION_FORM, fields={}),
        changed(OPERATION_FORM, fields=[]),
        changed(OPERATION_FORM, fields={"actor": "x"}),
        changed(OPERATION_FORM, fields={"actor": ROOT}),
        changed(OPERATION_FORM, fields={str(number): ROOT for number in range(201)}),
        changed(OPERATION_FORM, person="Ada"),
        changed(OPERATION_FORM, person=None),
        changed(OPERATION_FORM, event=-1),
        changed(PACK_FORM, manifest="00" * 32),
        changed(PACK_FORM, manifest=5),
        changed(PACK_FORM, previous=0),
    ],
)
def test_what_we_would_not_write_is_refused(data: bytes) -> None:
    with pytest.raises(EvidenceFault):
        parse(data)


def test_text_that_is_not_unicode_is_not_written() -> None:
    with pytest.raises(EvidenceFault):
        payload(replace(OPERATION_FORM, kind="\ud800"))
    with pytest.raises(EvidenceFault):
        payload(replace(TRAFFIC_FORM, segments=(replace(SEGMENT, gateway="\ud800"),)))


@given(st.data())
def test_no_changed_byte_goes_unseen(data: st.DataObject) -> None:
    whole = bytearray(payload(data.draw(st.sampled_from(FORMS))))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= 1 << data.draw(st.integers(0, 7))
    try:
        found = parse(bytes(whole))
    except EvidenceFault:
        return
    # a changed letter of a name can still be a statement, and then it is another one, which no signature covers
    assert found not in FORMS
    assert payload(found) == whole


@given(st.binary(max_size=200) | st.recursive(st.just(b"["), lambda inner: inner.map(lambda b: b + b)))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with pytest.raises(EvidenceFault):
        parse(data)
