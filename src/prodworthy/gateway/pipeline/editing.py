"""Edits carried into a request: the texts that they change, and nothing else of the body."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from prodworthy.gateway.pipeline.refused import Refused
from prodworthy.gateway.protocols.document import edit_document
from prodworthy.gateway.protocols.json_text import JsonText, replacement
from prodworthy.gateway.protocols.texts import at, put
from prodworthy.policy.core.edits import apply, merge
from prodworthy.policy.core.exchange import Passage
from prodworthy.policy.core.refusal import Code, Refusal
from prodworthy.policy.core.verdict import Edit


def edit_request(body: bytes, passages: Sequence[Passage], edits: Sequence[Edit]) -> tuple[dict[str, Any], bytes]:
    """The document and the body with their texts edited. Top-level fields without an edit keep their bytes.

    Raises Refused for an edit that falls where none can be made: on a key, in binary data.
    """
    merged = merge(edits)
    raw = {passage.part for passage in passages if passage.json}
    try:
        document = msgspec.json.decode(body, type=dict[str, Any])
        for part, found in merged.items():
            text = str(at(document, part))
            put(document, part, apply(text, _within_json(text, found) if part in raw else found))
        tops = {part.partition(".")[0] for part in merged}
        return document, edit_document(body, {top: msgspec.json.encode(document[top]) for top in tops})
    except (msgspec.DecodeError, LookupError, ValueError, TypeError):
        text = "A control asked for an edit that cannot be made in this request."
        raise Refused(Refusal(Code.CANNOT_DECIDE, text)) from None


def _within_json(text: str, edits: Sequence[Edit]) -> list[Edit]:
    view = JsonText(text)
    return [Edit(e.part, e.start, e.end, replacement(e.replacement, view.quoted(e.start))) for e in edits]
