"""The end users whom workloads under a cap serve: those on record, and those that this process let in since."""

from __future__ import annotations

from collections.abc import Mapping

Place = tuple[str, str]
Known = Mapping[Place, frozenset[str]]
"""Keyed hashes of end users by workload; a workload that is missing is not counted here."""

NOBODY: Known = {}


class Users:
    """Counts distinct end users. For the event loop; several processes learn of each other's users from the record."""

    def __init__(self) -> None:
        """Nobody is known yet."""
        self._known = NOBODY
        self._own: dict[Place, set[str]] = {}

    def learn(self, known: Known) -> None:
        """Take what is on record now; whom this process let in counts until the record has them."""
        if known is self._known:
            return
        self._known = known
        own = {place: users - known[place] for place, users in self._own.items() if place in known}
        self._own = {place: users for place, users in own.items() if users}

    def room(self, place: Place, user: str, most: int) -> bool | None:
        """Whether the user is one of at most so many, or can become one; None where nobody knows."""
        known = self._known.get(place)
        if known is None:
            return None
        own = self._own.get(place, ())
        return user in known or user in own or len(known) + len(own) < most

    def let_in(self, place: Place, user: str) -> None:
        """From now on the user is one of them."""
        known = self._known.get(place)
        if known is not None and user not in known:
            self._own.setdefault(place, set()).add(user)
