"""One text of an answer while it arrives: what came, how far it is decided on, and what is to be edited in it."""

from __future__ import annotations

import bisect
from collections.abc import Sequence

from prodworthy.gateway.detectors.detector import Windowed
from prodworthy.gateway.protocols.json_text import JsonText, replacement, unfinished
from prodworthy.gateway.protocols.texts import editable
from prodworthy.policy.core.edits import apply
from prodworthy.policy.core.exchange import Passage
from prodworthy.policy.core.verdict import Edit

STRIDE = 96
"""Characters that must have become final before a running part is measured again."""


class Spoken:
    """One part. Positions count the part's own characters, as they stand on the wire."""

    def __init__(self, name: str, role: str, json: bool, context: int) -> None:
        """Nothing was said yet. `context`: characters before an undecided text that are measured with it."""
        self._context = context
        self.name = name
        self.role = role
        self.closed = False
        self.decided = 0
        self.length = 0
        self.edits: list[Edit] = []
        self.editable = editable(name)
        self.resumed_at = 0  # where a part went on that had been complete: nothing before can be edited any more
        self.json = json
        self._pieces: list[str] = []
        self._window = ""
        self._start = 0
        self._inside = False
        self._view: JsonText | None = None
        self._next = STRIDE  # the length at which there may be enough to decide on

    @property
    def text(self) -> str:
        """All that was said."""
        return "".join(self._pieces)

    def due(self) -> bool:
        """Whether there may be enough to decide on: anything where the part is complete, else `STRIDE` characters.

        What becomes final mostly grows as the text does: so nobody asks before that could be enough.
        """
        return self.length > self.decided if self.closed else self.length >= self._next

    def hear(self, text: str) -> tuple[int, int]:
        """Take what follows; where it stands."""
        if self.closed:
            self.closed, self.resumed_at = False, self.length
        start = self.length
        self.length += len(text)
        self._pieces.append(text)
        self._window += text
        return start, self.length

    def window(self, detectors: Sequence[Windowed]) -> tuple[Passage, int]:
        """What is to be measured now, and up to where the findings in it will be final."""
        raw = self._window
        if self.json:
            usable = raw if self.closed else raw[: len(raw) - unfinished(raw)]
            self._view = JsonText(usable, self._inside)
            said = self._view.text
        else:
            usable = said = raw
        settled = len(said) if self.closed else min((d.settled(said) for d in detectors), default=len(said))
        if self._view is not None:
            settled = self._view.back(settled) if settled < len(said) else len(usable)
        upto = self._start + settled
        final = upto - self.decided
        self._next = self.length + (STRIDE if final >= STRIDE else STRIDE - max(0, final))
        return Passage(self.name, self.role, usable, self._start, self.json), upto

    def decide(self, upto: int, edits: Sequence[Edit]) -> None:
        """Everything before `upto` is decided, with these edits in it."""
        self.edits += edits if self._view is None else [self._within_json(edit) for edit in edits]
        self.decided = upto
        keep = max(self._start, upto - self._context)
        if self._view is not None:
            keep = self._start + self._view.aligned(keep - self._start)
            self._inside = self._view.quoted(keep - self._start)
            self._view = None
        self._window = self._window[keep - self._start :]
        self._start = keep

    def edited(self, text: str, start: int) -> str:
        """What is left of a piece that begins at `start`."""
        first = bisect.bisect_right(self.edits, start, key=lambda edit: edit.end)
        last = bisect.bisect_left(self.edits, start + len(text), key=lambda edit: edit.start)
        return apply(text, self.edits[first:last], start) if first < last else text

    def _within_json(self, edit: Edit) -> Edit:
        quoted = self._view is not None and self._view.quoted(edit.start - self._start)
        return Edit(edit.part, edit.start, edit.end, replacement(edit.replacement, quoted))
