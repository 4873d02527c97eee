from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from prodworthy.record.secret_file import SecretExposed, read_or_create


def test_a_secret_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "secret"
    assert read_or_create(path, lambda: "first") == "first"
    assert read_or_create(path, lambda: "second") == "first"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert os.listdir(path.parent) == ["secret"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o622])
def test_a_secret_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "secret"
    path.write_text("text")
    path.chmod(mode)
    with pytest.raises(SecretExposed):
        read_or_create(path, lambda: "fresh")
    assert path.read_text() == "text"


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("text")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(OSError, match="symbolic links"):
        read_or_create(tmp_path / "link", lambda: "fresh")


def test_a_secret_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> str:
        raise OSError("no randomness")

    with pytest.raises(OSError, match="no randomness"):
        read_or_create(tmp_path / "secret", fail)
    assert list(tmp_path.iterdir()) == []
