"""PSF-1.3: personal data that passes through a workload is found in clear in no store.

A place that could not be searched makes the run incomplete. What is found is never repeated: only where it lies.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

import msgspec

from prodworthy.assurance.drills.door import Door, Unanswered
from prodworthy.assurance.drills.drill import Drill
from prodworthy.assurance.drills.input_governance.clear_text import ClearText
from prodworthy.assurance.drills.input_governance.planted import planted, sentence
from prodworthy.assurance.drills.input_governance.stores import columns
from prodworthy.assurance.drills.journal import recorded, require_on
from prodworthy.assurance.drills.outcome import Failed, Incomplete
from prodworthy.assurance.drills.run import SPOOL, Run
from prodworthy.assurance.drills.speech import Said
from prodworthy.assurance.drills.voice import Voice, voice_of

EXPECTED = frozenset({"answered", "replaced", "refused", "vendor_error"})
"""Ends of an exchange that say nothing against it: answered, or refused by a control or by the vendor."""

MOST_PLACES = 20
"""Places that the result names."""

_HARMLESS = "Say yes."


def execute(run: Run) -> str:
    """Plant, and search. Raises Failed or Incomplete."""
    require_on(run)
    voice, identifiers = voice_of(run), planted()
    text = sentence(identifiers)
    sought = ClearText(spelling for one in identifiers for spelling in (one.text, *one.spellings))
    exchanges = _planted(run, voice, text)
    run.say(f"{len(exchanges)} requests with made-up identifiers")
    search = _Search(sought)
    search.files(run, lambda place: place.startswith(SPOOL))  # some may not be in the journal yet
    _require_recorded(run, exchanges)
    search.database(run)
    search.files(run, lambda place: True)
    search.pages(run)
    run.observe(places=search.places, bytes_searched=search.size, leaks=len(search.leaks))
    if search.leaks:
        named = "; ".join(sorted(search.leaks)[:MOST_PLACES])
        raise Failed(f"Personal data lies in clear in {len(search.leaks)} places: {named}.")
    return f"Found in none of {search.places} places ({search.size:,} bytes); requests sent: {len(exchanges)}."


def _planted(run: Run, voice: Voice, text: str) -> list[str]:
    """Send a request for each position, whole and streamed; the exchanges. Raises Incomplete for one unanswered."""
    wholes = [Said(text), *(_elsewhere(position, text) for position in voice.speech.positions)]
    streams = (False, True) if voice.speech.streams else (False,)
    saids = [msgspec.structs.replace(said, stream=stream) for said in wholes for stream in streams]
    exchanges = []
    for said in saids:
        try:
            reply = run.door.ask(voice.path, voice.body(said))
        except Unanswered as why:
            raise Incomplete(f"The gateway did not answer ({why}); is it running?") from None
        if not reply.exchange:
            raise Incomplete(f"The gateway did not take a request: status {reply.status} {reply.code}.")
        exchanges.append(reply.exchange)
        time.sleep(1 / run.terms.rate)
    run.observe(requests=len(exchanges))
    return exchanges


def _elsewhere(position: str, text: str) -> Said:
    return Said(_HARMLESS, system=text) if position == "system" else Said(_HARMLESS, tool=text)


def _require_recorded(run: Run, exchanges: list[str]) -> None:
    """Raise Failed for an exchange that is not in the journal, Incomplete for one that did not end as it should."""
    found = recorded(run, exchanges)
    run.observe(recorded=len(found))
    if missing := len(exchanges) - len(found):
        raise Failed(f"{missing} of {len(exchanges)} exchanges are not in the journal; is the recorder running?")
    strange = sorted({record.end for record in found.values()} - EXPECTED)
    if strange:
        raise Incomplete(f"Some exchanges ended as {', '.join(strange)}: run the drill again when the vendor answers.")
    if all(record.end == "vendor_error" for record in found.values()):
        raise Incomplete("The vendor refused every request; declare the input contract under PSF-1.2, then try again.")


class _Search:
    """What was searched so far, and where something was found."""

    def __init__(self, sought: ClearText) -> None:
        self._sought = sought
        self._searched: set[str] = set()
        self.size = 0
        self.leaks: set[str] = set()

    @property
    def places(self) -> int:
        return len(self._searched)

    def database(self, run: Run) -> None:
        """Every column of every table."""
        day = datetime.fromtimestamp(run.began / 1e9, UTC).strftime("%Y%m%d")
        for place, values in columns(run.where.store, day):
            self._look(place, (values,))

    def files(self, run: Run, wanted: Callable[[str], bool]) -> None:
        """Every file whose place is wanted. Raises Incomplete for one that cannot be read."""
        for place, pieces in run.where.files():
            if wanted(place):
                try:
                    self._look(f"file {place}", pieces)
                except OSError as fault:
                    raise Incomplete(f"The file {place} could not be searched: {fault.strerror}.") from None

    def pages(self, run: Run) -> None:
        """What processes show to anybody. Raises Incomplete for one that does not answer."""
        for page in run.where.pages:
            try:
                self._look(f"page {page}", (Door(page.host, page.port, "").ask(page.path).body,))
            except Unanswered as why:
                raise Incomplete(f"The page {page} could not be read ({why}); is that process running?") from None

    def _look(self, place: str, pieces: Iterable[bytes]) -> None:
        self._searched.add(place)
        if self._sought.within(self._counted(pieces)):
            self.leaks.add(place)

    def _counted(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self.size += len(piece)
            yield piece


DRILL = Drill(
    name="planted-personal-data",
    criteria=("PSF-1.3",),
    proves="Personal data in requests is recorded nowhere in clear: no table, no file, no page that a process shows.",
    traffic="Sends up to 6 requests with made-up identifiers to the model; nobody else's requests are touched.",
    takes="about 5 s, and 1 s more for each gigabyte of today's journal and of the home folder",
    steps=(
        "make an e-mail address, a card number, an account number and a phone number that are nobody's",
        "send them as the user, as the system and in a tool's result, whole and streamed, where the protocol has that",
        "wait until every exchange is in the journal with an end that is not a fault",
        "search the spool, every column of every table, every file of the home folder, and what processes show",
        "in UTF-8, UTF-16, base64, hexadecimal, percent-encoding and the escapes of JSON",
    ),
    observes={
        "requests": "requests that were sent",
        "recorded": "of them, those in the journal",
        "places": "columns, files and pages that were searched",
        "bytes_searched": "bytes that were searched",
        "leaks": "places where an identifier lies in clear",
    },
    cleans="revokes its key; its exchanges stay in the journal, without content unless the manifest keeps it",
    execute=execute,
)
