from __future__ import annotations

import os
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from prodworthy.interfaces.api.token import read_or_create_token
from prodworthy.interfaces.settings import SettingsFault


def test_the_first_start_makes_a_token_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "home" / "control.token"
    token = read_or_create_token(file)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read_or_create_token(file) == token
    assert os.listdir(file.parent) == ["control.token"]


def test_two_homes_have_two_tokens(tmp_path: Path) -> None:
    assert read_or_create_token(tmp_path / "a") != read_or_create_token(tmp_path / "b")


def test_all_that_start_at_once_have_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(read_or_create_token, [tmp_path / "token"] * 32))) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_token_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "token"
    token = read_or_create_token(file)
    file.chmod(mode)
    with pytest.raises(SettingsFault, match="others can read") as refused:
        read_or_create_token(file)
    assert token not in str(refused.value)


@pytest.mark.parametrize(
    "content", ["", "short", "t" * 44, "t" * 42 + "!", "t" * 42 + "\N{LATIN SMALL LETTER E WITH ACUTE}"]
)
def test_a_file_that_holds_no_token_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "token"
    file.write_text(content, encoding="utf-8")
    file.chmod(0o600)
    with pytest.raises(SettingsFault, match="holds no token"):
        read_or_create_token(file)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    read_or_create_token(tmp_path / "elsewhere")
    (tmp_path / "token").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SettingsFault, match="cannot be read or created"):
        read_or_create_token(tmp_path / "token")


def test_a_folder_is_no_token(tmp_path: Path) -> None:
    with pytest.raises(SettingsFault):
        read_or_create_token(tmp_path)
