"""Presidio's pattern recognisers on the same rows, as a peer. Run as a script by the benchmarks' own environment.

They run without a language model: its blank pipeline only cuts the text into words, so Presidio finds no names and no
places here, which is not what is compared. Reads one text a line (JSON) and writes what was found and how long it took.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

from bench.processes import ROOT

PYTHON = ROOT / ".venv-bench" / "bin" / "python"
THRESHOLD = 0.35
"""Presidio's own default for what counts as found."""

Found = list[tuple[int, int, str]]


def ask(texts: list[str]) -> tuple[list[Found], float] | None:
    """What Presidio finds in each text, and its processor time in seconds; None where it is not installed."""
    if not PYTHON.exists() or not list(PYTHON.parents[1].glob("lib/python*/site-packages/presidio_analyzer")):
        return None
    asked = "\n".join(map(json.dumps, texts))
    done = subprocess.run(
        [PYTHON, "-m", "bench.accuracy.presidio"], input=asked, capture_output=True, text=True, cwd=ROOT, check=True
    )
    answer = json.loads(done.stdout)
    return [[(start, end, kind) for start, end, kind in found] for found in answer["found"]], answer["seconds"]


def analyse(lines: list[str]) -> dict[str, Any]:
    """The answer for the texts, one JSON string a line."""
    # Only the benchmarks' environment has these two.
    import spacy
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NlpArtifacts

    pipeline = spacy.blank("en")

    class Blank:
        """What an analyzer asks of a language model, answered without one."""

        def is_loaded(self) -> bool:
            return True

        def is_stopword(self, word: str, _language: str) -> bool:
            return bool(pipeline.vocab[word].is_stop)

        def is_punct(self, word: str, _language: str) -> bool:
            return bool(pipeline.vocab[word].is_punct)

        def process_text(self, text: str, language: str) -> Any:
            words = pipeline(text)
            places, lemmas = [word.idx for word in words], [word.text.lower() for word in words]
            return NlpArtifacts([], words, places, lemmas, self, language)

    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=Blank(), supported_languages=["en"])
    texts = [json.loads(line) for line in lines]
    analyzer.analyze("warm", "en")
    began = time.process_time()
    found = [
        [(one.start, one.end, one.entity_type) for one in analyzer.analyze(text, "en", score_threshold=THRESHOLD)]
        for text in texts
    ]
    return {"found": found, "seconds": time.process_time() - began}


if __name__ == "__main__":
    print(json.dumps(analyse(sys.stdin.read().splitlines())))
