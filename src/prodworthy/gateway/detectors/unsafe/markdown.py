"""Markdown's links and images: inline, by reference, and where references are defined.

Brackets are matched like CommonMark does, but escapes and code spans are not believed: where they could make the
difference between a link and an image, it is an image. A blank line ends every construct.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from html import unescape

from prodworthy.gateway.detectors.unsafe.address import leads, plain, unescaped
from prodworthy.gateway.detectors.unsafe.construct import REACH, Construct, Parsed

# A `]` counts only where an address may follow that leads somewhere, a definition, or nothing yet. Within an image, or
# near the end of the text, every one does.
_FILLER = r"[^\s()\\:&/wW]"
_LEADING = rf"(?:{_FILLER}++|/(?!/)|[wW](?![wW]{{2}})|\({_FILLER}*+\))*+(?:[\\:&/wW]|\({_FILLER}*+[\\:&/wW])"
_ANGLED = r"<[^<>\n\\:&/wW]*+[\\:&/wW]"
_MARK = re.compile(rf"(\](?=\(\s*+(?:{_ANGLED}|{_LEADING})|:|\Z))|(\])|(!\[)|(\[++)|(\n[ \t]{{0,64}}\n)")
_CLOSING, _IMAGE, _OPENINGS, _BLANK = 2, 3, 4, 5
_TARGET = re.compile(r"\(\s*+(?:<((?:[^<>\n\\]++|\\.)*+)>|((?:[^\s()\\]++|\\.|\((?:[^\s()\\]++|\\.)*+\))*+))")
_REST = re.compile(r"""(?:\s++(?:"[^"]*+"|'[^']*+'|\([^()]*+\)))?+\s*+\)""")
_UNENDED = re.compile(
    r"""\\?\Z|\([^()]*+\Z|\s++(?:"[^"]*+|'[^']*+|\([^()]*+)?+\Z|\s++(?:"[^"]*+"|'[^']*+'|\([^()]*+\))\s*+\Z"""
)
_UNENDED_ANGLE = re.compile(r"\(\s*+<(?:[^<>\n\\]++|\\.)*+\\?\Z")
_LABEL = re.compile(r"\[([^\[\]\n]{0,200})\]")
SHORT_LABEL = 202
"""Characters of a label that has not ended, with its bracket: 201 at most."""
_UNENDED_LABEL = re.compile(r"\[[^\[\]\n]{0,200}\Z")
_DEFINITION = re.compile(r":\s{0,16}<?([^\s<>]+)")
_UNENDED_DEFINITION = re.compile(r":\s{0,16}<?\Z")
KNOWN = 256
"""Addresses of one text that are read once while it is read, however often they stand there."""
_MAY_LEAD = re.compile(r"[:&\\]|//|www", re.IGNORECASE)
_DOUBTFUL = re.compile(r"[\\`<]")


class _Brackets:
    """The brackets that are open at one place of the text, by their places; some of them are images'.

    `known` are the latest addresses, and how a browser would read them where they lead somewhere.
    """

    def __init__(self) -> None:
        self.openings: list[int] = []
        self.images: list[int] = []
        self.doubtful = -1
        self.known: dict[str, tuple[str, ...]] = {}

    def close(self, place: int) -> tuple[int, bool]:
        """The opening that a `]` at this place closes, and whether it is an image's; -1 where none is near enough."""
        if not self.openings:
            return -1, False
        opening = self.openings.pop()
        image = bool(self.images) and self.images[-1] == opening
        if image:
            self.images.pop()
        return (opening, image) if place - opening <= REACH else (-1, False)

    def image(self, place: int) -> int:
        """The nearest image before this place that is not closed for certain, or -1."""
        nearest = self.images[-1] if self.images else -1
        if nearest < self.doubtful:
            nearest = self.doubtful
        return nearest if place - nearest <= REACH else -1

    def leading(self, written: str) -> tuple[str, ...]:
        """The address as a browser reads it, if it leads somewhere; two where a backslash makes it another there."""
        known = self.known.get(written)
        if known is None:
            if len(self.known) >= KNOWN:
                self.known.clear()
            known = self.known[written] = _leading(written)
        return known

    def end(self) -> None:
        self.openings.clear()
        self.images.clear()
        self.doubtful = -1

    def still_open(self, near: int) -> list[int]:
        """The first opening from `near` on that is not closed, if there is one, and what may be."""
        at = bisect_left(self.openings, near)
        return [*self.openings[at : at + 1], *([self.doubtful] if self.doubtful >= near else [])]


