"""The control API's token: 256 random bits in a file that only its owner may read, made at the first start."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from prodworthy.interfaces.settings import SettingsFault
from prodworthy.record.secret_file import SecretExposed, SecretForeign, read_or_create

TOKEN_BYTES = 32
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def read_or_create_token(path: Path) -> str:
    """The token in `path` (43 characters of base64url), created with mode 0600 if there is none yet.

    Raises SettingsFault for a file that others can read, that is not a regular file of ours, or that holds no token.
    """
    try:
        token = read_or_create(path, lambda: secrets.token_urlsafe(TOKEN_BYTES))
    except SecretExposed:
        text = f"others can read the token file {path}; delete it, and a new token is made at the next start"
        raise SettingsFault(text) from None
    except SecretForeign:
        raise SettingsFault(f"the token file {path} belongs to somebody else; delete it") from None
    except OSError as fault:
        raise SettingsFault(f"the token file {path} cannot be read or created: {fault.strerror}") from None
    if not _TOKEN.fullmatch(token):
        raise SettingsFault(f"the token file {path} holds no token; delete it, and one is made at the next start")
    return token
