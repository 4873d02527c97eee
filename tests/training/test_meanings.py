"""Words are chosen and embeddings reduced the same way every time; another model than the known one is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from training.injection.meanings import DIRECTIONS, OFTEN, STEPS, hashes, main_directions, words
from training.injection.reading import FILES
from training.injection.sentences import WIDTH, SentenceModel


def test_words_are_those_of_the_vocabulary_and_those_often_seen(tmp_path: Path) -> None:
    for place, name in enumerate(FILES):
        seen = ["Frobnicate it", "once" if place == 0 else ""] if place < OFTEN else []
        rows = "".join(json.dumps({"text": text}) + "\n" for text in seen)
        (tmp_path / f"{name}.jsonl").write_text(rows, encoding="utf-8")
    assert words(["[PAD]", "##s", "zebra", "a1"], tmp_path) == ["frobnicate", "it", "zebra"]


def test_directions_do_not_depend_on_the_order_of_the_rows() -> None:
    made = np.rint(np.random.default_rng(2).normal(size=(600, WIDTH)) * STEPS / 20)
    forth = main_directions(made)
    assert forth.shape == (600, DIRECTIONS)
    assert np.array_equal(forth, main_directions(made[::-1])[::-1])


def test_a_hash_is_that_of_the_word_in_a_text() -> None:
    assert len(set(hashes(["ignore", "all", "rules"]).tolist())) == 3
    with pytest.raises(ValueError, match="share"):
        hashes(["same", "same"])


def test_another_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"\x02\x00\x00\x00\x00\x00\x00\x00{}")
    with pytest.raises(ValueError, match="not the file"):
        SentenceModel(tmp_path)
