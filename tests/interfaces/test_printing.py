from __future__ import annotations

import stat
from pathlib import Path

import pytest

from prodworthy.interfaces import printing
from prodworthy.interfaces.printing import browser, print_page


def _browser(folder: Path, monkeypatch: pytest.MonkeyPatch, does: str) -> None:
    program = folder / "chromium"
    program.write_text(f"#!/bin/sh\n{does}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_a_page_is_printed_where_a_browser_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = 'for each in "$@"; do case $each in --print-to-pdf=*) printf PDF > "${each#--print-to-pdf=}";; esac; done'
    _browser(tmp_path, monkeypatch, script)
    for user in (0, 1000):
        monkeypatch.setattr("os.geteuid", lambda user=user: user)
        assert print_page(b"<p>") == b"PDF"


def test_a_browser_that_fails_or_hangs_prints_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _browser(tmp_path, monkeypatch, "exit 1")
    assert print_page(b"<p>") is None
    _browser(tmp_path, monkeypatch, "exit 0")
    assert print_page(b"<p>") is None
    _browser(tmp_path, monkeypatch, "exec sleep 20")
    monkeypatch.setattr(printing, "PATIENCE", 0.2)
    assert print_page(b"<p>") is None


def test_without_a_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser() is None
    assert print_page(b"<p>") is None
