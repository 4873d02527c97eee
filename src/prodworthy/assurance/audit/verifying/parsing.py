"""What several steps read in the same way: canonical JSON of a pack, and the hashes of a proof."""

from __future__ import annotations

from prodworthy.assurance.audit.pack.form import LARGEST_JSON, items
from prodworthy.assurance.audit.verifying.opened import Opened
from prodworthy.record.ledger.canonical import JsonValue, parse_canonical
from prodworthy.record.ledger.encoding import hash_from_base64
from prodworthy.record.ledger.faults import Malformed
from prodworthy.record.ledger.proof_file import MOST_HASHES


def read_json(pack: Opened, name: str) -> JsonValue:
    """A file in canonical JSON. Raises PackFault, Malformed."""
    return parse_canonical(pack.read(name, LARGEST_JSON), LARGEST_JSON)


def read_hashes(plain: object, name: str) -> list[bytes]:
    """The hashes of a proof from their base64, as `name` has them. Raises PackFault, Malformed."""
    return [_hash(one) for one in items(plain, 0, 2 * MOST_HASHES, name)]


def _hash(plain: object) -> bytes:
    if not isinstance(plain, str):
        raise Malformed("a hash of a proof must be text")
    return hash_from_base64(plain, "a hash of a proof")
