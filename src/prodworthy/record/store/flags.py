"""The kill files: a directory where a file named `tenant.workload`, or `ALL`, switches off what it names.

It needs no database: an operator with a shell can raise a flag with `touch` and lower it with `rm`. Whatever is in the
file is its text; a file that cannot be read is still a raised flag. Names that start with a dot are ignored.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from prodworthy.record.faults import FlagsUnreadable

ALL = "ALL"
TEXT_BYTES = 300
MOST_FLAGS = 10_000
# a directory's time stamp advances in ticks of the kernel (up to 10 ms): a listing is only reused once it is older
_SETTLED_NS = 100_000_000
_NOTHING: Mapping[str, str] = MappingProxyType({})


class Flags:
    """The flags in one directory, which is created for its owner only if it is missing."""

    def __init__(self, directory: Path) -> None:
        """Raises FlagsUnreadable if the directory cannot be created."""
        self._directory = directory
        self._seen: Mapping[str, str] = _NOTHING
        self._stamp = -1
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise FlagsUnreadable(f"the directory of flag files cannot be created: {error.strerror}") from error

    def read(self) -> Mapping[str, str]:
        """The raised flags by name, each with its text: the same mapping as before while nothing changed.

        That costs one `stat` (a few µs).

        Raises:
            FlagsUnreadable: the directory is gone, cannot be read, or holds more than 10,000 files.
        """
        try:
            stamp = os.stat(self._directory).st_mtime_ns
            if stamp == self._stamp:
                return self._seen
            settled = time.time_ns() - stamp > _SETTLED_NS
            seen = self._list()
        except OSError as error:
            self._stamp = -1
            raise FlagsUnreadable(f"the directory of flag files cannot be read: {error.strerror}") from error
        if seen != self._seen:
            self._seen = MappingProxyType(seen)
        self._stamp = stamp if settled else -1
        return self._seen

    def raise_flag(self, tenant: str, workload: str, text: str = "") -> None:
        """Raise the flag of one workload, with at most 300 bytes of `text`. Durable on return; raises OSError."""
        self._write(flag_name(tenant, workload), text)

    def lower(self, tenant: str, workload: str) -> bool:
        """Lower the flag of one workload; whether it was raised. Durable on return; raises OSError."""
        return self._remove(flag_name(tenant, workload))

    def raise_all(self, text: str = "") -> None:
        """Raise the flag that stops every workload. Durable on return; raises OSError."""
        self._write(ALL, text)

    def lower_all(self) -> bool:
        """Lower the flag that stops every workload (not the others); whether it was raised. Raises OSError."""
        return self._remove(ALL)

    def _list(self) -> dict[str, str]:
        seen: dict[str, str] = {}
        with os.scandir(self._directory) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                seen[entry.name] = _text(entry.path)
                if len(seen) > MOST_FLAGS:
                    raise FlagsUnreadable(f"the directory of flag files holds more than {MOST_FLAGS} files")
        return seen

    def _write(self, name: str, text: str) -> None:
        """Write beside and rename, so that nobody reads half a text."""
        beside = self._directory / f".{secrets.token_hex(8)}"
        content = text.encode("utf-8", "replace")[:TEXT_BYTES]
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(descriptor)
            os.rename(beside, self._directory / name)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(beside)
            # a full disk must not stop a kill: an empty file needs no block
            os.close(os.open(self._directory / name, os.O_WRONLY | os.O_CREAT, 0o600))
        self._sync()

    def _remove(self, name: str) -> bool:
        try:
            os.unlink(self._directory / name)
        except FileNotFoundError:
            return False
        self._sync()
        return True

    def _sync(self) -> None:
        descriptor = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def flag_name(tenant: str, workload: str) -> str:
    """The file name of one workload's flag. Raises ValueError for what cannot be a tenant or workload."""
    for part in (tenant, workload):
        if not part or not part.isascii() or not part.replace("-", "").isalnum() or part != part.lower():
            raise ValueError("a tenant or workload consists of lower-case letters, digits and hyphens")
    return f"{tenant}.{workload}"


def raised(flags: Mapping[str, str], tenant: str, workload: str) -> str | None:
    """The text of the flag that stops this workload (its own before `ALL`), or None if none is raised."""
    own = flags.get(f"{tenant}.{workload}")
    return own if own is not None else flags.get(ALL)


def _text(path: str) -> str:
    """The first line of a flag file, printable characters only; "" for whatever cannot be read as a file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        try:
            content = os.read(descriptor, TEXT_BYTES) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
        finally:
            os.close(descriptor)
    except OSError:
        return ""
    line = content.decode("utf-8", "replace").strip().partition("\n")[0]
    return "".join(character for character in line if character.isprintable())
