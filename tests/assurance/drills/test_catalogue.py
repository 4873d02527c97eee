from __future__ import annotations

import msgspec
import pytest

from prodworthy.assurance.drills.catalogue import collect, discover
from prodworthy.assurance.drills.run import Terms
from prodworthy.policy.controls.catalogue import discover as controls

DRILLS = discover()


def test_every_drill_beside_the_catalogue_is_found() -> None:
    assert list(DRILLS) == ["kill-switch", "malformed-input", "planted-personal-data"]


def test_two_drills_of_one_name_are_refused() -> None:
    one = DRILLS["kill-switch"]
    with pytest.raises(ValueError, match="two drills are called kill-switch"):
        collect([one, msgspec.structs.replace(one, criteria=("PSF-1.1",))])


@pytest.mark.parametrize("name", DRILLS)
def test_a_drill_says_all_there_is_to_know_before_it_is_run(name: str) -> None:
    drill = DRILLS[name]
    assert set(drill.criteria) <= set(controls())
    assert drill.options <= set(Terms.__struct_fields__)
    assert all([drill.proves, drill.traffic, drill.takes, drill.steps, drill.observes, drill.cleans])
    assert "bound" not in drill.options or drill.bound > 0
