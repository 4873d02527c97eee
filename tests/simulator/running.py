"""The vendor for tests that have no event loop: in a thread of its own (`running_vendor`) or a process
(`vendor_process`).
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import msgspec

from .exchange import Received
from .script import Behaviour
from .vendor import CONTROL, Turn, Vendor

_START_SECONDS = 15.0
_STOP_SECONDS = 10.0


class RunningVendor:
    """A vendor in another thread, with waiting made synchronous."""

    def __init__(self, vendor: Vendor, loop: asyncio.AbstractEventLoop) -> None:
        self.vendor, self._loop = vendor, loop

    @property
    def url(self) -> str:
        """The base address."""
        return self.vendor.url

    @property
    def received(self) -> deque[Received]:
        """The latest requests."""
        return self.vendor.received

    @property
    def cancelled(self) -> int:
        """How many clients left before the end of their answer."""
        return self.vendor.cancelled

    @property
    def open_streams(self) -> int:
        """How many streamed answers are under way."""
        return self.vendor.open_streams

    def counters(self) -> dict[str, int | dict[str, int]]:
        """The tally and the requests by path."""
        return self.vendor.counters()

    def script(self, *turns: Turn) -> None:
        """Queue the next answers."""
        self.vendor.script(*turns)

    def always(self, *behaviours: Behaviour) -> None:
        """Behave so on every request that nothing else decides."""
        self.vendor.always(*behaviours)

    def reset(self) -> None:
        """Forget the script and what was received."""
        self.vendor.reset()

    def until(self, holds: Callable[[Vendor], bool], deadline: float = 5.0) -> None:
        """Wait until `holds(vendor)`. Raises `TimeoutError` after `deadline` seconds."""
        asyncio.run_coroutine_threadsafe(self.vendor.until(holds, deadline), self._loop).result(deadline + 5)


@contextlib.contextmanager
def running_vendor(*, key: str | None = None, keep: int = 10_000) -> Iterator[RunningVendor]:
    """A vendor in a thread, for synchronous tests."""
    ready, stop = threading.Event(), asyncio.Event()
    made: list[RunningVendor] = []

    async def live() -> None:
        async with Vendor(key=key, keep=keep) as vendor:
            made.append(RunningVendor(vendor, asyncio.get_running_loop()))
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(live()), name="vendor simulator", daemon=True)
    thread.start()
    if not ready.wait(_START_SECONDS):
        raise TimeoutError("the vendor simulator did not start")
    running = made[0]
    try:
        yield running
    finally:
        asyncio.run_coroutine_threadsafe(_set(stop), running._loop).result(_STOP_SECONDS)
        thread.join(_STOP_SECONDS)


async def _set(event: asyncio.Event) -> None:
    event.set()


class VendorProcess:
    """A vendor in another process. Command it by markers in requests, or by `script` and `always` with the same
    markers.
    """

    def __init__(self, url: str, pid: int) -> None:
        self.url, self.pid = url, pid

    def counters(self) -> dict[str, Any]:
        """The tally and the requests by path."""
        return self._control("GET")

    def script(self, *turns: str) -> None:
        """Queue the next answers, each as text such as `[[sim:say chunks=9]][[sim:cut after=3]]`."""
        self._control("POST", "\n".join(turns))

    def always(self, turn: str = "") -> None:
        """Behave so on every request that nothing else decides."""
        self._control("PUT", turn)

    def reset(self) -> None:
        """Forget the script and what was received."""
        self._control("DELETE")

    def _control(self, method: str, body: str = "") -> dict[str, Any]:
        request = Request(self.url + CONTROL, data=body.encode() or None, method=method)
        with urlopen(request, timeout=10) as reply:
            return msgspec.json.decode(reply.read(), type=dict[str, Any])


@contextlib.contextmanager
def vendor_process(*options: str) -> Iterator[VendorProcess]:
    """A vendor in a process of its own, for load tests and many processes. `options` as `python -m tests.simulator
    --help` says.
    """
    package = Path(__file__).resolve().parent
    module = f"{package.parent.name}.{package.name}"
    command = [sys.executable, "-m", module, "--until-stdin-closes", *options]
    process = subprocess.Popen(command, cwd=package.parent.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"the vendor simulator did not start, exit code {process.wait(_START_SECONDS)}")
        said = msgspec.json.decode(line, type=dict[str, Any])
        yield VendorProcess(said["url"], said["pid"])
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdin.close()
        process.stdout.close()
