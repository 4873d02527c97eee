"""What comes with the product: the weights and the reference of each profile. Read once in a process.

The arrays are plain `.npy` (never pickled objects), made by `training/injection`.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.resources
import io
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from prodworthy.gateway.detectors.injection.calibration import Calibration
from prodworthy.gateway.detectors.injection.features import Classes
from prodworthy.gateway.detectors.injection.matching import NAMES, Phrases
from prodworthy.gateway.detectors.injection.model import Model, Weights

Profile = Literal["fast", "default"]
_FOLDER = importlib.resources.files("prodworthy.gateway.detectors.injection") / "weights"


class Card(msgspec.Struct, frozen=True):
    """What `<profile>.json` holds: the numbers beside the table, and by provenance the references of SIZES."""

    scale: float
    bias: float
    groups: tuple[float, ...]
    families: dict[str, float]
    reference: dict[str, tuple[Calibration, ...]]


class Shipped(NamedTuple):
    """A model ready to score, the weights of its families in the order of NAMES, its references by provenance."""

    model: Model
    families: npt.NDArray[np.float64]
    reference: dict[str, tuple[Calibration, ...]]


@functools.cache
def shipped(profile: Profile) -> Shipped:
    """The profile as shipped. Raises FileNotFoundError for one that is not."""
    card = msgspec.json.decode(_read(f"{profile}.json"), type=Card)
    families = np.array([card.families.get(name, 0.0) for name in NAMES])
    classes = classes_of_words() if profile == "default" else None
    weights = Weights(_array(f"{profile}.npy"), card.scale, card.bias, card.groups, families, classes)
    return Shipped(Model(weights, _phrases()), families, card.reference)


@functools.cache
def fingerprint(profile: Profile) -> str:
    """16 hex digits that are other ones for other weights or another reference."""
    names = (f"{profile}.json", f"{profile}.npy", *(("words.npy", "classes.npy") if profile == "default" else ()))
    return hashlib.sha256(b"".join(hashlib.sha256(_read(name)).digest() for name in names)).hexdigest()[:16]


@functools.cache
def _phrases() -> Phrases:
    return Phrases()


def classes_of_words() -> Classes:
    """Which words are alike, for the default profile."""
    return Classes(_array("words.npy"), _array("classes.npy"))


def _array(name: str) -> Any:
    return np.load(io.BytesIO(_read(name)), allow_pickle=False)


def _read(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()
