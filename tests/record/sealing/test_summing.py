from __future__ import annotations

from prodworthy.policy.core.evidence import MOST_NAMES, OTHER, Figures, Tally
from prodworthy.record.sealing.summing import limited, summed


def test_days_are_summed_apart() -> None:
    one = {"20261123": {"live": Figures(1, ends={"answered": 1})}}
    two = {"20261123": {"live": Figures(2, ends={"refused": 2})}, "20261124": {"test": Figures(4)}}
    assert summed(one, two) == {
        "20261123": {"live": Figures(3, ends={"answered": 1, "refused": 2})},
        "20261124": {"test": Figures(4)},
    }
    assert summed(one, two) == summed(two, one)


def test_the_most_frequent_names_stay_and_nothing_is_lost() -> None:
    counts = {f"m{number:04}": number for number in range(1, 1001)} | {OTHER: 7}
    found = limited(Figures(models=counts, ends={"answered": 5}))
    assert len(found.models) == MOST_NAMES
    assert sum(found.models.values()) == sum(counts.values())
    assert "m1000" in found.models
    assert "m0001" not in found.models
    assert found.ends == {"answered": 5}


def test_a_mapping_that_is_full_counts_new_names_as_others() -> None:
    full = limited(Figures(models={f"m{number:04}": 2 for number in range(300)}))
    more = summed({"20261123": {"live": full}}, {"20261123": {"live": Figures(models={"new": 1})}})
    models = more["20261123"]["live"].models
    assert len(models) == MOST_NAMES
    assert models[OTHER] == full.models[OTHER] + 1


def test_controls_beyond_the_bound_are_counted_together() -> None:
    controls = {f"X-{number:04}": Tally({"allow": 1}, {}, 1, 0) for number in range(300)} | {OTHER: Tally(covered=5)}
    found = limited(Figures(controls=controls)).controls
    assert len(found) == MOST_NAMES
    assert found[OTHER] == Tally({"allow": 101}, {}, 106, 0)
