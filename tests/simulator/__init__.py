"""A simulated model vendor that speaks OpenAI, Anthropic, Open Inference v2 and MLflow, and misbehaves on command.

In a test with an event loop::

    async with Vendor() as vendor:
        vendor.script(Status(429, retry_after=3), (Say(chunks=9), Cut(after=3)))
        ...                                             # vendor.url, vendor.received, vendor.cancelled
        await vendor.until(lambda v: v.open_streams == 0)

Without one: `with running_vendor() as vendor`. As a process: `with vendor_process() as vendor`, or `python -m
tests.simulator`. `misbehaviour.py` holds the table of everything that can be scripted and its marker for use inside a
prompt.
"""

from .answers import default_text, vector
from .exchange import Received
from .misbehaviour import (
    BadChunk,
    BadJson,
    Calls,
    CloseAfter,
    Cut,
    Drip,
    Echo,
    Empty,
    Endless,
    ErrorInStream,
    Future,
    GzipBomb,
    Hangup,
    Huge,
    InvalidUtf8,
    LongHeader,
    NoTerminal,
    NotJson,
    OffEnvelope,
    OffSchema,
    Refusal,
    Reset,
    Stall,
    Status,
    Truncate,
    WrongModel,
)
from .running import RunningVendor, VendorProcess, running_vendor, vendor_process
from .script import Behaviour, Call, Say
from .vendor import Turn, Vendor

__all__ = [
    "BadChunk",
    "BadJson",
    "Behaviour",
    "Call",
    "Calls",
    "CloseAfter",
    "Cut",
    "Drip",
    "Echo",
    "Empty",
    "Endless",
    "ErrorInStream",
    "Future",
    "GzipBomb",
    "Hangup",
    "Huge",
    "InvalidUtf8",
    "LongHeader",
    "NoTerminal",
    "NotJson",
    "OffEnvelope",
    "OffSchema",
    "Received",
    "Refusal",
    "Reset",
    "RunningVendor",
    "Say",
    "Stall",
    "Status",
    "Truncate",
    "Turn",
    "Vendor",
    "VendorProcess",
    "WrongModel",
    "default_text",
    "running_vendor",
    "vector",
    "vendor_process",
]
