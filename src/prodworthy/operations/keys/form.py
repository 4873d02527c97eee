"""The form of a workload key: `pw_<id>_<secret>`. Called for every request, so it does little.

The id is 12 characters of base32 (60 random bits, a name and no secret); the secret is 43 characters of base64url
(256 random bits). Because the secret is that long and random, one SHA-256 of it is stored: no salt, no slow hash.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets

_KEY = re.compile(r"pw_([a-z2-7]{12})_([A-Za-z0-9_-]{43})")


def parse_key(text: str) -> tuple[str, str] | None:
    """A key's id and secret, or None if the text has not the form of a key."""
    found = _KEY.fullmatch(text)
    return (found[1], found[2]) if found else None


def matches(secret: str, digest: bytes) -> bool:
    """Whether the secret has this digest (SHA-256, 32 bytes), compared in constant time."""
    return hmac.compare_digest(hashlib.sha256(secret.encode()).digest(), digest)


def digest_of(secret: str) -> bytes:
    """What is stored of a secret: its SHA-256, 32 bytes."""
    return hashlib.sha256(secret.encode()).digest()


def draw() -> tuple[str, str]:
    """A new id and secret from the system's randomness."""
    name = base64.b32encode(secrets.token_bytes(8)).decode().lower()[:12]
    return name, secrets.token_urlsafe(32)


def compose(name: str, secret: str) -> str:
    """The key as its user holds it."""
    return f"pw_{name}_{secret}"
