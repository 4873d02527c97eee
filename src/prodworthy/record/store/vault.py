"""Keys: everything secret about people and content is derived from, or wrapped by, one master key.

The master key never leaves this machine and is never used itself: each purpose has a key of its own (HKDF-SHA256, RFC
5869). Content is sealed with AES-256-GCM and a random 96-bit nonce; no key seals more than 2^31 messages, so that the
chance of a repeated nonce stays below 2^-32 (NIST SP 800-38D, section 8.3).
"""

from __future__ import annotations

import functools
import hmac
import os
import secrets
from collections import OrderedDict
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from prodworthy.record.faults import ContentErased, KeyFault
from prodworthy.record.secret_file import SecretExposed, SecretForeign, read_or_create

KEY_BYTES = 32
NONCE_BYTES = 12
SALT_BYTES = 16
MOST_SEALS = 2**31
_CACHED_SALTS = 64
_CACHED_SUBJECTS = 10_000


class Vault:
    """What one master key can do. Safe to share between threads, except `open_spool`."""

    def __init__(self, master: bytes) -> None:
        """Raises KeyFault unless the master key has 32 bytes."""
        if len(master) != KEY_BYTES:
            raise KeyFault(f"the master key must have {KEY_BYTES} bytes")
        self._master = master
        subjects = self._derive(b"prodworthy subject v1")
        self._subjects = subjects
        # the same end users come again and again; the cache is as private as the process that serves them
        self._known_subject = functools.lru_cache(maxsize=_CACHED_SUBJECTS)(
            lambda tenant, end_user: _keyed(subjects, "user", tenant, end_user)[:32]
        )
        self._fingerprints = self._derive(b"prodworthy fingerprint v1")
        self._wrapping = AESGCM(self._derive(b"prodworthy wrap v1"))
        self._opening: OrderedDict[bytes, AESGCM] = OrderedDict()
        self._fresh_spool_key()

    def subject(self, tenant: str, end_user: str) -> str:
        """A keyed hash of an end user within one tenant: 32 hex digits, "" for "". Lone surrogates are accepted."""
        return self._known_subject(tenant, end_user) if end_user else ""

    def anonymous(self, tenant: str, workload: str, day: str) -> str:
        """The subject of exchanges without an end user: one for each workload and day (`YYYYMMDD`), 32 hex digits."""
        return _keyed(self._subjects, "nobody", tenant, workload, day)[:32]

    def pseudonym(self, *parts: str) -> str:
        """A keyed hash of texts, 64 hex digits: the same for the same texts, and of no use without the key."""
        return _keyed(self._subjects, "pseudonym", *parts)

    def fingerprint(self, secret: str) -> str:
        """16 hex digits by which an unknown key can be recognised again, and from which it cannot be found."""
        return _keyed(self._fingerprints, secret)[:16]

    def seal_spool(self, plain: bytes, associated: bytes) -> bytes:
        """Seal content on its way to the journal; `associated` (see `place`) says where it belongs."""
        if self._seals >= MOST_SEALS:
            self._fresh_spool_key()
        self._seals += 1
        salt, key = self._spool
        return salt + seal(key, plain, associated)

    def open_spool(self, sealed: bytes, associated: bytes) -> bytes:
        """Open what `seal_spool` of any process with the same master key sealed.

        Raises:
            ContentErased: altered, sealed for another place, or under another master key.
        """
        salt = sealed[:SALT_BYTES]
        key = self._opening.get(salt)
        if key is None:
            key = self._opening[salt] = AESGCM(self._derive(b"prodworthy spool v1", salt))
            if len(self._opening) > _CACHED_SALTS:
                self._opening.popitem(last=False)
        return unseal(key, sealed[SALT_BYTES:], associated)

    def wrap(self, key: bytes, label: bytes) -> bytes:
        """Encrypt a subject's key for storing; `label` says whose it is."""
        return seal(self._wrapping, key, label)

    def unwrap(self, wrapped: bytes, label: bytes) -> bytes:
        """Decrypt a stored subject's key. Raises ContentErased if it is not the one that `label` names."""
        return unseal(self._wrapping, wrapped, label)

    def _fresh_spool_key(self) -> None:
        """A spool key of this process's own, so that processes cannot repeat each other's nonces."""
        salt = os.urandom(SALT_BYTES)
        self._spool = salt, AESGCM(self._derive(b"prodworthy spool v1", salt))
        self._seals = 0

    def _derive(self, purpose: bytes, salt: bytes | None = None) -> bytes:
        return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=purpose).derive(self._master)


def place(tenant: str, exchange: str, kind: str) -> bytes:
    """Where a content belongs: tenant, exchange, and kind of event. Sealed content opens nowhere else."""
    return f"{tenant}\0{exchange}\0{kind}".encode("utf-8", "surrogatepass")


def seal(key: AESGCM, plain: bytes, associated: bytes) -> bytes:
    """A random nonce, followed by what AES-256-GCM made of `plain`."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + key.encrypt(nonce, plain, associated)


def unseal(key: AESGCM, sealed: bytes, associated: bytes) -> bytes:
    """Open what `seal` made. Raises ContentErased if the key, the place or a single bit differs."""
    try:
        return key.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], associated)
    except (InvalidTag, ValueError):
        raise ContentErased("the content does not open with this key at this place") from None


def read_or_create_key(path: Path) -> bytes:
    """The master key in `path` (64 hex digits), created for its owner only (mode 0600) if there is none yet.

    Several processes may call this at once: one creates the key, all return the same.

    Raises:
        KeyFault: not a regular file of ours, readable by others, or not a key.
    """
    try:
        text = read_or_create(path, lambda: secrets.token_hex(KEY_BYTES))
    except SecretExposed:
        text = "the master key file can be read by others; run chmod 600 on it, and consider the key disclosed"
        raise KeyFault(text) from None
    except SecretForeign:
        raise KeyFault("the master key file belongs to somebody else") from None
    except OSError as error:
        raise KeyFault(f"the master key file cannot be read or created: {error.strerror}") from error
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyFault(f"the master key file does not hold {2 * KEY_BYTES} hex digits")
    return key


def _keyed(key: bytes, *parts: str) -> str:
    """HMAC-SHA256 in hex over the parts, each with its length before it: no two lists of parts look alike."""
    pieces = [part.encode("utf-8", "surrogatepass") for part in parts]
    message = b"".join([len(piece).to_bytes(8, "big") + piece for piece in pieces])
    return hmac.digest(key, message, "sha256").hex()
