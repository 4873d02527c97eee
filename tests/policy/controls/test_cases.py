"""Every promise of every control, kept with given facts; and what holds for all controls alike."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from prodworthy.policy.controls.catalogue import collect, discover
from prodworthy.policy.controls.contract import Case, Configured, Control, NoSettings, Point, Stand, ask, configure
from prodworthy.policy.core.facts import Attempted, Facts
from prodworthy.policy.core.manifest import Mode
from prodworthy.policy.core.refusal import Code
from prodworthy.policy.core.verdict import ALLOW, Allow, Block, Hold, Outcome, Verdict

CATALOGUE = discover()
PROMISES = [(control, case) for control in CATALOGUE.values() for case in control.cases]
CONTROLS = pytest.mark.parametrize("control", CATALOGUE.values(), ids=CATALOGUE.keys())


def _id(value: Control | Case) -> str:
    return value.criterion if isinstance(value, Control) else value.promise


def _asked(control: Control, case: Case, mode: Mode = Mode.ENFORCE) -> Configured:
    """The control as the case asks it: at its point, or at the first of its stands."""
    configured = configure(control, mode, _fits(case, control))
    return next(c for c in configured if case.point in (None, c.stand.point))


def _fits(case: Case, control: Control) -> Any:
    """The case's settings, or the defaults of a control that has some."""
    return control.settings() if isinstance(case.settings, NoSettings) else case.settings


@pytest.mark.parametrize("control, case", PROMISES, ids=_id)
def test_a_promise_is_kept(control: Control, case: Case) -> None:
    decision = ask(_asked(control, case), case.subject, case.facts)
    assert decision.verdict.outcome is case.outcome
    assert (decision.verdict.code if isinstance(decision.verdict, Block) else None) == case.code
    assert decision.acts == (case.outcome is not Outcome.ALLOW)
    assert decision.record.criterion == control.criterion
    assert (decision.record.outcome, decision.record.mode) == (case.outcome.value, "enforce")
    assert decision.record.reason or case.outcome is Outcome.ALLOW, "whoever is refused is told why"


@pytest.mark.parametrize("control, case", PROMISES, ids=_id)
def test_observing_says_the_same_and_does_nothing(control: Control, case: Case) -> None:
    enforced = ask(_asked(control, case), case.subject, case.facts)
    observed = ask(_asked(control, case, Mode.OBSERVE), case.subject, case.facts)
    assert not observed.acts
    assert observed.verdict == enforced.verdict
    assert msgspec.structs.replace(observed.record, mode="enforce") == enforced.record
    assert observed.record.mode == "observe"


@pytest.mark.parametrize("control, case", PROMISES, ids=_id)
def test_deciding_is_pure(control: Control, case: Case) -> None:
    asked, facts = _asked(control, case), dict(case.facts)
    if asked.needs <= facts.keys():
        first, second = (asked.stand.decide(case.subject, facts, asked.settings) for _ in range(2))
        assert first == second
        assert facts == case.facts


@CONTROLS
def test_a_missing_fact_blocks(control: Control) -> None:
    for asked, missing in [(c, fact) for c in configure(control, Mode.ENFORCE, control.settings()) for fact in c.needs]:
        facts = {name: object() for name in asked.needs - {missing}}
        decision = ask(asked, None, facts)
        assert isinstance(decision.verdict, Block)
        assert (decision.verdict.code, decision.acts) == (Code.CANNOT_DECIDE, True)
        assert missing in decision.verdict.reason
        assert decision.record.code == "cannot_decide"


@CONTROLS
def test_a_control_promises_both_ways(control: Control) -> None:
    outcomes = {case.outcome for case in control.cases}
    assert Outcome.ALLOW in outcomes
    assert outcomes - {Outcome.ALLOW}, "a control that never acts is none"
    assert len({case.promise for case in control.cases}) == len(control.cases)


@CONTROLS
def test_settings_have_defaults_and_refuse_unknown_fields(control: Control) -> None:
    assert control.settings() == msgspec.convert({}, control.settings)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"no_such_setting": 1}, control.settings)


