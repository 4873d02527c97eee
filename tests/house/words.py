"""Words: names that say nothing, work left undone, silenced checks without a reason, talk of other things."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping

from tests.house.source import Breach, Source, definitions

AVOIDED = frozenset({"manager", "handler", "helper", "util", "utils", "processor", "service", "engine", "guardrail"})
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
SILENCED = re.compile(r"#\s*(?:type:\s*ignore|no" r"qa|pragma:\s*no\s*(?:cover|branch))")
DIRECTIVE = re.compile(
    r"#\s*(?:type:\s*ignore(?P<type>\[[\w,\s-]+\])?|no"
    r"qa(?P<lint>:\s*[A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*)?"
    r"|pragma:\s*no\s*(?P<coverage>cover|branch))"
)
REASON = re.compile(r"[A-Za-z]{2,}(?:\W+\w+){2,}")  # three words or more
# Where a project comes from, and on which machine it was written, is nobody's business who reads it.
ELSEWHERE = {
    "a path of one machine": re.compile(r"(?<![\w.])/(?:wo" r"rk|ro" r"ot|ho" r"me/\w+)/|/tmp/(?:br" r"ief|tr" r"y)\b"),
    "a task by number": re.compile(r"\b(?:is" r"sue|ta" r"sk|tick" r"et)s?\s+(?:no\.?\s*|#)?\d+\b", re.IGNORECASE),
    "a package registry's host": re.compile(
        r"py" r"pi\.org|files\.python" r"hosted|registry\.np" r"mjs|deb\.deb" r"ian\.org|crates" r"\.io", re.IGNORECASE
    ),
}


def avoided_names(sources: Iterable[Source]) -> Iterator[Breach]:
    """No module, class or function is called by a word that fits anything."""
    for source in sources:
        if words := _avoided(source.name.rpartition(".")[2]):
            yield Breach("avoided_names", source.name, f"{words}: say what happens there")
        for name, _ in definitions(source.tree):
            if words := _avoided(name.rpartition(".")[2]):
                yield Breach("avoided_names", f"{source.name}:{name}", f"{words}: say what happens there")


def unfinished_work(sources: Iterable[Source]) -> Iterator[Breach]:
    """No comment or text promises work for later."""
    for source in sources:
        for token in _tokens(source, tokenize.COMMENT, tokenize.STRING):
            if found := UNFINISHED.search(token.string):
                yield Breach("unfinished_work", source.name, f"line {token.start[0]}: {found[0]}")


def unexplained_silence(sources: Iterable[Source]) -> Iterator[Breach]:
    """A check that is switched off for a line names its code and gives its reason on that line."""
    for source in sources:
        for token in _tokens(source, tokenize.COMMENT):
            if SILENCED.search(token.string) and not _explained(token.string):
                yield Breach("unexplained_silence", source.name, f"line {token.start[0]}: {token.string}")


def speaks_of_itself(texts: Mapping[str, str]) -> Iterator[Breach]:
    """No file names a machine's path, a task's number or a package registry."""
    for name, text in texts.items():
        for what, pattern in ELSEWHERE.items():
            for line, content in enumerate(text.splitlines(), start=1):
                if found := pattern.search(content):
                    yield Breach("speaks_of_itself", name, f"line {line}: {what}: {found[0]}")


def _avoided(name: str) -> str:
    parts = [part.lower() for part in WORD.findall(name)]
    return ", ".join(part for part in parts if part in AVOIDED or part.removesuffix("s") in AVOIDED)


def _explained(comment: str) -> bool:
    coded = all(any(match.groupdict().values()) for match in DIRECTIVE.finditer(comment))
    return coded and bool(REASON.search(DIRECTIVE.sub(" ", comment)))


def _tokens(source: Source, *kinds: int) -> Iterator[tokenize.TokenInfo]:
    return (token for token in tokenize.generate_tokens(io.StringIO(source.text).readline) if token.type in kinds)
