"""A home folder of its own for each test, manifests to apply in it, and verbs as `prodworthy VERB …` would run them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from prodworthy.interfaces.cli import main

MANIFEST = """\
id: help-desk
owner: Ada
models: [acme/chat-1]
"""

BAD_MANIFEST = """\
id: help-desk
owner: Ada
kind: agnet
models: [acme/chat-1]
colour: blue
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("PRODWORTHY_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "home"
    monkeypatch.setenv("PRODWORTHY_HOME", str(folder))
    monkeypatch.setenv("PRODWORTHY_ACTOR", "ada@example.org")
    return folder


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    file = tmp_path / "workload.yaml"
    file.write_text(MANIFEST)
    return file


@pytest.fixture
def bad_manifest(tmp_path: Path) -> Path:
    file = tmp_path / "bad.yaml"
    file.write_text(BAD_MANIFEST)
    return file


class Ran(msgspec.Struct, frozen=True):
    """How a verb ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def verb(*arguments: str) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        printed = capsys.readouterr()
        code = ended.value.code
        return Ran(code if isinstance(code, int) else 0 if code is None else 1, printed.out, printed.err)

    return verb


@pytest.fixture
def applied(run: Run, manifest: Path) -> None:
    assert run("apply", str(manifest)).code == 0
