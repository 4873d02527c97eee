"""Where a text comes from, beyond what its protocol says: what the manifest marks as retrieved within a message."""

from __future__ import annotations

from collections.abc import Iterator

from prodworthy.policy.core.exchange import Passage
from prodworthy.policy.core.manifest import Retrieved


def marked(passages: tuple[Passage, ...], retrieved: Retrieved) -> tuple[Passage, ...]:
    """The passages, cut so that what stands between the marks has the provenance "retrieval".

    A mark that is never closed reaches to the end of its text: what is not clearly the user's is not trusted.
    """
    return tuple(piece for passage in passages for piece in _cut(passage, retrieved))


def _cut(passage: Passage, retrieved: Retrieved) -> Iterator[Passage]:
    text, at = passage.text, 0
    if passage.json or retrieved.opening not in text:
        yield passage
        return
    while (begin := text.find(retrieved.opening, at)) >= 0:
        begin += len(retrieved.opening)
        end = text.find(retrieved.closing, begin)
        end = len(text) if end < 0 else end
        yield _piece(passage, passage.role, at, begin)
        yield _piece(passage, "retrieval", begin, end)
        at = end
    if at < len(text):
        yield _piece(passage, passage.role, at, len(text))


def _piece(passage: Passage, role: str, start: int, end: int) -> Passage:
    return Passage(passage.part, role, passage.text[start:end], passage.start + start)
