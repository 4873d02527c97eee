"""What a refusal looks like: a line on standard error that says what to do next, and an exit code.

0 done · 1 refused, or a check that failed · 2 wrong usage (as the parser has it) · 3 something is not reachable ·
130 Ctrl-C
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from prodworthy.interfaces.settings import SettingsFault
from prodworthy.operations.errors import OperationRefused
from prodworthy.policy.core.evidence import EvidenceFault
from prodworthy.record.faults import RecordFault, SealingFault
from prodworthy.record.ledger.faults import LedgerFault, LedgerLocked, LedgerUnwritable, Unreachable

REFUSED, UNREACHABLE, INTERRUPTED = 1, 3, 130


@contextmanager
def ending() -> Iterator[None]:
    """Run a verb: what keeps it from being done is told, and ends the process. Raises SystemExit."""
    try:
        yield
    except (OperationRefused, SettingsFault) as refusal:
        _end(str(refusal), REFUSED)
    except EvidenceFault as fault:
        _end(f"What should be evidence is not: {fault}. Restore the database from a backup.", REFUSED)
    except SealingFault as fault:
        _end(f"{fault} ({fault.code})", REFUSED)
    except RecordFault as fault:
        _end(str(fault), UNREACHABLE)
    except LedgerFault as fault:
        away = isinstance(fault, LedgerLocked | LedgerUnwritable | Unreachable)
        _end(f"{fault} ({fault.code})", UNREACHABLE if away else REFUSED)
    except OSError as fault:
        _end(f"{fault.filename or 'the system'}: {fault.strerror or fault}; mend that, then try again", UNREACHABLE)
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None


def _end(text: str, code: int) -> None:
    typer.echo(f"prodworthy: {text}", err=True)
    raise SystemExit(code)
