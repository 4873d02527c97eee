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


class Standing(msgspec.Struct, frozen=True):
    """Fact `standing`: the workload's stage, the class of the key that was used, and what caps live traffic there.

    `users` is the most distinct end users, None for no cap; `room`: this end user is one of them, or can still become
    one. `tools` are the only ones, None for no cap.
    """

    stage: str
    traffic: str
    users: int | None = None
    room: bool = True
    tools: frozenset[str] | None = None


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


class Finding(msgspec.Struct, frozen=True, gc=False):
    """One thing that a detector found: characters `[start, end)` of a part (code points), what, and how surely.

    `kind` is a stable name in lower case (`email`, `payment_card`, `markdown_image`); `confidence` lies from 0 to 1.
    A finding never holds the text itself.
    """

    part: str
    start: int
    end: int
    kind: str
    confidence: float = 1.0


class Suspicion(msgspec.Struct, frozen=True):
    """Fact `injection`, one per suspicious passage: how rare its score is among benign texts.

    `rarity` is the share of the reference's benign texts that score at least as high (a p-value): to block at
    `rarity <= 0.01` is to accept that one benign text in a hundred is blocked. `kind` names the strongest sign.
    """

    part: str
    role: str
    rarity: float
    kind: str = ""


class Support(msgspec.Struct, frozen=True):
    """Fact `grounding`: how much of the answer its context supports, 0 (nothing) to 1; `unsupported` are sentences.

    `measured` is False when there was no context to compare with.
    """

    measured: bool
    score: float = 0.0
    unsupported: tuple[Finding, ...] = ()
    bad_citations: tuple[Finding, ...] = ()


class Pseudonym(msgspec.Struct, frozen=True):
    """Fact `pseudonyms`: what stands in for characters `[start, end)` of a part.

    In a request `text` is the token for personal data; in an answer it is what the token stood for.
    """

    part: str
    start: int
    end: int
    text: str


class Quality(msgspec.Struct, frozen=True):
    """Fact `quality`: the mean of signs that need no reference, each a share from 0 (bad) to 1.

    finished (not cut off), answered (no refusal, not empty), varied (no repetition), supported (by its context, where
    it had one).
    """

    share: float
    signs: Mapping[str, float] = {}
