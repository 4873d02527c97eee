from __future__ import annotations

import errno
import os
import stat
import time
from pathlib import Path

import pytest

from prodworthy.record.faults import FlagsUnreadable
from prodworthy.record.store import flags as module
from prodworthy.record.store.flags import ALL, Flags, flag_name, raised


def aged(directory: Path) -> None:
    """Make the directory's last change look old, as it is after 100 ms."""
    then = time.time_ns() - 10**10
    os.utime(directory, ns=(then, then))


def test_raise_and_lower(tmp_path: Path) -> None:
    flags = Flags(tmp_path / "flags")
    assert flags.read() == {}
    flags.raise_flag("acme", "desk", "wrong answers")
    assert flags.read() == {"acme.desk": "wrong answers"}
    assert raised(flags.read(), "acme", "desk") == "wrong answers"
    assert raised(flags.read(), "acme", "other") is None
    assert flags.lower("acme", "desk")
    assert not flags.lower("acme", "desk")
    assert flags.read() == {}


def test_all_stops_everything_and_a_workloads_own_text_goes_first(tmp_path: Path) -> None:
    flags = Flags(tmp_path)
    flags.raise_all("power cut")
    flags.raise_flag("acme", "desk", "mine")
    assert raised(flags.read(), "acme", "desk") == "mine"
    assert raised(flags.read(), "any", "other") == "power cut"
    assert flags.lower_all()
    assert raised(flags.read(), "any", "other") is None


def test_a_file_made_by_hand_counts_whatever_it_is(tmp_path: Path) -> None:
    flags = Flags(tmp_path)
    (tmp_path / "acme.empty").touch()
    (tmp_path / "acme.binary").write_bytes(b"\xff\xfe\x00\x01" * 1000)
    (tmp_path / "acme.folder").mkdir()
    (tmp_path / "acme.dangling").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "acme.pipe")
    (tmp_path / "acme.lines").write_text("first\nsecond\x1b[31m")
    (tmp_path / ".hidden").touch()
    (tmp_path / ALL).touch()
    found = flags.read()
    assert set(found) == {"acme.empty", "acme.binary", "acme.folder", "acme.dangling", "acme.pipe", "acme.lines", ALL}
    assert found["acme.empty"] == found["acme.folder"] == found["acme.dangling"] == found["acme.pipe"] == ""
    assert found["acme.lines"] == "first"
    assert all(text.isprintable() for text in found.values())


def test_an_unreadable_file_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flags = Flags(tmp_path)
    (tmp_path / "acme.desk").write_text("text")
    real = os.open

    def refuse(path: str, *rest: int) -> int:
        if str(path).endswith("acme.desk"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path, *rest)

    monkeypatch.setattr("os.open", refuse)
    assert flags.read() == {"acme.desk": ""}


def test_nothing_is_listed_again_while_nothing_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flags = Flags(tmp_path)
    flags.raise_flag("acme", "desk", "text")
    aged(tmp_path)
    first = flags.read()
    with monkeypatch.context() as patched:
        patched.setattr("os.scandir", lambda _: pytest.fail("listed again"))
        assert flags.read() is first
    flags.lower("acme", "desk")
    assert flags.read() == {}


def test_two_changes_within_one_tick_of_the_clock_are_both_seen(tmp_path: Path) -> None:
    flags = Flags(tmp_path)
    for number in range(200):
        (tmp_path / f"acme.w{number}").touch()
        assert len(flags.read()) == number + 1


def test_the_same_mapping_while_it_says_the_same(tmp_path: Path) -> None:
    flags = Flags(tmp_path)
    flags.raise_flag("acme", "desk", "text")
    assert flags.read() is flags.read()


def test_a_directory_that_cannot_be_read_is_no_all_clear(tmp_path: Path) -> None:
    flags = Flags(tmp_path / "flags")
    flags.read()
    (tmp_path / "flags").rmdir()
    with pytest.raises(FlagsUnreadable):
        flags.read()
    (tmp_path / "flags").mkdir()
    (tmp_path / "flags" / ALL).touch()
    assert ALL in flags.read()
    (tmp_path / "file").touch()
    with pytest.raises(FlagsUnreadable):
        Flags(tmp_path / "file" / "flags")


def test_too_many_files_are_no_all_clear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_FLAGS", 3)
    flags = Flags(tmp_path)
    for number in range(4):
        (tmp_path / f"acme.w{number}").touch()
    with pytest.raises(FlagsUnreadable):
        flags.read()


def test_texts_are_bounded_and_files_their_owners_alone(tmp_path: Path) -> None:
    flags = Flags(tmp_path / "flags")
    flags.raise_flag("acme", "desk", "ä" * 1000)
    path = tmp_path / "flags" / "acme.desk"
    assert path.stat().st_size == 300
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert flags.read()["acme.desk"] == "ä" * 150
    assert [file.name for file in path.parent.iterdir()] == ["acme.desk"]


def test_a_full_disk_does_not_stop_a_kill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flags = Flags(tmp_path)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space"):
            flags.raise_flag("acme", "desk", "text")
    assert flags.read() == {"acme.desk": ""}


@pytest.mark.parametrize(
    "tenant, workload", [("", "w"), ("t", ""), ("a.b", "w"), ("t", "../w"), ("T", "w"), ("t", "ä")]
)
def test_names_cannot_lead_elsewhere(tenant: str, workload: str) -> None:
    with pytest.raises(ValueError, match="lower-case"):
        flag_name(tenant, workload)


def test_a_quiet_look_costs_microseconds(tmp_path: Path) -> None:
    flags = Flags(tmp_path)
    aged(tmp_path)
    flags.read()
    began = time.thread_time()
    for _ in range(1000):
        flags.read()
    assert (time.thread_time() - began) / 1000 < 50e-6
