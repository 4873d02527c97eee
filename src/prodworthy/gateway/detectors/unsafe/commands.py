"""What terminals, databases and shells take for commands. Each pattern takes at most `SHORT` characters."""

from __future__ import annotations

import re

from prodworthy.gateway.detectors.unsafe.construct import REACH, Construct, Parsed

SHORT = 96
"""Characters of the longest of these constructs, but for strings that a terminal reads."""

_CONTROLS = r"\x00-\x08\x0a-\x1f\x80-\x84\x86-\x9f"
_STRING = re.compile(rf"(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^{_CONTROLS}]{{0,{REACH}}}(\x07|\x1b\\|\x9c)?")
_ESCAPE = re.compile(r"(?:\x1b\[|\x9b)[0-?]{0,48}[ -/]{0,8}[@-~]?|\x1b[^\x1b]?|[\x80-\x84\x86-\x9f]")
_STRING_OPENING = re.compile(r"\x1b[\]PX^_]|[\x90\x98\x9d-\x9f]")

_SQL = re.compile(
    r"""
    ;\s{0,8}(?:drop|alter|truncate|delete|insert|update|create|grant|revoke|exec(?:ute)?|merge|replace|attach|copy|call|select|shutdown|set|with)\b
    |\b(?:drop|create|alter|truncate|rename)\s{1,8}(?:temp(?:orary)?\s{1,8}|materialized\s{1,8}|or\s{1,8}replace\s{1,8})?
        (?:table|database|schema|view|index|user|role|function|procedure|trigger|column|sequence|extension)\b
    |\b(?:grant|revoke)\s{1,8}(?:all|select|insert|update|delete|execute|usage)\b
    |\bunion\s{1,8}(?:all\s{1,8}|distinct\s{1,8})?select\b
    |['"`]\s{0,8}(?:or|and|\|\|)\s{1,8}['"`]?\w{1,16}['"`]?\s{0,8}(?:=|<|>|like\b|in\b)
    |\b(?:or|and)\s{1,8}(\d{1,8})\s{0,8}=\s{0,8}\1\b
    |--(?=[\s'"+])|/\*|\*/|['"`)\d]\s{0,4}(?:--|\#)
    |\b(?:xp_cmdshell|sp_executesql|load_file|load_extension|pg_sleep|pg_read_file|lo_import|lo_export|benchmark|sleep
        |utl_http|dbms_\w{1,20})\s{0,4}\(?
    |\binto\s{1,8}(?:out|dump)file\b|\bwaitfor\s{1,8}delay\b|\b(?:information_schema|sqlite_master|pg_catalog)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_SHELL = re.compile(
    r"""
    \$\(|`|[<>]\(|\$\{
    |\|\s{0,8}(?:sudo\s{1,8})?(?:[\w./-]{0,24}/)?(?:(?:ba|z|k|c|da|fi)?sh|python[\d.]{0,4}|perl|ruby|node|php|xargs|tee)\b
    |\brm\s{1,8}(?:--?\w[\w-]{0,16}\s{1,8}){0,2}-(?:\w{0,8}[rRf]|-recursive|-force|-no-preserve-root)
    |(?:;|&&|\|\||\||&)\s{0,8}(?=[\w./~$"'\\-])
    |\d?>{1,2}\s{0,8}(?=[\w./~$"'&])
    |\b(?:mkfs|eval|sudo|curl|wget|chmod|chown|nc|ncat|ssh|scp|dd|base64|crontab|kill|shutdown|reboot)\s{1,8}(?=\S)
    |:\(\)\s{0,4}\{|/dev/(?:tcp|udp)/
    """,
    re.VERBOSE,
)


def read_escapes(text: str) -> Parsed:
    """Escape sequences of terminals (ECMA-48): what moves the cursor, changes colours, titles, links, clipboards."""
    found = [Construct(*each.span(), "ansi_escape") for each in _ESCAPE.finditer(text)]
    open_at = len(text)
    for opening in _STRING_OPENING.finditer(text):
        string = _STRING.match(text, opening.start())
        if string and string[1]:
            found.append(Construct(*string.span(), "ansi_escape"))
        elif string and len(text) < opening.end() + REACH + 2 and string.end() >= len(text) - 1:
            open_at = min(open_at, opening.start())
    return Parsed(found, open_at)


def before_commands(text: str, place: int) -> int:
    """The greatest place up to `place` that no command for a database or a shell crosses."""
    for pattern in (_SQL, _SHELL) * 2:
        start = max(0, place - SHORT)
        while (found := pattern.search(text, start, place + SHORT)) and found.start() < place:
            crosses = found.end() > place
            place = found.start() if crosses else place
            start = max(0, place - SHORT) if crosses else found.start() + 1
    return place


def read_sql(text: str) -> list[Construct]:
    """Stacked statements, definitions, tautologies, comments and functions that injected SQL uses."""
    return [Construct(*each.span(), "sql") for each in _SQL.finditer(text)]


def read_shell(text: str) -> list[Construct]:
    """Substitutions, chains, pipes, redirections and programs that do what cannot be undone."""
    return [Construct(*each.span(), "shell") for each in _SHELL.finditer(text)]
