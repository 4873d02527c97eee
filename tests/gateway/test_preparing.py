"""Preparing workloads beside the thread that follows kills."""

from __future__ import annotations

import threading
from typing import Any

import msgspec

from prodworthy.gateway.detectors.equipment import Equipment
from prodworthy.gateway.preparing import Preparing
from prodworthy.operations.snapshot.compiling import compile_workload
from prodworthy.operations.snapshot.snapshot import Kill, Workload
from prodworthy.policy.controls.catalogue import discover
from prodworthy.policy.core.stages import Scope
from tests.interfaces.serving import until

CATALOGUE = discover()
PLACE = ("default", "desk")


class Compiling:
    """A detector whose making takes until it is let go."""

    fact = "secrets"
    slow = False
    context = 0

    def __init__(self, go: threading.Event) -> None:
        go.wait(10)

    def measure(self, reading: object) -> tuple[()]:
        return ()

    def settled(self, text: str) -> int:
        return len(text)


def _workload(version: int = 1, **fields: Any) -> Workload:
    row = {"id": "desk", "owner": "someone", "models": [{"vendor": "v", "model": "m"}], **fields}
    return compile_workload(msgspec.json.encode(row).decode(), version, CATALOGUE)


def _reading() -> dict[str, Any]:
    return {"controls": {"PSF-7.3": {}}}


def test_what_is_quick_is_there_at_once() -> None:
    preparing, workload = Preparing(({}, Equipment())), _workload()
    served = preparing.pass_over({PLACE: workload}, {})
    assert served[PLACE].workload is workload
    assert (preparing.waiting, preparing.due) == (frozenset(), False)
    assert preparing.pass_over({PLACE: workload}, served)[PLACE] is served[PLACE], "nothing is prepared twice"
    preparing.close()


def test_what_takes_time_leaves_the_last_good_form_with_its_newest_kill_and_stage() -> None:
    go = threading.Event()
    preparing = Preparing(({}, Equipment(builders={"secrets": lambda _: Compiling(go)})))
    first = preparing.pass_over({PLACE: _workload()}, {})
    newest = {"killed": Kill("wrong", "ada", 1), "stage": "Pilot", "scope": Scope(rate=(1, 1_000))}
    slow = msgspec.structs.replace(_workload(2, **_reading()), **newest)
    served = preparing.pass_over({PLACE: slow}, first)
    assert (served[PLACE].workload.version, served[PLACE].workload.killed) == (1, slow.killed)
    assert (served[PLACE].workload.stage, served[PLACE].caps.standings["live"].stage) == ("Pilot", "Pilot")
    assert served[PLACE].caps.limits.workload_rate is not None
    assert (preparing.waiting, preparing.due) == (frozenset({PLACE}), False)
    go.set()
    until(lambda: preparing.due)
    assert preparing.pass_over({PLACE: slow}, served)[PLACE].workload is slow
    preparing.close()


def test_a_new_workload_waits_until_it_is_ready() -> None:
    go = threading.Event()
    preparing = Preparing(({}, Equipment(builders={"secrets": lambda _: Compiling(go)})))
    workloads = {PLACE: _workload(**_reading()), ("default", "other"): _workload(id="other")}
    assert preparing.pass_over(workloads, {}) == {}
    assert preparing.waiting == frozenset(workloads)
    go.set()
    until(lambda: preparing.due)
    until(lambda: set(preparing.pass_over(workloads, {})) == set(workloads))
    assert preparing.pass_over({}, {}) == {}
    assert not preparing.due
    preparing.close()


def test_what_cannot_be_prepared_is_tried_once() -> None:
    preparing = Preparing(({}, Equipment()))
    workload = _workload(controls={"PSF-3.1": {"settings": {"detectors": ["nobody"]}}})
    for _ in range(3):
        assert preparing.pass_over({PLACE: workload}, {}) == {}
    assert preparing.waiting == frozenset()
    preparing.close()
