"""Classes of words of like meaning: `python -m training.injection.meanings PACKAGE DATA OUT`.

`PACKAGE` is the folder `model` of the installed sentence model. Each word is embedded alone, the embeddings are reduced
to their main directions, and divided into COARSE and FINE classes. What a sum in another order could change is rounded
before anything depends on it, so the same files give the same bytes.
"""

from __future__ import annotations

import argparse
import collections
import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from prodworthy.gateway.detectors.injection.grams import words_of
from training.injection.dividing import Whole, divide
from training.injection.reading import FILES
from training.injection.sentences import FIRST, LAST, WIDTH, SentenceModel
from training.injection.train import array_bytes

COARSE, FINE = 256, 1024
DIRECTIONS = 64
STEPS = 10_000
"""Embeddings and directions of length one are rounded to so many steps per unit."""
OFTEN, LONGEST = 3, 20
"""A word of the data sets that the vocabulary lacks is taken if so many texts have it, and it has at most so many
letters."""
SEED = 0
_BATCH = 256


def words(vocabulary: Sequence[str], data: Path) -> list[str]:
    """The words of the vocabulary, and those that occur in OFTEN texts of the data sets, sorted."""
    seen: collections.Counter[str] = collections.Counter()
    for name in sorted(FILES):
        for line in filter(None, (data / f"{name}.jsonl").read_text(encoding="utf-8").split("\n")):
            seen.update(set(re.findall(r"[a-z]{2,}", str(json.loads(line)["text"]).lower())))
    known = {word for word in vocabulary if re.fullmatch(r"[a-z]+", word)}
    return sorted(known | {word for word, count in seen.items() if count >= OFTEN and len(word) <= LONGEST})


def embeddings(model: SentenceModel, chosen: Sequence[str]) -> Whole:
    """One row per word, in STEPS: whole numbers."""
    made = np.zeros((len(chosen), WIDTH))
    pieces = [model.pieces(word) for word in chosen]
    lengths = np.array([len(each) for each in pieces])
    for length in np.unique(lengths):
        places = np.flatnonzero(lengths == length)
        for start in range(0, len(places), _BATCH):
            batch = places[start : start + _BATCH]
            made[batch] = model.embed(np.array([[FIRST, *pieces[place], LAST] for place in batch]))
    return np.rint(made * STEPS)


def main_directions(made: Whole) -> Whole:
    """Rows of whole numbers along the DIRECTIONS in which they differ most, each of length one, in STEPS."""
    sums = made.sum(0)
    # Sums of whole numbers below 2**53 are exact in any order.
    spread = made.T @ made - np.outer(sums, sums) / len(made)
    directions = np.linalg.eigh(spread / STEPS**2)[1][:, ::-1][:, :DIRECTIONS]
    # The sign of a direction is arbitrary: the largest coordinate is made positive.
    largest = np.abs(directions).argmax(0)
    directions = directions * np.sign(directions[largest, np.arange(DIRECTIONS)])
    reduced = (made - sums / len(made)) @ directions
    return np.asarray(np.rint(reduced / np.linalg.norm(reduced, axis=1, keepdims=True) * STEPS), np.float64)


def hashes(chosen: Sequence[str]) -> npt.NDArray[np.uint64]:
    """The hash of each word as the detector computes it. Raises ValueError if two words share one."""
    found = np.array([words_of([word.encode()]).hashes[0] for word in chosen], np.uint64)
    if len(np.unique(found)) != len(found):
        raise ValueError("two words share a hash")
    return found


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("package", "data", "out"):
        parser.add_argument(name, type=Path)
    asked = parser.parse_args()
    model = SentenceModel(asked.package)
    chosen = words(model.vocabulary, asked.data)
    found = hashes(chosen)
    order = np.argsort(found)
    points = main_directions(embeddings(model, chosen))
    # 0 is the class of unknown words.
    members = np.array([divide(points, count, SEED)[order] + 1 for count in (COARSE, FINE)], np.uint16)
    (asked.out / "words.npy").write_bytes(array_bytes(found[order]))
    (asked.out / "classes.npy").write_bytes(array_bytes(members))
    print(f"{len(chosen)} words")


if __name__ == "__main__":
    main()
