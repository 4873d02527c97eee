"""A request on its way through the gateway, and how it is read."""

from __future__ import annotations

from typing import Any

import msgspec

from prodworthy.gateway.pipeline.entry import Entry
from prodworthy.gateway.pipeline.provenance import marked
from prodworthy.gateway.pipeline.pseudonyms import Pseudonyms
from prodworthy.gateway.pipeline.refused import Refused
from prodworthy.gateway.pipeline.runtime import Inbound, Runtime
from prodworthy.gateway.pipeline.served import Served
from prodworthy.gateway.protocols.document import Unreadable
from prodworthy.policy.core.exchange import Call

LONGEST_END_USER = 1_000
"""Characters of an end user's identity that are hashed."""


class Asked(msgspec.Struct, frozen=True):
    """What was asked: as it came in (`received`), as it was read, and as it goes to the vendor (`document`, `body`).

    `kept` is what the journal may keep of it; `stand_ins` knows the tokens that were put in the place of data.
    """

    inbound: Inbound
    call: Call
    document: dict[str, Any]
    body: bytes
    received: bytes
    kept: bytes
    stand_ins: Pseudonyms | None = None


async def read(runtime: Runtime, served: Served, inbound: Inbound, entry: Entry) -> Asked:
    """Read the body, the call and who the end user is. Raises Refused."""
    body = await inbound.body(served.workload.manifest.limits.body_bytes)
    try:
        document, call = inbound.route.read(body, inbound.headers)
    except Unreadable as unreadable:
        raise Refused(unreadable.refusal) from None
    retrieved = served.workload.manifest.retrieved
    if retrieved is not None:
        call = msgspec.structs.replace(call, passages=marked(call.passages, retrieved))
    end_user = inbound.header(b"x-prodworthy-user") or call.end_user
    if end_user:
        entry.subject = runtime.vault.subject(served.workload.tenant, end_user[:LONGEST_END_USER])
    entry.trace = _trace_id(inbound.header(b"traceparent"))
    return Asked(inbound, call, document, body, body, b"" if served.records else body)


def _trace_id(traceparent: str) -> str:
    """The trace id of a W3C traceparent header, "" if it is none."""
    if not traceparent:
        return ""
    parts = traceparent.split("-")
    well_formed = len(parts) >= 4 and len(parts[1]) == 32 and all(c in "0123456789abcdef" for c in parts[1])
    return parts[1] if well_formed else ""
