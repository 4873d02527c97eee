"""What the example prints: a line for each step that is done, and while a step takes its time, how far it is."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

FIRST_WORD_S = 1.5
"""After how long a step that is not done yet says that it is under way."""
NEXT_WORD_S = {True: 0.25, False: 10.0}
"""How often it says so again: on a terminal, where the line is written anew, and elsewhere."""


class Step:
    """One step under way. `detail` may change while it goes on; `done` is what is printed at its end."""

    def __init__(self, name: str, detail: str) -> None:
        """Nothing is printed yet."""
        self.name, self.detail, self.done = name, detail, ""
        self.begun = time.monotonic()

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self.begun


class Screen:
    """Lines for a person. Safe for several threads; standard output may be redirected elsewhere meanwhile."""

    def __init__(self) -> None:
        """Print on what is standard output now."""
        self._out = sys.stdout
        self._terminal = self._out.isatty()
        self._lock = threading.Lock()
        self._passing = ""

    def line(self, text: str = "") -> None:
        """Print a line that stays."""
        with self._lock:
            self._erase()
            self._out.write(f"{text}\n")
            self._out.flush()

    def passing(self, text: str) -> None:
        """Show a line until the next one, on a terminal only."""
        if not self._terminal:
            return
        with self._lock:
            self._erase()
            self._out.write(text)
            self._out.flush()
            self._passing = text

    @contextmanager
    def step(self, name: str, detail: str) -> Iterator[Step]:
        """Do a step: it is named while it lasts, if that is long, and its `done` is printed at its end."""
        step, over = Step(name, detail), threading.Event()
        ticking = threading.Thread(target=self._tick, args=(step, over), daemon=True)
        ticking.start()
        try:
            yield step
        finally:
            over.set()
            ticking.join()
            self.passing("")
        self.line(f"  {step.name:<15} {step.done:<72} {step.seconds:5.1f} s")

    def _tick(self, step: Step, over: threading.Event) -> None:
        wait = FIRST_WORD_S
        while not over.wait(wait):
            wait = NEXT_WORD_S[self._terminal]
            text = f"  {step.name:<15} {step.detail} … {step.seconds:.0f} s"
            if self._terminal:
                self.passing(text)
            else:
                self.line(text)

    def _erase(self) -> None:
        if self._passing:
            self._out.write("\r\x1b[K")
            self._passing = ""
