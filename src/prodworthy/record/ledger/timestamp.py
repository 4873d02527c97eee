"""Time stamps of an authority (RFC 3161) on a checkpoint: that it was there, as it is, at that time.

What is stamped is the text of the checkpoint without its signatures, so that cosignatures may join it later. An answer
is kept whole (`.tsr`), and verified at once and again by whoever reads it, against roots that the reader trusts.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence

from cryptography.x509 import load_der_x509_certificate
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from prodworthy.record.ledger.faults import Malformed, NotSigned, Refused
from prodworthy.record.ledger.web import Answer, post

QUERY_TYPE = "application/timestamp-query"
REPLY_TYPE = "application/timestamp-reply"
LARGEST_STAMP = 64 << 10
Ask = Callable[[str, bytes, str], Answer]


def request_stamp(url: str, text: bytes, roots: Sequence[bytes], ask: Ask = post) -> bytes:
    """Have `text` stamped by the authority at `url`; its verified answer, to be kept. `roots` are certificates in DER.

    Raises:
        Unreachable: it did not answer, or not in time.
        Refused: it answered something else than a stamp, or refused.
        NotSigned: the stamp does not verify, or is not the answer to this very question.
        Malformed: `roots` or the address cannot be used.
    """
    question = TimestampRequestBuilder(text, HashAlgorithm.SHA256).build()
    answer = ask(url, question.as_bytes(), QUERY_TYPE)
    if answer.status != 200 or answer.media_type != REPLY_TYPE:
        raise Refused(
            f"the time-stamping authority answered with status {answer.status} and type {answer.media_type!r}"
        )
    try:
        response = _parse(answer.body)
    except Malformed as error:
        raise Refused(f"the time-stamping authority answered no time stamp: {error}") from error
    _verify(response, text, roots, question.nonce)
    return answer.body


def verify_stamp(stamp: bytes, text: bytes, roots: Sequence[bytes]) -> datetime.datetime:
    """The time at which an authority under one of `roots` (certificates in DER) saw `text`.

    Raises:
        Malformed: the stamp is none, or `roots` cannot be used.
        NotSigned: it is of another text, or no certificate under `roots` signed it for time stamping.
    """
    return _verify(_parse(stamp), text, roots, None)


def _parse(stamp: bytes) -> TimeStampResponse:
    if len(stamp) > LARGEST_STAMP:
        raise Malformed(f"a time stamp may have {LARGEST_STAMP:,} bytes")
    try:
        return decode_timestamp_response(stamp)
    except ValueError as error:
        raise Malformed("this is no answer of a time-stamping authority (RFC 3161)") from error


def _verify(response: TimeStampResponse, text: bytes, roots: Sequence[bytes], nonce: int | None) -> datetime.datetime:
    if not roots:
        raise Malformed("no time-stamping root is trusted: add one to the trust policy")
    try:
        certificates = [load_der_x509_certificate(root) for root in roots]
    except ValueError as error:
        raise Malformed("a time-stamping root is not an X.509 certificate in DER") from error
    said = ""
    # One root at a time: two of one name, the old and the renewed one, would hide each other.
    for certificate in certificates:
        try:
            VerifierBuilder(roots=[certificate], nonce=nonce).build().verify_message(response, text)
            return response.tst_info.gen_time.astimezone(datetime.UTC)
        except (VerificationError, ValueError) as error:
            said = str(error).partition(": ErrorStack")[0]
    raise NotSigned(f"the time stamp does not verify under any trusted root: {said}")
