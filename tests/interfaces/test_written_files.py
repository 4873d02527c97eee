from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from prodworthy.interfaces import written_files as files
from prodworthy.interfaces.settings import Home, Settings, StoreSettings
from prodworthy.interfaces.written_files import written_files


def home_of(folder: Path, url: str = "") -> Home:
    return Home(folder, Settings(store=StoreSettings(url=url)))


def read(home: Home) -> dict[str, bytes]:
    return {place: b"".join(pieces) for place, pieces in written_files(home)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "home"
    (place / "spool").mkdir(parents=True)
    (place / "spool" / "a.spool").write_bytes(b"x" * (files.PIECE + 5))
    (place / "master.key").write_bytes(b"secret")
    return place


def test_every_file_is_read_in_pieces(folder: Path) -> None:
    home = home_of(folder)
    assert {place: len(content) for place, content in read(home).items()} == {
        "master.key": 6,
        "spool/a.spool": files.PIECE + 5,
    }
    assert [len(piece) for place, pieces in written_files(home) if "spool" in place for piece in pieces] == [
        files.PIECE,
        5,
    ]


def test_a_database_elsewhere_is_among_them(folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "other.db"
    elsewhere.write_bytes(b"rows")
    found = read(home_of(folder, f"sqlite:///{elsewhere}"))
    assert found[str(elsewhere)] == b"rows"
    assert found[f"{elsewhere}-wal"] == b"", "what is not there is empty"
    assert len(read(home_of(folder, "postgresql://somewhere/db"))) == 2


def test_sockets_and_pipes_hold_nothing_and_keep_nobody_waiting(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)  # a socket's path is short
    os.mkfifo("pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("quota.sock")
        found = read(home_of(folder))
    assert (found["pipe"], found["quota.sock"]) == (b"", b"")


def test_what_cannot_be_read_is_raised(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    for name in ("open", "scandir"):
        with monkeypatch.context() as patch:
            patch.setattr(os, name, refused)
            with pytest.raises(PermissionError):
                read(home_of(folder))


def test_a_folder_that_is_not_there_has_no_files(tmp_path: Path) -> None:
    assert read(home_of(tmp_path / "gone")) == {}
