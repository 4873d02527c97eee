from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from prodworthy.interfaces.books import attestors_of, books_of, trust_of
from prodworthy.interfaces.settings import Home, SettingsFault, load_home
from prodworthy.record.ledger.keys import Kind, generate_key
from prodworthy.record.ledger.trust import parse_policy
from tests.record.ledger.test_timestamp import Authority


def made(folder: Path, *lines: str) -> Home:
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "prodworthy.toml").write_text("\n".join(("[ledger]", *lines)) + "\n")
    return load_home(folder)


def test_a_ledger_has_a_name_of_its_own_and_keeps_it_with_its_keys(home: Path, tmp_path: Path) -> None:
    books = books_of(made(home))
    assert books.origin.startswith("prodworthy.example/ledger/")
    assert books_of(made(home)) == books
    assert books_of(made(tmp_path / "other")).origin != books.origin
    for name in ("ledger.key", "statement.key"):
        assert (home / name).stat().st_mode & 0o777 == 0o600
    assert books.folder == home / "ledger"


def test_a_trust_policy_holds_public_keys_only(home: Path) -> None:
    place = made(home, f'next_key = "file:{home}/next.key"')
    books = books_of(place)
    text = trust_of(place).text()
    assert parse_policy(text) == trust_of(place)
    assert text.decode().count("\n") == 4
    for key in (*books.log_keys, *books.statement_keys):
        _, _, _, _, secret = key.text().split("+", 4)  # base64 may hold a "+" itself
        assert len(secret) > 40
        assert secret not in text.decode()


def test_keys_come_from_files_and_from_the_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = generate_key("log.example/mine", Kind.ED25519, secrets.token_bytes(32))
    monkeypatch.setenv("LOG_KEY", key.text())
    books = books_of(made(home, 'key = "env:LOG_KEY"', f'statement_key = "file:{home}/elsewhere.key"'))
    assert (books.origin, books.log_keys) == ("log.example/mine", [key])
    assert books.statement_keys[0].name == "log.example/mine/statements"
    assert (home / "elsewhere.key").exists()
    assert not (home / "ledger.key").exists()


def test_while_keys_change_old_and_new_sign(home: Path) -> None:
    first = books_of(made(home, 'origin = "log.example/mine"'))
    lines = [f'next_key = "file:{home}/next.key"', f'next_statement_key = "file:{home}/next-statement.key"']
    both = books_of(made(home, *lines))
    assert both.log_keys[0] == first.log_keys[0]
    assert [len(both.log_keys), len(both.statement_keys)] == [2, 2]
    after = books_of(made(home, f'key = "file:{home}/next.key"', f'statement_key = "file:{home}/next-statement.key"'))
    assert (after.log_keys, after.origin) == ([both.log_keys[1]], first.origin)


def test_what_cannot_be_used_says_what_to_do(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    books_of(made(home, 'origin = "log.example/mine"'))
    other = books_of(made(tmp_path / "other"))
    monkeypatch.setenv("OTHER", other.log_keys[0].text())
    monkeypatch.setenv("BROKEN", "PRIVATE+KEY+broken")
    monkeypatch.setenv("QUANTUM", generate_key("log.example/mine", Kind.ML_DSA_44, bytes(32)).text())
    wrong = {
        'origin = "log.example/another"': "a ledger keeps its name",
        'key = "env:ABSENT"': "ABSENT is not set",
        'key = "env:BROKEN"': "cannot be used",
        'key = "env:QUANTUM"': "not an Ed25519 key",
        'next_key = "env:OTHER"': "was made for",
        f'next_key = "file:{home}/ledger.key"': "every key has one role",
        f'key = "file:{home}"': "cannot be read",
    }
    for line, why in wrong.items():
        with pytest.raises(SettingsFault, match=why):
            books_of(made(home, line))
    (home / "ledger.key").chmod(0o644)
    with pytest.raises(SettingsFault, match="chmod 600"):
        books_of(made(home))


def test_witnesses_and_time_stamps_are_named_by_the_settings(home: Path, tmp_path: Path) -> None:
    witness = generate_key("witness.example", Kind.COSIGNATURE, bytes(32))
    authority = Authority(tmp_path)
    lines = [
        'timestamp_url = "https://authority.example"',
        f'timestamp_roots = "{tmp_path}/root.pem"',
        "[ledger.witnesses.first]",
        'url = "https://witness.example"',
        f'key = "{witness.verifier.text()}"',
    ]
    place = made(home, *lines)
    attestors = attestors_of(place)
    assert attestors.witnesses["first"].keys == (witness.verifier,)
    assert (attestors.stamp_url, attestors.stamp_roots) == ("https://authority.example", (authority.root,))
    trusted = parse_policy(trust_of(place).text())
    assert (trusted.quorum, trusted.witnesses["first"].key) == ("none", witness.verifier)
    assert trusted.timestamp_roots == (authority.root,)
    (tmp_path / "empty.pem").write_text("no certificate")
    wrong = {
        (lines[0],): "go together",
        (lines[0], f'timestamp_roots = "{tmp_path}/empty.pem"'): "PEM file",
        (lines[0], f'timestamp_roots = "{tmp_path}/absent.pem"'): "PEM file",
        (*lines[2:4], 'key = "mistyped"'): "ledger.witnesses.first",
    }
    for given, why in wrong.items():
        with pytest.raises(SettingsFault, match=why):
            attestors_of(made(home, *given))
