"""The traffic of the three example workloads, side by side: first as fast as it is answered, then a few a second."""

import itertools
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from examples.drive_clients import KILLED, Exchange, Target, Traffic, asking, attempt, scoring, summarising

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Course:
    """How one workload is driven: with which client, its share of the first exchanges, seconds between later ones."""

    workload: str
    model: str
    scopes: tuple[str, ...]
    opening: Callable[[Target], AbstractContextManager[Exchange]]
    share: float
    pause_s: float


COURSES = (
    Course("support-assistant", "gemma-3-270m", ("chat", "read"), asking, 0.15, 2.0),
    Course("doc-summariser", "gemma-3-270m", ("chat", "read"), summarising, 0.10, 4.0),
    Course("risk-scorer", "risk-scorer", ("predict", "read"), scoring, 0.75, 0.5),
)


class Drive:
    """Three clients, each in a thread of its own, until `stop`."""

    def __init__(self, url: str, keys: dict[str, str], first: int, say: Say) -> None:
        """Make `first` exchanges in all as fast as they are answered; `say` hears when a kill begins and ends."""
        self.traffic = {course.workload: Traffic(course.workload) for course in COURSES}
        self.first = first
        self._url, self._keys, self._say = url, keys, say
        self._go_on, self._stopping = threading.Event(), threading.Event()
        rest = first - sum(round(first * course.share) for course in COURSES[:-1])
        self._shares = [*(round(first * course.share) for course in COURSES[:-1]), rest]
        self._threads = [
            threading.Thread(target=self._run, args=pair, name=pair[0].workload, daemon=True)
            for pair in zip(COURSES, self._shares, strict=True)
        ]

    @property
    def sent(self) -> int:
        """Exchanges so far."""
        return sum(traffic.sent for traffic in self.traffic.values())

    def start(self) -> None:
        """Begin with the first exchanges."""
        for thread in self._threads:
            thread.start()

    def go_on(self) -> None:
        """Let the clients go on at their own pace once their first exchanges are made."""
        self._go_on.set()

    def stop(self, patience_s: float = 3.0) -> None:
        """Stop after the exchanges under way; those that take longer than `patience_s` end with their connection."""
        self._stopping.set()
        self._go_on.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(patience_s)

    def _run(self, course: Course, first: int) -> None:
        target = Target(self._url, self._keys[course.workload], course.model)
        traffic, killed = self.traffic[course.workload], False
        with course.opening(target) as exchange:
            for number in itertools.count():
                if number >= first:
                    self._go_on.wait()
                    self._stopping.wait(course.pause_s)
                if self._stopping.is_set():
                    return
                told = attempt(exchange, number, traffic)
                if self._stopping.is_set():
                    return
                if killed != (KILLED in told):
                    killed = not killed
                    state = "refused: it was killed" if killed else "answered again"
                    self._say(f"{course.workload}: its traffic is {state}")
