"""What documents say that code can confirm: paths, tests, modules, commands, fenced examples, tables."""

from __future__ import annotations

import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from prodworthy.interfaces.cli import app

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "prodworthy"
NOT_OURS = frozenset(
    {
        *("workload.yaml", "prodworthy.toml", "prodworthy.db", "spool/", "kill/", "ledger/", "stamps/"),
        *("manifest.json", "seal.json", "reports/", "chains/", "closing/"),
    }
)
"""Files and folders of a reader, an installation or a pack, not of this repository."""

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_FILE = re.compile(r"(?P<path>[\w.-]+(?:/[\w.-]+)*\.(?:py|toml|sh|yaml|json|md))(?:::(?P<test>\w+))?")
_FOLDER = re.compile(r"(?:[\w.-]+/)+")
_MODULE = re.compile(r"prodworthy(?:\.\w+)+")
_REST_OF_LINE = frozenset({"|", ">", "&&", ";"})


def documents() -> list[Path]:
    """The pages that people write; the generated reference and the benchmarks have checks of their own."""
    pages = [path for path in (ROOT / "docs").rglob("*.md") if path.parent.name != "reference"]
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(p for p in pages if p.name != "benchmarks.md")]


def fenced(text: str, language: str) -> list[str]:
    """The examples in one language."""
    return [found[2] for found in _FENCE.finditer(text) if found[1] == language]


def inline(text: str) -> list[str]:
    """What stands between backticks in the prose."""
    return _INLINE.findall(_FENCE.sub("", text))


def missing(mention: str) -> str:
    """Why a path, test or module that is mentioned is not there; "" if it is, or if nothing of that kind is meant."""
    if mention in NOT_OURS:
        return ""
    file = _FILE.fullmatch(mention)
    if file:
        place = _place(file["path"])
        if place is None:
            return "no such file"
        if file["test"] and not re.search(rf"\bdef {file['test']}\(", place.read_text(encoding="utf-8")):
            return "no such test in that file"
    if _FOLDER.fullmatch(mention) and _place(mention) is None:
        return "no such folder"
    if _MODULE.fullmatch(mention) and importlib.util.find_spec(mention) is None:
        return "no such module"
    return ""


def _place(path: str) -> Path | None:
    if path.startswith(".prodworthy/"):
        return ROOT  # the home folder of whoever runs it
    return next((root / path for root in (ROOT, SOURCE) if (root / path).exists()), None)


def commands(text: str) -> Iterator[list[str]]:
    """The words after `prodworthy` of every command that is shown, those of transcripts included."""
    lines = [line for block in fenced(text, "sh") for line in block.replace("\\\n", " ").splitlines()]
    for line in [*lines, *typed(text), *inline(text)]:
        words = shlex.split(line, comments=True) if line.count('"') % 2 == 0 and line.count("'") % 2 == 0 else []
        if words and words[0].rpartition("/")[2] == "prodworthy" and len(words) > 1:
            end = next((at for at, word in enumerate(words) if word in _REST_OF_LINE), len(words))
            yield words[1:end]


def typed(text: str) -> list[str]:
    """The lines that somebody typed in the transcripts of a text, without their prompt."""
    return [line[2:] for block in fenced(text, "text") for line in block.splitlines() if line.startswith("$ ")]


def parse_command(words: list[str]) -> None:
    """Parse a command without running it. Raises the parser's own exceptions, and LookupError for an unknown verb.

    A verb alone (`prodworthy kill`) names it, and need not be complete.
    """
    command: Any = typer.main.get_command(app)
    rest = [word for word in words if word != "--help"]
    while hasattr(command, "commands") and rest and not rest[0].startswith("-"):
        command = command.commands[rest.pop(0)]
    if rest:
        command.make_context("prodworthy", rest)


def first_column(text: str, header: str) -> list[str]:
    """Whatever stands in backticks in the first column of every table whose first header is `header`."""
    found: list[str] = []
    within = False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            within = False
        elif cells[0] == header:
            within = True
        elif within:
            found += _INLINE.findall(cells[0])
    return found
