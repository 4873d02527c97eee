"""What can go wrong with a ledger, as one tree. Every class has a stable `code`; no message carries a key or a leaf.

LedgerFault
├── Malformed          bytes do not follow their format
├── NotProven          a proof, a tile or an entry does not lead to the root that was signed
├── NotSigned          no key that counts has signed, or a signature of one that counts is wrong
├── Missing            the storage does not have a file that the ledger needs
├── LedgerLocked       another process writes to this ledger
├── LedgerUnwritable   the disk refused; nothing of the failed step is part of the ledger
├── LedgerDamaged      the ledger's own files contradict each other
├── RolledBack         the ledger is shorter than it is known to have been
├── Forked             the ledger is another one than it is known to have been
├── Unreachable        a witness, a time-stamping authority or an object store did not answer, or not in time
└── Refused            it answered, and said no, or gave an answer that does not verify
"""

from __future__ import annotations

from typing import ClassVar


class LedgerFault(Exception):
    """Root of everything that the ledger raises."""

    code: ClassVar[str] = "ledger_fault"


class Malformed(LedgerFault):
    """Bytes do not follow their format; the message says where."""

    code = "malformed"


class NotProven(LedgerFault):
    """A proof, a tile or an entry does not lead to the root."""

    code = "not_proven"


class NotSigned(LedgerFault):
    """No key that counts has signed, or a signature of one that counts is wrong."""

    code = "not_signed"


class Missing(LedgerFault):
    """The storage does not have a file that the ledger needs."""

    code = "ledger_file_missing"


class LedgerLocked(LedgerFault):
    """Another process writes to this ledger."""

    code = "ledger_locked"


class LedgerUnwritable(LedgerFault):
    """The disk refused; nothing of the failed step is part of the ledger."""

    code = "ledger_unwritable"


class LedgerDamaged(LedgerFault):
    """The ledger's own files contradict each other."""

    code = "ledger_damaged"


class RolledBack(LedgerFault):
    """The ledger is shorter than it is known to have been."""

    code = "ledger_rolled_back"


class Forked(LedgerFault):
    """The ledger is another one than it is known to have been."""

    code = "ledger_forked"


class Unreachable(LedgerFault):
    """A witness, a time-stamping authority or an object store did not answer, or not in time."""

    code = "ledger_peer_unreachable"


class Refused(LedgerFault):
    """A witness, an authority or an object store said no, or gave an answer that does not verify."""

    code = "ledger_peer_refused"
