"""Salted commitments to the fields of an event: a leaf says that the event is in the record, and nothing of it.

- A field's salt is HMAC-SHA256 of its name under the row's salt (32 random bytes); its digest is SHA-256 over that salt
  and the field's canonical JSON (large numbers as `numbers` writes them). The commitment is SHA-256 over the canonical
  JSON of all digests by name.
- An opening of an event shows single fields: `{"event": n, "open": {name: {"salt": hex, "value": ...}}}`. Whoever has
  it can check these against the leaf; what is not opened stays closed.
- When the row's salt is destroyed, nothing of the event can be found from its leaf, and the leaf stays valid.

Only the standard library is used here, because the offline verifier is made of this module too.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from prodworthy.policy.core.evidence import EvidenceFault
from prodworthy.record.ledger.canonical import canonical_json
from prodworthy.record.ledger.faults import Malformed
from prodworthy.record.sealing.numbers import read, written

SALT_BYTES = 32
ACTOR, BODY = "actor", "body"
MOST_FIELDS = 200

CLOSED = frozenset(
    {
        ("Killed", "reason"),
        ("Restored", "reason"),
        ("Overridden", "reason"),
        ("Withdrawn", "reason"),
        ("NamesOpened", "to"),
    }
)  # what people wrote freely, and may have named somebody in; and to whom names were opened
"""Fields, by kind of event, that stay closed besides `actor` unless somebody asks for them."""


def fields_of(actor: str, body: str) -> dict[str, Any]:
    """What of an event is committed to, by name: `actor`, and each field of its body (JSON as it is recorded).

    A number with a fraction is committed to as the text that stands there. A body that is no mapping, or cannot be told
    apart from `actor`, is committed to whole, as text, under `body`.
    """
    try:
        found = json.loads(body, parse_float=str, parse_constant=str)
        _canonical(found)
    except (ValueError, RecursionError, EvidenceFault):
        found = None
    if not isinstance(found, dict) or ACTOR in found or len(found) >= MOST_FIELDS:
        found = {BODY: body}
    return {ACTOR: actor} | found


def commit(salt: bytes, fields: Mapping[str, Any]) -> dict[str, str]:
    """The digest of each field, in hexadecimal. Raises EvidenceFault for a value without a canonical form."""
    return {name: _digest(_salt_of(salt, name), fields[name]) for name in sorted(fields)}


def commitment(digests: Mapping[str, str]) -> str:
    """The one digest, in hexadecimal, that covers all fields."""
    return sha256(_canonical(dict(digests))).hexdigest()


def opened_by_default(kind: str, names: Iterable[str]) -> list[str]:
    """The fields of an event of this kind that are shown to whoever checks: all but persons and what people wrote."""
    return sorted(name for name in names if name not in (ACTOR, BODY) and (kind, name) not in CLOSED)


def opening(event: int, salt: bytes, fields: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The opening of these fields of an event. Raises KeyError for a name that the event does not have."""
    shown = {name: {"salt": _salt_of(salt, name).hex(), "value": written(fields[name])} for name in sorted(names)}
    return {"event": event, "open": shown}


def check(opened: object, event: int, digests: Mapping[str, str]) -> dict[str, Any]:
    """The values in an opening, each checked against the digests in the event's leaf.

    Raises:
        EvidenceFault: it is no opening, that of another event, or a value is not what was committed to.
    """
    if not isinstance(opened, dict) or opened.keys() != {"event", "open"} or not isinstance(opened["open"], dict):
        raise EvidenceFault("an opening must be a mapping with exactly event, open")
    if type(opened["event"]) is not int or opened["event"] != event:
        raise EvidenceFault("the opening is that of another event")
    return {name: _checked(name, one, digests) for name, one in opened["open"].items()}


def _checked(name: str, one: object, digests: Mapping[str, str]) -> Any:
    if name not in digests or not isinstance(one, dict) or one.keys() != {"salt", "value"}:
        raise EvidenceFault(f"{name!r} cannot be opened: it must be a field of the leaf, with exactly salt, value")
    try:
        salt = bytes.fromhex(one["salt"]) if isinstance(one["salt"], str) else b""
    except ValueError:
        salt = b""
    if len(salt) != SALT_BYTES:
        raise EvidenceFault(f"the salt of {name!r} must be {2 * SALT_BYTES} hex digits")
    value = read(one["value"])
    if not hmac.compare_digest(_digest(salt, value), digests[name]):
        raise EvidenceFault(f"{name!r} is not what was committed to")
    return value


def _salt_of(salt: bytes, name: str) -> bytes:
    return hmac.digest(salt, name.encode(), "sha256")


def _digest(salt: bytes, value: object) -> str:
    return sha256(salt + _canonical(value)).hexdigest()


def _canonical(value: object) -> bytes:
    try:
        return canonical_json(written(value))
    except Malformed as fault:
        raise EvidenceFault(str(fault)) from None
