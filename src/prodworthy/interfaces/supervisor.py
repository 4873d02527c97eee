"""`prodworthy serve`: starts the processes of an installation, keeps them alive, leases quotas, ends them in order.

The supervisor does nearly nothing itself, so that nothing can take it down: N gateways, one recorder (from spool to
journal), one control API and one evidence process (from journal to ledger) are processes of their own, which end when
the supervisor is gone.

Most of a start is loading libraries. So gateways are started first, and told to begin once everything is prepared.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

from prodworthy.gateway.limits.broker import Broker
from prodworthy.interfaces.api.token import read_or_create_token
from prodworthy.interfaces.child import BEGIN, READY
from prodworthy.interfaces.settings import Home, SettingsFault, credential
from prodworthy.record.store.flags import Flags
from prodworthy.record.store.vault import read_or_create_key

START_SECONDS = 30.0
"""How long a process may take to become ready."""

STEADY_SECONDS = 10.0
"""A process that lived this long is restarted at once; one that fails sooner waits, up to PAUSE_MOST."""

PAUSE_LEAST, PAUSE_MOST = 0.2, 5.0

Say = Callable[[str], None]


class Child:
    """One supervised process: started, watched, started again, until `end`."""

    def __init__(
        self, name: str, command: list[str], say: Say, begin: asyncio.Event | None = None, awaited: bool = True
    ) -> None:
        """Nothing runs yet. `begin`: once set, the process is told to begin; None: it does so by itself.

        `awaited`: without it nothing is served, so it is given up if it ends before it ever served.
        """
        self.name = name
        self.process: asyncio.subprocess.Process | None = None
        self.started = asyncio.Event()
        self.ready = asyncio.Event()
        self.failed = asyncio.Event()
        self.served = False
        self._command = command
        self._say = say
        self._begin = begin
        self._awaited = awaited
        self._ending = asyncio.Event()

    async def keep(self) -> None:
        """Run it, again and again, until `end`. One that is awaited and ends before it ever served has `failed`."""
        pause = PAUSE_LEAST
        while True:
            began = time.monotonic()
            await self._run()
            if self._ending.is_set():
                return
            pause = PAUSE_LEAST if time.monotonic() - began > STEADY_SECONDS else min(pause * 2, PAUSE_MOST)
            if self._awaited and not self.served:
                self.failed.set()
                return
            self._say(f"{self.name} ended unexpectedly; starting it again in {pause:.1f} s")
            await asyncio.sleep(pause)
            if self._ending.is_set():
                return

    async def end(self, within: float) -> None:
        """Ask it to end, and make it end after `within` seconds."""
        self._ending.set()
        process = self.process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(within):
                await process.wait()
        except TimeoutError:
            self._say(f"{self.name} did not end within {within:.0f} s and was killed")
            process.kill()
            await process.wait()

    async def _run(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            *self._command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, start_new_session=True
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.started.set()
        if self._begin is not None:
            await self._begin.wait()
            self.process.stdin.write(BEGIN)
        while line := await self.process.stdout.readline():
            if line == READY:
                self.served = True
                self.ready.set()
        await self.process.wait()
        self.ready.clear()


class Supervisor:
    """All processes of one installation."""

    def __init__(self, home: Home, say: Say) -> None:
        """`say` tells the operator, a line at a time."""
        self._home = home
        self._say = say
        self._count = home.settings.gateway.processes
        self._prepared = asyncio.Event()
        self._gateways = [
            Child(f"gateway {n}", self._command("gateway_process", str(n)), say, self._prepared)
            for n in range(self._count)
        ]
        self._recorder = Child("recorder", self._command("recorder_process"), say)
        self._control = Child("control API", self._command("control_process"), say)
        self._evidence = Child("evidence process", self._command("evidence_process"), say, awaited=False)
        self._broker: Broker | None = None

    @property
    def gateways(self) -> tuple[int, ...]:
        """Process ids of the gateways that run now."""
        return tuple(child.process.pid for child in self._gateways if child.process is not None)

    async def run(self, started: Callable[[], None]) -> None:
        """Start, call `started` once everything is ready, run until SIGTERM or SIGINT, end in order.

        Raises SettingsFault when something cannot start at all.
        """
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        self._require()
        keepers = [asyncio.create_task(child.keep()) for child in self._gateways]
        try:
            await self._until_started()
            self._broker = await self._prepare()
            self._prepared.set()
            # Gateways first: traffic can be served before the others are there.
            await self._until_ready(self._gateways, stop)
            if not stop.is_set():
                keepers += [asyncio.create_task(child.keep()) for child in (self._recorder, self._control)]
                await self._until_ready([self._recorder, self._control], stop)
            if not stop.is_set():
                if self._home.settings.evidence.enabled:
                    # not awaited: nothing that is served depends on it
                    keepers.append(asyncio.create_task(self._evidence.keep()))
                started()
            await stop.wait()
        finally:
            await self._end()
            for keeper in keepers:
                keeper.cancel()
            await asyncio.gather(*keepers, return_exceptions=True)
            if self._broker is not None:
                await self._broker.close()

    def _require(self) -> None:
        """Folders, keys, free ports: what must be right before anything starts."""
        home = self._home
        home.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        home.spool.mkdir(mode=0o700, exist_ok=True)
        Flags(home.kill)
        read_or_create_key(home.master_key)
        read_or_create_token(home.control_token)
        for vendor in home.settings.vendors.values():
            credential(vendor.key)
        for listener in (home.settings.gateway, home.settings.control):
            _require_free(listener.host, listener.port)

    async def _prepare(self) -> Broker:
        """The database, and from it the broker, which listens when this returns. Raises SettingsFault, StoreFault."""
        # Imported here, with the gateways loading at the same time: the database's library takes the longest.
        from prodworthy.interfaces.last_run import last_run

        now = time.time_ns()
        past = last_run(self._home, now)
        broker = Broker(self._home.broker, self._count, past.spent_before, cold=past.served_lately)
        await _started(broker, self._home)
        return broker

    async def _until_started(self) -> None:
        """Return once the gateways load. Raises SettingsFault when the system starts none."""
        try:
            async with asyncio.timeout(START_SECONDS):
                for child in self._gateways:
                    await child.started.wait()
        except TimeoutError:
            raise SettingsFault("no process can be started here; the reason is in the lines above") from None

    async def _until_ready(self, children: list[Child], stop: asyncio.Event) -> None:
        """Raises SettingsFault when a process ends before it ever served, or takes too long."""
        awaited: list[asyncio.Future[Any]] = [asyncio.gather(*(child.ready.wait() for child in children))]
        awaited += [asyncio.ensure_future(event.wait()) for event in (stop, *(child.failed for child in children))]
        await asyncio.wait(awaited, timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        for waiting in awaited:
            waiting.cancel()
        late = ", ".join(child.name for child in children if not child.ready.is_set())
        if late and not stop.is_set():
            failed = ", ".join(child.name for child in children if child.failed.is_set())
            said = f"{failed} could not start" if failed else f"not ready within {START_SECONDS:.0f} s: {late}"
            raise SettingsFault(f"{said}; the reason is in the lines above")

    async def _end(self) -> None:
        """Gateways first, so that running answers finish; the recorder takes what they left; then that is sealed."""
        drain = self._home.settings.gateway.drain + 5
        await asyncio.gather(*(child.end(drain) for child in self._gateways))
        await asyncio.gather(self._control.end(5), self._recorder.end(30))
        await self._evidence.end(30)

    def _command(self, module: str, *arguments: str) -> list[str]:
        return [sys.executable, "-m", f"prodworthy.interfaces.{module}", str(self._home.folder), *arguments]


async def _started(broker: Broker, home: Home) -> None:
    """Start the broker. Raises SettingsFault."""
    try:
        await broker.start()
    except FileExistsError:
        raise SettingsFault(f"{home.folder} is being served already; end that first, or set PRODWORTHY_HOME") from None
    except OSError as fault:
        raise SettingsFault(
            f"the socket {home.broker} cannot be made ({fault}); choose a shorter home folder"
        ) from None


def _require_free(host: str, port: int) -> None:
    """Raises SettingsFault when something else listens there; the shared port itself would not tell."""
    if port == 0:
        return
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            raise SettingsFault(f"cannot listen on {host}:{port}: {fault.strerror}; set another port") from None
