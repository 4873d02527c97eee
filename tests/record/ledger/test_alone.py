"""The offline verifier imports the standard library, `cryptography` and the rest of the ledger, and nothing else."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import prodworthy.record.ledger as room

FOLDER = Path(str(room.__file__)).parent
PREFIX = "prodworthy.record.ledger."
OUTSIDE = {"disk", "growing", "log", "pending", "recovery", "object_store", "timestamp", "web", "witness"}
ALLOWED_ELSEWHERE = {"object_store": {"obstore"}, "timestamp": {"rfc3161_client"}}
MODULES = sorted(path.stem for path in FOLDER.glob("*.py"))


def _imports(module: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse((FOLDER / f"{module}.py").read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("module", MODULES)
def test_the_ledger_stands_alone(module: str) -> None:
    for name in _imports(module):
        top = name.partition(".")[0]
        if top == "prodworthy":
            assert name.startswith(PREFIX)
            assert module in OUTSIDE or name.removeprefix(PREFIX) not in OUTSIDE
        else:
            assert top in sys.stdlib_module_names | {"cryptography"} | ALLOWED_ELSEWHERE.get(module, set())


def test_the_packages_around_it_import_nothing() -> None:
    for package in (FOLDER, FOLDER.parent, FOLDER.parent.parent):
        assert not [
            node
            for node in ast.walk(ast.parse((package / "__init__.py").read_text()))
            if isinstance(node, ast.Import | ast.ImportFrom)
        ]
