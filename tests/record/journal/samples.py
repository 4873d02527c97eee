"""Events for the tests of the journal."""

from __future__ import annotations

from prodworthy.policy.core.events import (
    Closed,
    Completed,
    Decided,
    JournalEvent,
    Opened,
    Raised,
    Received,
    Sampled,
    Strayed,
)

SECOND = 1_000_000_000
DAY = 86_400 * SECOND
NOON = 1_795_435_200 * SECOND  # 2026-11-23T12:00:00Z


def exchange_id(number: int, at: int = NOON) -> str:
    return f"{at // 1_000_000:012x}{number:020x}"


def received(number: int, at: int = NOON, **other: object) -> Received:
    fields: dict[str, object] = {
        "exchange": exchange_id(number, at),
        "tenant": "acme",
        "workload": "desk",
        "at": at,
        "release": "desk@3",
        "protocol": "openai.chat",
        "operation": "chat",
        "model": "gpt",
        "key": "key1",
        "salt": bytes(32),
        "request_digest": b"r" * 32,
        "request_bytes": 1000,
    }
    return Received(**(fields | other))  # type: ignore[arg-type]  # the fields of a sample


def completed(number: int, at: int = NOON, **other: object) -> Completed:
    fields: dict[str, object] = {
        "exchange": exchange_id(number, at),
        "tenant": "acme",
        "workload": "desk",
        "at": at + SECOND,
        "end": "answered",
        "status": 200,
        "vendor": "openai",
        "model": "gpt-4o",
        "finish": "stop",
        "tokens_in": 1000,
        "tokens_out": 500,
        "latency": 1_000_000,
        "first_byte": 400_000,
        "attempts": 1,
        "answer_digest": b"a" * 32,
        "answer_bytes": 2000,
        "decisions": (Decided("PSF-1.2", "allow", "enforce"),),
    }
    return Completed(**(fields | other))  # type: ignore[arg-type]  # the fields of a sample


# every kind of event, as small as it can be and with everything in it
GOLDEN: dict[str, JournalEvent] = {
    "Received least": Received("x", "acme", "desk", 1, "r", "p", "chat", "m", "k"),
    "Received whole": received(
        1, stream=True, subject="ab" * 16, trace="00-" + "1" * 32, content=b"sealed", salt=bytes(range(32))
    ),
    "Completed least": Completed("x", "acme", "desk", 1, "fault", 500),
    "Completed whole": completed(
        1,
        code="blocked",
        content=b"sealed",
        decisions=(
            Decided("PSF-1.2", "allow", "enforce"),
            Decided("PSF-2.1", "block", "observe", "why", "output_invalid"),
        ),
    ),
    "Sampled least": Sampled("x", "acme", "desk", 1, 0.5, "allow"),
    "Sampled whole": Sampled("x", "acme", "desk", NOON, 0.25, "block", {"finished": 0.0, "varied": 0.5}),
    "Strayed least": Strayed("", "", 1, "unknown_key", "openai.chat"),
    "Strayed whole": Strayed("acme", "desk", NOON, "model_not_declared", "openai.chat", "f" * 16, "gpt-9", 7),
    "Raised least": Raised("", "", 1, "events_lost"),
    "Raised whole": Raised("acme", "desk", NOON, "content_too_large", "detail", 3),
    "Opened": Opened("", NOON, "0.1.0", 4242),
    "Closed": Closed("", NOON),
}
