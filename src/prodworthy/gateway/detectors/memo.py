"""A bounded memory of what was computed from a text, so that a prompt sent a thousand times is read once."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class Memo(Generic[T]):
    """Keeps values by the digest of texts, least recently used out first; safe to share between threads.

    It holds no text. `room` bounds the sum of the weights that `weigh` gives to values; one that alone weighs more is
    computed each time.
    """

    def __init__(self, room: int, weigh: Callable[[T], int]) -> None:
        self._room = room
        self._weigh = weigh
        self._kept: OrderedDict[bytes, tuple[T, int]] = OrderedDict()
        self._weight = 0
        self._lock = threading.Lock()

    def get(self, texts: Iterable[str], make: Callable[[], T]) -> T:
        """The value for these texts, in this order; `make` computes it where it is not kept."""
        key = _digest(texts)
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found[0]
        value = make()
        weight = 1 + self._weigh(value)
        with self._lock:
            if weight <= self._room and key not in self._kept:
                self._kept[key] = value, weight
                self._weight += weight
                while self._weight > self._room:
                    self._weight -= self._kept.popitem(last=False)[1][1]
        return value

    @property
    def weight(self) -> int:
        """The sum of the weights kept now; never above `room`."""
        return self._weight


def _digest(texts: Iterable[str]) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for text in texts:
        raw = text.encode("utf-8", "surrogatepass")
        digest.update(len(raw).to_bytes(8, "big"))
        digest.update(raw)
    return digest.digest()
