"""Train both profiles and write what ships: `python -m training.injection.train DATA OUT`."""

from __future__ import annotations

import argparse
import io
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from prodworthy.gateway.detectors.injection.features import Classes
from prodworthy.gateway.detectors.injection.matching import NAMES, Phrases
from prodworthy.gateway.detectors.injection.model import Weights
from prodworthy.gateway.detectors.injection.shipped import Card, classes_of_words
from training.injection.fitting import GROUPS, fit, vectors
from training.injection.reading import Text, digest, own, texts
from training.injection.references import references


def train(profile: str, data: Sequence[Text], classes: Classes | None) -> tuple[Weights, Card]:
    """Weights and card of one profile. Held halves are not trained on; they are for measuring."""
    phrases, groups = Phrases(), GROUPS[profile]
    seen = [
        text for text in data if (text.attack or not text.held) and not (text.attack and text.provenance == "indirect")
    ]
    made = vectors(seen, classes, phrases, groups)
    weights = fit(made, seen, groups, classes)
    families = {name: float(weight) for name, weight in zip(NAMES, weights.families, strict=True)}
    return weights, Card(weights.scale, weights.bias, groups, families, references(made, seen, groups, classes))


def write(out: Path, profile: str, weights: Weights, card: Card) -> None:
    """Write `<profile>.npy` and `<profile>.json`: the same bytes for the same values."""
    (out / f"{profile}.npy").write_bytes(array_bytes(weights.table))
    (out / f"{profile}.json").write_bytes(msgspec.json.format(msgspec.json.encode(card), indent=1) + b"\n")


def array_bytes(values: npt.NDArray[np.generic]) -> bytes:
    """An array as a `.npy` file."""
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=False)
    return buffer.getvalue()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the folder with the public data sets")
    parser.add_argument("out", type=Path, help="where the weights go")
    asked = parser.parse_args()
    if os.environ.get("OMP_NUM_THREADS") != "1" or os.environ.get("OPENBLAS_NUM_THREADS") != "1":
        parser.error("set OMP_NUM_THREADS=1 and OPENBLAS_NUM_THREADS=1: sums in another order are other sums")
    data = (*texts(asked.data), *own())
    for profile in sorted(GROUPS):
        classes = classes_of_words() if profile == "default" else None
        write(asked.out, profile, *train(profile, data, classes))
        print(f"wrote {profile}")
    (asked.out / "inputs.sha256").write_text(digest(asked.data) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
