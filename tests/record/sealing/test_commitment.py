from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodworthy.operations.acts import Killed, Waived
from prodworthy.policy.core.evidence import EvidenceFault
from prodworthy.record.sealing.commitment import check, commit, commitment, fields_of, opened_by_default, opening

SALT = bytes(range(32))
BODY = msgspec.json.encode(Waived("PSF-1.1", "why", "what", 1_795_435_200_000_000_000)).decode()
FIELDS = fields_of("Ada", BODY)
DIGESTS = commit(SALT, FIELDS)


def test_the_fields_of_an_event_are_its_actor_and_those_of_its_body() -> None:
    assert FIELDS == {
        "actor": "Ada",
        "type": "Waived",
        "criterion": "PSF-1.1",
        "reason": "why",
        "compensating": "what",
        "until": 1_795_435_200_000_000_000,
    }


@pytest.mark.parametrize(
    "body",
    [
        "no JSON",
        "[1]",
        '{"actor": "Bob"}',
        '{"a": {"int": 1}}',
        '{"a": 9223372036854775808}',
        '{"a": "\\ud800"}',
        "[" * 100_000,
        json.dumps({str(number): 1 for number in range(200)}),
    ],
)
def test_a_body_that_cannot_be_taken_apart_is_committed_to_whole(body: str) -> None:
    assert fields_of("Ada", body) == {"actor": "Ada", "body": body}


def test_a_fraction_is_committed_to_as_it_stands() -> None:
    assert fields_of("Ada", '{"share": 0.10}')["share"] == "0.10"


def test_single_fields_can_be_opened_and_checked_through_json() -> None:
    opened = json.loads(json.dumps(opening(7, SALT, FIELDS, ["until", "reason"])))
    assert check(opened, 7, DIGESTS) == {"until": 1_795_435_200_000_000_000, "reason": "why"}


def test_persons_and_what_people_wrote_of_others_stay_closed_by_default() -> None:
    assert opened_by_default("Waived", FIELDS) == ["compensating", "criterion", "reason", "type", "until"]
    killed = fields_of("Ada", msgspec.json.encode(Killed("database", "Bob asked")).decode())
    assert opened_by_default("Killed", killed) == ["already", "how", "type"]
    assert opened_by_default("Broken", fields_of("Ada", "no JSON")) == []


def test_the_digest_of_a_field_cannot_be_found_by_trying_values_without_its_salt() -> None:
    assert commit(bytes(32), FIELDS) != DIGESTS
    same = {"a": "x", "b": "x"}
    assert len(set(commit(SALT, same).values())) == 2


def test_the_commitment_covers_every_digest() -> None:
    changed = {name: commitment(DIGESTS | {name: "0" * 64}) for name in DIGESTS}
    assert len({commitment(DIGESTS), *changed.values()}) == len(DIGESTS) + 1


def _open(**changed: Any) -> dict[str, Any]:
    shown = opening(7, SALT, FIELDS, ["reason"])["open"]["reason"]
    return {"event": 7, "open": {"reason": shown | changed}}


@pytest.mark.parametrize(
    "opened",
    [
        None,
        [],
        {"event": 7},
        {"event": 7, "open": []},
        {"event": 8, "open": {}},
        {"event": True, "open": {}},
        {"event": 7, "open": {"unknown": {"salt": "00" * 32, "value": 1}}},
        {"event": 7, "open": {"reason": None}},
        _open(more=1),
        _open(salt=5),
        _open(salt="00"),
        _open(salt="xx"),
        _open(salt="00" * 32),
        _open(value="because"),
        _open(value=1.5),
        _open(value={"int": "1"}),
    ],
)
def test_an_opening_that_does_not_fit_its_leaf_is_refused(opened: Any) -> None:
    with pytest.raises(EvidenceFault):
        check(opened, 7, DIGESTS)


@given(st.dictionaries(st.sampled_from("abcd"), st.integers() | st.text(max_size=3), min_size=1))
def test_whatever_is_committed_to_opens(fields: dict[str, Any]) -> None:
    body = json.dumps(fields)
    found = fields_of("Ada", body)
    assert check(opening(1, SALT, found, found), 1, commit(SALT, found)) == found
