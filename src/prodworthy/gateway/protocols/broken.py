"""The one fault of an answer that every protocol knows."""

from __future__ import annotations


class AnswerBroken(Exception):
    """The vendor's answer does not follow its protocol. The message names the fault, never the content."""