@CONTROLS
def test_alternatives_are_settings_that_need_no_other_measurement(control: Control) -> None:
    now = control.settings()
    found = control.alternatives(now)
    assert len({alternative.name for alternative in found}) == len(found)
    assert len(set(map(repr, found))) == len(found)
    for alternative in found:
        assert msgspec.convert(msgspec.to_builtins(alternative.settings), control.settings) == alternative.settings
        for stand in control.stands:
            assert stand.needs(alternative.settings) <= stand.needs(now)


def test_an_owner_may_compare_settings_before_setting_them() -> None:
    names = {
        control.criterion: [a.name for a in control.alternatives(control.settings())] for control in CATALOGUE.values()
    }
    assert names["PSF-1.1"] == [f"false_positives: {rate}" for rate in (0.001, 0.005, 0.01, 0.02, 0.05)]
    assert names["PSF-1.5"] == ["on_leak: block", "on_leak: cut"]
    assert names["PSF-2.4"] == ["on_unsafe: remove", "on_unsafe: block"]
    assert names["PSF-3.1"][:3] == ["method: mask", "method: block", "raw: at_svnr"]
    assert names["PSF-7.3"] == ["mask, both ways", "block, both ways"]


def test_the_catalogue_holds_the_controls_of_the_request_path() -> None:
    first = ["PSF-1.1", "PSF-1.2", "PSF-1.3", "PSF-1.4", "PSF-1.5", "PSF-2.1", "PSF-2.2", "PSF-2.3", "PSF-2.4"]
    assert list(CATALOGUE) == [*first, "PSF-2.5", "PSF-3.1", "PSF-4.1", "PSF-5.5", "PSF-6.4", "PSF-7.3"]
    points = {stand.point for control in CATALOGUE.values() for stand in control.stands}
    assert points == {Point.REQUEST, Point.RESPONSE, Point.TOOL_CALL, Point.RECORD, Point.SCHEDULE}


@CONTROLS
def test_a_control_is_asked_once_at_a_point(control: Control) -> None:
    points = [stand.point for stand in control.stands]
    assert len(points) == len(set(points)) > 0
    assert {case.point for case in control.cases} <= {None, *points}
    assert not (control.declared and control.always)


def _decide(subject: object, facts: Facts, settings: NoSettings) -> Verdict:
    return ALLOW


def test_two_controls_for_one_criterion_are_refused() -> None:
    one, two = (Control("PSF-9.9", title, (Stand(Point.REQUEST, _decide),)) for title in ("one", "two"))
    other = Control("PSF-9.8", "other", (Stand(Point.REQUEST, _decide),))
    assert list(collect([one, other])) == ["PSF-9.8", "PSF-9.9"]
    with pytest.raises(ValueError, match=r"two controls claim PSF-9\.9"):
        collect([one, other, two])


def test_the_catalogue_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        CATALOGUE["PSF-9.9"] = CATALOGUE["PSF-1.2"]  # type: ignore[index]  # that is the point


def test_an_allow_with_a_reason_is_recorded_and_does_not_act() -> None:
    stand = Stand(Point.RESPONSE, lambda *_: Allow("on the second attempt"))
    (asked,) = configure(Control("PSF-9.9", "talkative", (stand,)), Mode.ENFORCE, NoSettings())
    decision = ask(asked, None, {})
    assert (decision.acts, decision.record.outcome, decision.record.reason) == (False, "allow", "on the second attempt")


def test_a_hold_acts() -> None:
    stand = Stand(Point.REQUEST, lambda *_: Hold("a person decides"))
    (asked,) = configure(Control("PSF-9.9", "asks a person", (stand,)), Mode.ENFORCE, NoSettings())
    assert ask(asked, None, {}).acts


def test_plain_passes_share_one_record() -> None:
    (configured,) = configure(CATALOGUE["PSF-2.2"], Mode.ENFORCE, CATALOGUE["PSF-2.2"].settings())
    first, second = (ask(configured, None, {"attempted": Attempted(1)}) for _ in range(2))
    assert first.record is second.record
