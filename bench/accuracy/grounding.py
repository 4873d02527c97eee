"""Grounding: are answers that their source does not support told from those that it does?"""

from __future__ import annotations

from pathlib import Path

from bench.accuracy.figure import Figure
from bench.accuracy.rows import read as rows
from bench.accuracy.share import area_with_interval, share
from prodworthy.gateway.detectors.detector import Reading
from prodworthy.gateway.detectors.grounding import GroundingDetector
from prodworthy.policy.core.exchange import Call, Operation, Passage
from prodworthy.policy.core.facts import Support


def measure(data: Path) -> list[Figure]:
    """The source is the call's retrieval; the label says that the answer is not (fully) supported by it."""
    figures = []
    for name, bar in (("begin", ">= 0.85"), ("halueval_qa", "")):
        read = rows(data, name)
        facts = [_support(row["text"], row["meta"]["knowledge"]) for row in read]
        labels = [bool(row["label"]) for row in read]
        flagged = [bool(fact.unsupported) for fact in facts]
        figures += [
            Figure(f"grounding: AUC, {name}", *area_with_interval([-fact.score for fact in facts], labels), bar=bar),
            Figure(f"grounding: unsupported answers flagged, {name}", *share(_only(flagged, labels, True))),
            Figure(f"grounding: supported answers flagged, {name}", *share(_only(flagged, labels, False))),
        ]
    return figures


_DETECTOR = GroundingDetector()


def _support(answer: str, source: str) -> Support:
    call = Call(Operation.CHAT, passages=(Passage("m.0", "retrieval", source),))
    return _DETECTOR.measure(Reading((Passage("a", "assistant", answer),), call))


def _only(flagged: list[bool], labels: list[bool], wanted: bool) -> list[bool]:
    return [flag for flag, label in zip(flagged, labels, strict=True) if label is wanted]
