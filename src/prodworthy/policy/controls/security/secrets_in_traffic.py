"""PSF-7.3: credentials in traffic are found and masked, on the way to the vendor and on the way back."""

from __future__ import annotations

import enum
from typing import cast

import msgspec

from prodworthy.policy.controls.contract import Alternative, Case, Control, Point, Stand
from prodworthy.policy.core.edits import masks
from prodworthy.policy.core.exchange import Answer, Exchange
from prodworthy.policy.core.facts import Facts, Finding
from prodworthy.policy.core.refusal import Code
from prodworthy.policy.core.verdict import ALLOW, Block, Outcome, Redact, Verdict


class OnSecret(enum.StrEnum):
    """What follows a credential: it is masked, or the exchange is refused."""

    MASK = "mask"
    BLOCK = "block"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What follows a credential in a request and in an answer."""

    in_request: OnSecret = OnSecret.MASK
    in_answer: OnSecret = OnSecret.MASK


def decide(subject: Exchange | None, facts: Facts, settings: Settings) -> Verdict:
    """Mask or block credentials in a request."""
    return _verdict(facts, settings.in_request, "request")


def decide_answer(subject: Answer | None, facts: Facts, settings: Settings) -> Verdict:
    """Mask or block credentials in an answer."""
    return _verdict(facts, settings.in_answer, "answer")


def _verdict(facts: Facts, action: OnSecret, where: str) -> Verdict:
    found = cast("tuple[Finding, ...]", facts["secrets"])
    if not found:
        return ALLOW
    kinds = ", ".join(sorted({finding.kind for finding in found}))
    if action is OnSecret.BLOCK:
        return Block(f"The {where} holds a credential ({kinds}) in {found[0].part}.", Code.SECRET_FOUND)
    return Redact(masks(found), f"Masked in the {where}: {kinds}.")


def _alternatives(settings: Settings) -> tuple[Alternative, ...]:
    return tuple(Alternative(f"{action}, both ways", Settings(action, action)) for action in OnSecret)


_NEEDS = frozenset({"secrets"})
_FOUND = {"secrets": (Finding("messages.0.content", 10, 50, "github_token"),)}

CONTROL = Control(
    criterion="PSF-7.3",
    title="secrets in traffic",
    stands=(
        Stand(Point.REQUEST, decide, needs=lambda settings: _NEEDS),
        Stand(Point.RESPONSE, decide_answer, needs=lambda settings: _NEEDS),
    ),
    settings=Settings,
    declared=True,
    alternatives=_alternatives,
    cases=(
        Case("a request without credentials passes", None, {"secrets": ()}, Outcome.ALLOW),
        Case("a credential in a request is masked", None, _FOUND, Outcome.REDACT),
        Case(
            "a credential can stop a request",
            None,
            _FOUND,
            Outcome.BLOCK,
            Settings(in_request=OnSecret.BLOCK),
            Code.SECRET_FOUND,
        ),
        Case("a credential in an answer is masked", None, _FOUND, Outcome.REDACT, point=Point.RESPONSE),
        Case(
            "a credential can stop an answer",
            None,
            _FOUND,
            Outcome.BLOCK,
            Settings(in_answer=OnSecret.BLOCK),
            Code.SECRET_FOUND,
            Point.RESPONSE,
        ),
        Case("a request nobody searched is blocked", None, {}, Outcome.BLOCK, code=Code.CANNOT_DECIDE),
    ),
)
