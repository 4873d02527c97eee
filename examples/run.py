"""`make run`: two real models behind Prodworthy, three workloads on its roster, real traffic, and what to try with it.

    python -m examples.run [--once] [--exchanges N] [--home FOLDER]

SIGINT (Ctrl-C), SIGTERM and SIGHUP end it; everything that it started ends before it does. With --once it ends by
itself after its first exchanges.
"""

import argparse
import os
import signal
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

from examples.demonstration import demonstrate, lines, recorded
from examples.drive_clients import MOST_EXCHANGES, Target
from examples.installation import (
    CONTROL_PORT,
    GATEWAY_PORT,
    PROCESSES,
    Figures,
    Installation,
    InstallationError,
    memory_mb,
    verb,
)
from examples.launch import ROOT, Launched, LaunchError, StoppedError, end, first_line, ready, start
from examples.report import hints, live_line, table
from examples.screen import Screen
from examples.traffic import COURSES, Drive

READY_S = 120.0
JOURNAL_S = 5.0
"""How long the journal may take to hold what clients have seen."""
EVIDENCE_S = 15.0
"""How long the evidence process may take to judge what was applied."""
LOOK_S = 2.0
"""Seconds between two looks at the live figures."""


class Ended(Exception):
    """Something that has to run has ended by itself."""


