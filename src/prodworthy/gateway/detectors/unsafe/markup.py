"""HTML that does something: elements that run or load, attributes that do, addresses in attributes.

Reads like a browser (quotes hide `>`), and like a Markdown renderer (a `<` outside quotes begins a new tag). Code
blocks are not spared: whether an answer is within one cannot be known from a piece of it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from html import unescape

from prodworthy.gateway.detectors.unsafe.address import plain
from prodworthy.gateway.detectors.unsafe.construct import REACH, Construct, Parsed

_ACTIVE = frozenset(
    {"script", "iframe", "frame", "frameset", "object", "embed", "applet", "portal", "fencedframe", "svg", "math"}
    | {"form", "base", "link", "style", "xml", "xss"}
)
_WITH_CONTENT = frozenset({"script", "iframe", "object", "applet", "svg", "math", "style", "xml"})
_LOADS = frozenset(["src", "srcset", "poster", "background", "lowsrc", "dynsrc", "imagesrcset"])
_LEADS = frozenset(["href", "xlink:href", "cite", "ping", "longdesc", "action", "data", "codebase"])
_ACTS = frozenset(["srcdoc", "formaction", "http-equiv"])
_SCRIPTED = frozenset({"javascript", "vbscript", "livescript"})

# An opening whose name is not active, and behind which the next of `<`, `>` and `=` is no `=`, means nothing.
_OPENING = re.compile(
    rf"<(?=(?:{'|'.join(sorted(_ACTIVE))})|[a-z][^\s/<>]{{0,31}}:|(?![a-z][^<>=]{{0,{REACH - 3}}}[<>])[a-z])",
    re.IGNORECASE,
)
_NAME = re.compile(r"<([a-zA-Z][^\s/<>]{0,31})")
_BODY = re.compile(r"""<(?:[^<>=]++|=\s*+(?:"[^"]*+"|'[^']*+'|(?!["'])))*+""")
_CLOSING = re.compile(rf"</({'|'.join(sorted(_WITH_CONTENT))})[\s/]{{0,64}}>", re.IGNORECASE)
_EVENT = re.compile(r"""[\s/"'\x00]on[a-z]{2,30}\s{0,64}=""", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]{1,64})\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s>"']++)""")
_MATTERS = re.compile(r"[:&]|[a-z]{3}\s*+=", re.IGNORECASE)
"""What a tag holds that acts, loads or leads: the names of its attributes have at least three letters."""
_STYLE = re.compile(r"url\(|expression\(|@import|-moz-binding|behavior:", re.IGNORECASE)


def read_markup(text: str) -> Parsed:
    """Every tag that does something. A tag or element that is longer than `REACH` is told by its opening alone."""
    constructs: list[Construct] = []
    open_at = len(text)
    if "<" not in text:
        return Parsed(constructs, open_at)
    closings = _closings(text)
    for opening in _OPENING.finditer(text):
        start = opening.start()
        limit = start + REACH
        found = _NAME.match(text, start)
        head, name = (found.end(), found[1].lower()) if found else (start + 2, "")
        active = name in _ACTIVE or (":" in name and not _ACTIVE.isdisjoint(name.split(":")))
        end = _tag_end(text, start)
        if not end:
            if len(text) < limit:
                open_at = min(open_at, start)
            if active or len(text) >= limit or _acts(text[start:]):
                constructs.append(Construct(start, head, "active_html"))
            continue
        if name in _WITH_CONTENT and text[end - 1] == ">":
            content = _content_end(closings[name], end, limit)
            if not content and len(text) < limit:
                open_at = min(open_at, start)
            end = content or end
        if active and text.find("=", start, end) < 0:
            constructs.append(Construct(start, end, "active_html"))
        elif active or _MATTERS.search(text, start, end):
            constructs += _meaning(text[start:end], start, active)
    return Parsed(constructs, open_at)


def _tag_end(text: str, start: int) -> int:
    """Where a tag ends: behind its `>`, or at the `<` of the next; 0 if neither stands within reach."""
    body = _BODY.match(text, start, start + REACH)
    end = body.end() if body else start
    if end >= min(len(text), start + REACH):
        return 0
    return end + (text[end] == ">") if text[end] in "<>" else 0


def _closings(text: str) -> dict[str, list[tuple[int, int]]]:
    closings: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for closing in _CLOSING.finditer(text):
        closings[closing[1].lower()].append(closing.span())
    return closings


def _content_end(closings: list[tuple[int, int]], start: int, limit: int) -> int:
    at = bisect_left(closings, (start, 0))
    return closings[at][1] if at < len(closings) and closings[at][1] <= limit else 0


def _acts(tag: str) -> bool:
    """Whether a tag has an attribute that runs something."""
    if "=" not in tag:
        return False
    if _EVENT.search(tag):
        return True
    if ":" not in tag and "&" not in tag:
        return False
    bare = plain(unescape(tag)).lower()
    return any(f"{name}:" in bare for name in _SCRIPTED) or "data:text/html" in bare


def _meaning(tag: str, start: int, active: bool) -> Iterator[Construct]:
    end = start + len(tag)
    if active or _acts(tag):
        yield Construct(start, end, "active_html")
    for attribute in _ATTRIBUTE.finditer(tag):
        name, value = attribute[1].lower(), unescape(attribute[2].strip("\"'"))
        if name in _ACTS or (name == "style" and _STYLE.search(value)):
            yield Construct(start, end, "active_html")
        elif name in _LOADS:
            # srcset holds several addresses, each with a size
            several = [each.strip().split(" ")[0] for each in value.split(",")] if name.endswith("srcset") else [value]
            for address in several:
                yield Construct(start, end, "image", plain(address))
        elif name in _LEADS:
            yield Construct(start, end, "image" if tag[1:6].lower() == "image" else "link", plain(value))
