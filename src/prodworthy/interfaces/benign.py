"""The benign texts of a workload: from its kept traffic, or from a file that somebody vouches for.

From the journal come the latest exchanges but those marked as attacks. A text that came several times (a conversation
repeats itself at every turn) counts once.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from pathlib import Path

import msgspec

from prodworthy.interfaces.means import vault_of
from prodworthy.interfaces.recalled import Archive, Recalled, recall
from prodworthy.interfaces.settings import Home
from prodworthy.operations.acts import Target
from prodworthy.operations.snapshot.snapshot import Workload
from prodworthy.operations.tuning.errors import CalibrationRefused
from prodworthy.operations.tuning.marks import marks
from prodworthy.policy.core.exchange import Passage
from prodworthy.record.journal.latest import latest
from prodworthy.record.journal.read import Selection
from prodworthy.record.store.database import Store

LONGEST_LINE = 1_048_576
"""Bytes of one line of a file of texts."""


class Text(msgspec.Struct, frozen=True):
    """One text, and the exchange that brought it ("": a file). `vouched`: somebody said that it is benign."""

    passage: Passage
    exchange: str = ""
    vouched: bool = True


class Line(msgspec.Struct, frozen=True):
    """One line of a file: a text, and from whom it is (user, tool, retrieval, agent)."""

    text: str
    role: str = "user"


def texts_of_journal(home: Home, store: Store, workload: Workload, most: int) -> Iterator[Text]:
    """The texts of the latest `most` exchanges, as far as their content is kept.

    Raises SettingsFault where content is kept and its key is not here, StoreFault.
    """
    target, seen = Target(workload.tenant, workload.id), _Seen()
    marked = marks(store, target)
    records = list(itertools.islice(latest(store, Selection(target.tenant, target.workload)), most))
    archive = Archive(store, vault_of(home) if any(record.content for record in records) else None, workload)
    for record in records:
        attack = marked.get(record.exchange)
        found = None if attack else recall(archive, record)
        if isinstance(found, Recalled):
            passages = filter(seen.first, found.reread.call.passages)
            yield from (Text(passage, record.exchange, attack is False) for passage in passages)


def texts_of_file(path: Path) -> Iterator[Text]:
    """The texts of a file of JSON lines. Raises CalibrationRefused with the line at fault, OSError."""
    seen = _Seen()
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE + 1), b""), 1):
            if len(line) > LONGEST_LINE:
                raise CalibrationRefused(f"{path}:{number}: the line is longer than {LONGEST_LINE} bytes")
            if line.strip():
                passage = _passage(path, number, line)
                if seen.first(passage):
                    yield Text(passage)


def _passage(path: Path, number: int, line: bytes) -> Passage:
    try:
        found = msgspec.json.decode(line, type=Line)
    except (msgspec.DecodeError, UnicodeError):
        raise CalibrationRefused(f'{path}:{number}: write one text a line, as {{"text": "…"}}') from None
    return Passage(f"line {number}", found.role, found.text)


class _Seen:
    """Which texts came already, by their digests."""

    def __init__(self) -> None:
        self._digests: set[bytes] = set()

    def first(self, passage: Passage) -> bool:
        text = f"{passage.role}\0{passage.text}".encode("utf-8", "surrogatepass")
        digest = hashlib.blake2b(text, digest_size=16).digest()
        known = digest in self._digests
        self._digests.add(digest)
        return not known
