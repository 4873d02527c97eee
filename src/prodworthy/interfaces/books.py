"""The ledger of an installation, as its settings name it: its keys read or made, its name taken from its first key."""

from __future__ import annotations

import secrets
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificates

from prodworthy.interfaces.settings import Home, SettingsFault, secret
from prodworthy.record.ledger.faults import Malformed
from prodworthy.record.ledger.keys import (
    SEED_BYTES,
    Kind,
    SigningKey,
    generate_key,
    parse_signing_key,
    parse_verifier_key,
)
from prodworthy.record.ledger.trust import Peer, TrustPolicy
from prodworthy.record.ledger.witness import Witness
from prodworthy.record.sealing.attesting import Attestors
from prodworthy.record.sealing.books import Books

NAMED = "prodworthy.example/ledger/"


def books_of(home: Home) -> Books:
    """The ledger and its keys. A key that has no file yet is made. Raises SettingsFault."""
    said = home.settings.ledger
    named = said.origin or NAMED + secrets.token_hex(8)
    first = _key(said.key, home.folder / "ledger.key", named)
    origin = first.name
    if said.origin and said.origin != origin:
        raise SettingsFault(
            f"[ledger] origin is {said.origin!r}, but the ledger's key was made for {origin!r}: a ledger keeps its "
            "name; take the setting away"
        )
    makers = f"{origin}/statements"
    log_keys = [first]
    if said.next_key:
        log_keys.append(_key(said.next_key, home.folder, origin))
    if log_keys[-1].name != origin:
        raise SettingsFault(f"[ledger] next_key was made for {log_keys[-1].name!r}, and this ledger is {origin!r}")
    statement_keys = [_key(said.statement_key, home.folder / "statement.key", makers)]
    if said.next_statement_key:
        statement_keys.append(_key(said.next_statement_key, home.folder, makers))
    if len({key.seed for key in (*log_keys, *statement_keys)}) < len(log_keys) + len(statement_keys):
        raise SettingsFault("[ledger] one key stands in two places: every key has one role")
    return Books(home.ledger, origin, log_keys, statement_keys)


def attestors_of(home: Home) -> Attestors:
    """Witnesses and time-stamping authority, as the settings name them. Raises SettingsFault."""
    said = home.settings.ledger
    witnesses = {}
    for name, one in said.witnesses.items():
        try:
            witnesses[name] = Witness(one.url, (parse_verifier_key(one.key),))
        except Malformed as fault:
            raise SettingsFault(f"[ledger.witnesses.{name}] key: {fault}") from None
    if bool(said.timestamp_url) != bool(said.timestamp_roots):
        raise SettingsFault("[ledger] timestamp_url and timestamp_roots go together: set both, or neither")
    try:
        pem = Path(said.timestamp_roots).read_bytes() if said.timestamp_roots else b""
        roots = tuple(one.public_bytes(Encoding.DER) for one in load_pem_x509_certificates(pem)) if pem else ()
    except (OSError, ValueError) as fault:
        raise SettingsFault(f"[ledger] timestamp_roots: {fault}; name a PEM file of certificates") from None
    return Attestors(witnesses, said.timestamp_url, roots)


def trust_of(home: Home) -> TrustPolicy:
    """Whom a reader of this ledger may trust: public keys of the ledger, of statements and witnesses, roots of stamps.

    It asks for no witness (`quorum none`): how many are needed is for the reader to say. Raises SettingsFault.
    """
    books, attestors = books_of(home), attestors_of(home)
    return TrustPolicy(
        logs=tuple(Peer(key.verifier) for key in books.log_keys),
        witnesses={name: Peer(one.keys[0], one.url) for name, one in attestors.witnesses.items()},
        statement_keys=tuple(key.verifier for key in books.statement_keys),
        timestamp_roots=attestors.stamp_roots,
    )


def _key(reference: str, otherwise: Path, name: str) -> SigningKey:
    text = secret(
        reference, otherwise, lambda: generate_key(name, Kind.ED25519, secrets.token_bytes(SEED_BYTES)).text()
    )
    try:
        key = parse_signing_key(text)
    except Malformed as fault:
        raise SettingsFault(f"the key in {reference or otherwise} cannot be used: {fault}") from None
    if key.kind is not Kind.ED25519:
        raise SettingsFault(f"the key in {reference or otherwise} is not an Ed25519 key, as the ledger's must be")
    return key
