"""Reads a page as a browser would take it apart, and refuses what a careful author would not have written."""

from __future__ import annotations

from html.parser import HTMLParser

import msgspec

VOID = frozenset({"meta", "link", "br", "img", "hr", "input", "rect", "path"})
ALLOWED = frozenset(
    {"html", "head", "meta", "title", "link", "body", "a", "header", "nav", "ol", "ul", "li", "p", "time", "main"}
    | {"footer", "h1", "h2", "section", "div", "span", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td"}
    | {"strong", "code", "pre", "br", "img"}
)


class Page(msgspec.Struct):
    """What a page has: addresses that it leads to, ids, its text, and its cells."""

    links: list[str] = []
    ids: list[str] = []
    text: list[str] = []

    @property
    def words(self) -> str:
        """The text, blanks folded."""
        return " ".join(" ".join(self.text).split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED, f"<{tag}> does not belong here"
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names), f"an attribute of <{tag}> comes twice: {names}"
        for name, value in attrs:
            assert name != "style", "a style inside the page"
            assert not name.startswith("on"), f"a script inside the page: {name}"
            if name in ("href", "src"):
                assert (value or "").startswith(("/", "#")), f"a page leads elsewhere: {value}"
                self.page.links.append(value or "")
            if name == "id":
                self.page.ids.append(value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        self.page.text.append(data)


def read(text: str) -> Page:
    """Take a page apart. Fails for tags that are not closed, scripts, styles, links elsewhere, ids that come twice."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert not reader.open, f"not closed: {reader.open}"
    assert len(set(reader.page.ids)) == len(reader.page.ids), "an id comes twice"
    for link in reader.page.links:
        assert not link.startswith("#") or link[1:] in reader.page.ids, f"{link} leads nowhere"
    return reader.page
