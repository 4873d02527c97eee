"""The first steps: the seal, and every file.

Each takes the pack as it is known so far, returns in words what it found, and raises what was wrong.
"""

from __future__ import annotations

import hmac
from collections.abc import Set

from prodworthy.assurance.audit.pack.faults import PackFault
from prodworthy.assurance.audit.pack.form import (
    LARGEST_MANIFEST,
    LARGEST_SEAL,
    SEAL_TYPE,
    Files,
    outside,
    parse_manifest,
    parse_seal,
)
from prodworthy.assurance.audit.pack.zipped import MANIFEST, SEAL
from prodworthy.assurance.audit.verifying.opened import Opened, digest_of
from prodworthy.assurance.audit.verifying.verdicts import NotComplete, date_of
from prodworthy.record.ledger.dsse import parse_envelope, verify_envelope


def sealed(pack: Opened) -> str:
    """The seal is signed by a statement key of the policy, and nobody else, and the files it names are as it says."""
    keys = pack.trust.policy.statement_keys
    if not keys:
        raise NotComplete("the trust policy names no statement key; add '#: statement-key …' lines")
    envelope = parse_envelope(pack.archive.read(SEAL, LARGEST_SEAL), LARGEST_SEAL)
    if len(envelope.signatures) != 1:
        raise PackFault("the seal has one signature, that of a statement key")
    (key,) = verify_envelope(envelope, SEAL_TYPE, keys)
    named = parse_seal(envelope)
    _same_names(named, outside(pack.archive.entries) - {SEAL})
    _as_said(pack, named)
    pack.sealed = named
    return f"by {key.name}"


def whole_pack(pack: Opened) -> str:
    """Every file is named by the manifest or the seal and is what is said of it; none is missing, none is more."""
    manifest = parse_manifest(pack.read(MANIFEST, LARGEST_MANIFEST))
    _same_names(manifest.files, pack.archive.entries.keys() - outside(pack.archive.entries))
    _as_said(pack, manifest.files)
    pack.manifest = manifest
    return f"{len(pack.archive.entries):,} of {len(pack.archive.entries):,}; made {date_of(manifest.made_at)}"


def _same_names(named: Files, there: Set[str]) -> None:
    if missing := sorted(named.keys() - there):
        raise PackFault(f"{len(missing)} files that are named are missing, {missing[0]} among them")
    if more := sorted(there - named.keys()):
        raise PackFault(f"{len(more)} files are named nowhere, {more[0]} among them")


def _as_said(pack: Opened, named: Files) -> None:
    total, done = sum(pack.archive.entries[name].size for name in named), 0
    for name, (digest, size) in named.items():
        if pack.archive.entries[name].size != size:
            raise PackFault(f"{name} has not the {size:,} bytes that it is said to have")
        if not hmac.compare_digest(digest_of(pack.archive.pieces(name)), digest):
            raise PackFault(f"{name} was changed: its digest is another one")
        done += size
        pack.trust.tell("bytes read", done, total)
