"""The tests mirror the package: a module with something in it has tests beside those of its neighbours."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from tests.house.source import PACKAGE, Breach, Source

WORTH_A_TEST = 40
CONTROLS = PurePosixPath("tests/policy/controls")
SILENT = frozenset(
    {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
)


def untested_packages(sources: Iterable[Source], test_files: Iterable[str]) -> Iterator[Breach]:
    """A module of more than 40 lines of code has a test module in the folder of its package, or one named after it.

    src/prodworthy/record/store/tables.py is served by tests/record/store/test_*.py or tests/record/test_store.py.
    The controls of a domain are served by tests/policy/controls/, where every case of every control is run.
    `test_files` are paths from the root of the repository.
    """
    tests = [PurePosixPath(name) for name in test_files]
    folders = {test.parent for test in tests if test.name.startswith("test_")}
    named = {test.with_suffix("") for test in tests}
    for source in sources:
        if code_lines(source) <= WORTH_A_TEST:
            continue
        package = PurePosixPath("tests", *_package(source))
        if package.parent == CONTROLS and CONTROLS in folders:
            continue
        if package not in folders and package.with_name(f"test_{package.name}") not in named:
            yield Breach("untested_packages", source.name, f"no test module in {package}/")


def code_lines(source: Source) -> int:
    """Lines that hold code: not blank, not only a comment, not a docstring."""
    lines: set[int] = set()
    starts_statement = True
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type not in SILENT and not (starts_statement and token.type == tokenize.STRING):
            lines.update(range(token.start[0], token.end[0] + 1))
        if token.type not in {tokenize.COMMENT, tokenize.NL}:
            starts_statement = token.type in {tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    return len(lines)


def _package(source: Source) -> list[str]:
    parts = source.name.split(".")
    parts = parts if source.path.name == "__init__.py" else parts[:-1]
    return parts[1:] if parts[0] == PACKAGE else parts
