"""PSF-2.5: a sample of the answers is looked at, the trend is kept, and a fall is told.

It never changes an answer: it is measured after the answer went out.
"""

from __future__ import annotations

from typing import Annotated, cast

import msgspec
from msgspec import Meta

from prodworthy.policy.controls.contract import Case, Control, Point, Stand
from prodworthy.policy.core.exchange import Answer
from prodworthy.policy.core.facts import Facts, Quality
from prodworthy.policy.core.refusal import Code
from prodworthy.policy.core.verdict import Allow, Block, Outcome, Verdict

Share = Annotated[float, Meta(ge=0, le=1)]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`sample`: the share of answers that are looked at. `floor`: the quality below which an answer is bad.

    An alert is raised when the mean of the last `window` sampled answers of one gateway lies below the floor.
    """

    sample: Share = 0.1
    floor: Share = 0.6
    window: Annotated[int, Meta(ge=1, le=1_000)] = 20


def decide(subject: Answer | None, facts: Facts, settings: Settings) -> Verdict:
    """Say whether one sampled answer lies below the floor."""
    quality = cast("Quality", facts["quality"])
    if quality.share >= settings.floor:
        return Allow(f"Quality {quality.share:.2f}.")
    return Block(f"Quality {quality.share:.2f} lies below {settings.floor:.2f}.", Code.OUTPUT_INVALID)


CONTROL = Control(
    criterion="PSF-2.5",
    title="sampled quality",
    stands=(Stand(Point.SCHEDULE, decide, needs=lambda settings: frozenset({"quality"})),),
    settings=Settings,
    declared=True,
    cases=(
        Case("a good answer is counted", None, {"quality": Quality(0.9)}, Outcome.ALLOW),
        Case("a bad answer is told", None, {"quality": Quality(0.3)}, Outcome.BLOCK, Settings(), Code.OUTPUT_INVALID),
        Case("an answer nobody measured is told", None, {}, Outcome.BLOCK, Settings(), Code.CANNOT_DECIDE),
    ),
)
