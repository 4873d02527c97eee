"""Fact `unsafe_output`: what in the answer would do something where it is shown or run.

It finds constructs, it does not repair them: whoever removes one puts something in its place, for what stood around it
may otherwise join to a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter, itemgetter, lt
from typing import Any, TypeVar

from prodworthy.gateway.detectors.detector import Reading
from prodworthy.gateway.detectors.unsafe.address import Hosts, scheme, written_host
from prodworthy.gateway.detectors.unsafe.commands import (
    SHORT,
    before_commands,
    open_escape,
    read_commands,
    read_escapes,
)
from prodworthy.gateway.detectors.unsafe.construct import REACH as CONSTRUCT
from prodworthy.gateway.detectors.unsafe.construct import Construct
from prodworthy.gateway.detectors.unsafe.disclosure import Disclosure, Disclosures
from prodworthy.gateway.detectors.unsafe.markdown import read_markdown
from prodworthy.gateway.detectors.unsafe.markup import read_markup
from prodworthy.gateway.detectors.unsafe.plain_links import read_plain_links
from prodworthy.policy.core.facts import Finding

REACH = 2 * CONSTRUCT
"""Characters of the longest finding, and characters to the right of a window that decide about its findings."""
BACK = REACH
"""Characters to the left of a window that decide about its findings."""
OPENING = "<[!\x1b\x90\x98\x9d\x9e\x9f"
"""Characters that open what may hold white space. One may leave a stream when its construct is finished, or `REACH`
characters followed it. All else is cut at white space, and `SHORT` characters before the end."""
SINKS = frozenset({"html", "markdown", "sql", "shell", "url", "terminal"})
Found = tuple[int, int, str]
_START: Callable[[Construct], int] = attrgetter("start")
_BEGIN: Callable[[Found], int] = itemgetter(0)
_T = TypeVar("_T")
_SCRIPTS = frozenset({"javascript", "vbscript", "livescript"})


class UnsafeOutputDetector:
    """Finds `active_html`, `markdown_image` (remote, in Markdown or HTML), `foreign_link` (only where hosts are
    declared), `exfiltration_url`, `data_url`, `ansi_escape`, and for sinks that are declared `sql` and `shell`."""

    fact = "unsafe_output"
    slow = False
    context = BACK

    def __init__(self, hosts: tuple[str, ...] | None = None, sinks: frozenset[str] = frozenset()) -> None:
        """`hosts` are those that answers may lead to (`*.example.com` for all below one); None declares none.

        Raises ValueError for a host that is none and for an unknown sink.
        """
        if unknown := sorted(sinks - SINKS):
            raise ValueError(f"unknown sinks {unknown}; known are {sorted(SINKS)}")
        self._declared = hosts is not None
        self._hosts = Hosts(hosts or ())
        self._sinks = sinks
        self._disclosures = Disclosures()

    def measure(self, reading: Reading) -> tuple[Finding, ...]:
        """Find them in every text, in order of place. Findings of different kinds may overlap."""
        disclosure = self._disclosures.about(reading.call)
        findings: list[Finding] = []
        for passage in reading.texts:
            part, first = passage.part, passage.start
            found = self._found(passage.text, disclosure)
            findings += [Finding(part, first + start, first + end, kind) for start, end, kind in found]
        return tuple(findings)

    def settled(self, text: str) -> int:
        """How many leading characters of a window have findings that no continuation can change.

        No finding crosses that place. In prose it lies before the last word and `SHORT` characters before the end.
        """
        constructs, open_at = _constructs(text)
        constructs.sort(key=_place, reverse=True)
        escapes = read_escapes(text)
        place, before = max(0, min(open_at, open_escape(text), len(text) - SHORT, _last_token(text))), -1
        while place != before:
            before = place
            for one in constructs:
                if one.start < place < one.end:
                    place = one.start
            for start, end, _ in reversed(escapes):
                if start < place < end:
                    place = start
            place = before_commands(text, place, self._sinks)
        return place

    def _found(self, text: str, disclosure: Disclosure) -> Iterable[Found]:
        constructs = _constructs(text)[0]
        _in_order(constructs, _START, _place)
        found = list(self._judged(constructs, disclosure))
        found += read_escapes(text)
        found += read_commands(text, self._sinks)
        _in_order(found, _BEGIN, _first)
        return found

    def _judged(self, constructs: Iterable[Construct], disclosure: Disclosure) -> Iterator[Found]:
        """What is unsafe of these, but for what lies within another of its kind."""
        furthest: dict[str, int] = {}
        known: dict[tuple[str, str], tuple[str, ...]] = {}
        for one in constructs:
            what, address, end = one.what, one.address, one.end
            kinds = known.get((what, address))
            if kinds is None:
                kinds = known[what, address] = tuple(self._kinds(what, address, disclosure))
            for kind in kinds:
                if end > furthest.get(kind, -1):
                    furthest[kind] = end
                    yield one.start, end, kind

    def _kinds(self, what: str, address: str, disclosure: Disclosure) -> Iterator[str]:
        match what:
            case "reference_image":
                yield "markdown_image"
            case "script_url":
                if "url" in self._sinks:
                    yield "active_html"
            case "image" | "link" | "url":
                yield from self._leading(what, address, disclosure)
            case _:
                yield what

    def _leading(self, what: str, address: str, disclosure: Disclosure) -> Iterator[str]:
        if scheme(address) in _SCRIPTS:
            yield "active_html"
        name = written_host(address)
        if name is None or self._hosts.allow_written(name):
            return
        if what == "image":
            yield "markdown_image"
        elif self._declared:
            yield "foreign_link"
        if disclosure.carries(address):
            yield "exfiltration_url"


def _in_order(these: list[_T], start: Callable[[_T], int], rank: Callable[[_T], Any]) -> None:
    """Sort by rank, whose first part is the start. Where all starts differ, that suffices, in a third of the time."""
    these.sort(key=start)
    starts = list(map(start, these))
    if not all(map(lt, starts, starts[1:])):
        these.sort(key=rank)


def _place(construct: Construct) -> tuple[int, int]:
    return construct.start, -construct.end


def _first(found: Found) -> tuple[int, int, str]:
    return found[0], -found[1], found[2]


def _constructs(text: str) -> tuple[list[Construct], int]:
    markup, markdown = read_markup(text), read_markdown(text)
    return markup.constructs + markdown.constructs + read_plain_links(text), min(markup.open_at, markdown.open_at)


def _last_token(text: str) -> int:
    """Where the last stretch without white space begins, but at most `REACH` characters before the end."""
    if not text or text[-1].isspace():
        return len(text)
    return len(text) - len(text[-REACH:].rsplit(None, 1)[-1])
