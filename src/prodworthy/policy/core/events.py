"""Events: recorded facts, each named by a past participle. An event never changes meaning; a new one gets a new name.

Times are Unix nanoseconds, durations microseconds, sizes bytes. `tenant` is on every event; traffic that nobody could
be made accountable for carries the tenant "" (unattributed).
"""

from __future__ import annotations

import msgspec


class Decided(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one control said of one exchange: the most severe verdict, once per control and exchange."""

    criterion: str
    outcome: str
    mode: str
    reason: str = ""
    code: str = ""


class Received(msgspec.Struct, frozen=True, tag="Received", omit_defaults=True):
    """A request was accepted for an exchange, before anything was sent to a vendor.

    `request_digest` is SHA-256 over `salt` and the body. `content` is the body, sealed, where the manifest keeps it.
    `traffic` is the class of the key that was used, "" for test traffic. `counted`: the stage let it pass as live
    traffic, so that its end user is one of those whom the workload serves.
    """

    exchange: str
    tenant: str
    workload: str
    at: int
    release: str
    protocol: str
    operation: str
    model: str
    key: str
    stream: bool = False
    subject: str = ""
    trace: str = ""
    salt: bytes = b""
    request_digest: bytes = b""
    request_bytes: int = 0
    content: bytes = b""
    traffic: str = ""
    counted: bool = False


class Completed(msgspec.Struct, frozen=True, tag="Completed", omit_defaults=True):
    """An exchange ended. `end` says how.

    answered; replaced (by the safe answer); refused (by the gateway or a control); vendor_error (the vendor's own,
    passed on); vendor_fault; killed; overdue; disconnected (the caller went away); draining; fault (the gateway's own).

    `answer_digest` is SHA-256 over the exchange's salt and the bytes released to the caller. `traffic` is the class of
    the key that was used (see `policy/core/evidence.py`), "" for test traffic; `tools` counts the tool calls in the
    answer, `tools_offered` the tools that the request offered, `undeclared` those of both that the manifest does not
    name.
    """

    exchange: str
    tenant: str
    workload: str
    at: int
    end: str
    status: int
    code: str = ""
    vendor: str = ""
    model: str = ""
    finish: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    latency: int = 0
    first_byte: int = 0
    attempts: int = 0
    answer_digest: bytes = b""
    answer_bytes: int = 0
    content: bytes = b""
    decisions: tuple[Decided, ...] = ()
    traffic: str = ""
    tools: int = 0
    tools_offered: int = 0
    undeclared: int = 0


class Sampled(msgspec.Struct, frozen=True, tag="Sampled", omit_defaults=True):
    """An answer was drawn for a look at its quality: a share from 0 to 1, and what it is the mean of.

    `outcome` is what the control of sampled quality says of it: allow, or block where it lies below the declared floor.
    """

    exchange: str
    tenant: str
    workload: str
    at: int
    quality: float
    outcome: str
    signs: dict[str, float] = {}


class Strayed(msgspec.Struct, frozen=True, tag="Strayed", omit_defaults=True):
    """Traffic that nobody declared, counted over a minute: an unknown key (keyed fingerprint) or an unknown model."""

    tenant: str
    workload: str
    at: int
    reason: str
    protocol: str
    fingerprint: str = ""
    model: str = ""
    count: int = 1


class Raised(msgspec.Struct, frozen=True, tag="Raised", omit_defaults=True):
    """A condition that a person should hear of; `count` occurrences since the last one of its kind."""

    tenant: str
    workload: str
    at: int
    condition: str
    detail: str = ""
    count: int = 1


class Opened(msgspec.Struct, frozen=True, tag="Opened", omit_defaults=True):
    """A gateway process began to record; its spool's sequence starts here."""

    tenant: str
    at: int
    version: str
    pid: int


class Closed(msgspec.Struct, frozen=True, tag="Closed", omit_defaults=True):
    """A gateway process ended in order; a spool without this frame was cut off."""

    tenant: str
    at: int


JournalEvent = Received | Completed | Sampled | Strayed | Raised | Opened | Closed
