"""Whom a reader trusts, as one text file that is handed over out of band and never taken from what it shall judge.

The lines are those of C2SP tlog-policy: `log`, `witness`, `group`, `quorum`. That format leaves keys of statements and
roots of time stamps to others, and has no place for them but comments; ours begin with `#:`, so that any reader of the
format sees a comment, and ours refuses what it cannot read there:

    #: statement-key <verifier key>
    #: timestamp-root <base64 of an X.509 certificate in DER>

Refused as well, though the format allows it: one key in two roles. A witness with the log's own key attests nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from cryptography.x509 import load_der_x509_certificate

from prodworthy.record.ledger.checkpoint import Checkpoint, parse_checkpoint
from prodworthy.record.ledger.encoding import from_base64, to_base64
from prodworthy.record.ledger.faults import Malformed, NotSigned
from prodworthy.record.ledger.keys import Kind, VerifierKey, parse_verifier_key
from prodworthy.record.ledger.note import Signed, parse_note, verify_note

OURS = "#:"
NOBODY = "none"
LARGEST_POLICY = 1 << 20
MOST_LINES = 1_000
_BLANK = re.compile(r"[ \t]+")
_NUMBER = re.compile(r"[1-9][0-9]{0,3}\Z")
_FORBIDDEN = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Peer:
    """A log or a witness: its key, and where it is reached, "" if nobody needs to know."""

    key: VerifierKey
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Members (names of witnesses and groups) of which at least `least` must have witnessed."""

    least: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trusted:
    """A checkpoint that the policy accepts: the log keys that signed it, and its witnesses with the time of each."""

    checkpoint: Checkpoint
    logs: tuple[VerifierKey, ...]
    witnesses: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class TrustPolicy:
    """Logs, witnesses by name, groups by name, the quorum, and ours: statement keys, time-stamping roots (DER)."""

    logs: tuple[Peer, ...] = ()
    witnesses: Mapping[str, Peer] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    quorum: str = NOBODY
    statement_keys: tuple[VerifierKey, ...] = ()
    timestamp_roots: tuple[bytes, ...] = ()

    def open(self, data: bytes) -> Trusted:
        """The checkpoint in a signed note, if a listed log of that origin signed it and the quorum witnessed it.

        Raises:
            Malformed: the note or the checkpoint is none.
            NotSigned: no listed log signed it, the quorum is not met, or a signature of a listed key is wrong.
        """
        note = parse_note(data)
        checkpoint = parse_checkpoint(note.text)
        # 1. A log speaks for the origin that its key is named after, and for no other.
        logs = {signed.key for signed in verify_note(note, self._log_keys(checkpoint.origin))}
        if not logs:
            raise NotSigned(f"no log of the trust policy has signed this checkpoint of {checkpoint.origin!r}")
        # 2. Every cosignature of a listed witness must verify, also one that the quorum does not need.
        seen = _times(verify_note(note, [peer.key for peer in self.witnesses.values()]))
        witnesses = {name: seen[peer.key] for name, peer in self.witnesses.items() if peer.key in seen}
        # 3. The quorum.
        if not self._witnessed(self.quorum, witnesses):
            raise NotSigned(f"the quorum {self.quorum!r} is not met: {len(witnesses)} listed witnesses have cosigned")
        ordered = tuple(peer.key for peer in self.logs if peer.key in logs)
        return Trusted(checkpoint, ordered, MappingProxyType(witnesses))

    def text(self) -> bytes:
        """The file, in one fixed order. `parse_policy` reads the same policy from it."""
        lines = [_join("log", peer.key.text(), peer.url) for peer in self.logs]
        lines += [_join("witness", name, peer.key.text(), peer.url) for name, peer in self.witnesses.items()]
        lines += [_join("group", name, str(one.least), *one.members) for name, one in self.groups.items()]
        lines.append(_join("quorum", self.quorum))
        lines += [_join(OURS, "statement-key", key.text()) for key in self.statement_keys]
        lines += [_join(OURS, "timestamp-root", to_base64(root)) for root in self.timestamp_roots]
        return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")

    def _log_keys(self, origin: str) -> Iterable[VerifierKey]:
        return [peer.key for peer in self.logs if peer.key.name == origin]

    def _witnessed(self, name: str, witnesses: Mapping[str, int]) -> bool:
        if name == NOBODY or name in witnesses:
            return True
        group = self.groups.get(name)
        return group is not None and sum(self._witnessed(one, witnesses) for one in group.members) >= group.least


def parse_policy(data: bytes) -> TrustPolicy:
    """Read a policy file.

    Raises:
        Malformed: with the number of the line that cannot be read.
    """
    if len(data) > LARGEST_POLICY or _FORBIDDEN.search(data) or not data.endswith(b"\n"):
        raise Malformed("a trust policy is text of 1 MB at most, whose last line ends in a newline too")
    lines = data.decode("utf-8", "surrogateescape").split("\n")[:-1]
    if len(lines) > MOST_LINES:
        raise Malformed(f"a trust policy has {MOST_LINES} lines at most")
    reading = _Reading()
    for number, line in enumerate(lines, start=1):
        try:
            reading.line(line.strip(" \t"))
        except Malformed as error:
            raise Malformed(f"line {number} of the trust policy: {error}") from error
    return reading.policy()


