"""Where a model's name leads, and what goes there."""

from __future__ import annotations

import msgspec

from prodworthy.gateway.pipeline.asked import Asked
from prodworthy.gateway.pipeline.entry import Entry
from prodworthy.gateway.pipeline.refused import Refused
from prodworthy.gateway.pipeline.runtime import Runtime
from prodworthy.gateway.pipeline.served import Served
from prodworthy.gateway.protocols.document import edit_document
from prodworthy.gateway.protocols.protocol import Wish
from prodworthy.gateway.providers.transport import Outgoing
from prodworthy.gateway.providers.vendor import Vendor
from prodworthy.policy.core.manifest import Model
from prodworthy.policy.core.refusal import Code, Refusal


class Destination(msgspec.Struct, frozen=True):
    """Where a request goes: the vendor, and the vendor's model."""

    vendor: Vendor
    model: Model


def destination(runtime: Runtime, served: Served, asked: Asked, entry: Entry, name: str) -> Destination:
    """Where the model name leads. Raises Refused for one that is not declared (a stray), or not reachable from here."""
    protocol = asked.inbound.route.protocol
    unsaid = not name and "model" not in asked.document  # a protocol that names none: the first is meant
    found = next(iter(served.destinations.values())) if unsaid else served.destinations.get(name)
    if found is None:
        runtime.tally.stray(served.key, "unknown_model", protocol.name, "", name)
        raise Refused(Refusal(Code.MODEL_NOT_DECLARED, "The workload's manifest does not declare this model."))
    model, vendor = found
    if vendor is None:
        raise Refused(Refusal(Code.VENDOR_UNREACHABLE, "This gateway's configuration lacks the model's vendor."))
    if vendor.api != protocol.vendor:
        raise Refused(Refusal(Code.PROTOCOL_NOT_SERVED, f"The model's vendor speaks the {vendor.api} API."))
    entry.vendor = vendor.name
    return Destination(vendor, model)


def outgoing(served: Served, asked: Asked, found: Destination) -> Outgoing:
    """The request for the vendor: the caller's own bytes, but for edits and for what the gateway has to say."""
    route, vendor, model = asked.inbound.route, found.vendor, found.model.model
    wish = served.wish if vendor.ask_usage else Wish(served.wish.schema, usage=False)
    changes = route.protocol.adapt(asked.document, wish)
    if not route.model and model != asked.call.model and "model" in asked.document:
        changes["model"] = msgspec.json.encode(model)
    body = edit_document(asked.body, changes) if changes else asked.body
    return vendor.request(route.method, route.vendor_target(model), asked.inbound.headers, body)
