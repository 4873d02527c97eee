from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodworthy.assurance.tuning.replay import IN_FORCE, ControlReplay, Seen, Trial
from prodworthy.assurance.tuning.report import Standing
from prodworthy.policy.controls.catalogue import discover
from prodworthy.policy.controls.contract import Control, Point, configure
from prodworthy.policy.core.exchange import Answer, Call, Exchange, Operation, Passage
from prodworthy.policy.core.facts import Facts, Finding, Suspicion
from prodworthy.policy.core.manifest import Mode

CATALOGUE = discover()
PART = "messages.0.content"
ASKED = Exchange(
    "", "", "", "", "", "openai-chat", "", "", 0, Call(Operation.CHAT, passages=(Passage(PART, "user", "hi"),))
)
EMAIL, CARD = Finding(PART, 0, 2, "email"), Finding(PART, 0, 2, "payment_card")


def trial(criterion: str, standing: Standing = Standing.ENFORCED, **settings: Any) -> Trial:
    control = CATALOGUE[criterion]
    return Trial(configure(control, Mode.ENFORCE, control.settings(**settings)), standing)


def at_request(**facts: object) -> Seen:
    return {Point.REQUEST: (ASKED, facts)}


def rows(found: ControlReplay) -> dict[str, tuple[int, int, int]]:
    return {row.setting: (row.blocked, row.held, row.redacted) for row in found.rows}


def suspicion(rarity: float) -> Facts:
    return {"injection": (Suspicion(PART, "user", rarity),), "hidden": ()}


def test_each_rate_of_false_positives_is_tried() -> None:
    tried = trial("PSF-1.1", false_positives=0.02)
    for rarity in (0.0005, 0.004, 0.04):
        tried.add({Point.REQUEST: (ASKED, suspicion(rarity))})
    tried.add(at_request(injection=(), hidden=()))
    found = tried.result()
    assert {name: counts[0] for name, counts in rows(found).items()} == {
        "false_positives: 0.001": 1,
        "false_positives: 0.005": 2,
        "false_positives: 0.01": 2,
        "false_positives: 0.02": 2,
        "false_positives: 0.05": 3,
    }
    assert [row.setting for row in found.rows if row.in_force] == ["false_positives: 0.02"]
    assert (found.measured, found.rows[-1].share) == (4, 0.75)


def test_a_setting_that_is_no_alternative_stands_first() -> None:
    tried = trial("PSF-1.1", false_positives=0.03)
    tried.add({Point.REQUEST: (ASKED, suspicion(0.025))})
    first = tried.result().rows[0]
    assert (first.setting, first.in_force, first.blocked) == (IN_FORCE, True, 1)


def test_a_control_that_is_not_asked_has_no_setting_in_force() -> None:
    tried = trial("PSF-7.3", Standing.NOT_ASKED)
    assert [row.in_force for row in tried.result().rows] == [False, False]


def test_kinds_are_counted_by_exchange_and_raw_ones_compared() -> None:
    tried = trial("PSF-3.1")
    tried.add(at_request(personal_data=(EMAIL, EMAIL)))
    tried.add(at_request(personal_data=(EMAIL, CARD)))
    tried.add(at_request(personal_data=()))
    found = tried.result()
    assert found.kinds == {"email": 2, "payment_card": 1}
    assert rows(found) == {
        "method: mask": (0, 0, 2),
        "method: block": (2, 0, 0),
        "raw: email": (0, 0, 1),
        "raw: payment_card": (0, 0, 2),
    }


def test_request_and_answer_are_one_exchange_and_the_worse_counts() -> None:
    tried = trial("PSF-1.5")
    leak = {"leak": (Finding("choices.0.content", 0, 2, "system_prompt"),)}
    tried.add({Point.REQUEST: (ASKED, {"injection": ()}), Point.RESPONSE: (Answer(), leak)})
    tried.add({Point.REQUEST: (ASKED, {"injection": (Suspicion(PART, "user", 0.001, "prompt_extraction"),)})})
    assert rows(tried.result()) == {"on_leak: block": (2, 0, 0), "on_leak: cut": (1, 0, 1)}


def test_what_was_not_measured_is_not_asked() -> None:
    tried = trial("PSF-1.5")
    tried.add(at_request())
    tried.add({Point.RECORD: (ASKED, {})})
    found = tried.result()
    assert (found.measured, found.unmeasured, found.rows[0].share) == (0, 1, 0.0)


ALL = [control for control in CATALOGUE.values() if control.alternatives(control.settings())]


@pytest.mark.parametrize("control", ALL, ids=lambda control: control.criterion)
@given(found=st.lists(st.tuples(st.booleans(), st.floats(0.0001, 1)), max_size=20))
def test_every_row_counts_every_measured_exchange_once(control: Control, found: list[tuple[bool, float]]) -> None:
    tried = Trial(configure(control, Mode.ENFORCE, control.settings()), Standing.ENFORCED)
    for has, rarity in found:
        findings = (Finding(PART, 0, 2, "email"),) if has else ()
        facts: dict[str, object] = {}
        facts |= dict.fromkeys(("hidden", "personal_data", "secrets", "leak", "unsafe_output"), findings)
        facts |= suspicion(rarity) if has else {"injection": ()}
        tried.add({Point.REQUEST: (ASKED, facts), Point.RESPONSE: (Answer(), facts)})
    result = tried.result()
    assert result.measured == len(found)
    for row in result.rows:
        assert row.blocked + row.held + row.redacted <= len(found)
        assert row.share == (row.blocked + row.held + row.redacted) / len(found) if found else row.share == 0
    assert msgspec.json.decode(msgspec.json.encode(result), type=ControlReplay) == result
