"""Builds dist/prodworthy-verify.pyz: the verifier and nothing else, as one file that Python runs.

The same sources always give the same bytes: files in order, without dates, not compressed.
"""

from __future__ import annotations

import ast
import hashlib
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "src"
TARGET = ROOT / "dist" / "prodworthy-verify.pyz"
START = "prodworthy.interfaces.verifier"
DATA = "prodworthy/policy/standard"
MAIN = b'"""The verifier."""\n\nfrom prodworthy.interfaces.verifier import main\n\nraise SystemExit(main())\n'
SHEBANG = b"#!/usr/bin/env python3\n"


def modules(start: str = START) -> list[str]:
    """The modules of ours that `start` imports, itself and the packages around them included."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in found or not _path(name):
            continue
        found.add(name)
        waiting += [name.rpartition(".")[0], *_imported(name)]
    return sorted(found)


def build(target: Path = TARGET) -> str:
    """Write the file; its SHA-256 in hexadecimal."""
    target.parent.mkdir(parents=True, exist_ok=True)
    paths = [path for name in modules() if (path := _path(name))]
    paths += [*(SOURCES / DATA).glob("*.toml"), *(SOURCES / DATA / "mappings").glob("*.toml")]
    contents = {str(path.relative_to(SOURCES)): path.read_bytes() for path in paths} | {"__main__.py": MAIN}
    contents["LICENSE"], contents["NOTICE"] = (ROOT / "LICENSE").read_bytes(), (ROOT / "NOTICE").read_bytes()
    with target.open("wb") as file:
        file.write(SHEBANG)
        with zipfile.ZipFile(file, "a", zipfile.ZIP_STORED) as archive:
            for name in sorted(contents):
                archive.writestr(zipfile.ZipInfo(name), contents[name])
    target.chmod(0o755)
    return hashlib.sha256(target.read_bytes()).hexdigest()


def _path(name: str) -> Path | None:
    """The file of a module of ours."""
    base = SOURCES.joinpath(*name.split("."))
    candidates = (base.with_suffix(".py"), base / "__init__.py")
    return next((path for path in candidates if name and path.is_file()), None)


def _imported(name: str) -> Iterator[str]:
    path = _path(name)
    for node in ast.walk(ast.parse(path.read_text("utf-8") if path else "")):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


if __name__ == "__main__":
    print(f"{TARGET.relative_to(ROOT)} sha256 {build()}")
    sys.exit(0)
