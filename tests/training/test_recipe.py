"""The recipe gives the same bytes for the same inputs, and says which inputs the shipped weights were made of."""

from __future__ import annotations

import importlib.resources
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from prodworthy.gateway.detectors.injection.matching import Phrases
from training.injection.composing import compose
from training.injection.fitting import GROUPS, fit, vectors
from training.injection.reading import OWN_COUNT, OWN_SEED, Text, digest
from training.injection.train import array_bytes

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
WEIGHTS = importlib.resources.files("prodworthy.gateway.detectors.injection") / "weights"


def few() -> Sequence[Text]:
    return [Text(each.text, each.attack, "own", "direct", False) for each in compose(300, 3)]


def learned() -> tuple[bytes, float, float, list[float]]:
    texts, groups = few(), GROUPS["fast"]
    weights = fit(vectors(texts, None, Phrases(), groups), texts, groups, None)
    return array_bytes(weights.table), weights.scale, weights.bias, weights.families.tolist()


def test_training_twice_gives_the_same_bytes() -> None:
    assert learned() == learned()


def test_composing_twice_gives_the_same_texts_and_no_text_twice() -> None:
    first = compose(OWN_COUNT, OWN_SEED)
    assert first == compose(OWN_COUNT, OWN_SEED)
    assert len({each.text for each in first}) == len({(each.text, each.attack) for each in first})
    assert all("{" not in each.text or "}" not in each.text for each in first)


def test_the_shipped_weights_were_made_of_these_inputs() -> None:
    if not DATA.is_dir():
        pytest.skip("the public data sets are not beside this clone")
    assert digest(DATA) == (WEIGHTS / "inputs.sha256").read_text(encoding="utf-8").strip()


def test_the_shipped_arrays_are_plain_and_small() -> None:
    names = [entry.name for entry in WEIGHTS.iterdir()]
    assert sorted(names) == [
        "classes.npy",
        "default.json",
        "default.npy",
        "fast.json",
        "fast.npy",
        "inputs.sha256",
        "words.npy",
    ]
    assert sum(len((WEIGHTS / name).read_bytes()) for name in names) < 3_000_000
    for name in names:
        if name.endswith(".npy"):
            assert np.load(str(WEIGHTS / name), allow_pickle=False).dtype.kind in "iu"
