"""PSF-1.3: content is recorded without personal data and credentials: as the model received it, and masked beyond that.

It acts on what the journal keeps (`retention.content`), never on what is sent. Where the content could not be
searched, none of it is kept.
"""

from __future__ import annotations

from typing import cast

from prodworthy.policy.controls.contract import Case, Control, NoSettings, Point, Stand
from prodworthy.policy.core.edits import masks
from prodworthy.policy.core.exchange import Answer, Exchange
from prodworthy.policy.core.facts import Facts, Finding
from prodworthy.policy.core.refusal import Code
from prodworthy.policy.core.verdict import ALLOW, Outcome, Redact, Verdict

NEEDS = frozenset({"personal_data", "secrets"})


def decide(subject: Exchange | Answer | None, facts: Facts, settings: NoSettings) -> Verdict:
    """Mask every finding in what is kept."""
    found = (*cast("tuple[Finding, ...]", facts["personal_data"]), *cast("tuple[Finding, ...]", facts["secrets"]))
    if not found:
        return ALLOW
    return Redact(masks(found), f"Masked in the record: {len(found)} places.")


_EMAIL = Finding("messages.0.content", 6, 22, "email")

CONTROL = Control(
    criterion="PSF-1.3",
    title="redacted input record",
    stands=(Stand(Point.RECORD, decide, needs=lambda settings: NEEDS),),
    declared=True,
    cases=(
        Case("a clean request is kept as it is", None, {"personal_data": (), "secrets": ()}, Outcome.ALLOW),
        Case(
            "personal data is masked in the record", None, {"personal_data": (_EMAIL,), "secrets": ()}, Outcome.REDACT
        ),
        Case("content nobody searched is not kept", None, {"secrets": ()}, Outcome.BLOCK, code=Code.CANNOT_DECIDE),
    ),
)