class Example:
    """Everything that runs, in the order in which it was started; the stack ends it in reverse."""

    def __init__(self, home: Path, exchanges: int, stop: threading.Event, stack: ExitStack) -> None:
        """Nothing runs yet. Raises InstallationError."""
        self.screen = Screen()
        self.installation = Installation(home)
        self._exchanges, self._stop, self._stack = exchanges, stop, stack
        self._servers: dict[str, Launched] = {}
        self._before: dict[str, Figures] = {}
        self._keys: dict[str, str] = {}
        self._applied = 0

    def start(self) -> Drive:
        """Start everything and make the first exchanges. Raises LaunchError, InstallationError, StoppedError, Ended."""
        self._stack.callback(self.screen.passing, "")
        self._start_models()
        self._serve()
        keys = self._keys = self._register()
        self._before = self.figures()
        drive = Drive(self.installation.url, keys, self._exchanges, lambda text: self.screen.line(f"  * {text}"))
        self._stack.callback(drive.stop)
        self._first_exchanges(drive)
        return drive

    def figures(self) -> dict[str, Figures]:
        """Live figures of each workload."""
        return {course.workload: self.installation.figures(course.workload) for course in COURSES}

    def watch(self) -> None:
        """Show live figures until told to stop. Raises Ended."""
        while not self._stop.wait(LOOK_S):
            self._check()
            self.screen.passing(live_line(self.figures()))

    def _start_models(self) -> None:
        """Both at once: each takes a core for a few seconds."""
        threads = str(max(1, (os.cpu_count() or 1) // 2))
        modules = {"language model": ("examples.language_model", "--threads", threads), "scorer": ("examples.scorer",)}
        started = {name: start(*command) for name, command in modules.items()}
        for process in started.values():
            self._stack.callback(end, process, 5.0)
        details = {"language model": "loading the weights (the first time, 253 MB are put together)"}
        for name, process in started.items():
            with self.screen.step(name, details.get(name, "training")) as step:
                server = ready(process, modules[name][0], READY_S, self._stop.is_set)
                step.done = f"{server.url:<24} {server.model}, {server.memory_mb} MB"
            self._servers[name] = server

    def _serve(self) -> None:
        installation = self.installation
        installation.configure(self._servers["language model"].url, self._servers["scorer"].url)
        for what, wanted, port in (
            ("gateway", GATEWAY_PORT, installation.port),
            ("control API", CONTROL_PORT, installation.control_port),
        ):
            if port != wanted:
                self.screen.line(f"  ! port {wanted} is taken on this machine; the {what} listens on {port} instead")
        with self.screen.step("prodworthy", "starting gateways, recorder, evidence and control API") as step:
            options = ["--port", installation.port, "--control-port", installation.control_port]
            process = start("examples.serve", *map(str, options), "--processes", str(PROCESSES))
            self._stack.callback(end, process, 15.0)
            first_line(process, "prodworthy serve", READY_S, self._stop.is_set)
            memory = memory_mb(process.pid)
            step.done = f"{installation.url:<24} {PROCESSES} gateways, {len(memory)} processes, {sum(memory)} MB in all"
        self._servers["prodworthy"] = Launched(process, installation.url, "", sum(memory))

    def _register(self) -> dict[str, str]:
        """Apply the manifests and issue keys, as a person would by hand."""
        keys: dict[str, str] = {}
        with self.screen.step("workloads", "applying manifests and issuing keys") as step:
            for course in COURSES:
                verb("apply", str(ROOT / "examples" / "workloads" / f"{course.workload}.yaml"))
                keys[course.workload] = self.installation.issue(course.workload, *course.scopes)
                self._check()
            self._applied = time.time_ns()
            step.detail = "waiting until both gateways have compiled their detectors"
            for key in keys.values():
                while not self.installation.serves(key):
                    self._stop.wait(0.1)
                    self._check()
            folder = shown(self.installation.home / "keys")
            step.done = f"{len(keys)} manifests in force, a new key for each in {folder}/"
        return keys

    def _first_exchanges(self, drive: Drive) -> None:
        with self.screen.step("traffic", "") as step:
            drive.start()
            while drive.sent < drive.first:
                step.detail = f"{drive.sent} of {drive.first} exchanges"
                self._stop.wait(0.1)
                self._check()
            traffic = drive.traffic.values()
            answered, refused = sum(one.answered for one in traffic), sum(one.refused.total() for one in traffic)
            step.done = f"{drive.sent} real exchanges: {answered} answered, {refused} refused"

    def settled(self, drive: Drive) -> dict[str, Figures]:
        """What the journal counted since the start, once it holds the first exchanges."""
        deadline = time.monotonic() + JOURNAL_S
        while True:
            now = self.figures()
            counted = sum(now[name].ended - self._before[name].ended for name in now)
            if counted >= drive.first or time.monotonic() > deadline:
                return now
            self._stop.wait(0.1)
            self._check()

    def demonstration(self) -> list[str]:
        """Three exchanges in which controls act, with what the journal says of them. Raises StoppedError, Ended."""
        course = COURSES[0]
        shown = demonstrate(Target(self.installation.url, self._keys[course.workload], course.model))
        deadline = time.monotonic() + JOURNAL_S
        while not all(recorded(one) for one in shown) and time.monotonic() < deadline:
            self._stop.wait(0.1)
            self._check()
        return [f"WHAT CONTROLS DID ({course.workload})", *lines(shown)]

    def roster(self) -> str:
        """The roster, once every workload was judged on what was applied. Raises StoppedError, Ended."""
        deadline = time.monotonic() + EVIDENCE_S
        while not self.installation.judged(self._applied) and time.monotonic() < deadline:
            self._stop.wait(0.2)
            self._check()
        return verb("roster").rstrip()

    def _check(self) -> None:
        """Raises StoppedError, Ended."""
        if self._stop.is_set():
            raise StoppedError
        for name, server in self._servers.items():
            if server.process.poll() is not None:
                raise Ended(f"the {name} has ended by itself, exit code {server.process.returncode}")


def shown(path: Path) -> str:
    """A path as one would type it in the repository's folder."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def main() -> int:
    """Run the example; the exit code is 0 unless something failed."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--once", action="store_true", help="end after the first exchanges")
    options.add_argument("--exchanges", type=int, default=60, help="how many come first (default 60)")
    options.add_argument("--home", type=Path, default=ROOT / ".prodworthy", help="the home folder of the installation")
    chosen = options.parse_args()
    if not 1 <= chosen.exchanges <= MOST_EXCHANGES:
        options.error(f"--exchanges must be 1 to {MOST_EXCHANGES}")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    try:
        with ExitStack() as stack:
            _run(chosen, stop, stack)
    except StoppedError:
        pass  # on the way up: what ran already has ended with the stack
    except (LaunchError, InstallationError, Ended) as fault:
        sys.stderr.write(f"make run: {fault}\n")
        return 1
    print("\nEverything has ended.")
    return 0


def _run(chosen: argparse.Namespace, stop: threading.Event, stack: ExitStack) -> None:
    print("Real models behind Prodworthy, all on this machine. Ctrl-C ends it and leaves nothing running.\n")
    example = Example(chosen.home, chosen.exchanges, stop, stack)
    drive = example.start()
    screen, installation = example.screen, example.installation
    figures = example.settled(drive)
    screen.line(f"\n{table(figures)}")
    screen.line("\n" + "\n".join(example.demonstration()))
    screen.line(f"\n{example.roster()}")
    if chosen.once:
        return
    screen.line(f"\n{hints(installation, shown)}\n")
    drive.go_on()
    example.watch()


if __name__ == "__main__":
    sys.exit(main())
