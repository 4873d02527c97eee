"""Statements and openings as a bundle of a pack holds them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from prodworthy.assurance.audit.pack.faults import PackFault
from prodworthy.assurance.audit.pack.form import BUNDLE, chain_file, items, whole
from prodworthy.assurance.audit.pack.quick import read_envelope, read_statement
from prodworthy.assurance.audit.verifying.opened import Opened
from prodworthy.assurance.audit.verifying.parsing import read_json
from prodworthy.record.ledger.dsse import verify_envelope
from prodworthy.record.ledger.faults import NotProven
from prodworthy.record.ledger.keys import VerifierKey
from prodworthy.record.ledger.statement import PAYLOAD_TYPE
from prodworthy.record.ledger.tiles import LARGEST_FILE, decode_bundle
from prodworthy.record.sealing.forms import Form


def signed_statement(entry: bytes, keys: tuple[VerifierKey, ...]) -> Form:
    """The statement in an entry of the ledger, signed by one of `keys`. Raises LedgerFault, EvidenceFault."""
    envelope = read_envelope(entry)
    verify_envelope(envelope, PAYLOAD_TYPE, keys)
    return read_statement(envelope.payload)


def read_entries(pack: Opened, chain: int, bundle: int) -> Iterator[tuple[int, bytes]]:
    """The statements of a bundle, each with the leaf that it is said to be. Raises PackFault, Malformed, NotProven."""
    _, head, *_ = pack.known()
    said = read_json(pack, chain_file(chain, bundle, "indexes.json"))
    indexes = [whole(one) for one in items(said, 1, BUNDLE, "the indexes of a bundle")]
    entries = decode_bundle(pack.read(chain_file(chain, bundle, "entries"), LARGEST_FILE), len(indexes))
    if max(indexes) >= head.size:
        raise NotProven(f"the ledger has no leaf {max(indexes)}")
    return zip(indexes, entries, strict=True)


def read_openings(pack: Opened, chain: int, bundle: int) -> dict[int, Any]:
    """The openings of a bundle by the event that they open. Raises PackFault, Malformed."""
    name = chain_file(chain, bundle, "openings.json")
    if name not in pack.archive.entries:
        return {}
    said = items(read_json(pack, name), 1, BUNDLE, name)
    events = [whole(one.get("event")) if isinstance(one, dict) else -1 for one in said]
    if events != sorted(set(events)) or events[0] < 0:
        raise PackFault(f"{name} names each event once, in order")
    return dict(zip(events, said, strict=True))
