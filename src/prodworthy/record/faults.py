"""What can go wrong with the record, as one tree.

RecordFault
├── StoreFault              the database
│   ├── StoreUnavailable    cannot be reached, or stayed locked, now; try again later
│   ├── StoreUnsuitable     the address or the database library cannot be used at all
│   └── StoreTooNew         a newer version of this software has migrated the database
├── SpoolFault              an event could not be accepted, or not be made durable
├── FlagsUnreadable         the directory of flag files cannot be read: the kill files' state is unknown
├── KeyFault                the master key cannot be read, or is not safe to use
├── SealingFault            evidence cannot be sealed; has a stable `code`
│   ├── DatabaseRolledBack  the ledger has statements about what the database does not have
│   ├── ForeignStatement    the ledger has an entry that nobody here writes, or in another order
│   └── NotProvable         the proof of something cannot be made: it is not there, or partly deleted
│       └── NotSealed       it is there, and not sealed yet
└── ContentErased           the key of this content was destroyed, or the content does not belong where it stands

No message carries content, keys or the values of a statement.
"""

from __future__ import annotations

from typing import ClassVar


class RecordFault(Exception):
    """Root of everything that the record raises."""


class StoreFault(RecordFault):
    """The database."""


class StoreUnavailable(StoreFault):
    """The database cannot be reached, or stayed locked; a later try may succeed."""


class StoreUnsuitable(StoreFault):
    """The database address or library cannot be used; only a changed configuration helps."""


class StoreTooNew(StoreFault):
    """The database was migrated by a newer version than this one."""


class SpoolFault(RecordFault):
    """The spool did not accept an event, or could not make it durable."""


class FlagsUnreadable(RecordFault):
    """The directory of flag files cannot be read."""


class KeyFault(RecordFault):
    """The master key cannot be read or created, or others could read it."""


class ContentErased(RecordFault):
    """The content can no longer be opened: its key was destroyed, or it was sealed for another place."""


class SealingFault(RecordFault):
    """Evidence cannot be sealed, and nothing is recorded over what is there."""

    code: ClassVar[str] = "sealing_fault"


class DatabaseRolledBack(SealingFault):
    """The ledger has statements about segments or events that the database does not have."""

    code = "database_rolled_back"


class ForeignStatement(SealingFault):
    """The ledger has an entry that is no statement of ours, or does not continue the chain of its workload."""

    code = "foreign_statement"


class NotProvable(SealingFault):
    """The proof of an exchange or event cannot be made; the message says why, and what to do."""

    code = "not_provable"


class NotSealed(NotProvable):
    """It is not sealed yet."""

    code = "not_sealed"
