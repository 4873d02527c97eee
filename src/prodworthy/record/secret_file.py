"""Files that hold one secret each: made at the first start for their owner only, refused if others can reach them."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path

LONGEST = 200
"""Bytes of a secret file that are read; no secret of ours is longer."""


class SecretExposed(OSError):
    """Others can read the file."""


class SecretForeign(OSError):
    """The file belongs to somebody else."""


def read_or_create(path: Path, fresh: Callable[[], str]) -> str:
    """The text in `path`, stripped; created from `fresh()` with mode 0600 if there is none yet.

    Several processes may call this at once: one creates the secret, all return the same.

    Raises:
        SecretExposed, SecretForeign: the file is not safe to use.
        OSError: it is not a regular file, or cannot be read or created.
    """
    if not os.path.lexists(path):
        _create(path, fresh())
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        content = file.read(LONGEST)
    if status.st_mode & 0o077:
        raise SecretExposed(f"others can read {path}")
    if status.st_uid not in (os.geteuid(), 0):
        raise SecretForeign(f"{path} belongs to somebody else")
    return content.decode("ascii", "replace").strip()


def _create(path: Path, text: str) -> None:
    """Write beside, then link: the name appears once, with the whole secret behind it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("ascii") + b"\n")
            file.flush()
            os.fsync(descriptor)
        with contextlib.suppress(FileExistsError):
            os.link(beside, path)
    finally:
        os.unlink(beside)
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
