"""The rig of every benchmark: upstream and load on one core, what is measured on another, rounds that interleave."""

from __future__ import annotations

import contextlib
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from bench.load import GRACE, Figures, Plan
from bench.processes import ROOT, NotReady, cores, cpu_seconds, end, free_port, start, wait_for_port

UPSTREAM_SECONDS = 15.0


class Bench(msgspec.Struct, frozen=True):
    """What a benchmark works with: a folder that is deleted afterwards, how thorough to be, and whom to tell."""

    folder: Path
    quick: bool
    say: Callable[[str], None]

    def pick(self, full: float, quick: float) -> float:
        """A figure for this run's thoroughness."""
        return quick if self.quick else full

    def count(self, full: int, quick: int) -> int:
        """As `pick`, for counts."""
        return quick if self.quick else full


class Candidate(msgspec.Struct, frozen=True):
    """One of those that are compared: its address, the caller's key, and the process ids by the part they play."""

    name: str
    port: int
    key: str
    main: Sequence[int] = ()
    beside: Sequence[int] = ()


class Sample(msgspec.Struct, frozen=True):
    """One round of one candidate: what the load saw, and CPU seconds of the main and the other processes."""

    figures: Figures
    main: float
    beside: float

    @property
    def main_each(self) -> float:
        """CPU microseconds of the main processes per answer."""
        return self.main / max(1, self.figures.answers) * 1_000_000

    @property
    def all_each(self) -> float:
        """CPU microseconds of all processes per answer."""
        return (self.main + self.beside) / max(1, self.figures.answers) * 1_000_000


@contextlib.contextmanager
def upstream() -> Iterator[int]:
    """An upstream on the core of the load; its port."""
    port = free_port()
    process = start([sys.executable, "-m", "bench.upstream", str(port)], cores()[0])
    try:
        wait_for_port(port, process, UPSTREAM_SECONDS)
        yield port
    finally:
        end(process)


def send(plan: Plan) -> Figures:
    """Carry out a plan in a process on the core of the load."""
    command = [sys.executable, "-m", "bench.load", msgspec.json.encode(plan).decode()]
    limit = plan.seconds + plan.warm + 2 * GRACE + plan.count / 50
    pinned = ["taskset", "-c", str(cores()[0]), *command]
    done = subprocess.run(pinned, stdout=subprocess.PIPE, check=True, timeout=limit, cwd=ROOT)
    return msgspec.json.decode(done.stdout, type=Figures)


@contextlib.contextmanager
def under_load(plan: Plan) -> Iterator[None]:
    """Carry out a plan in a process on the core of the load while the block runs; what it saw is not kept."""
    process = start([sys.executable, "-m", "bench.load", msgspec.json.encode(plan).decode()], cores()[0])
    try:
        yield
    finally:
        end(process)


def sample(candidate: Candidate, plan: Plan) -> Sample:
    """Carry out a plan on one candidate (whose port and key replace the plan's) and count the CPU time around it."""
    before = cpu_seconds(candidate.main), cpu_seconds(candidate.beside)
    figures = send(msgspec.structs.replace(plan, port=candidate.port, key=candidate.key))
    after = cpu_seconds(candidate.main), cpu_seconds(candidate.beside)
    return Sample(figures, after[0] - before[0], after[1] - before[1])


def awaken(candidate: Candidate, plan: Plan, tries: int = 60) -> None:
    """Call until the first good answer: some load what they need only then. Raises NotReady."""
    first = msgspec.structs.replace(plan, kind="closed", connections=1, seconds=0.5, warm=0.0)
    for _ in range(tries):
        if sample(candidate, first).figures.passed:
            return
    raise NotReady(f"{candidate.name} gave no good answer")


def interleaved(candidates: Sequence[Candidate], plans: Sequence[Plan], rounds: int) -> list[list[Sample]]:
    """Each candidate's samples, taken in turns so that whatever else the machine does falls on all of them."""
    samples: list[list[Sample]] = [[] for _ in candidates]
    for _ in range(rounds):
        for index, (candidate, plan) in enumerate(zip(candidates, plans, strict=True)):
            samples[index].append(sample(candidate, plan))
    return samples


def median(samples: Sequence[Sample], figure: Callable[[Sample], float]) -> float:
    """The median of one figure."""
    return statistics.median(figure(each) for each in samples)


def quantile(samples: Sequence[Sample], place: int) -> float:
    """The median of a quantile of times, in milliseconds; `place` as in `Figures.times`."""
    return median(samples, lambda each: each.figures.times[place] / 1_000)


def lost(samples: Sequence[Sample]) -> int:
    """Calls without a good answer."""
    return sum(s.figures.answers - s.figures.passed + s.figures.faults + s.figures.stalled for s in samples)
