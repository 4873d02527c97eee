"""Why an exchange was refused: stable codes, their HTTP status, and what the caller should do next.

The codes are part of the public interface: a code never changes its meaning, and each is documented with its remedy.
"""

from __future__ import annotations

import enum

import msgspec


class Code(enum.StrEnum):
    """A stable refusal code. `status` is its HTTP status, `remedy` what the caller can do."""

    status: int
    remedy: str

    def __new__(cls, name: str, status: int, remedy: str) -> Code:
        """Build a member from its wire name, HTTP status and remedy."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.status = status
        member.remedy = remedy
        return member

    # the caller's fault: shape of the request
    BAD_JSON = "bad_json", 400, "Send one well-formed JSON object in UTF-8."
    DUPLICATE_KEY = "duplicate_key", 400, "Send each object key once."
    TOO_DEEP = "too_deep", 400, "Nest JSON at most 128 levels deep."
    INVALID_REQUEST = "invalid_request", 400, "Correct the field named in the message."
    UNSUPPORTED_ENCODING = "unsupported_encoding", 415, "Send the body uncompressed, as application/json in UTF-8."
    BODY_TOO_LARGE = "body_too_large", 413, "Send a smaller body; the limit is in the message."
    BODY_TIMEOUT = "body_timeout", 408, "Send the whole body without pausing."
    UNKNOWN_ROUTE = "unknown_route", 404, "Check the path; the reference lists the routes."
    WRONG_METHOD = "wrong_method", 405, "Use the method named in the Allow header."
    # the caller's fault: who may do what
    MISSING_KEY = "missing_key", 401, "Send the workload key as a bearer token or in x-api-key."
    UNKNOWN_KEY = "unknown_key", 401, "Use a key that is in force; ask the workload's owner to issue one."
    REVOKED_KEY = "revoked_key", 401, "Ask the workload's owner for a new key: this one was revoked or has expired."
    KEY_SCOPE = "key_scope", 403, "Use a key issued for this workload, tenant and operation."
    MODEL_NOT_DECLARED = "model_not_declared", 404, "Name a model of the workload's manifest, or add it and apply."
    PROTOCOL_NOT_SERVED = "protocol_not_served", 400, "Call the model through the protocol that its vendor speaks."
    # a control decided
    STAGE_CLOSED = (
        "stage_closed",
        403,
        "Use a test key, or ask the owner to bring the workload to Pilot: `prodworthy show` says what is missing.",
    )
    END_USER_MISSING = (
        "end_user_missing",
        400,
        "Send X-Prodworthy-User with an id of the person, or the protocol's own field for the end user.",
    )
    USERS_EXHAUSTED = (
        "users_exhausted",
        403,
        "Ask the owner: as many people use this Pilot as it may serve; `prodworthy show` says what would widen it.",
    )
    TOOL_NOT_IN_SCOPE = (
        "tool_not_in_scope",
        403,
        "Leave the tool out, or ask the owner: this Pilot may use only the tools of its scope.",
    )
    CONTRACT_VIOLATION = "contract_violation", 400, "Keep to the workload's input contract named in the message."
    RATE_LIMITED = "rate_limited", 429, "Wait for the time in Retry-After, then try again."
    TOKENS_EXHAUSTED = (
        "tokens_exhausted",
        429,
        "Wait for the time in Retry-After, or ask the owner for a larger budget.",
    )
    WORKLOAD_KILLED = "workload_killed", 503, "The owner has switched this workload off; do not retry until restored."
    SWITCH_UNKNOWN = "switch_unknown", 503, "The gateway cannot learn the kill switch's state; the workload stays off."
    NOT_RECORDED = "not_recorded", 503, "The gateway cannot record exchanges now; retry later."
    CANNOT_DECIDE = "cannot_decide", 503, "A control had no measurement to decide on; retry, then tell the operator."
    HELD = "held", 503, "A person has to decide; this workload has no way to wait for one."
    BLOCKED = "blocked", 400, "Change the content that the message names."
    INJECTION = "injection", 400, "Remove the text that tries to give the model orders."
    PERSONAL_DATA = "personal_data", 400, "Remove the personal data that the message names."
    SECRET_FOUND = "secret_found", 400, "Remove the credential, and have it replaced: it was sent in clear."
    UNREADABLE_CONTENT = (
        "unreadable_content",
        400,
        "Send text, or ask the owner to declare this kind of content under PSF-1.1 `unread`.",
    )
    PROMPT_LEAK = "prompt_leak", 502, "The model's answer gave its instructions away; change the request."
    UNREADABLE_ANSWER = (
        "unreadable_answer",
        502,
        "Ask for text, or ask the owner to declare this kind of content under PSF-2.4 `unread`.",
    )
    UNSAFE_OUTPUT = "unsafe_output", 502, "The model's answer held active content; change the request."
    OUTPUT_INVALID = (
        "output_invalid",
        502,
        "The model's answer broke its declared contract; retry or change the request.",
    )
    # the vendor's fault
    VENDOR_UNREACHABLE = "vendor_unreachable", 502, "The vendor could not be reached; retry later."
    VENDOR_TIMEOUT = "vendor_timeout", 504, "The vendor did not answer in time; retry later."
    VENDOR_BROKEN = "vendor_broken", 502, "The vendor's answer broke its protocol and was not passed on; retry."
    # ours
    NOT_READY = "not_ready", 503, "Wait for the time in Retry-After, then try again."
    DRAINING = "draining", 503, "This process is shutting down; retry at once."
    INTERNAL_FAULT = "internal_fault", 500, "The gateway failed; the exchange id in the message helps the operator."


class Refusal(msgspec.Struct, frozen=True):
    """A refusal as a value, until the HTTP edge renders it in the caller's protocol.

    `message` is for the API's user and never repeats content, keys or personal data; `retry_after` is in seconds.
    """

    code: Code
    message: str
    retry_after: float = 0.0

    @property
    def text(self) -> str:
        """The message followed by the code's remedy."""
        return f"{self.message} {self.code.remedy}"
