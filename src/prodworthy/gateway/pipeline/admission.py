"""Who is asking: from the key in the headers to the workload that it opens."""

from __future__ import annotations

import msgspec

from prodworthy.gateway.pipeline.refused import Refused
from prodworthy.gateway.pipeline.runtime import Inbound, Runtime
from prodworthy.gateway.pipeline.served import Served
from prodworthy.operations.keys.form import matches, parse_key
from prodworthy.operations.snapshot.snapshot import Key
from prodworthy.policy.core.refusal import Code, Refusal

KEY_LENGTH = 200
"""Characters of a credential that are looked at; a longer one is unknown without further ado."""


class Admitted(msgspec.Struct, frozen=True):
    """A caller with a key in force, and the workload it opens."""

    served: Served
    key: Key


def admit(runtime: Runtime, inbound: Inbound, now: int) -> Admitted:
    """Check the key. Raises Refused; a key that nobody issued is counted as a stray. `now` in Unix nanoseconds."""
    presented = _credential(inbound)
    if not presented:
        raise Refused(Refusal(Code.MISSING_KEY, "No workload key was sent."))
    parsed = parse_key(presented) if len(presented) <= KEY_LENGTH else None
    policy = runtime.current.policy
    key = policy.keys.get(parsed[0]) if parsed else None
    if key is None or parsed is None or not matches(parsed[1], key.digest):
        fingerprint = runtime.vault.fingerprint(presented[:KEY_LENGTH])
        runtime.tally.stray(("", ""), "unknown_key", inbound.route.protocol.name, fingerprint, "")
        raise Refused(Refusal(Code.UNKNOWN_KEY, "This workload key is not known."))
    if not key.in_force(now):
        raise Refused(Refusal(Code.REVOKED_KEY, "This workload key is no longer in force."))
    served = policy.served.get((key.tenant, key.workload))
    if served is None and (key.tenant, key.workload) in policy.pending:
        raise Refused(Refusal(Code.NOT_READY, "This workload is being made ready here.", 1.0))
    if served is None:
        raise Refused(Refusal(Code.UNKNOWN_KEY, "This key's workload is not served here."))
    _check_scope(inbound, key)
    return Admitted(served, key)


def _credential(inbound: Inbound) -> str:
    authorization = inbound.fields.get(b"authorization", b"")
    if authorization.startswith(b"Bearer ") and len(authorization) > 7:  # as every official client writes it
        return authorization[7:].decode("latin-1").strip()
    scheme, _, token = authorization.decode("latin-1").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    return inbound.header(b"x-api-key")


def _check_scope(inbound: Inbound, key: Key) -> None:
    operation = str(inbound.route.operation)
    if operation not in key.scopes:
        raise Refused(Refusal(Code.KEY_SCOPE, f"This key does not open the operation {operation!r}."))
    fields = inbound.fields
    if b"x-prodworthy-tenant" not in fields and b"x-prodworthy-workload" not in fields:
        return
    claimed_tenant = inbound.header(b"x-prodworthy-tenant")
    claimed = inbound.header(b"x-prodworthy-workload")
    if (claimed_tenant and claimed_tenant != key.tenant) or (claimed and claimed != key.workload):
        raise Refused(Refusal(Code.KEY_SCOPE, "This key belongs to another tenant or workload than the headers name."))
