"""One connection from a gateway to the broker: asks go out in batches, answers come back in order, by a deadline."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import cast

from prodworthy.gateway.limits.wire import (
    MAX_ITEMS,
    Answer,
    Answers,
    Ask,
    Asks,
    Frames,
    Hello,
    Stated,
    Statement,
    Welcome,
    WireError,
    pack,
    read_broker,
)

DEADLINE = 0.05  # seconds; a broker that has not answered by then counts as absent
STALLED = 0.01  # a timer that fires so late says that this process stood still, not the broker


class Link(asyncio.Protocol):
    """on_answer(ticket, ask, answer | None) is called once for each ask sent: with None when the answer will not come.

    on_lost() is called once, after that, when a link that was welcomed ends.
    """

    def __init__(
        self, on_answer: Callable[[object, Ask, Answer | None], None], on_lost: Callable[[], None], deadline: float
    ) -> None:
        self._on_answer = on_answer
        self._on_lost = on_lost
        self._deadline = deadline
        self._loop = asyncio.get_running_loop()
        self._frames = Frames()
        self._transport: asyncio.WriteTransport | None = None
        self._outbox: list[tuple[object, Ask]] = []
        self._sent: deque[tuple[float, list[tuple[object, Ask]]]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._spared = False
        self._over = False
        self._epoch = 0
        self.welcomed: asyncio.Future[int] = self._loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.end()

    def data_received(self, data: bytes) -> None:
        try:
            for body in self._frames.feed(data):
                frame = read_broker(body)
                if isinstance(frame, Welcome):
                    self._epoch = frame.epoch
                    if not self.welcomed.done():
                        self.welcomed.set_result(frame.epoch)
                else:
                    self._answered(frame)
        except WireError:
            self.end()

    @property
    def over(self) -> bool:
        """Whether the link has ended."""
        return self._over

    def greet(self, lessee: int, epoch: int) -> None:
        """Says who this is; `welcomed` becomes the broker's epoch, or 0 when the link ends first."""
        self._write(Hello(lessee, epoch))

    def state(self, statements: list[Statement]) -> None:
        """Tells what was spent without the broker."""
        for at in range(0, len(statements), MAX_ITEMS):
            self._write(Stated(statements[at : at + MAX_ITEMS]))

    def send(self, ticket: object, ask: Ask) -> None:
        """Sends with all that is asked in the same turn of the loop."""
        if not self._outbox:
            self._loop.call_soon(self.flush)
        self._outbox.append((ticket, ask))

    def flush(self) -> None:
        """Sends now what waits to be sent."""
        outbox, self._outbox = self._outbox, []
        for at in range(0, len(outbox), MAX_ITEMS):
            batch = outbox[at : at + MAX_ITEMS]
            if self._over:
                self._unanswered(batch)
                continue
            self._sent.append((self._loop.time() + self._deadline, batch))
            self._write(Asks([ask for _, ask in batch]))
            if self._timer is None:
                self._timer = self._loop.call_at(self._sent[0][0], self._watch)

    def end(self) -> None:
        """Closes the link; what was asked stays unanswered."""
        if self._over:
            return
        self._over = True
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._transport.close()
        if not self.welcomed.done():
            self.welcomed.set_result(0)
        while self._sent:
            self._unanswered(self._sent.popleft()[1])
        if self._epoch:
            self._on_lost()

    def _write(self, frame: Hello | Stated | Asks) -> None:
        if self._transport is not None and not self._over:
            self._transport.write(pack(frame))

    def _unanswered(self, batch: list[tuple[object, Ask]]) -> None:
        for ticket, ask in batch:
            self._on_answer(ticket, ask, None)

    def _answered(self, frame: Answers) -> None:
        if not self._sent or len(self._sent[0][1]) != len(frame.answers):
            raise WireError("an answer to nothing that was asked")
        self._spared = False
        _, batch = self._sent.popleft()
        for (ticket, ask), answer in zip(batch, frame.answers, strict=True):
            self._on_answer(ticket, ask, answer)

    def _watch(self) -> None:
        """Ends the link when the oldest ask is overdue; once, a late timer is given the time to read what is there."""
        self._timer = None
        if not self._sent or self._over:
            return
        due, now = self._sent[0][0], self._loop.time()
        if due <= now:
            if now - due < STALLED or self._spared:
                self.end()
                return
            self._spared = True
            due = now + STALLED
        self._timer = self._loop.call_at(due, self._watch)
