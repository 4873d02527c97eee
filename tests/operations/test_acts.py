from __future__ import annotations

import msgspec
import pytest

from prodworthy.operations.acts import (
    Applied,
    ApplyRefused,
    Calibrated,
    CalibrationRemoved,
    Event,
    KeyIssued,
    KeyRevoked,
    KeyRotated,
    Killed,
    Marked,
    Restored,
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
    (Marked("0a", True), b'{"type":"Marked","exchange":"0a","attack":true}'),
]


@pytest.mark.parametrize("event,golden", GOLDEN, ids=[type(event).__name__ for event, _ in GOLDEN])
def test_an_event_never_changes_its_bytes(event: Event, golden: bytes) -> None:
    assert msgspec.json.encode(event) == golden
    assert msgspec.json.decode(golden, type=Event) == event


def test_every_kind_of_event_has_golden_bytes() -> None:
    assert {type(event) for event, _ in GOLDEN} == set(Event.__args__)
