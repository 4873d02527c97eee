"""What anybody else wants off is never switched on by a drill."""

from __future__ import annotations

import pytest

from prodworthy.assurance.drills.human_oversight.switching import Switch
from prodworthy.assurance.drills.outcome import Incomplete
from prodworthy.operations.acts import Act, Target
from prodworthy.operations.killswitch.switch import kill, restore
from prodworthy.record.store.flags import Flags
from tests.assurance.drills.drilled import Place

SPARE = Target("default", "spare")


@pytest.mark.parametrize("how", ["nobody", "database", "file", "all"])
def test_another_kill_during_the_drill_holds(drilled: Place, how: str) -> None:
    run, flags = drilled.prepare("spare"), Flags(drilled.home.kill)
    switch = Switch(run)
    assert switch.back() == ""
    switch.off()
    other = Act("bo@example.org", run.act().at)
    if how == "database":
        kill(drilled.store, flags, SPARE, "wrong prices", other)
    elif how == "file":
        flags.raise_flag("default", "spare", "by hand")
    elif how == "all":
        flags.raise_all("everything")
    said = switch.back()
    assert said.startswith("Somebody else") is (how != "nobody")
    assert switch.back() == ""
    assert drilled.events("spare", 1) == (["Restored"] if how == "nobody" else ["Killed"])
    flags.lower_all()
    restore(drilled.store, flags, SPARE, "over", other)


def test_a_kill_just_before_is_not_taken_for_ours(drilled: Place) -> None:
    run, flags = drilled.prepare("spare"), Flags(drilled.home.kill)
    kill(drilled.store, flags, SPARE, "wrong prices", Act("bo@example.org", 5))
    switch = Switch(run)
    with pytest.raises(Incomplete, match="Somebody else"):
        switch.off()
    assert switch.back() == ""
    assert drilled.events("spare", 1) == ["Killed"]
    restore(drilled.store, flags, SPARE, "over", Act("bo@example.org", 6))


def test_a_kill_that_only_a_file_could_hold_is_undone(drilled: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    run, flags = drilled.prepare("spare"), Flags(drilled.home.kill)
    from prodworthy.assurance.drills.human_oversight import switching

    monkeypatch.setattr(switching, "kill", lambda _store, *more: kill(None, *more))
    switch = Switch(run)
    switch.off()
    assert "default.spare" in flags.read()
    assert switch.back() == ""
    assert "default.spare" not in Flags(drilled.home.kill).read()