def _times(signed: Iterable[Signed]) -> dict[VerifierKey, int]:
    """The latest time at which each key signed."""
    times: dict[VerifierKey, int] = {}
    for one in signed:
        times[one.key] = max(one.at, times.get(one.key, 0))
    return times


def _join(*words: str) -> str:
    return " ".join(word for word in words if word)


class _Reading:
    """A policy that is being read, line by line."""

    def __init__(self) -> None:
        self._logs: list[Peer] = []
        self._witnesses: dict[str, Peer] = {}
        self._groups: dict[str, Group] = {}
        self._quorum = ""
        self._statement_keys: list[VerifierKey] = []
        self._roots: list[bytes] = []
        self._members: set[str] = set()
        self._publics: set[bytes] = set()
        self._words: dict[str, Callable[[list[str]], None]] = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._take_quorum,
        }
        self._our_words: dict[str, Callable[[list[str]], None]] = {
            "statement-key": self._statement_key,
            "timestamp-root": self._timestamp_root,
        }

    def line(self, line: str) -> None:
        words, known = _BLANK.split(line), self._words
        if line.startswith(OURS):
            words, known = _BLANK.split(line.removeprefix(OURS).strip(" \t")), self._our_words
        elif not line or line.startswith("#"):
            return
        if words[0] not in known:
            raise Malformed(f"{words[0]!r} is none of {', '.join(known)}")
        known[words[0]](words[1:])

    def policy(self) -> TrustPolicy:
        if not self._quorum:
            raise Malformed("a trust policy has one quorum line; 'quorum none' asks for no witness")
        statement_keys, roots = tuple(self._statement_keys), tuple(self._roots)
        witnesses, groups = MappingProxyType(self._witnesses), MappingProxyType(self._groups)
        return TrustPolicy(tuple(self._logs), witnesses, groups, self._quorum, statement_keys, roots)

    def _log(self, words: list[str]) -> None:
        _expect(1 <= len(words) <= 2, "log <verifier key> [<url>]")
        self._logs.append(Peer(self._key(words[0], "a log", (Kind.ED25519, Kind.ML_DSA_44)), *words[1:]))

    def _witness(self, words: list[str]) -> None:
        _expect(2 <= len(words) <= 3, "witness <name> <verifier key> [<url>]")
        self._new(words[0])
        key = self._key(words[1], "a witness", (Kind.COSIGNATURE, Kind.ML_DSA_44))
        self._witnesses[words[0]] = Peer(key, *words[2:])

    def _group(self, words: list[str]) -> None:
        _expect(len(words) >= 3, "group <name> all|any|<k> <name>...")
        name, least, *members = words
        self._new(name)
        count = {"all": len(members), "any": 1}.get(least, int(least) if _NUMBER.match(least) else 0)
        _expect(1 <= count <= len(members), f"'all', 'any' or a number from 1 to {len(members)}, not {least!r}")
        for member in members:
            self._defined(member)
            _expect(member not in self._members, f"{member!r} to be a member once, so that it counts once")
            self._members.add(member)
        self._groups[name] = Group(count, tuple(members))

    def _take_quorum(self, words: list[str]) -> None:
        _expect(len(words) == 1 and not self._quorum, "quorum <name>, once")
        if words[0] != NOBODY:
            self._defined(words[0])
        self._quorum = words[0]

    def _statement_key(self, words: list[str]) -> None:
        _expect(len(words) == 1, f"{OURS} statement-key <verifier key>")
        self._statement_keys.append(self._key(words[0], "a statement", (Kind.ED25519,)))

    def _timestamp_root(self, words: list[str]) -> None:
        _expect(len(words) == 1, f"{OURS} timestamp-root <base64 of a certificate>")
        der = from_base64(words[0], "a certificate")
        try:
            load_der_x509_certificate(der)
        except ValueError as error:
            raise Malformed("this is not an X.509 certificate in DER") from error
        self._roots.append(der)

    def _key(self, text: str, what: str, kinds: tuple[Kind, ...]) -> VerifierKey:
        key = parse_verifier_key(text)
        _expect(key.kind in kinds, f"a key of {what} to be of kind {', '.join(f'0x{kind:02x}' for kind in kinds)}")
        _expect(key.public not in self._publics, "every key once, in one role")
        self._publics.add(key.public)
        return key

    def _new(self, name: str) -> None:
        taken = name == NOBODY or name in self._witnesses or name in self._groups
        _expect(not taken, f"a name that is not taken; {name!r} is")

    def _defined(self, name: str) -> None:
        _expect(name in self._witnesses or name in self._groups, f"{name!r} to be defined on a line before")


def _expect(holds: bool, what: str) -> None:
    if not holds:
        raise Malformed(f"expected {what}")
