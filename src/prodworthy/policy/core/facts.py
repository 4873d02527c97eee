"""Facts: what was measured, under the name by which a control asks for it. A fact that is absent was not measured."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

Facts = Mapping[str, object]


class Switch(msgspec.Struct, frozen=True):
    """Fact `switch`: the kill switch as this process knows it.

    `killed` with the `reason` that may be told; `known` is False when the state is older than its lease; `age` is in
    seconds.
    """

    killed: bool
    known: bool
    reason: str = ""
    age: float = 0.0


class Recording(msgspec.Struct, frozen=True):
    """Fact `recording`: whether the journal accepts this exchange with the durability its manifest asks for."""

    accepted: bool
    fault: str = ""


class SchemaCheck(msgspec.Struct, frozen=True):
    """Fact `schema`: the answer against the declared JSON Schema. `fault` names place and rule, not the value."""

    valid: bool
    fault: str = ""


class Attempted(msgspec.Struct, frozen=True):
    """Fact `attempted`: how many attempts were made at the vendor, and what was wrong with the last ("": nothing)."""

    count: int
    fault: str = ""
