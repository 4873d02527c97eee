"""The sentence model that says which words are alike: its forward pass in numpy, in float64, without a network."""

from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.special import erf

WIDTH = 384
FIRST, LAST, UNKNOWN = 101, 102, 100
"""The pieces that open and close a text, and the one for what is in no piece."""
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
_HEADS, _LAYERS = 12, 6

Floats = npt.NDArray[np.float64]


class SentenceModel:
    """The model for texts without padding. Raises ValueError for other files than those the recipe was made with."""

    def __init__(self, folder: Path) -> None:
        data = _known(folder / "model.safetensors", WEIGHTS_SHA256)
        length = struct.unpack("<Q", data[:8])[0]
        body = data[8 + length :]
        self._arrays: dict[str, Floats] = {}
        for name, about in json.loads(data[8 : 8 + length]).items():
            if name != "__metadata__" and about["dtype"] == "F32":
                start, end = about["data_offsets"]
                values = np.frombuffer(body[start:end], "<f4").reshape(about["shape"])
                self._arrays[name] = values.astype(np.float64)
        self.vocabulary = _known(folder / "vocab.txt", VOCABULARY_SHA256).decode().split("\n")
        self._number = {piece: number for number, piece in enumerate(self.vocabulary)}

    def pieces(self, word: str) -> list[int]:
        """A word as the longest known pieces from the left; unknown if some letter is in none."""
        found, start = [], 0
        while start < len(word):
            ends = (end for end in range(len(word), start, -1) if self._piece(word, start, end) in self._number)
            end = next(ends, None)
            if end is None:
                return [UNKNOWN]
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
            inner = inner * 0.5 * (1 + erf(inner / np.sqrt(2.0)))
            state = self._normed(self._linear(inner, f"{base}output.dense") + state, f"{base}output")
        mean = state.mean(1)
        return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), np.float64)

    def _attended(self, state: Floats, base: str) -> Floats:
        count, length = state.shape[:2]

        def part(name: str) -> Floats:
            made = self._linear(state, f"{base}attention.self.{name}")
            return made.reshape(count, length, _HEADS, WIDTH // _HEADS).transpose(0, 2, 1, 3)

        weight = part("query") @ part("key").transpose(0, 1, 3, 2) / np.sqrt(WIDTH // _HEADS)
        weight = np.exp(weight - weight.max(-1, keepdims=True))
        weight /= weight.sum(-1, keepdims=True)
        return np.asarray((weight @ part("value")).transpose(0, 2, 1, 3).reshape(count, length, WIDTH), np.float64)

    def _linear(self, state: Floats, name: str) -> Floats:
        flat = state.reshape(-1, state.shape[-1]) @ self._arrays[f"{name}.weight"].T + self._arrays[f"{name}.bias"]
        return np.asarray(flat.reshape(*state.shape[:-1], -1), np.float64)

    def _normed(self, state: Floats, name: str) -> Floats:
        scaled = (state - state.mean(-1, keepdims=True)) / np.sqrt(state.var(-1, keepdims=True) + 1e-12)
        weight, bias = self._arrays[f"{name}.LayerNorm.weight"], self._arrays[f"{name}.LayerNorm.bias"]
        return np.asarray(scaled * weight + bias, np.float64)


def _known(path: Path, digest: str) -> bytes:
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        raise ValueError(f"{path.name} is not the file that the recipe was made with")
    return data
