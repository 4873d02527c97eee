"""The control API's process: what its supervisor may rely on."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.interfaces.conftest import Run
from tests.interfaces.serving import free_ports

pytestmark = pytest.mark.alone


@contextlib.contextmanager
def started(home: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [sys.executable, "-m", "prodworthy.interfaces.control_process", str(home)],
        env={**os.environ, "PRODWORTHY_CONTROL_PORT": str(port)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def port() -> int:
    return free_ports(1)[0]


@pytest.mark.usefixtures("applied")
def test_it_says_when_it_serves_and_ends_in_order(home: Path, port: int) -> None:
    with started(home, port) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        token = (home / "control.token").read_text().strip()
        assert (home / "control.token").stat().st_mode & 0o777 == 0o600
        address = f"http://127.0.0.1:{port}/v1/roster"
        with urlopen(Request(address, headers={"Authorization": f"Bearer {token}"}), timeout=10) as reply:
            assert b"help-desk" in reply.read()
            assert "server" not in reply.headers
        with pytest.raises(HTTPError, match="401") as refused:
            urlopen(address, timeout=10)
        refused.value.close()
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (0, b"", b"")


@pytest.mark.usefixtures("applied")
def test_it_ends_with_its_supervisor(home: Path, port: int) -> None:
    with started(home, port) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        process.stdin.close()
        assert process.wait(10) == 0


def test_what_keeps_it_from_starting_is_one_line(home: Path, port: int, run: Run) -> None:
    assert run("roster").code == 0
    (home / "control.token").write_text("t" * 43)
    (home / "control.token").chmod(0o644)
    with started(home, port) as process:
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err.count(b"\n")) == (1, b"", 1)
    assert b"others can read the token file" in err
