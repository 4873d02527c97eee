"""The control API's token: 256 random bits in a file that only its owner may read, made at the first start."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from pathlib import Path

from prodworthy.interfaces.settings import SettingsFault

TOKEN_BYTES = 32
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def read_or_create_token(path: Path) -> str:
    """The token in `path` (43 characters of base64url), created with mode 0600 if there is none yet.

    Several processes may call this at once: one creates the token, all return the same. Raises SettingsFault for a file
    that others can read, that is not a regular file of ours, or that holds no token.
    """
    try:
        if not os.path.lexists(path):
            _create(path)
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            content = file.read(100)
    except OSError as fault:
        raise SettingsFault(f"the token file {path} cannot be read or created: {fault.strerror}") from None
    if status.st_mode & 0o077:
        raise SettingsFault(
            f"others can read the token file {path}; delete it, and a new token is made at the next start"
        )
    if status.st_uid not in (os.geteuid(), 0):
        raise SettingsFault(f"the token file {path} belongs to somebody else; delete it")
    token = content.decode("ascii", "replace").strip()
    if not _TOKEN.fullmatch(token):
        raise SettingsFault(f"the token file {path} holds no token; delete it, and one is made at the next start")
    return token


def _create(path: Path) -> None:
    """Write beside, then link: the name appears once, with the whole token behind it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_urlsafe(TOKEN_BYTES).encode("ascii") + b"\n")
            file.flush()
            os.fsync(descriptor)
        with contextlib.suppress(FileExistsError):
            os.link(beside, path)
    finally:
        os.unlink(beside)
