"""The ledger of an installation: where it lies, what it is called, whose keys sign it; opened to write or to read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from prodworthy.policy.core.evidence import EvidenceFault
from prodworthy.record.faults import ForeignStatement
from prodworthy.record.ledger.checkpoint import Checkpoint, Head
from prodworthy.record.ledger.dsse import parse_envelope
from prodworthy.record.ledger.faults import Malformed
from prodworthy.record.ledger.keys import SigningKey
from prodworthy.record.ledger.log import Writer, open_writer
from prodworthy.record.ledger.note import open_checkpoint
from prodworthy.record.ledger.reading import Reader, read_checkpoint
from prodworthy.record.ledger.storage import FolderStorage
from prodworthy.record.sealing.forms import Form, parse


class Books(NamedTuple):
    """Folder and origin of the ledger; keys that sign its checkpoints, and keys that sign statements.

    While a key changes there are two of its kind, and both sign.
    """

    folder: Path
    origin: str
    log_keys: Sequence[SigningKey]
    statement_keys: Sequence[SigningKey]

    @property
    def stamps(self) -> Path:
        """The folder of time stamps, beside the ledger."""
        return self.folder.with_name("stamps")

    def writing(self, wait: float) -> Writer:
        """Its one writer; waits up to `wait` seconds for another to end. Raises what `open_writer` raises."""
        return open_writer(self.folder, self.origin, self.log_keys, wait)

    def reading(self, head: Head) -> Reader:
        """A reader of what is published, up to a head that the caller knows to be true. Raises LedgerFault."""
        return Reader(FolderStorage(self.folder), Checkpoint(self.origin, head.size, head.root))

    def published(self) -> tuple[bytes, Reader]:
        """The signed checkpoint that is published, and a reader up to it.

        Raises:
            LedgerFault: there is none, none of our keys has signed it, or the ledger is damaged.
        """
        data = read_checkpoint(FolderStorage(self.folder))
        checkpoint = open_checkpoint(data, self.origin, [key.verifier for key in self.log_keys])
        return data, Reader(FolderStorage(self.folder), checkpoint)


def forms_of(reader: Reader, start: int, end: int) -> Iterator[Form]:
    """The statements at the leaves [start, end). Raises LedgerFault; ForeignStatement for an entry that is none."""
    for leaf, data in enumerate(reader.entries(start, end), start):
        try:
            form = parse(parse_envelope(data).payload)
        except (Malformed, EvidenceFault) as fault:
            raise ForeignStatement(f"leaf {leaf} of the ledger is no statement of ours: {fault}") from None
        yield form
