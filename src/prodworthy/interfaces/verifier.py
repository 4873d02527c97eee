"""Verifying an audit pack from the command line, with the standard library and `cryptography` alone.

`prodworthy verify` and the single file `prodworthy-verify.pyz` are both this module. It opens no network connection and
writes nothing but, if asked, the checkpoint that is worth keeping.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from importlib import import_module, resources
from pathlib import Path
from typing import NamedTuple

from prodworthy.assurance.audit.verifying.opened import Stamps, Trust
from prodworthy.assurance.audit.verifying.verdicts import NOT_COMPLETE, Outcome, Telling, Verdict, printable, quiet
from prodworthy.assurance.audit.verifying.verify import verify
from prodworthy.policy.standard.standard import Standard, parse
from prodworthy.record.ledger.faults import LedgerFault
from prodworthy.record.ledger.note import LARGEST_NOTE
from prodworthy.record.ledger.trust import LARGEST_POLICY, parse_policy

QUIET = 1.0
"""Seconds between two words on how far it has come."""
_STANDARD, _MAIN, _MAPPINGS = "prodworthy.policy.standard", "psf-1.1.toml", "mappings"


class Asked(NamedTuple):
    """What to verify and with what: paths; `held` and `keep` may be None."""

    pack: Path
    trust: Path
    held: Path | None = None
    keep: Path | None = None
    json: bool = False


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify a pack; the exit code: 0 all passed, 1 a failure, 2 incomplete, or nothing could be verified."""
    parser = argparse.ArgumentParser(prog="prodworthy-verify", description="Verify an audit pack of Prodworthy.")
    parser.add_argument("pack", type=Path, metavar="PACK.zip")
    parser.add_argument("--trust", type=Path, required=True, metavar="POLICY", help="whom you trust; not from the pack")
    parser.add_argument("--held", type=Path, metavar="CHECKPOINT", help="a checkpoint that you kept earlier")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="write the checkpoint to keep, if nothing failed")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return run(Asked(**vars(parser.parse_args(arguments))))


def run(asked: Asked) -> int:
    """Verify, print, and keep the checkpoint if asked to; the exit code."""
    try:
        outcome = verified(asked, told() if sys.stderr.isatty() else quiet)
    except OSError as fault:
        return _refuse(f"{fault.filename or asked.pack}: {fault.strerror or fault}")
    except LedgerFault as fault:
        return _refuse(f"{asked.trust}: {fault}")
    print_outcome(outcome, asked.json)
    if asked.keep is not None and outcome.verdict is not Verdict.FAIL and outcome.checkpoint:
        asked.keep.write_bytes(outcome.checkpoint)
    return outcome.code


def verified(asked: Asked, tell: Telling = quiet) -> Outcome:
    """The outcome. Raises OSError for a file that cannot be read, Malformed for a policy that is none."""
    policy = parse_policy(_read(asked.trust, LARGEST_POLICY + 1))
    held = _read(asked.held, LARGEST_NOTE + 1) if asked.held is not None else b""
    with asked.pack.open("rb") as file:
        return verify(file, Trust(policy, (shipped_standard(),), held, stamps(), tell))


def shipped_standard() -> Standard:
    """The standard that this verifier brings along."""
    folder = resources.files(_STANDARD)
    files = sorted((file for file in (folder / _MAPPINGS).iterdir()), key=lambda file: file.name)
    texts = [file.read_text("utf-8") for file in files if file.name.endswith(".toml")]
    return parse((folder / _MAIN).read_text("utf-8"), texts)


def stamps() -> Stamps | None:
    """What verifies time stamps, where the package that it needs is there."""
    try:
        module = import_module("prodworthy.record.ledger.timestamp")
    except ImportError:
        return None
    found: Stamps = module.verify_stamp
    return found


def told() -> Telling:
    """Tells on standard error how far it has come, on one line."""
    said = time.monotonic()

    def tell(what: str, done: int, all_of_it: int) -> None:
        nonlocal said
        if time.monotonic() - said >= QUIET:
            said = time.monotonic()
            sys.stderr.write(f"\r{done:,} of {all_of_it:,} {what}\x1b[K\r")
            sys.stderr.flush()

    return tell


def print_outcome(outcome: Outcome, as_json: bool) -> None:
    """Print the steps and the result."""
    text = json.dumps(outcome.plain(), indent=2) if as_json else "\n".join(outcome.lines())
    sys.stdout.write(f"{text}\n")


def _read(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        return file.read(most)


def _refuse(said: str) -> int:
    sys.stderr.write(f"prodworthy: {printable(said)}; nothing was verified\n")
    return NOT_COMPLETE
