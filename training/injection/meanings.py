"""Classes of words of like meaning: `python -m training.injection.meanings PACKAGE DATA OUT`.

`PACKAGE` is the folder `model` of the installed sentence model. Each word is embedded alone (6 layers, computed here
with numpy), the embeddings are reduced to their 64 main directions, and divided into COARSE and FINE classes.
"""

from __future__ import annotations

import argparse
import collections
import json
import re
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans

from prodworthy.gateway.detectors.injection.grams import words_of
from training.injection.reading import FILES
from training.injection.train import array_bytes

COARSE, FINE = 256, 1024
DIRECTIONS = 64
OFTEN, LONGEST = 3, 20
"""A word of the data sets that the vocabulary lacks is taken if so many texts have it, and it has at most so many
letters."""
_HEADS, _WIDTH, _LAYERS = 12, 384, 6
_FIRST, _LAST, _UNKNOWN = 101, 102, 100
_BATCH = 512

Floats = npt.NDArray[np.float32]


class SentenceModel:
    """The model's forward pass for texts without padding. Weights are read from its safetensors file."""

    def __init__(self, folder: Path) -> None:
        data = (folder / "model.safetensors").read_bytes()
        length = struct.unpack("<Q", data[:8])[0]
        body = data[8 + length :]
        self._arrays: dict[str, Floats] = {}
        for name, about in json.loads(data[8 : 8 + length]).items():
            if name != "__metadata__" and about["dtype"] == "F32":
                start, end = about["data_offsets"]
                self._arrays[name] = np.frombuffer(body[start:end], np.float32).reshape(about["shape"])
        self.vocabulary = (folder / "vocab.txt").read_text(encoding="utf-8").split("\n")
        self._number = {piece: number for number, piece in enumerate(self.vocabulary)}

    def pieces(self, word: str) -> list[int]:
        """A word as the longest known pieces from the left; unknown if some letter is in none."""
        found, start = [], 0
        while start < len(word):
            ends = (end for end in range(len(word), start, -1) if self._piece(word, start, end) in self._number)
            end = next(ends, None)
            if end is None:
                return [_UNKNOWN]
            found.append(self._number[self._piece(word, start, end)])
            start = end
        return found

    @staticmethod
    def _piece(word: str, start: int, end: int) -> str:
        return ("##" if start else "") + word[start:end]

    def embed(self, numbers: npt.NDArray[np.int64]) -> Floats:
        """Mean-pooled embeddings of length one, for rows of piece numbers of equal length."""
        length = numbers.shape[1]
        words = self._arrays["embeddings.word_embeddings.weight"][numbers]
        places = self._arrays["embeddings.position_embeddings.weight"][:length]
        state = self._normed(words + places + self._arrays["embeddings.token_type_embeddings.weight"][0], "embeddings")
        for layer in range(_LAYERS):
            base = f"encoder.layer.{layer}."
            attended = self._linear(self._attended(state, base), f"{base}attention.output.dense")
            state = self._normed(attended + state, f"{base}attention.output")
            inner = self._linear(state, f"{base}intermediate.dense")
            inner = inner * 0.5 * (1 + _erf(inner / np.sqrt(2.0)))
            state = self._normed(self._linear(inner, f"{base}output.dense") + state, f"{base}output")
        mean = state.mean(1)
        return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), np.float32)

    def _attended(self, state: Floats, base: str) -> Floats:
        count, length = state.shape[:2]

        def part(name: str) -> Floats:
            made = self._linear(state, f"{base}attention.self.{name}")
            return made.reshape(count, length, _HEADS, _WIDTH // _HEADS).transpose(0, 2, 1, 3)

        weight = part("query") @ part("key").transpose(0, 1, 3, 2) / np.sqrt(_WIDTH // _HEADS)
        weight = np.exp(weight - weight.max(-1, keepdims=True))
        weight /= weight.sum(-1, keepdims=True)
        return np.asarray((weight @ part("value")).transpose(0, 2, 1, 3).reshape(count, length, _WIDTH), np.float32)

    def _linear(self, state: Floats, name: str) -> Floats:
        return np.asarray(state @ self._arrays[f"{name}.weight"].T + self._arrays[f"{name}.bias"], np.float32)

    def _normed(self, state: Floats, name: str) -> Floats:
        scaled = (state - state.mean(-1, keepdims=True)) / np.sqrt(state.var(-1, keepdims=True) + 1e-12)
        weight, bias = self._arrays[f"{name}.LayerNorm.weight"], self._arrays[f"{name}.LayerNorm.bias"]
        return np.asarray(scaled * weight + bias, np.float32)


def _erf(x: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Abramowitz and Stegun, 7.1.26: within 1.5e-7."""
    t = 1 / (1 + 0.3275911 * np.abs(x))
    poly = ((((1.061405429 * t - 1.453152027) * t) + 1.421413741) * t - 0.284496736) * t + 0.254829592
    return np.asarray(np.sign(x) * (1 - poly * t * np.exp(-x * x)))


def words(model: SentenceModel, data: Path) -> list[str]:
    """The words of the vocabulary, and those that occur in OFTEN texts of the data sets."""
    seen: collections.Counter[str] = collections.Counter()
    for name in sorted(FILES):
        for line in filter(None, (data / f"{name}.jsonl").read_text(encoding="utf-8").split("\n")):
            seen.update(set(re.findall(r"[a-z]{2,}", str(json.loads(line)["text"]).lower())))
    known = {word for word in model.vocabulary if re.fullmatch(r"[a-z]+", word)}
    return sorted(known | {word for word, count in seen.items() if count >= OFTEN and len(word) <= LONGEST})


def embeddings(model: SentenceModel, chosen: Sequence[str]) -> Floats:
    """One row per word: its main directions, of length one."""
    made = np.zeros((len(chosen), _WIDTH), np.float32)
    pieces = [model.pieces(word) for word in chosen]
    lengths = np.array([len(each) for each in pieces])
    for length in np.unique(lengths):
        places = np.flatnonzero(lengths == length)
        for start in range(0, len(places), _BATCH):
            batch = places[start : start + _BATCH]
            made[batch] = model.embed(np.array([[_FIRST, *pieces[place], _LAST] for place in batch]))
    centred = made - made.mean(0)
    directions = np.linalg.svd(centred, full_matrices=False)[2][:DIRECTIONS]
    reduced = centred @ directions.T
    return np.asarray(reduced / np.linalg.norm(reduced, axis=1, keepdims=True), np.float32)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("package", "data", "out"):
        parser.add_argument(name, type=Path)
    asked = parser.parse_args()
    model = SentenceModel(asked.package)
    chosen = words(model, asked.data)
    made = embeddings(model, chosen)
    hashes = np.array([words_of(word.encode()).hashes[0] for word in chosen])
    order = np.argsort(hashes)
    members = [
        (KMeans(count, n_init=1, max_iter=40, random_state=0).fit_predict(made) + 1).astype(np.uint16)[order]
        for count in (COARSE, FINE)
    ]
    (asked.out / "words.npy").write_bytes(array_bytes(hashes[order]))
    (asked.out / "classes.npy").write_bytes(array_bytes(np.array(members)))


if __name__ == "__main__":
    main()
