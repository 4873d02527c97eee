from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from prodworthy.interfaces.books import books_of
from prodworthy.interfaces.evidence_process import Turns
from prodworthy.interfaces.settings import Home, load_home
from prodworthy.record.ledger.keys import Kind, generate_key
from prodworthy.record.sealing.applying import read_head
from prodworthy.record.store.database import Store, open_store
from prodworthy.record.store.migrate import migrate
from prodworthy.record.store.vault import read_or_create_key
from tests.interfaces.conftest import Run
from tests.interfaces.serving import until


@pytest.fixture
def installation(home: Path, run: Run, manifest: Path) -> Home:
    assert run("apply", str(manifest)).code == 0
    found = load_home(home)
    read_or_create_key(found.master_key)
    return found


@pytest.fixture
def store(installation: Home) -> Iterator[Store]:
    opened = open_store(installation.store_url)
    migrate(opened)
    yield opened
    opened.close()


def size(store: Store) -> int:
    with store.connect() as connection:
        return read_head(connection).size


def test_what_is_installed_and_declared_is_sealed_and_then_nothing(installation: Home, store: Store) -> None:
    turns = Turns(installation, store)
    turns.take()
    # Applied, Installed, Declared
    assert size(store) == 3
    turns.take()
    with books_of(installation).writing(0):
        turns.take()  # nothing waits: the lock is not asked for
        Turns(installation, store).take()  # somebody else holds it, which is no fault
    assert size(store) == 3


def test_a_fault_is_told_once_and_so_is_its_end(
    installation: Home, store: Store, run: Run, caplog: pytest.LogCaptureFixture, home: Path
) -> None:
    os.rename(home / "master.key", home / "away.key")
    turns = Turns(installation, store)
    turns.take()
    turns.take()
    assert caplog.text.count("there is no master key") == 1
    os.rename(home / "away.key", home / "master.key")
    turns.take()
    assert caplog.text.count("evidence is sealed again") == 1
    shutil.move(home / "ledger", home / "away")
    assert run("kill", "help-desk", "--reason", "test").code == 0
    turns.take()
    assert "ledger_rolled_back" in caplog.text
    assert "traffic goes on" in caplog.text
    shutil.rmtree(home / "ledger")
    shutil.move(home / "away", home / "ledger")
    turns.take()
    assert caplog.text.count("evidence is sealed again") == 2
    assert size(store) == 4


def test_attestors_that_are_away_stop_nothing_and_are_told_once(
    home: Path, installation: Home, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    key = generate_key("witness.example", Kind.COSIGNATURE, bytes(32)).verifier.text()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers there
        lines = ["[ledger.witnesses.w]", f'url = "http://127.0.0.1:{taken.getsockname()[1]}"', f'key = "{key}"']
        (home / "prodworthy.toml").write_text("\n".join(lines) + "\n")
        for _ in range(2):
            turns = Turns(load_home(home), store)
            turns.take()
        turns.take()
    assert caplog.text.count("not attested by others: witness w: ") == 2
    assert size(store) == 3


def test_the_process_seals_and_ends_in_order(installation: Home, store: Store, home: Path) -> None:
    command = [sys.executable, "-m", "prodworthy.interfaces.evidence_process", str(home)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    until(lambda: size(store) == 3)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        pipe.close()
