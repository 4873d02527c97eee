"""Secrets: how many benign chunks are flagged, and speed.

Recall is not measured here: the fixtures that scanners publish are in none of the packages that can be installed, and
may not be part of this project. docs/accuracy.md says how it was measured on those of one scanner.
"""

from __future__ import annotations

from pathlib import Path

from bench.accuracy.figure import Figure
from bench.accuracy.interval import wilson
from bench.accuracy.rows import read, speed
from prodworthy.gateway.detectors.secrets.detector import SecretsDetector

BENIGN = "docs_code_benign"
PROSE = ("slabs", "begin")


def measure(data: Path) -> list[Figure]:
    """Every figure, from the files in `data`."""
    detector = SecretsDetector()
    texts = [row["text"] for row in read(data, BENIGN)]
    prose = [row["text"] for name in PROSE for row in read(data, name)]
    return [
        _flagged(detector, BENIGN, texts, "<= 0.01"),
        _flagged(detector, " and ".join(PROSE), prose, "<= 0.01"),
        speed("secrets: documents and code", detector.find, texts, ">= 50"),
        speed("secrets: prose", detector.find, prose, ">= 50"),
    ]


def _flagged(detector: SecretsDetector, name: str, texts: list[str], bar: str) -> Figure:
    flagged = sum(bool(detector.find(text)) for text in texts)
    return Figure(f"{name}: chunks flagged", *wilson(flagged, len(texts)), bar, f"{flagged} of {len(texts)} chunks")
