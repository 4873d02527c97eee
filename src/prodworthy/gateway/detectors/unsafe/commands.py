"""What terminals, databases and shells take for commands. Each pattern takes at most `SHORT` characters."""

from __future__ import annotations

import re
from collections.abc import Collection

from prodworthy.gateway.detectors.pattern_set import PatternSet
from prodworthy.gateway.detectors.unsafe.construct import REACH
from prodworthy.gateway.detectors.unsafe.scanned import folds, scanned

SHORT = 96
"""Characters of the longest of these constructs, but for strings that a terminal reads."""

Command = tuple[int, int, str]
"""Characters `[start, end)` and the sink whose command they are: sql, shell, or ansi_escape for a terminal's."""

_CONTROLS = r"\x00-\x08\x0a-\x1f\x80-\x84\x86-\x9f"
_STRING = rf"(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^{_CONTROLS}]{{0,{REACH}}}"
_ESCAPE = re.compile(
    rf"{_STRING}(?:\x07|\x1b\\|\x9c)"
    r"|(?:\x1b\[|\x9b)[0-?]{0,48}[ -/]{0,8}[@-~]?|\x1b[^\x1b\x80-\x9f]?|[\x80-\x84\x86-\x9f]"
)
_OPEN_STRING = re.compile(rf"{_STRING}\x1b?\Z")
_CONTROL = re.compile(r"[\x1b\x80-\x84\x86-\x9f]")

# No match of these overlaps another that begins elsewhere, but for a few at the most: so it does not matter where a
# window of a text begins.
_SQL = r"""
    ;\s{0,8}(?:drop|alter|truncate|delete|insert|update|create|grant|revoke|exec(?:ute)?|merge|replace|attach|copy|call|select|shutdown|set|with)\b
    |\b(?:drop|create|alter|truncate|rename)\s{1,8}(?:temp(?:orary)?\s{1,8}|materialized\s{1,8}|or\s{1,8}replace\s{1,8})?
        (?:table|database|schema|view|index|user|role|function|procedure|trigger|column|sequence|extension)\b
    |\b(?:grant|revoke)\s{1,8}(?:all|select|insert|update|delete|execute|usage)\b
    |\bunion\s{1,8}(?:all\s{1,8}|distinct\s{1,8})?select\b
    |['"`]\s{0,8}(?:or|and|\|\|)\s{1,8}['"`]?\w{1,16}['"`]?\s{0,8}(?:=|<|>|like\b|in\b)
    |\b(?:or|and)\s{1,8}(\d{1,8})\s{0,8}=\s{0,8}\1\b
    |--(?=[\s'"+])|/(?=\*)|\*(?=/)|['"`)\d]\s{0,4}(?:--|\#)
    |\b(?:xp_cmdshell|sp_executesql|load_file|load_extension|pg_sleep|pg_read_file|lo_import|lo_export|benchmark|sleep
        |utl_http|dbms_\w{1,20})\s{0,4}\(?
    |\binto\s{1,8}(?:out|dump)file\b|\bwaitfor\s{1,8}delay\b|\b(?:information_schema|sqlite_master|pg_catalog)\b
"""
_SHELL = r"""
    \$\(|`|[<>]\(|\$\{
    |\|\s{0,8}(?:sudo\s{1,8})?(?:[\w./-]{0,24}/)?(?:(?:ba|z|k|c|da|fi)?sh|python[\d.]{0,4}|perl|ruby|node|php|xargs|tee)\b
    |(?<!-)\brm\s{1,8}(?:--?\w[\w-]{0,16}\s{1,8}){0,2}-(?:\w{0,8}[rRf]|-recursive|-force|-no-preserve-root)
    |(?:;|&&|\|\||\||&)\s{0,8}(?=[\w./~$"'\\-])
    |\d?>{1,2}\s{0,8}(?=[\w./~$"'&])
    |\b(?:mkfs|eval|sudo|curl|wget|chmod|chown|nc|ncat|ssh|scp|dd|base64|crontab|kill|shutdown|reboot)\s{1,8}(?=\S)
    |:\(\)\s{0,4}\{|/dev/(?:tcp|udp)/
"""
_PATTERNS = {
    "sql": re.compile(_SQL, re.IGNORECASE | re.VERBOSE),
    "shell": re.compile(_SHELL, re.VERBOSE),
}
_PRESENT = PatternSet([scanned(_SQL, True), scanned(_SHELL, False)], starts=False, once=True)


def escapes(text: str) -> bool:
    """Whether anything in the text may be an escape sequence."""
    return "\x1b" in text if text.isascii() else _CONTROL.search(text) is not None


def read_escapes(text: str) -> list[Command]:
    """Escape sequences of terminals (ECMA-48): what moves the cursor, changes colours, titles, links, clipboards."""
    return [(*each.span(), "ansi_escape") for each in _ESCAPE.finditer(text)] if escapes(text) else []


def open_escape(text: str) -> int:
    """Where a string for a terminal begins that has not ended yet; the length of the text where there is none."""
    tail = len(text) - REACH - 3
    found = _OPEN_STRING.search(text, max(0, tail)) if escapes(text[max(0, tail) :]) else None
    return found.start() if found else len(text)


def read_commands(text: str, sinks: Collection[str]) -> list[Command]:
    """SQL: stacked statements, definitions, tautologies, comments and functions that injections use. Shell:
    substitutions, chains, pipes, redirections and programs that do what cannot be undone."""
    present = _present(text, sinks)
    found = [(*each.span(), sink) for sink in present for each in _PATTERNS[sink].finditer(text)]
    return sorted(found) if len(present) > 1 else found


def before_commands(text: str, place: int, sinks: Collection[str]) -> int:
    """The greatest place up to `place` that no command for one of these sinks crosses."""
    if not _present(text[max(0, place - SHORT) : place + SHORT], sinks):
        return place
    before = -1
    while place != before:
        before = place
        for pattern in [_PATTERNS[sink] for sink in _PATTERNS if sink in sinks]:
            start = max(0, place - SHORT)
            while (found := pattern.search(text, start, place + SHORT)) and found.start() < place:
                crosses = found.end() > place
                place = found.start() if crosses else place
                start = max(0, place - SHORT) if crosses else found.start() + 1
    return place


def _present(text: str, sinks: Collection[str]) -> list[str]:
    """Those of the sinks whose commands the text may hold."""
    asked = [sink for sink in _PATTERNS if sink in sinks]
    if not asked or folds(text):
        return asked
    there = {index for index, _, _ in _PRESENT.matches(text)}
    return [sink for index, sink in enumerate(_PATTERNS) if index in there and sink in sinks] if there else []