def _leading(written: str) -> tuple[str, ...]:
    if not _MAY_LEAD.search(written):
        return ()
    address = unescape(written)
    read = sorted({plain(address), plain(unescaped(address))}) if "\\" in address else (plain(address),)
    return tuple(each for each in read if leads(each))


def read_markdown(text: str) -> Parsed:
    """Every link, image and definition. Label and target may be `REACH` long each; a longer one is told in part."""
    constructs: list[Construct] = []
    open_at = len(text)
    if "[" not in text and "]" not in text:
        return Parsed(constructs, open_at)
    brackets = _Brackets()
    openings, images, tail = brackets.openings, brackets.images, len(text) - REACH - 2
    for mark in _MARK.finditer(text):
        kind, place = mark.lastindex, mark.start()
        if kind == _CLOSING and place < tail and (not images or text.startswith("(", place + 1)):
            if openings and openings.pop() == (images[-1] if images else -1):
                images.pop()
        elif kind == _OPENINGS:
            end = mark.end()
            if end == place + 1:
                openings.append(place)
            else:
                openings.extend(range(place, end))
        elif kind == _IMAGE:
            openings.append(place)
            images.append(place)
        elif kind == _BLANK:
            brackets.end()
        else:
            unended = _closed(text, place, brackets, constructs)
            if unended < open_at:
                open_at = unended
    return Parsed(constructs, min([open_at, *brackets.still_open(max(0, len(text) - REACH))]))


def _closed(text: str, place: int, brackets: _Brackets, found: list[Construct]) -> int:
    """Add what the `]` at this place ends. Returns where what more text may change begins, or the text's end."""
    opening, image = brackets.close(place) if brackets.openings else (-1, False)
    inline = text.startswith("(", place + 1)
    if opening < 0 and not inline and place + 1 < len(text):
        return len(text)
    first = opening
    unclosed = -1
    if not image and (brackets.images or brackets.doubtful >= 0):
        unclosed = brackets.image(place)
        first = opening if unclosed < 0 else unclosed
    start = first if first >= 0 else place
    if inline:
        target = _TARGET.match(text, place + 1, place + 1 + REACH)
        return _inline(target, start, brackets, image or unclosed >= 0 or opening < 0, found) if target else len(text)
    more, ended = _other(text, opening, place + 1, image, brackets)
    found += more
    if image and _DOUBTFUL.search(text, opening, place):
        brackets.doubtful = max(brackets.doubtful, opening)
    return len(text) if ended else start


def _inline(target: re.Match[str], start: int, brackets: _Brackets, image: bool, found: list[Construct]) -> int:
    """Add what a `](` begins, given its target. Returns where what more text may change begins, or the text's end."""
    text, place, end, limit = target.string, target.start(), target.end(), target.endpos
    open_at = len(text)
    if end < limit and text[end] == ")":
        end += 1
    elif text[end : end + 1].isspace() and (rest := _REST.match(text, end, limit)):
        end = rest.end()
    elif len(text) - place < REACH and (_UNENDED.match(text, end) or _UNENDED_ANGLE.match(text, place)):
        open_at = start
    for each in brackets.leading(target[target.lastindex or 1]):
        found.append(Construct(start, end, "image" if image else "link", each))
    return open_at


def _other(text: str, opening: int, place: int, image: bool, brackets: _Brackets) -> tuple[list[Construct], bool]:
    """What a `]` before `place` ends that no parenthesis follows: an image by reference, or a definition's label."""
    if opening < 0 or place == len(text):
        return [], place < len(text)
    if not image:
        found = _DEFINITION.match(text, place, place + REACH)
        if found:
            links = [Construct(opening, found.end(), "link", each) for each in brackets.leading(found[1])]
            return links, found.end() < len(text)
        return [], not _UNENDED_DEFINITION.match(text, place)
    if text[place] == "[":
        label = _LABEL.match(text, place)
        if label:
            return [Construct(opening, label.end(), "reference_image")], True
        if len(text) - place < SHORT_LABEL and _UNENDED_LABEL.match(text, place):
            return [], False
    # "Done![1]" cites, and `vec![1]` is code: after a letter or digit a label alone is taken for no image.
    if text[max(0, opening - 1) : opening].isalnum() or not text[opening + 2 : place - 1].strip():
        return [], True
    return [Construct(opening, place, "reference_image")], True
