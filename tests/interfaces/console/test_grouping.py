from __future__ import annotations

from typing import Any

from prodworthy.interfaces.console.grouping import LETTERS_FROM, concerns, groups
from prodworthy.interfaces.console.rows import Row
from prodworthy.operations.acts import Target

STAGES = ["Experiment", "Pilot", "Production", "Scaled"]


def row(name: str, stage: str = "Pilot", tenant: str = "default", **changed: Any) -> Row:
    values: dict[str, Any] = dict.fromkeys(Row.__struct_fields__, "")
    values |= {"domains": {}, "not_ready": frozenset(), "contradictions": (), "rate": 0.0, "kill": "ready"}
    values |= dict.fromkeys(("question", "open", "falls_at", "freshest", "oldest", "judged"), 0)
    return Row(**(values | {"target": Target(tenant, name), "stage": stage} | changed))


def test_the_highest_stage_comes_first_and_empty_ones_are_left_out() -> None:
    found = groups([row("b", "Experiment"), row("a", "Scaled"), row("c", "Elsewhere")], STAGES)
    assert [(one.stage, one.anchor, len(one.rows)) for one in found] == [
        ("Scaled", "stage-scaled", 1),
        ("Experiment", "stage-experiment", 1),
        ("Elsewhere", "stage-elsewhere", 1),
    ]
    assert groups([], STAGES) == []


def test_within_a_stage_names_are_in_order_across_tenants() -> None:
    (found,) = groups([row("b", tenant="x"), row("a", tenant="y"), row("a", tenant="x")], STAGES)
    assert [(one.target.workload, one.target.tenant) for one in found.rows] == [("a", "x"), ("a", "y"), ("b", "x")]
    assert (list(found.anchors), found.letters) == (["", "", ""], {})


def test_a_long_stage_has_a_place_for_each_first_letter() -> None:
    names = [f"{'abc'[number % 3]}-{number:03}" for number in range(LETTERS_FROM + 2)]
    (found,) = groups(map(row, names), STAGES)
    assert found.letters == {letter: f"stage-pilot-{letter}" for letter in "abc"}
    marked = {anchor: one.target.workload[0] for anchor, one in zip(found.anchors, found.rows, strict=True) if anchor}
    assert marked == {f"stage-pilot-{letter}": letter for letter in "abc"}


def test_the_gravest_concern_comes_first_and_each_workload_once() -> None:
    rows = [
        row("over", override="a fair"),
        row("ice", frozen="gaps in PSF-3"),
        row("fall", falls_to="Pilot", falls_at=5),
        row("odd", contradictions=("says no, does",)),
        row("off", kill="off", reason="smoke", frozen="too"),
        row("dark", kill="off"),
        row("fine"),
        row("unsure", kill="unknown"),
    ]
    assert [(one.row.target.workload, one.why) for one in concerns(rows)] == [
        ("dark", "is switched off"),
        ("off", "is switched off: smoke"),
        ("odd", "contradicts itself: says no, does"),
        ("fall", "falls to Pilot unless evidence comes"),
        ("ice", "is frozen: gaps in PSF-3"),
        ("over", "is overridden: a fair"),
    ]
