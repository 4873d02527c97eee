"""`prodworthy serve` as a process of its own, on ports that were free a moment ago."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import msgspec

COMMAND = (sys.executable, "-m", "prodworthy.interfaces.cli")
START_SECONDS = 40.0


class Served:
    """A running installation."""

    def __init__(self, process: subprocess.Popen[str], home: Path, port: int, control: int) -> None:
        self.process, self.home, self.port, self.control = process, home, port, control
        self.said: list[str] = []

    def children(self) -> dict[str, list[int]]:
        """Process ids by module, of those that the supervisor started."""
        found: dict[str, list[int]] = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            with contextlib.suppress(OSError):
                parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
                line = (entry / "cmdline").read_bytes().decode().split("\0")
                if parent == str(self.process.pid) and len(line) > 2:
                    found.setdefault(line[2].rpartition(".")[2], []).append(int(entry.name))
        return found

    def pids(self) -> list[int]:
        """Process ids of all that the supervisor started."""
        return [pid for pids in self.children().values() for pid in pids]

    def ask(self, path: str, **more: Any) -> tuple[int, Any]:
        """Ask the control API, with its token."""
        headers = {"Authorization": f"Bearer {(self.home / 'control.token').read_text().strip()}"}
        with urlopen(Request(f"http://127.0.0.1:{self.control}{path}", headers=headers, **more), timeout=10) as reply:
            return reply.status, msgspec.json.decode(reply.read())

    def chat(self, key: str) -> Any:
        """One chat through the gateway."""
        body = msgspec.json.encode({"model": "chat-1", "messages": [{"role": "user", "content": "hello"}]})
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        address = f"http://127.0.0.1:{self.port}/v1/chat/completions"
        with urlopen(Request(address, data=body, headers=headers), timeout=10) as reply:
            return msgspec.json.decode(reply.read())

    def end(self) -> float:
        """SIGTERM; how many seconds it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(START_SECONDS)
        return time.monotonic() - began


def until(holds: Callable[[], Any], seconds: float = 20.0) -> Any:
    """What `holds` says once it is true. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        if time.monotonic() > deadline:
            raise TimeoutError("it did not come true")
        time.sleep(0.02)
    return found


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


@contextlib.contextmanager
def serving(home: Path, *, processes: int = 1) -> Iterator[Served]:
    """Serve until the end of the block, whatever happens in it."""
    port, control = free_ports(2)
    options = ["--port", str(port), "--control-port", str(control), "--processes", str(processes)]
    with subprocess.Popen(
        [*COMMAND, "serve", *options],
        env={**os.environ, "PRODWORTHY_HOME": str(home)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        served = Served(process, home, port, control)
        assert process.stdout is not None
        assert process.stderr is not None
        errors = process.stderr
        reading = threading.Thread(target=lambda: served.said.extend(errors), daemon=True)
        reading.start()
        try:
            if not process.stdout.readline():
                process.wait(START_SECONDS)
                reading.join(START_SECONDS)
                raise RuntimeError("".join(served.said))
            yield served
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(START_SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()
            process.stdout.read()
            reading.join(START_SECONDS)
