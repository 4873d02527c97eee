from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodworthy.record.faults import ContentErased, KeyFault
from prodworthy.record.store import vault as module
from prodworthy.record.store.vault import Vault, place, read_or_create_key

ONE = Vault(bytes(32))
OTHER = Vault(bytes(31) + b"\1")


def test_a_master_key_has_32_bytes() -> None:
    with pytest.raises(KeyFault):
        Vault(b"short")


def test_subjects_are_keyed_and_belong_to_their_tenant() -> None:
    subject = ONE.subject("acme", "ada@example.org")
    assert len(subject) == 32
    assert int(subject, 16) >= 0
    assert ONE.subject("acme", "ada@example.org") == subject
    assert ONE.subject("other", "ada@example.org") != subject
    assert OTHER.subject("acme", "ada@example.org") != subject
    assert ONE.subject("acme", "") == ""
    assert len(ONE.subject("acme", "\ud800")) == 32


def test_parts_cannot_be_shifted_into_each_other() -> None:
    assert ONE.subject("ab", "c") != ONE.subject("a", "bc")
    assert ONE.anonymous("a", "b", "20260101") != ONE.anonymous("a", "b2026", "0101")
    assert ONE.anonymous("acme", "desk", "20260101") != ONE.subject("acme", "desk")


def test_fingerprints_are_keyed() -> None:
    assert len(ONE.fingerprint("pw-secret")) == 16
    assert ONE.fingerprint("pw-secret") == ONE.fingerprint("pw-secret")
    assert ONE.fingerprint("pw-secret") != OTHER.fingerprint("pw-secret")
    assert ONE.fingerprint("pw-secret") != ONE.fingerprint("pw-secreu")


def test_derived_values_never_change() -> None:
    """These stand in journals: a change would orphan what was recorded."""
    assert ONE.subject("acme", "ada") == "64994d98382763bba7eda24437e7c179"
    assert ONE.anonymous("acme", "desk", "20261123") == "afcfa785ce35d0d9baa941a6711836df"
    assert ONE.fingerprint("key") == "1e322bf7a9de3be1"
    sealed = bytes.fromhex(
        "3b4b9766c9478f903298c6acc702a5ebabe6a2c3588eab5fc820d04da0e2694f0223545073fe6970d81604bbfa6fc1f5"
    )
    assert ONE.open_spool(sealed, place("acme", "x", "Received")) == b"body"


@given(st.binary(max_size=300), st.binary(max_size=40))
def test_any_process_with_the_key_opens_what_was_sealed(plain: bytes, associated: bytes) -> None:
    sealed = ONE.seal_spool(plain, associated)
    assert Vault(bytes(32)).open_spool(sealed, associated) == plain
    assert plain not in sealed or len(plain) < 4


@given(st.data())
def test_nothing_altered_moved_or_foreign_opens(data: st.DataObject) -> None:
    associated = place("acme", "exchange", "Received")
    sealed = bytearray(ONE.seal_spool(b"the body of a request", associated))
    for wrong in (place("other", "exchange", "Received"), place("acme", "exchange", "Completed")):
        with pytest.raises(ContentErased):
            ONE.open_spool(bytes(sealed), wrong)
    with pytest.raises(ContentErased):
        OTHER.open_spool(bytes(sealed), associated)
    at = data.draw(st.integers(0, len(sealed) - 1))
    with pytest.raises(ContentErased):
        ONE.open_spool(bytes(sealed[:at]), associated)
    sealed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ContentErased):
        ONE.open_spool(bytes(sealed), associated)


def test_no_two_seals_are_alike_and_processes_have_their_own_keys() -> None:
    seals = [ONE.seal_spool(b"x", b"") for _ in range(100)]
    assert len({sealed[16:28] for sealed in seals}) == 100
    assert len({sealed[:16] for sealed in seals}) == 1
    assert Vault(bytes(32)).seal_spool(b"x", b"")[:16] != seals[0][:16]


def test_a_key_is_replaced_before_its_nonces_could_repeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SEALS", 3)
    fresh = Vault(bytes(32))
    seals = [fresh.seal_spool(b"x", b"") for _ in range(7)]
    assert [len({sealed[:16] for sealed in seals[at : at + 3]}) for at in (0, 3)] == [1, 1]
    assert len({sealed[:16] for sealed in seals}) == 3
    assert [fresh.open_spool(sealed, b"") for sealed in seals] == [b"x"] * 7


def test_the_keys_of_many_processes_are_found_in_bounded_memory() -> None:
    seals = [Vault(bytes(32)).seal_spool(b"x", b"") for _ in range(100)]
    reader = Vault(bytes(32))
    for _ in range(2):
        assert all(reader.open_spool(sealed, b"") == b"x" for sealed in seals)
    assert len(reader._opening) == 64


def test_wrapped_keys_open_under_their_label_only() -> None:
    wrapped = ONE.wrap(b"k" * 32, b"ada")
    assert ONE.unwrap(wrapped, b"ada") == b"k" * 32
    with pytest.raises(ContentErased):
        ONE.unwrap(wrapped, b"eve")


def test_a_key_file_is_made_once_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "master.key"
    key = read_or_create_key(path)
    assert len(key) == 32
    assert read_or_create_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["master.key"]


def test_many_at_once_get_one_key(tmp_path: Path) -> None:
    keys: list[bytes] = []
    threads = [threading.Thread(target=lambda: keys.append(read_or_create_key(tmp_path / "k"))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 16
    assert len(set(keys)) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644])
def test_a_key_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "k"
    read_or_create_key(path)
    path.chmod(mode)
    with pytest.raises(KeyFault, match="chmod 600"):
        read_or_create_key(path)


@pytest.mark.parametrize("content", [b"", b"zz" * 32, b"ab" * 31, b"ab" * 33, b"\xff" * 64])
def test_a_file_that_holds_no_key_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "k"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyFault, match="hex digits"):
        read_or_create_key(path)
    assert path.read_bytes() == content


def test_links_and_other_things_are_refused(tmp_path: Path) -> None:
    read_or_create_key(tmp_path / "k")
    (tmp_path / "link").symlink_to(tmp_path / "k")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name in ("link", "folder", "pipe"):
        with pytest.raises(KeyFault):
            read_or_create_key(tmp_path / name)
    with pytest.raises(KeyFault):
        read_or_create_key(tmp_path / "k" / "below-a-file")
