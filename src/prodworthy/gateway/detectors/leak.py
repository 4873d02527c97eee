"""Fact `leak`: what of the system prompt stands in the answer, and the canaries that were planted in it.

Copied text is found by runs of five words (shingles), whatever their case and punctuation: not a translation, a
paraphrase or an encoding of the prompt. What the caller itself sent in the same call, or a tool, is no leak.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from prodworthy.gateway.detectors.canary import SPAN, Canaries
from prodworthy.gateway.detectors.detector import Reading
from prodworthy.gateway.detectors.memo import Memo
from prodworthy.gateway.detectors.pieces import FAR, Boundaries, last_boundary
from prodworthy.gateway.detectors.words import (
    BROKEN,
    LONGEST_GAP,
    LONGEST_WORD,
    UNSEEN,
    Located,
    Spans,
    folded,
    located,
    placed,
    shingle_set,
    shingles,
)
from prodworthy.policy.core.exchange import Call, Passage
from prodworthy.policy.core.facts import Finding

SHINGLE = 5
"""Words of a shingle; a prompt with fewer words never counts as copied."""
RUN = 8
"""Words in a row that must be the prompt's own; a shorter prompt must be copied whole.

By `bench/accuracy/leak.py` on HaluEval, answers that quote their source raise false alarms in 2.5 % with six, 0.8 %
with seven, 0.2 % with eight; of half copied prompts 99.9 %, 99.9 % and 99.5 % are found.
"""
_STEP = RUN - SHINGLE + 1
"""Of any `RUN` words in a row, a shingle that begins at every so many words lies within."""
_AROUND = RUN * (LONGEST_WORD + LONGEST_GAP)
BACK = _AROUND + FAR
"""Characters to the left of a window that decide about its findings."""
REACH = _AROUND
"""Characters to the right of a window that decide about its findings."""
_TAIL = 128
"""Characters that mostly hold more than `RUN` words."""
MOST = 1_000
"""Findings of one text that are told in pieces; after that, every run of copied words is one finding."""
_ROOM = 100_000
"""Shingles kept in memory, about 100 bytes each."""

_RUN = re.compile(b"\x01+")
_LONG = re.compile(b"\x01{%d,}" % _STEP)
_HIT = re.compile(b"\x01")
_HIDDEN = frozenset({"system", "developer"})
_KNOWN = frozenset({"user", "tool", "retrieval"})


class _Prompt(msgspec.Struct, frozen=True):
    """What is looked for: shingles of prompts of at least `RUN` words, and shorter prompts whole, by their length."""

    long: frozenset[int]
    short: dict[int, frozenset[int]]


class LeakDetector:
    """Compares answers with the system prompts of their calls. Keeps shingles of prompts, never their text.

    A finding of kind `system_prompt` is a run of at least `RUN` words of the prompt, one of kind `canary` a canary.
    Both are told in pieces, cut at the ends of clauses (`pieces`), so that neighbouring findings may be one leak.
    """

    fact = "leak"
    slow = False
    context = BACK

    def __init__(self, canaries: tuple[str, ...] = ()) -> None:
        """Look for these canaries besides. Raises ValueError for one that is too short or too long."""
        self._canaries = Canaries(canaries)
        self._prompts: Memo[_Prompt] = Memo(_ROOM, lambda prompt: len(prompt.long) + len(prompt.short))
        self._known: Memo[frozenset[int]] = Memo(_ROOM, len)

    def measure(self, reading: Reading) -> tuple[Finding, ...]:
        """Find what was copied, in order of place. A call without system prompt leaves the canaries to look for."""
        prompt = self._prompt(reading.call)
        found: list[Finding] = []
        for passage in reading.texts:
            spans = [(start, end, "canary") for start, end in _whole(passage.text, self._canaries.find(passage.text))]
            if prompt.long or prompt.short:
                spans += [(start, end, "system_prompt") for start, end in self._copied(passage, reading.call, prompt)]
            found += [
                Finding(passage.part, passage.start + start, passage.start + end, kind)
                for start, end, kind in sorted(spans)
            ]
        return tuple(found)

    def settled(self, text: str) -> int:
        """See `settled` of this module."""
        return settled(text)

    def _prompt(self, call: Call) -> _Prompt:
        passages = [passage for passage in call.passages if passage.role in _HIDDEN]
        return self._prompts.get(
            (text for each in passages for text in (each.part, each.text)), lambda: _read(passages)
        )

    def _copied(self, passage: Passage, call: Call, prompt: _Prompt) -> Iterator[tuple[int, int]]:
        words = folded(passage.text)
        if prompt.long.isdisjoint(shingles(words, SHINGLE, _STEP)) and all(
            wanted.isdisjoint(shingles(words, size)) for size, wanted in prompt.short.items()
        ):
            return
        known = [self._shingles(other.text) for other in call.passages if other.role in _KNOWN]
        told = 0
        for run in _runs(located(passage.text), prompt, known):
            for piece in _pieces(passage.text, run) if told < MOST else (_joined(run),):
                told += 1
                yield piece

    def _shingles(self, text: str) -> frozenset[int]:
        return self._known.get((text,), lambda: shingle_set(folded(text), SHINGLE))


def settled(text: str) -> int:
    """How many leading characters of a window have findings that no continuation can change, whatever the prompt.

    No finding crosses that place. In prose it lies at the end of the clause before the last 128 characters.
    """
    return last_boundary(text, max(0, min(_words_settled(text), len(text) - SPAN)))


def _words_settled(text: str) -> int:
    """Words before this place are followed by `RUN` - 1 whole words, or by what breaks a run."""
    # Words but the first are the same wherever reading begins: mostly a short stretch has enough of them.
    base = max(0, len(text) - _TAIL)
    words = list(placed(text, base))
    if base and len(words) <= RUN + 1:
        base = max(0, len(text) - _AROUND - LONGEST_WORD - LONGEST_GAP)
        words = list(placed(text, base))
    place = len(text)
    while place > base and UNSEEN.match(text, place - 1):
        place -= 1
    if words and words[-1][2] == len(text):
        if words[-1][0] == BROKEN:
            return len(text)
        place = words.pop()[1]
    elif place - (words[-1][2] if words else base) > LONGEST_GAP:
        return place
    for word, start, _ in words[:-RUN:-1]:
        if word == BROKEN or (start == base and base):
            break
        place = start
    return place


def _read(passages: Sequence[Passage]) -> _Prompt:
    long: set[int] = set()
    short: dict[int, frozenset[int]] = {}
    for passage in passages:
        words = folded(passage.text)
        if len(words) >= RUN:
            long |= shingle_set(words, SHINGLE)
        elif len(words) >= SHINGLE and not passage.part.startswith(("tools", "functions")):
            # To say in its own few words what a tool does is what an answer may do.
            short[len(words)] = short.get(len(words), frozenset()) | shingle_set(words, len(words))
    return _Prompt(frozenset(long), short)


def _runs(words: Located, prompt: _Prompt, known: Sequence[frozenset[int]]) -> Iterator[Spans]:
    """The runs of words that were copied, each with the places of its words. No run goes on over a wide gap."""
    first = 0
    for last in (*words.wide, len(words.spans)):
        if last - first >= SHINGLE:
            for run in _RUN.finditer(_covered(words.words[first:last], prompt, known)):
                yield words.spans[first + run.start() : first + run.end()]
        first = last


def _covered(words: Sequence[str], prompt: _Prompt, known: Sequence[frozenset[int]]) -> bytearray:
    """One byte per word, 1 where it belongs to a run that was copied."""
    numbers = list(shingles(words, SHINGLE))
    present = set(numbers)
    told = set[int]().union(*(present & texts for texts in known))
    copied = (prompt.long & present) - told
    covered = bytearray(len(words))
    if copied:
        for run in _LONG.finditer(bytes(map(copied.__contains__, numbers))):
            covered[run.start() : run.end() + SHINGLE - 1] = b"\x01" * (run.end() - run.start() + SHINGLE - 1)
    for size, wanted in prompt.short.items():
        for hit in _HIT.finditer(bytes(map(wanted.__contains__, shingles(words, size)))):
            at = hit.start()
            if not told.issuperset(numbers[at : at + size - SHINGLE + 1]):
                covered[at : at + size] = b"\x01" * size
    return covered


def _pieces(text: str, run: Spans) -> Iterator[tuple[int, int]]:
    """Join neighbouring words to findings, unless a boundary lies between them; `MOST` at most."""
    first, last = run[0]
    boundaries = Boundaries(text, first, run[-1][1])
    pieces = 1
    for start, end in run[1:]:
        if boundaries.last(last, start) >= 0:
            yield first, last
            first = start
            if (pieces := pieces + 1) == MOST:
                last = run[-1][1]
                break
        last = end
    yield first, last


def _joined(run: Spans) -> tuple[int, int]:
    return run[0][0], run[-1][1]


def _whole(text: str, spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Cut canaries at boundaries, like all that is found."""
    canaries = sorted(spans)
    if not canaries:
        return
    boundaries = Boundaries(text, canaries[0][0], max(end for _, end in canaries))
    for start, end in canaries:
        last = end
        while (cut := boundaries.last(start + 1, last - 1)) >= 0:
            yield cut, last
            last = cut
        yield start, last
