from __future__ import annotations

import msgspec
import pytest

from prodworthy.operations.acts import (
    Applied,
    ApplyRefused,
    Attested,
    Calibrated,
    CalibrationRemoved,
    Declared,
    Drilled,
    Event,
    Installed,
    KeyIssued,
    KeyRevoked,
    KeyRotated,
    Killed,
    LiveKeyIssued,
    Marked,
    NamesOpened,
    NotApplied,
    Overridden,
    Restored,
    Seconded,
    StageChanged,
    StageWarned,
    Waived,
    Withdrawn,
)
from prodworthy.operations.roster.faults import Fault

GOLDEN: list[tuple[Event, bytes]] = [
    (Applied(2, "ab", ("owner",)), b'{"type":"Applied","version":2,"digest":"ab","changed":["owner"]}'),
    (
        ApplyRefused((Fault(2, "kind", "P", "R"),)),
        b'{"type":"ApplyRefused","faults":[{"line":2,"field":"kind","problem":"P","remedy":"R"}]}',
    ),
    (KeyIssued("k", ("chat",), 7), b'{"type":"KeyIssued","key":"k","scopes":["chat"],"expires_at":7}'),
    (KeyRotated("k", "n", 9), b'{"type":"KeyRotated","key":"k","new":"n","key_until":9}'),
    (KeyRevoked("k"), b'{"type":"KeyRevoked","key":"k"}'),
    (Killed("file", "why"), b'{"type":"Killed","how":"file","reason":"why","already":false}'),
    (Restored("why", ("file",)), b'{"type":"Restored","reason":"why","cleared":["file"]}'),
    (
        Calibrated("injection", {"user": 30}, "ab"),
        b'{"type":"Calibrated","fact":"injection","texts":{"user":30},"digest":"ab"}',
    ),
    (CalibrationRemoved("injection"), b'{"type":"CalibrationRemoved","fact":"injection"}'),
    (LiveKeyIssued("k"), b'{"type":"LiveKeyIssued","key":"k"}'),
    (
        Declared(1, "ab", {"tier": "low"}),
        b'{"type":"Declared","version":1,"digest":"ab","claims":{"tier":"low"}}',
    ),
    (Installed("0.1.0", {"PSF-1.1": "ab"}), b'{"type":"Installed","version":"0.1.0","controls":{"PSF-1.1":"ab"}}'),
    (
        Drilled("kill-switch", "r", ("PSF-6.4",), "passed", "ab", "d", 5, 9, {"streams": 4}),
        b'{"type":"Drilled","drill":"kill-switch","run":"r","criteria":["PSF-6.4"],"outcome":"passed","digest":"ab",'
        b'"detail":"d","duration":5,"bound":9,"observations":{"streams":4}}',
    ),
    (
        Attested("PSF-3.4", "basis", 7, "all", "cd"),
        b'{"type":"Attested","subject":"PSF-3.4","statement":"basis","until":7,"scope":"all","document":"cd"}',
    ),
    (
        NotApplied("PSF-7.2", "no tools", 7),
        b'{"type":"NotApplied","criterion":"PSF-7.2","reason":"no tools","until":7}',
    ),
    (
        Waived("PSF-7.2", "late", "a person looks", 7),
        b'{"type":"Waived","criterion":"PSF-7.2","reason":"late","compensating":"a person looks","until":7}',
    ),
    (Overridden("Production", "fire", 7), b'{"type":"Overridden","stage":"Production","reason":"fire","until":7}'),
    (
        NamesOpened("Ida Holm", "auditor", ("default/desk",)),
        b'{"type":"NamesOpened","to":"Ida Holm","role":"auditor","workloads":["default/desk"]}',
    ),
    (Seconded(3), b'{"type":"Seconded","event":3}'),
    (Withdrawn(3, "wrong"), b'{"type":"Withdrawn","event":3,"reason":"wrong"}'),
    (
        StageWarned("Production", "Pilot", 7, ("r",)),
        b'{"type":"StageWarned","stage":"Production","falls_to":"Pilot","falls_at":7,"reasons":["r"]}',
    ),
    (
        StageChanged("Experiment", "Pilot", True, ("r",)),
        b'{"type":"StageChanged","before":"Experiment","after":"Pilot","frozen":true,"reasons":["r"]}',
    ),
    (Marked("0a", True), b'{"type":"Marked","exchange":"0a","attack":true}'),
]


@pytest.mark.parametrize("event,golden", GOLDEN, ids=[type(event).__name__ for event, _ in GOLDEN])
def test_an_event_never_changes_its_bytes(event: Event, golden: bytes) -> None:
    assert msgspec.json.encode(event) == golden
    assert msgspec.json.decode(golden, type=Event) == event


def test_every_kind_of_event_has_golden_bytes() -> None:
    assert {type(event) for event, _ in GOLDEN} == set(Event.__args__)
