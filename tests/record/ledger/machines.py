"""Disks that fail: at a chosen call with an error, at a power cut with the loss of all that was not made durable."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from prodworthy.record.ledger.disk import Machine

SHORT = 6_000


class PowerCut(BaseException):
    """The process ends here."""


class FailingMachine(Machine):
    """Fails at the calls whose numbers are in `at`, from 0; nothing is really synced. A failing write writes one byte.

    With `cut`, the failing call raises PowerCut instead, before it does anything.
    """

    def __init__(self, at: frozenset[int] = frozenset(), cut: bool = False, code: int = errno.ENOSPC) -> None:
        self.at = at
        self.calls = 0
        self._cut = cut
        self._code = code
        self._short = False

    def _called(self) -> None:
        number, self.calls = self.calls, self.calls + 1
        if number in self.at:
            if self._cut:
                raise PowerCut
            raise OSError(self._code, os.strerror(self._code))

    def write(self, descriptor: int, data: memoryview) -> int:
        if self.calls in self.at and not self._cut and not self._short:
            self._short = True
            return super().write(descriptor, data[:1])
        self._short = False
        self._called()
        # short writes are part of every run
        return super().write(descriptor, data[:SHORT] if len(data) > SHORT else data)

    def sync(self, descriptor: int) -> None:
        self._called()

    def cut(self, descriptor: int, size: int) -> None:
        self._called()
        super().cut(descriptor, size)

    def rename(self, source: Path, target: Path) -> None:
        self._called()
        super().rename(source, target)

    def make_directory(self, path: Path) -> None:
        self._called()
        super().make_directory(path)

    def sync_directory(self, path: Path) -> None:
        self._called()

    def now(self) -> int:
        return 1_700_000_000


class ForgetfulMachine(FailingMachine):
    """Knows what a power cut would leave: of each file what was synced, of each directory the names that were."""

    def __init__(self, folder: Path, at: frozenset[int] = frozenset()) -> None:
        super().__init__(at, cut=True)
        self._folder = folder
        self._content: dict[int, bytes] = {}
        self._names: dict[Path, dict[str, int]] = {}
        self._seen: set[tuple[int, str]] = set()

    def write(self, descriptor: int, data: memoryview) -> int:
        status = os.fstat(descriptor)
        if not status.st_size:
            self._content[status.st_ino] = b""
        return super().write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        super().sync(descriptor)
        path = f"/proc/self/fd/{descriptor}"
        self._content[os.fstat(descriptor).st_ino] = Path(path).read_bytes()

    def sync_directory(self, path: Path) -> None:
        super().sync_directory(path)
        self._names[path] = {entry.name: entry.stat(follow_symlinks=False).st_ino for entry in os.scandir(path)}

    def leave(self, target: Path) -> None:
        """Lay out in `target` what a power cut now leaves of the folder."""
        self._leave(self._folder, target)

    def _leave(self, source: Path, target: Path) -> None:
        target.mkdir(parents=True)
        for name, inode in self._names.get(source, {}).items():
            if (source / name).is_dir() or source / name in self._names:
                self._leave(source / name, target / name)
            else:
                (target / name).write_bytes(self._content.get(inode, b""))
