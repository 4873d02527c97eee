"""Fact `grounding`: how much of an answer stands in the context that tools and retrieval gave.

It compares words, not meaning: a paraphrase in other words looks unsupported, a denial in the same words supported.
Whole answers only: a sentence cut in two is two sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import filterfalse, pairwise
from typing import NamedTuple

import msgspec

from prodworthy.gateway.detectors.detector import Reading
from prodworthy.gateway.detectors.memo import Memo
from prodworthy.gateway.detectors.words import fold, shingles
from prodworthy.policy.core.exchange import Passage
from prodworthy.policy.core.facts import Finding, Support

SUPPORTED = 0.5
"""A sentence that scores less is not supported: 10 % of BEGIN's attributable answers hold one, 76 % of others."""
LONGEST_SENTENCE = 2000
"""Characters; a longer one is taken for several."""
_WORDS, _LONG_WORDS, _PAIRS = 0.4, 0.4, 0.2
_LONG = 4
_MISSING_NUMBER, _MISSING_NAME = 0.5, 0.7
_ROOM = 2_000_000

_CONTEXT = frozenset({"tool", "retrieval"})
_TOKEN = re.compile(
    r"\d+(?:[.,:/]\d+)*+|[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]++"
)
_PLAIN_TOKEN = re.compile(r"[A-Za-z][A-Za-z0-9]*+|[0-9]+(?:[.,:/][0-9]+)*+")
"""The same for texts of ASCII, in half the time."""
_DIGIT = re.compile("[0-9]")
_APART = "".join(chr(code) if chr(code).isalpha() else " " for code in range(128))
"""The same for texts of ASCII without digits, in a fifth: blanks for all that is no letter."""
_SENTENCE = re.compile(
    r"[^\s.!?\u3002][^.!?\u3002\n]{0,1999}+(?:[.!?](?=[^\s.!?])[^.!?\u3002\n]{0,200}+){0,20}+[.!?\u3002]{0,8}+"
)
_ENDINGS = ("ing", "ed", "ies", "es", "s", "ly")


class _Source(msgspec.Struct, frozen=True):
    """What a context says, as sets: stems of words, pairs of neighbours."""

    words: frozenset[str]
    pairs: frozenset[int]


class _Sentence(NamedTuple):
    start: int
    end: int
    stems: list[str]
    names: list[str]


class GroundingDetector:
    """Scores every sentence against all context, and its citations against the passages that they name."""

    fact = "grounding"
    slow = False

    def __init__(self, citation: str = "") -> None:
        """`citation` shows how answers cite, such as `[{n}]`: `{n}` counts the passages of the context from 1.

        Raises ValueError for one without `{n}`, and for one that would take every number for a citation.
        """
        before, mark, after = citation.partition("{n}")
        if citation and not (mark and (before + after).strip() and "{n}" not in after):
            raise ValueError("a citation is shown as {n} with something around it, such as [{n}]")
        self._citation = re.compile(rf"{re.escape(before)}(\d{{1,6}}){re.escape(after)}") if citation else None
        self._sources: Memo[_Source] = Memo(_ROOM, lambda source: len(source.words) + len(source.pairs))

    def measure(self, reading: Reading) -> Support:
        """The score is the mean of all sentences by their words; an answer without words has nothing unsupported."""
        context = [passage.text for passage in reading.call.passages if passage.role in _CONTEXT]
        if not any(context):
            return Support(measured=False)
        source = self._read(*context)
        total, words = 0.0, 0
        unsupported: list[Finding] = []
        bad: list[Finding] = []
        for passage in reading.texts:
            citations = list(self._citation.finditer(passage.text)) if self._citation else []
            sentences = list(_sentences(_without(passage.text, citations)))
            for sentence in sentences:
                score, missing = _support(sentence, source)
                total += score * len(sentence.stems)
                words += len(sentence.stems)
                if score < SUPPORTED and (len(sentence.stems) > 2 or missing):
                    unsupported.append(_finding(passage, sentence.start, sentence.end, "unsupported", 1 - score))
            bad += self._bad(passage, citations, sentences, context)
        return Support(True, total / words if words else 1.0, tuple(unsupported), tuple(bad))

    def _read(self, *texts: str) -> _Source:
        return self._sources.get(texts, lambda: _source(texts))

    def _bad(
        self, passage: Passage, citations: Sequence[re.Match[str]], sentences: Sequence[_Sentence], context: list[str]
    ) -> Iterator[Finding]:
        """Citations of a passage that is not there, or that supports neither the sentence before nor the one after."""
        known: dict[tuple[int, int], bool] = {}
        at = -1
        for citation in citations:
            while at + 1 < len(sentences) and sentences[at + 1].start < citation.start():
                at += 1
            number = int(citation[1])
            near = [at, at + 1] if at < 0 or sentences[at].end <= citation.start() else [at]
            supported = 0 < number <= len(context) and any(
                self._backs(known, sentences, each, (number, context[number - 1]))
                for each in near
                if 0 <= each < len(sentences)
            )
            if not supported:
                yield _finding(passage, citation.start(), citation.end(), "bad_citation", 1.0)

    def _backs(
        self, known: dict[tuple[int, int], bool], sentences: Sequence[_Sentence], at: int, cited: tuple[int, str]
    ) -> bool:
        key = at, cited[0]
        if key not in known:
            known[key] = _support(sentences[at], self._read(cited[1]))[0] >= SUPPORTED
        return known[key]


