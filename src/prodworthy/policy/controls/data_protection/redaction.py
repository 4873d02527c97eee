"""PSF-3.1: personal data is masked, or replaced by tokens, before the vendor sees it, and put back into the answer."""

from __future__ import annotations

import enum
from typing import Annotated, cast

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from prodworthy.policy.controls.contract import Alternative, Case, Control, Point, Stand, varied
from prodworthy.policy.core.edits import masks
from prodworthy.policy.core.exchange import Answer, Exchange
from prodworthy.policy.core.facts import Facts, Finding, Pseudonym
from prodworthy.policy.core.manifest import FactName, Text
from prodworthy.policy.core.personal_kinds import DEFAULT_KINDS
from prodworthy.policy.core.refusal import Code
from prodworthy.policy.core.verdict import ALLOW, Block, Edit, Outcome, Redact, Verdict

Region = Annotated[str, Meta(pattern=r"^[A-Z]{2}$")]


class Method(enum.StrEnum):
    """`mask` puts the kind in brackets; `token` a stand-in that is the same for the same person and workload; `block`
    refuses the request."""

    MASK = "mask"
    TOKEN = "token"  # noqa: S105 - the word for a stand-in, no credential
    BLOCK = "block"


class InAnswer(enum.StrEnum):
    """What follows personal data that the model itself wrote."""

    ALLOW = "allow"
    MASK = "mask"
    BLOCK = "block"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How personal data is kept from the vendor.

    `kinds`: which (empty: every kind that is found by default); `regions`: countries whose phone numbers are read
    without a prefix. `restore`: tokens in the answer become the data again. `raw`: kinds that may pass as they are, for
    the documented `necessity`. `detectors`: plug-ins whose findings are personal data too (names, addresses).
    """

    method: Method = Method.MASK
    restore: bool = True
    in_answer: InAnswer = InAnswer.ALLOW
    kinds: tuple[FactName, ...] = ()
    regions: tuple[Region, ...] = ()
    raw: tuple[FactName, ...] = ()
    necessity: Text = ""
    detectors: tuple[FactName, ...] = ()

    def __post_init__(self) -> None:
        """Raises ValueError for raw kinds without a necessity."""
        if self.raw and not self.necessity.strip():
            raise ValueError("`raw` needs a `necessity`: say why the vendor must see this data")

    @property
    def tokens(self) -> bool:
        """Whether data is replaced by tokens."""
        return self.method is Method.TOKEN


def decide(subject: Exchange | None, facts: Facts, settings: Settings) -> Verdict:
    """Replace personal data in a request, or block it."""
    found = personal(facts, settings)
    if not found:
        return ALLOW
    kinds = ", ".join(sorted({finding.kind for finding in found}))
    if settings.method is Method.BLOCK:
        return Block(f"The request holds personal data ({kinds}) in {found[0].part}.", Code.PERSONAL_DATA)
    if settings.method is Method.MASK:
        return Redact(masks(found), f"Masked before the vendor: {kinds}.")
    stand_ins = {(p.part, p.start, p.end): p.text for p in cast("tuple[Pseudonym, ...]", facts["pseudonyms"])}
    edits = tuple(Edit(f.part, f.start, f.end, stand_ins[f.part, f.start, f.end]) for f in found)
    return Redact(edits, f"Replaced by tokens before the vendor: {kinds}.")


def decide_answer(subject: Answer | None, facts: Facts, settings: Settings) -> Verdict:
    """Put data back for its tokens; mask or block personal data that the model wrote where that is declared."""
    edits: tuple[Edit, ...] = ()
    reasons = []
    if settings.tokens and settings.restore:
        stand_ins = cast("tuple[Pseudonym, ...]", facts["pseudonyms"])
        edits = tuple(Edit(p.part, p.start, p.end, p.text) for p in stand_ins)
        if edits:
            reasons.append("Tokens became data again.")
    if settings.in_answer is not InAnswer.ALLOW:
        found = personal(facts, settings)
        kinds = ", ".join(sorted({finding.kind for finding in found}))
        if found and settings.in_answer is InAnswer.BLOCK:
            return Block(f"The answer holds personal data ({kinds}).", Code.PERSONAL_DATA)
        if found:
            edits += masks(found)
            reasons.append(f"Masked in the answer: {kinds}.")
    return Redact(edits, " ".join(reasons)) if edits else ALLOW


def personal(facts: Facts, settings: Settings) -> tuple[Finding, ...]:
    """The findings that must not reach the vendor, those of named plug-ins included."""
    found = cast("tuple[Finding, ...]", facts["personal_data"])
    for name in settings.detectors:
        found += cast("tuple[Finding, ...]", facts[name])
    return tuple(f for f in found if f.kind not in settings.raw) if settings.raw else found


def _needs(settings: Settings) -> frozenset[str]:
    return frozenset({"personal_data", *settings.detectors, *(("pseudonyms",) if settings.tokens else ())})


def _answer_needs(settings: Settings) -> frozenset[str]:
    reads = settings.in_answer is not InAnswer.ALLOW
    restores = settings.tokens and settings.restore
    return frozenset(
        (*(("personal_data", *settings.detectors) if reads else ()), *(("pseudonyms",) if restores else ()))
    )


def _alternatives(settings: Settings) -> tuple[Alternative, ...]:
    """The other ways, and for each kind what is left where it passes as it is."""
    necessity = settings.necessity or "tried on recorded traffic"
    kinds = sorted((frozenset(settings.kinds) or DEFAULT_KINDS) - set(settings.raw))
    raw = ((kind, replace(settings, raw=(*settings.raw, kind), necessity=necessity)) for kind in kinds)
    return (
        *varied(settings, "method", (Method.MASK, Method.BLOCK)),
        *(Alternative(f"raw: {kind}", other, kind) for kind, other in raw),
    )


_FOUND = {"personal_data": (Finding("messages.0.content", 6, 22, "email"),)}
_TOKEN = {"pseudonyms": (Pseudonym("messages.0.content", 6, 22, "[EMAIL_2B7QX5KD]"),)}
_TOKENS = Settings(method=Method.TOKEN)
_RESPONSE = Point.RESPONSE
_STAND_IN = {"pseudonyms": (Pseudonym("choices.0.content", 0, 16, "a@example.com"),)}

CONTROL = Control(
    criterion="PSF-3.1",
    title="redaction before the vendor",
    stands=(Stand(Point.REQUEST, decide, needs=_needs), Stand(_RESPONSE, decide_answer, needs=_answer_needs)),
    settings=Settings,
    declared=True,
    alternatives=_alternatives,
    cases=(
        Case("a request without personal data passes", None, {"personal_data": ()}, Outcome.ALLOW),
        Case("an e-mail address is masked", None, _FOUND, Outcome.REDACT),
        Case("an e-mail address becomes a token", None, _FOUND | _TOKEN, Outcome.REDACT, _TOKENS),
        Case(
            "personal data can stop a request", None, _FOUND, Outcome.BLOCK, Settings(Method.BLOCK), Code.PERSONAL_DATA
        ),
        Case(
            "data that the vendor must see passes",
            None,
            _FOUND,
            Outcome.ALLOW,
            Settings(raw=("email",), necessity="the model writes to this address"),
        ),
        Case(
            "what a named plug-in finds is masked",
            None,
            {"personal_data": (), "names": (Finding("messages.0.content", 0, 4, "person"),)},
            Outcome.REDACT,
            Settings(detectors=("names",)),
        ),
        Case("a token in the answer becomes the data", None, _STAND_IN, Outcome.REDACT, _TOKENS, None, _RESPONSE),
        Case("an answer passes as it is by default", None, {}, Outcome.ALLOW, point=_RESPONSE),
        Case(
            "personal data in an answer can be masked",
            None,
            _FOUND,
            Outcome.REDACT,
            Settings(in_answer=InAnswer.MASK),
            None,
            _RESPONSE,
        ),
        Case(
            "personal data can stop an answer",
            None,
            _FOUND,
            Outcome.BLOCK,
            Settings(in_answer=InAnswer.BLOCK),
            Code.PERSONAL_DATA,
            _RESPONSE,
        ),
        Case("a request nobody searched is blocked", None, {}, Outcome.BLOCK, code=Code.CANNOT_DECIDE),
    ),
)
