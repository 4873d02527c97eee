"""What a kill writes into a flag file: when, who, why, in one line that a person can read too.

`2026-11-23T19:30:12.000000+00:00 | jane@example.org | answers are wrong`. A file that somebody made by hand
holds whatever it holds; then all of it is the reason.
"""

from __future__ import annotations

import datetime

import msgspec

from prodworthy.operations.acts import Act

_BETWEEN = " | "
_LONGEST_ACTOR = 100  # characters in the file, so that the reason keeps most of its 300 bytes
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MICROSECOND = datetime.timedelta(microseconds=1)


class FlagText(msgspec.Struct, frozen=True):
    """What a flag file says. `actor` is empty and `at` (Unix nanoseconds) None where the file does not say."""

    reason: str
    actor: str = ""
    at: int | None = None


def write_flag_text(reason: str, act: Act) -> str:
    """The line for a flag file. The file may cut it at its end, which is the reason's."""
    when = (_EPOCH + act.at // 1000 * _MICROSECOND).isoformat(timespec="microseconds")
    actor = " ".join(act.actor.replace("|", "/").split())[:_LONGEST_ACTOR]
    return _BETWEEN.join((when, actor, " ".join(reason.split())))


def read_flag_text(text: str) -> FlagText:
    """What a flag file's text says, whoever wrote it. Callers are told `reason` at most, never the person."""
    parts = text.split(_BETWEEN, 2)
    if len(parts) < 3:
        return FlagText(text)
    try:
        when = datetime.datetime.fromisoformat(parts[0])
    except ValueError:
        return FlagText(text)
    if when.tzinfo is None:
        return FlagText(text)
    return FlagText(parts[2], parts[1], (when - _EPOCH) // _MICROSECOND * 1000)