def _finding(passage: Passage, start: int, end: int, kind: str, confidence: float) -> Finding:
    return Finding(passage.part, passage.start + start, passage.start + end, kind, round(confidence, 3))


def _without(text: str, citations: Sequence[re.Match[str]]) -> str:
    parts, last = [], 0
    for citation in citations:
        parts += [text[last : citation.start()], " " * (citation.end() - citation.start())]
        last = citation.end()
    return "".join([*parts, text[last:]])


def _sentences(text: str) -> Iterator[_Sentence]:
    for found in _SENTENCE.finditer(text):
        shown = found[0].rstrip()
        tokens = _tokens(shown)
        if tokens:
            # What begins a sentence has a capital anyway.
            capital = () if shown[1:].islower() else tokens[1:]
            names = [_stem(token) for token in capital if len(token) > 1 and token[0].isupper()]
            yield _Sentence(found.start(), found.start() + len(shown), list(map(_stem, tokens)), names)


def _tokens(text: str) -> list[str]:
    if not text.isascii():
        return _TOKEN.findall(text)
    return _PLAIN_TOKEN.findall(text) if _DIGIT.search(text) else text.translate(_APART).split()


def _support(sentence: _Sentence, source: _Source) -> tuple[float, int]:
    """The sentence's score from 0 to 1, and how many of its numbers and names the source lacks."""
    stems, known = sentence.stems, source.words
    missing = list(filterfalse(known.__contains__, stems))
    both = map(hash, pairwise(stems))
    pairs = sum(map(source.pairs.__contains__, both)) / (len(stems) - 1) if len(stems) > 1 else -1.0
    if not missing:
        return _WORDS + _LONG_WORDS + _PAIRS * (pairs if pairs >= 0 else 1.0), 0
    words = (len(stems) - len(missing)) / len(stems)
    long = _long(stems)
    long_words = (long - _long(missing)) / long if long else words
    # Hardly a sentence lacks a number: mostly one look at all letters says so.
    numbers = 0 if "".join(missing).isalpha() else sum(stem[0].isdigit() for stem in missing)
    names = sum(name not in known for name in sentence.names) if sentence.names else 0
    score = _WORDS * words + _LONG_WORDS * long_words + _PAIRS * (pairs if pairs >= 0 else words)
    return score * _MISSING_NUMBER**numbers * _MISSING_NAME**names, numbers + names


def _long(stems: Sequence[str]) -> int:
    return len([stem for stem in stems if len(stem) >= _LONG])


def _source(texts: Sequence[str]) -> _Source:
    words: set[str] = set()
    pairs: set[int] = set()
    for text in texts:
        stems = [_stem(token) for token in _tokens(text)]
        words.update(stems)
        pairs.update(shingles(stems, 2))
    return _Source(frozenset(words), frozenset(pairs))


@lru_cache(maxsize=65_536)
def _stem(token: str) -> str:
    """Numbers without their thousands' commas, words folded and without the commonest endings of English."""
    if token[0].isdigit():
        return token.replace(",", "")
    word = fold(token) or token[:64]
    if word.isascii() and len(word) > _LONG:
        for ending in _ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= _LONG:
                return word[: -len(ending)]
    return word
