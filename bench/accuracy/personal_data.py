"""Personal data: precision and recall for each kind on public sets, and speed.

A finding counts as right if it overlaps a labelled span of its kind; a span counts as found if a finding of its kind
overlaps it. Kinds that the sets do not label (dates of birth, among labelled dates) are not counted.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from bench.accuracy import presidio
from bench.accuracy.figure import Figure
from bench.accuracy.interval import wilson
from bench.accuracy.rows import read, speed
from prodworthy.gateway.detectors.personal_data.detector import PersonalDataDetector

SETS = ("pii_presidio_research", "pii_datafog_corpus")
LABELS = {
    "EMAIL_ADDRESS": "email",
    "EMAIL": "email",
    "CREDIT_CARD": "payment_card",
    "IBAN_CODE": "iban",
    "DE_IBAN": "iban",
    "PHONE_NUMBER": "phone",
    "PHONE": "phone",
    "IP_ADDRESS": "ip_address",
    "SSN": "us_ssn",
    "US_SSN": "us_ssn",
    "US_ITIN": "us_ssn",
}
BARS = {"email": (0.97, 0.97), "payment_card": (0.97, 0.97), "iban": (0.97, 0.97), "us_ssn": (0.97, 0.97)}
BARS |= {"phone": (0.80, 0.85)}
ALIASES = {"us_itin": "us_ssn"}
BENIGN = "docs_code_benign"

Span = tuple[int, int, str]


def measure(data: Path) -> list[Figure]:
    """Every figure, from the files in `data`."""
    detector = PersonalDataDetector()
    figures = [figure for name in SETS for figure in _set(detector, name, read(data, name))]
    texts = [row["text"] for row in read(data, BENIGN)]
    figures.append(_flagged(detector, texts))
    prose = [row["text"] for name in ("slabs", "begin") for row in read(data, name)]
    figures.append(speed("personal_data: documents and code", detector.find, texts, ">= 10"))
    figures.append(speed("personal_data: prose", detector.find, prose, ">= 10"))
    return figures


def _set(detector: PersonalDataDetector, name: str, rows: list[dict[str, Any]]) -> list[Figure]:
    texts = [row["text"] for row in rows]
    ours = [[(one.start, one.end, ALIASES.get(one.kind, one.kind)) for one in detector.find(text)] for text in texts]
    figures = _accuracy(name, rows, ours, BARS)
    peer = presidio.ask(texts)
    if peer is None:
        return figures
    theirs = [[(start, end, LABELS[kind]) for start, end, kind in found if kind in LABELS] for found in peer[0]]
    figures += _accuracy(f"presidio, {name}", rows, theirs, {})
    rate = sum(len(text.encode()) for text in texts) / 1e6 / peer[1]
    return [*figures, Figure(f"presidio, {name}: speed", rate, rate, rate, note="MB/s of processor time, one round")]


def _accuracy(
    name: str, rows: list[dict[str, Any]], findings: list[list[Span]], bars: dict[str, tuple[float, float]]
) -> list[Figure]:
    right: Counter[str] = Counter()
    found: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    labelled: Counter[str] = Counter()
    for row, seen in zip(rows, findings, strict=True):
        wanted = [(s["start"], s["end"], LABELS[s["type"]]) for s in row["spans"] if s["type"] in LABELS]
        found.update(kind for _, _, kind in seen)
        labelled.update(kind for _, _, kind in wanted)
        right.update(one[2] for one in seen if _met(one, wanted))
        caught.update(one[2] for one in wanted if _met(one, seen))
    figures = []
    for kind in sorted(labelled):
        precision, recall = bars.get(kind, (0.0, 0.0))
        counts = f"{right[kind]} of {found[kind]} findings"
        figures.append(_share(f"{name}: {kind} precision", right[kind], found[kind], precision, counts))
        counts = f"{caught[kind]} of {labelled[kind]} labelled"
        figures.append(_share(f"{name}: {kind} recall", caught[kind], labelled[kind], recall, counts))
    return figures


def _share(name: str, hits: int, tries: int, bar: float, note: str) -> Figure:
    return Figure(name, *wilson(hits, tries), f">= {bar:.2f}" if bar else "", note)


def _met(one: Span, others: list[Span]) -> bool:
    return any(one[2] == other[2] and one[0] < other[1] and other[0] < one[1] for other in others)


def _flagged(detector: PersonalDataDetector, texts: list[str]) -> Figure:
    """How many chunks of documents and code hold a finding. Some are real: authors' addresses."""
    flagged = sum(bool(detector.find(text)) for text in texts)
    note = f"{flagged} of {len(texts)} chunks; authors' e-mail addresses among them are right"
    return Figure(f"{BENIGN}: chunks with findings", *wilson(flagged, len(texts)), note=note)
