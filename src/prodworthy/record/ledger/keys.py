"""Keys of logs, witnesses and statements in the text forms of C2SP signed-note: `name+id+key` and `PRIVATE+KEY+...`.

Three kinds of signature: plain Ed25519, timestamped Ed25519 cosignatures, and ML-DSA-44 cosignatures (C2SP
tlog-cosignature). Where a secret is kept is the caller's business: this module reads and writes text only. To change a
key, sign with the old and the new one for a while, so that whoever trusts either can follow; then drop the old one.
"""

from __future__ import annotations

import enum
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from prodworthy.record.ledger.encoding import from_base64, to_base64
from prodworthy.record.ledger.faults import Malformed, NotSigned

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

LONGEST_NAME = 255
"""Bytes of a key's name: an ML-DSA-44 cosignature tells the length in 8 bits."""
_PRIVATE = "PRIVATE+KEY+"
_KEY_ID = re.compile(r"[0-9a-f]{8}\Z")
_TOO_OLD = "ML-DSA-44 signatures need the package cryptography, version 48 or later: install it and try again"
SEED_BYTES = 32


class Kind(enum.IntEnum):
    """Type of signature, by its identifier byte in C2SP signed-note."""

    ED25519 = 0x01
    COSIGNATURE = 0x04
    ML_DSA_44 = 0x06


PUBLIC_BYTES: Mapping[Kind, int] = MappingProxyType({Kind.ED25519: 32, Kind.COSIGNATURE: 32, Kind.ML_DSA_44: 1312})
SIGNATURE_BYTES: Mapping[Kind, int] = MappingProxyType({Kind.ED25519: 64, Kind.COSIGNATURE: 64, Kind.ML_DSA_44: 2420})


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key: whose (`name`), for which kind of signature, and its raw bytes."""

    name: str
    kind: Kind
    public: bytes

    def __post_init__(self) -> None:
        """Raises Malformed for a name or a length that no key has."""
        check_name(self.name)
        if len(self.public) != PUBLIC_BYTES[self.kind]:
            raise Malformed(f"a key of this kind has {PUBLIC_BYTES[self.kind]} bytes, not {len(self.public)}")

    @property
    def key_id(self) -> bytes:
        """The four bytes that stand before each of its signatures; with the name they tell which key it was."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    @property
    def digest(self) -> str:
        """Hex SHA-256 of the raw key: the `keyid` of its DSSE signatures."""
        return hashlib.sha256(self.public).hexdigest()

    def text(self) -> str:
        """The key as one word: `name+key id+base64`."""
        return f"{self.name}+{self.key_id.hex()}+{to_base64(bytes([self.kind]) + self.public)}"

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether the raw `signature` is this key's on the raw `message`. Raises NotSigned if it cannot be told."""
        public: Ed25519PublicKey | MLDSA44PublicKey
        try:
            if self.kind is Kind.ML_DSA_44:
                public = _lattice_public(self.public)
            else:
                public = Ed25519PublicKey.from_public_bytes(self.public)
            public.verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A secret key. Its seed shows in no `repr`, and only `text` gives it away."""

    name: str
    kind: Kind
    seed: bytes = field(repr=False)
    verifier: VerifierKey = field(init=False)
    _private: Ed25519PrivateKey | MLDSA44PrivateKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Raises Malformed for a name or a seed that no key has; NotSigned if its kind needs another `cryptography`."""
        if len(self.seed) != SEED_BYTES:
            raise Malformed(f"a secret key's seed has {SEED_BYTES} bytes, not {len(self.seed)}")
        private: Ed25519PrivateKey | MLDSA44PrivateKey
        if self.kind is Kind.ML_DSA_44:
            private = _lattice_private(self.seed)
        else:
            private = Ed25519PrivateKey.from_private_bytes(self.seed)
        object.__setattr__(self, "_private", private)
        object.__setattr__(self, "verifier", VerifierKey(self.name, self.kind, private.public_key().public_bytes_raw()))

    def text(self) -> str:
        """The secret as one word, as Go's note package writes it; `cosignature` and ML-DSA-44 keys in the same form."""
        secret = to_base64(bytes([self.kind]) + self.seed)
        return f"{_PRIVATE}{self.name}+{self.verifier.key_id.hex()}+{secret}"

    def sign(self, message: bytes) -> bytes:
        """The raw signature on the raw `message`."""
        return self._private.sign(message)


def generate_key(name: str, kind: Kind, seed: bytes) -> SigningKey:
    """A key from 32 random bytes of the caller's, who keeps `text()` where only its owner can read it.

    Raises:
        Malformed: `name` or `seed` cannot be a key's.
    """
    return SigningKey(name, kind, seed)


def parse_verifier_key(text: str) -> VerifierKey:
    """Read `name+key id+base64`. Raises Malformed; a mistyped key does not fit its id."""
    name, key_id, kind, public = _split(text, "a verifier key")
    key = VerifierKey(name, kind, public)
    if key.key_id.hex() != key_id:
        raise Malformed("a verifier key does not fit its id: copy it again, whole")
    return key


def parse_signing_key(text: str) -> SigningKey:
    """Read a secret key. Raises Malformed, in whose message no part of the key stands."""
    if not text.startswith(_PRIVATE):
        raise Malformed(f"a secret key begins with {_PRIVATE}")
    name, key_id, kind, seed = _split(text.removeprefix(_PRIVATE), "a secret key")
    key = SigningKey(name, kind, seed)
    if key.verifier.key_id.hex() != key_id:
        raise Malformed("a secret key does not fit its id: the file is damaged, or was edited")
    return key


def check_name(name: str) -> None:
    """Raises Malformed unless `name` can stand in a signature line: not empty, no spaces or +, 255 bytes."""
    if not name or "+" in name or any(character.isspace() or character < " " for character in name):
        raise Malformed("a key's name is not empty and holds neither spaces nor +")
    try:
        length = len(name.encode())
    except UnicodeEncodeError as error:
        raise Malformed("a key's name is not Unicode") from error
    if length > LONGEST_NAME:
        raise Malformed(f"a key's name may have {LONGEST_NAME} bytes")


# A verifier may meet an older `cryptography`. It goes without ML-DSA then: no pass, and no reason to read nothing.


def _lattice_public(raw: bytes) -> MLDSA44PublicKey:
    try:
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

        return MLDSA44PublicKey.from_public_bytes(raw)
    except (ImportError, UnsupportedAlgorithm) as error:
        raise NotSigned(_TOO_OLD) from error


def _lattice_private(seed: bytes) -> MLDSA44PrivateKey:
    try:
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

        return MLDSA44PrivateKey.from_seed_bytes(seed)
    except (ImportError, UnsupportedAlgorithm) as error:
        raise NotSigned(_TOO_OLD) from error


def _split(text: str, what: str) -> tuple[str, str, Kind, bytes]:
    # base64 may hold a plus of its own: the first two pluses separate
    parts = text.split("+", 2)
    if len(parts) != 3 or not _KEY_ID.match(parts[1]):
        raise Malformed(f"{what} has the form name+key id+base64")
    data = from_base64(parts[2], what)
    try:
        kind = Kind(data[0] if data else 0)
    except ValueError as error:
        known = ", ".join(f"0x{one:02x}" for one in Kind)
        raise Malformed(f"{what} is of a kind that is not read here; known are {known}") from error
    return parts[0], parts[1], kind, data[1:]
