from __future__ import annotations

from prodworthy.assurance.drills.catalogue import discover
from prodworthy.interfaces.cli import drill
from prodworthy.interfaces.cli.drill import Chosen
from tests.interfaces.conftest import Run


def test_none_is_a_number_of_streams_like_another(run: Run) -> None:
    terms = drill._terms(discover()["kill-switch"], Chosen(streams=0))
    assert terms.streams == 0
    assert drill._terms(discover()["kill-switch"], Chosen()).streams > 0
    ran = run("drill", "run", "malformed-input", "-w", "help-desk", "--streams", "0")
    assert (ran.code, "malformed-input has no such option" in ran.err) == (2, True)
