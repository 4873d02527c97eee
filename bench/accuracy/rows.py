"""Rows of the data folder, and how fast a detector reads them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from bench.accuracy.figure import Figure

ROUNDS = 5


def read(data: Path, name: str) -> list[dict[str, Any]]:
    """The rows of one file. Raises OSError if it is not there."""
    return [msgspec.json.decode(line) for line in (data / f"{name}.jsonl").read_bytes().splitlines() if line]


def speed(name: str, find: Callable[[str], object], texts: list[str], bar: str) -> Figure:
    """Megabytes of UTF-8 in a second of one core, text by text: the median round, the slowest and the fastest."""
    size = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) / 1e6
    rates = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for text in texts:
            find(text)
        rates.append(size / (time.process_time() - began))
    rates.sort()
    return Figure(name, rates[ROUNDS // 2], rates[0], rates[-1], bar, "MB/s of processor time; low and high are rounds")
