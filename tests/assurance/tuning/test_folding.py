from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from prodworthy.assurance.tuning.estimate import Marks
from prodworthy.assurance.tuning.folding import MOST_DIFFERENT, MOST_EXAMPLES, OTHER, Folding, places_left_out
from prodworthy.assurance.tuning.report import ControlFigures, Standing
from prodworthy.policy.controls.catalogue import discover
from prodworthy.policy.controls.contract import Configured, configure
from prodworthy.policy.core.events import Decided, Sampled
from prodworthy.policy.core.manifest import Mode
from prodworthy.record.journal.records import Record

CATALOGUE = discover()
NOON = 1_800_000_000_000_000_000


def record(number: int, *decisions: Decided) -> Record:
    return Record(f"x{number}", "default", "desk", received_at=NOON - number, decisions=decisions)


def asked(*modes: tuple[str, Mode]) -> dict[str, Configured]:
    controls = [(CATALOGUE[criterion], mode) for criterion, mode in modes]
    return {control.criterion: configure(control, mode, control.settings())[0] for control, mode in controls}


def of(folding: Folding, criterion: str) -> ControlFigures:
    return next(control for control in folding.figures() if control.criterion == criterion)


def test_a_workload_without_exchanges_has_figures_of_nothing() -> None:
    found = Folding(CATALOGUE, {}, {}).figures()
    assert [control.criterion for control in found] == list(CATALOGUE)
    assert {control.coverage for control in found} == {0.0}
    assert all(set(control.rates.values()) == {0.0} for control in found)


def test_standing_follows_the_manifest_and_counts_follow_the_record() -> None:
    folding = Folding(CATALOGUE, asked(("PSF-7.3", Mode.OBSERVE), ("PSF-1.2", Mode.ENFORCE)), {})
    folding.add(record(1, Decided("PSF-7.3", "block", "enforce", "a credential")))
    folding.add(record(2, Decided("PSF-7.3", "block", "observe", "a credential")))
    assert of(folding, "PSF-1.2").standing is Standing.ENFORCED
    assert of(folding, "PSF-1.1").standing is Standing.NOT_ASKED
    found = of(folding, "PSF-7.3")
    assert (found.standing.value, found.decided, found.enforced) == ("not enforced", 2, 1)
    assert [example.enforced for example in found.examples] == [True, False]


def test_the_newest_examples_are_told_and_reasons_by_frequency() -> None:
    folding = Folding(CATALOGUE, {}, {})
    for number in range(10):
        said = "rare" if number == 7 else f"in messages.{number}.content, where"
        folding.add(
            record(number, Decided("PSF-1.1", "block", "observe", said), Decided("PSF-9.9", "block", "enforce"))
        )
    found = of(folding, "PSF-1.1")
    assert [example.exchange for example in found.examples] == ["x0", "x1", "x2"]
    assert [(reason.text, reason.count) for reason in found.reasons] == [
        ("in messages.*.content, where", 9),
        ("rare", 1),
    ]


def test_places_in_lists_make_no_other_reason() -> None:
    assert (
        places_left_out("The text in messages.3.content.0.text is odd.")
        == "The text in messages.*.content.*.text is odd."
    )
    assert places_left_out("in choices.0.") == "in choices.*."
    assert places_left_out("Quality 0.83.") == "Quality 0.83."


def test_different_reasons_are_bounded() -> None:
    folding = Folding(CATALOGUE, {}, {})
    for number in range(MOST_DIFFERENT + 20):
        folding.add(record(number, Decided("PSF-1.1", "block", "observe", f"reason {number}")))
    first = of(folding, "PSF-1.1").reasons[0]
    assert (first.text, first.count) == (OTHER, 20)


def test_a_sample_is_a_decision_of_sampled_quality_that_never_acts() -> None:
    folding = Folding(CATALOGUE, asked(("PSF-2.5", Mode.OBSERVE)), {})
    folding.add(record(1))
    folding.add(record(2))
    folding.add_sample(Sampled("x1", "default", "desk", NOON, 0.2, "block"))
    found = of(folding, "PSF-2.5")
    assert (found.decided, found.coverage, found.outcomes["block"]) == (1, 0.5, 1)
    assert found.examples[0].reason == "Quality lies below the floor."
    without = Folding({}, {}, {})
    without.add_sample(Sampled("x1", "default", "desk", NOON, 0.2, "block"))
    assert without.figures() == ()


def test_marks_are_counted_by_what_the_control_did() -> None:
    said = {
        "x1": ("block", False),
        "x2": ("hold", True),
        "x3": ("redact", True),
        "x4": ("allow", False),
        "x5": ("allow", True),
    }
    marks = {exchange: attack for exchange, (_, attack) in said.items()}
    folding = Folding(CATALOGUE, asked(("PSF-1.1", Mode.ENFORCE)), {**marks, "elsewhere": True})
    for number, (outcome, _) in enumerate(said.values(), 1):
        folding.add(
            record(number, Decided("PSF-1.1", outcome, "enforce", "why"), Decided("PSF-7.3", "allow", "enforce"))
        )
    folding.add(record(9, Decided("PSF-1.1", "block", "enforce", "why")))
    found = of(folding, "PSF-1.1").estimate
    assert found is not None
    assert found.marks == Marks(stopped_benign=1, stopped_attacks=1, passed_benign=1, passed_attacks=1)
    assert (found.declared, found.at_most, found.wrongly) == (0.01, 0.5, 0.25)
    quiet = of(folding, "PSF-7.3").estimate
    assert quiet is not None
    assert (quiet.declared, quiet.at_most, quiet.wrongly) == (None, 0.0, None)
    assert of(folding, "PSF-3.1").estimate is None


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(["allow", "redact", "hold", "block"])), max_size=60))
def test_figures_count_what_the_records_say(said: list[tuple[bool, str]]) -> None:
    folding = Folding(CATALOGUE, {}, {})
    for number, (asked, outcome) in enumerate(said):
        folding.add(record(number, *([Decided("PSF-3.1", outcome, "enforce", outcome)] if asked else [])))
    found, counted = of(folding, "PSF-3.1"), Counter(outcome for asked, outcome in said if asked)
    assert (folding.exchanges, found.decided, found.enforced) == (len(said), counted.total(), counted.total())
    assert Counter(found.outcomes) == counted
    assert found.coverage == (counted.total() / len(said) if said else 0.0)
    assert abs(sum(found.rates.values()) - bool(counted)) < 1e-9
    assert sum(reason.count for reason in found.reasons) == counted.total() - counted["allow"]
    assert len(found.examples) == min(MOST_EXAMPLES, counted.total() - counted["allow"])
