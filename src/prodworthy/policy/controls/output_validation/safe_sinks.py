"""PSF-2.4: nothing in an answer acts by itself where the answer is shown or used: no active HTML, no picture or link
that carries data out, no SQL or shell where the manifest declares such a sink."""

from __future__ import annotations

import enum
from typing import Annotated, Literal, cast

import msgspec
from msgspec import Meta

from prodworthy.policy.controls.contract import Case, Control, Point, Stand, varied
from prodworthy.policy.core.exchange import Answer, Unread
from prodworthy.policy.core.facts import Facts, Finding
from prodworthy.policy.core.refusal import Code
from prodworthy.policy.core.verdict import ALLOW, Block, Edit, Outcome, Redact, Verdict

Sink = Literal["html", "markdown", "sql", "shell", "url", "terminal"]


class OnUnsafe(enum.StrEnum):
    """What follows: the unsafe piece is replaced by a note, or the answer is refused."""

    REMOVE = "remove"
    BLOCK = "block"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`sinks`: where answers end up. `hosts`: the only hosts that links and pictures may name (`*.example.com` covers
    subdomains); null allows links to any host, though never pictures and never addresses that carry data out.
    `unread`: kinds of content that answers may hold although nothing reads them.
    """

    sinks: tuple[Sink, ...] = ("html", "markdown", "url")
    hosts: Annotated[tuple[Annotated[str, Meta(max_length=253)], ...], Meta(max_length=1000)] | None = None
    on_unsafe: OnUnsafe = OnUnsafe.REMOVE
    unread: tuple[Unread, ...] = ()


def decide(subject: Answer | None, facts: Facts, settings: Settings) -> Verdict:
    """Remove what is unsafe, or block the answer."""
    unread = [kind for kind in subject.unread if kind not in settings.unread] if subject else []
    if unread:
        return Block(f"No detector reads the content of kind {unread[0]} in this answer.", Code.UNREADABLE_ANSWER)
    found = cast("tuple[Finding, ...]", facts["unsafe_output"])
    if not found:
        return ALLOW
    kinds = ", ".join(sorted({finding.kind.replace("_", " ") for finding in found}))
    if settings.on_unsafe is OnUnsafe.BLOCK:
        return Block(f"The answer holds what must not be shown: {kinds}.", Code.UNSAFE_OUTPUT)
    edits = tuple(Edit(finding.part, finding.start, finding.end, f"[removed: {finding.kind}]") for finding in found)
    return Redact(edits, f"Removed: {kinds}.")


_FOUND = {"unsafe_output": (Finding("choices.0.content", 4, 60, "markdown_image"),)}

CONTROL = Control(
    criterion="PSF-2.4",
    title="safe sinks",
    stands=(Stand(Point.RESPONSE, decide, needs=lambda settings: frozenset({"unsafe_output"})),),
    settings=Settings,
    declared=True,
    alternatives=lambda settings: varied(settings, "on_unsafe", OnUnsafe),
    cases=(
        Case("plain prose passes", None, {"unsafe_output": ()}, Outcome.ALLOW),
        Case("a picture from elsewhere is removed", None, _FOUND, Outcome.REDACT),
        Case(
            "an unsafe answer can be refused",
            None,
            _FOUND,
            Outcome.BLOCK,
            Settings(on_unsafe=OnUnsafe.BLOCK),
            Code.UNSAFE_OUTPUT,
        ),
        Case(
            "a picture that nothing reads is refused",
            Answer(unread=("image",)),
            {"unsafe_output": ()},
            Outcome.BLOCK,
            Settings(),
            Code.UNREADABLE_ANSWER,
        ),
        Case(
            "a picture may pass where that is declared",
            Answer(unread=("image",)),
            {"unsafe_output": ()},
            Outcome.ALLOW,
            Settings(unread=(Unread.IMAGE,)),
        ),
        Case("an answer nobody read is blocked", None, {}, Outcome.BLOCK, code=Code.CANNOT_DECIDE),
    ),
)
