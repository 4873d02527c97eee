"""in-toto Statements v1: what is said (a predicate) of which things (subjects, by digest), in canonical JSON.

Strict: exactly the four fields, and of a subject its name and digests. in-toto asks readers to pass over fields that
they do not know; these statements are our own, and a field that nobody reads is a place to hide something.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from prodworthy.record.ledger.canonical import JsonValue, canonical_json, parse_canonical
from prodworthy.record.ledger.faults import Malformed
from prodworthy.record.ledger.tiles import LARGEST_ENTRY

TYPE = "https://in-toto.io/Statement/v1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
MOST_SUBJECTS = 1_000
LONGEST_TEXT = 1_000
_ALGORITHM = re.compile(r"[a-zA-Z0-9_-]{1,40}\Z")
_HEX = re.compile(r"(?:[0-9a-f]{2}){1,128}\Z")
SHA256 = "sha256"
SHA256_HEX = 64


@dataclass(frozen=True, slots=True)
class Subject:
    """A thing by name and digest: algorithm to lower-case hex, `sha256` always among them."""

    name: str
    digest: Mapping[str, str]

    def __post_init__(self) -> None:
        """Raises Malformed."""
        if not 0 < len(self.name) <= LONGEST_TEXT:
            raise Malformed(f"a subject's name has 1 to {LONGEST_TEXT:,} characters")
        for algorithm, value in self.digest.items():
            if not _ALGORITHM.match(algorithm) or not _HEX.match(value):
                raise Malformed("a digest is lower-case hex under the name of its algorithm")
        if len(self.digest.get(SHA256, "")) != SHA256_HEX:
            raise Malformed("a subject has a sha256 digest of 64 hex digits")


@dataclass(frozen=True, slots=True)
class Statement:
    """Subjects, one or more, each named once; the type of what is said of them, a URI; and what is said."""

    subjects: tuple[Subject, ...]
    predicate_type: str
    predicate: Mapping[str, JsonValue]

    def __post_init__(self) -> None:
        """Raises Malformed."""
        if not 0 < len(self.subjects) <= MOST_SUBJECTS:
            raise Malformed(f"a statement has 1 to {MOST_SUBJECTS:,} subjects")
        if len({subject.name for subject in self.subjects}) != len(self.subjects):
            raise Malformed("a statement names a subject twice")
        if ":" not in self.predicate_type or len(self.predicate_type) > LONGEST_TEXT:
            raise Malformed("the type of a predicate is a URI")

    def data(self) -> bytes:
        """The statement in canonical JSON. Raises Malformed if the predicate has no canonical form."""
        subjects = [{"digest": dict(one.digest), "name": one.name} for one in self.subjects]
        return canonical_json(
            {
                "_type": TYPE,
                "predicate": dict(self.predicate),
                "predicateType": self.predicate_type,
                "subject": subjects,
            }
        )


def parse_statement(data: bytes, most: int = LARGEST_ENTRY) -> Statement:
    """Read a statement of at most `most` bytes, which must stand in canonical form. Raises Malformed."""
    found = parse_canonical(data, most)
    if not isinstance(found, dict) or found.keys() != {"_type", "subject", "predicateType", "predicate"}:
        raise Malformed("a statement has _type, subject, predicateType and predicate, and nothing else")
    if found["_type"] != TYPE:
        raise Malformed(f"the _type of a statement is {TYPE}")
    subjects, kind, predicate = found["subject"], found["predicateType"], found["predicate"]
    if not (isinstance(subjects, list) and isinstance(kind, str) and isinstance(predicate, dict)):
        raise Malformed("the subject of a statement is a list, its predicateType text, its predicate an object")
    return Statement(tuple(_subject(one) for one in subjects), kind, predicate)


def _subject(found: Any) -> Subject:
    if not isinstance(found, dict) or found.keys() != {"name", "digest"}:
        raise Malformed("a subject has a name and a digest, and nothing else")
    name, digest = found["name"], found["digest"]
    if not isinstance(name, str) or not isinstance(digest, dict):
        raise Malformed("the name of a subject is text, its digest an object")
    if not all(isinstance(value, str) for value in digest.values()):
        raise Malformed("the values of a digest are text")
    return Subject(name, digest)
