"""`prodworthy serve`, whole: gateways, recorder and control API, started, used, hurt, and ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.interfaces.conftest import MANIFEST, Run
from tests.interfaces.serving import COMMAND, Served, free_ports, serving, until
from tests.simulator import RunningVendor, running_vendor


@pytest.fixture(scope="module")
def vendor() -> Any:
    with running_vendor() as running:
        yield running


@pytest.fixture
def key(run: Run, home: Path, vendor: RunningVendor, manifest: Path) -> str:
    """An installation with a vendor and a workload; the workload's key."""
    home.mkdir(mode=0o700)
    (home / "prodworthy.toml").write_text(f'[vendors.acme]\napi = "openai"\nurl = "{vendor.url}/v1"\n')
    manifest.write_text(MANIFEST)
    assert run("apply", str(manifest)).code == 0
    return run("key", "issue", "help-desk").out.strip()


pytestmark = [pytest.mark.slow, pytest.mark.alone]


def alive(pid: int) -> bool:
    """Whether a process still runs; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_chat_goes_through_and_everything_ends_in_order(run: Run, home: Path, key: str) -> None:
    with serving(home, processes=2) as served:
        until(lambda: "evidence_process" in served.children())
        children, pids = served.children(), served.pids()
        assert {name: len(pids) for name, pids in children.items()} == {
            "gateway_process": 2,
            "recorder_process": 1,
            "control_process": 1,
            "evidence_process": 1,
        }
        assert served.chat(key)["choices"]
        assert served.ask("/health") == (200, {"status": "ok", "version": "0.1.0", "store": "ok"})
        ended = until(lambda: [e for e in served.ask("/v1/journal")[1]["events"] if e["kind"] == "Completed"])
        assert (ended[0]["workload"], ended[0]["event"]["end"]) == ("help-desk", "answered")
        assert served.end() < 5
        assert served.process.returncode == 0
    assert served.said == []
    assert not [pid for pid in pids if alive(pid)]
    assert run("journal", "show", ended[0]["exchange"]).out.splitlines()[0].endswith("default/help-desk  answered")
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", served.port)):
        pass


def test_a_process_that_dies_is_started_again(home: Path, key: str) -> None:
    with serving(home, processes=2) as served:
        until(lambda: whole(served))
        before = served.children()
        lost = [pids[0] for pids in before.values()]
        number = Path(f"/proc/{before['gateway_process'][0]}/cmdline").read_text().split("\0")[4]
        for pid in lost:
            os.kill(pid, signal.SIGKILL)
        until(lambda: whole(served) and not set(lost) & set(served.pids()))
        until(lambda: healthy(served))
        assert served.chat(key)["choices"]
        until(lambda: len([e for e in served.ask("/v1/journal")[1]["events"] if e["kind"] == "Completed"]) == 1)
        assert served.end() < 5
        assert served.process.returncode == 0
    restarted = [line.split(" ended unexpectedly")[0] for line in served.said if line.startswith("prodworthy: ")]
    assert sorted(restarted) == [
        "prodworthy: control API",
        "prodworthy: evidence process",
        f"prodworthy: gateway {number}",
        "prodworthy: recorder",
    ]


def test_nothing_outlives_a_supervisor_that_is_killed(home: Path, key: str) -> None:
    with serving(home) as served:
        until(lambda: "evidence_process" in served.children())
        pids = served.pids()
        assert len(pids) == 4
        served.process.kill()
        until(lambda: not [pid for pid in pids if alive(pid)])


def whole(served: Served) -> bool:
    children = {name: len(pids) for name, pids in served.children().items()}
    return children == {"control_process": 1, "evidence_process": 1, "gateway_process": 2, "recorder_process": 1}


def healthy(served: Served) -> bool:
    try:
        return served.ask("/health")[0] == 200
    except OSError:
        return False


@pytest.mark.parametrize("taken", ["--port", "--control-port"])
def test_a_port_that_is_taken_is_one_clear_line(home: Path, taken: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        rest: dict[str, int] = {"--port": free_ports(1)[0], "--control-port": free_ports(1)[0], taken: port}
        options = [str(part) for pair in rest.items() for part in pair]
        ended = refused(home, *options)
    assert ended.stderr == f"prodworthy: cannot listen on 127.0.0.1:{port}: Address already in use; set another port\n"


def test_a_second_supervisor_in_one_home_is_refused(home: Path, key: str) -> None:
    with serving(home):
        port, control = free_ports(2)
        ended = refused(home, "--port", str(port), "--control-port", str(control))
    assert "is being served already" in ended.stderr


def test_a_vendor_key_that_is_nowhere_is_one_clear_line(home: Path) -> None:
    home.mkdir()
    (home / "prodworthy.toml").write_text(
        '[vendors.acme]\napi = "openai"\nurl = "http://127.0.0.1:9"\nkey = "env:ABSENT_KEY"\n'
    )
    ended = refused(home)
    assert ended.stderr == "prodworthy: the environment variable ABSENT_KEY is not set; set it to the vendor's key\n"


def test_a_token_that_others_can_read_is_one_clear_line(home: Path) -> None:
    home.mkdir()
    (home / "control.token").write_text("t" * 43)
    (home / "control.token").chmod(0o644)
    ended = refused(home)
    assert ended.stderr.startswith("prodworthy: others can read the token file")
    assert ended.stderr.count("\n") == 1


def refused(home: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """`serve` that ends by itself with exit code 1, after one line."""
    environment = {**os.environ, "PRODWORTHY_HOME": str(home)}
    ended = subprocess.run(
        [*COMMAND, "serve", *options], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1), ended.stderr
    return ended
