"""The steps after the walk: chains, openings, the standard, and every assessment made anew from the statements."""

from __future__ import annotations

from prodworthy.assurance.audit.pack.faults import PackFault
from prodworthy.assurance.audit.pack.folding import evidence_of
from prodworthy.assurance.audit.pack.form import (
    LARGEST_JSON,
    MAPPINGS,
    STANDARD,
    TIMESTAMP,
    Manifest,
    assessment_file,
)
from prodworthy.assurance.audit.reporting import assess
from prodworthy.assurance.audit.verifying.closing import closed
from prodworthy.assurance.audit.verifying.opened import Opened, Walk
from prodworthy.assurance.audit.verifying.verdicts import NotAsked, NotComplete
from prodworthy.assurance.audit.verifying.walking import CHAINED, INCLUDED, OPENED, walk
from prodworthy.policy.core.evidence import EvidenceFault
from prodworthy.policy.standard.standard import Standard, parse
from prodworthy.record.ledger.canonical import canonical_json
from prodworthy.record.ledger.faults import LedgerFault
from prodworthy.record.sealing.numbers import written

LARGEST_TOML = 4 << 20
LARGEST_STAMP = 64 << 10
_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError, RecursionError)


def included(pack: Opened) -> str:
    """Every statement is signed by a key of the policy, and is the leaf of the ledger that it is said to be."""
    pack.walk = found = walk(pack)
    manifest, *_ = pack.known()
    if INCLUDED in found.faults:
        raise PackFault(found.faults[INCLUDED])
    total = sum(one.statements for one in manifest.chains)
    return f"{found.statements:,} of {total:,}"


def chained(pack: Opened) -> str:
    """No statement of a workload is left out, repeated or out of order, from the first one to the last."""
    manifest, found = _walked(pack)
    if CHAINED in found.faults:
        raise PackFault(found.faults[CHAINED])
    for number, end in enumerate(found.ends):
        try:
            closed(pack, number, end)
        except (PackFault, LedgerFault, EvidenceFault) as fault:
            raise PackFault(f"{manifest.chains[number]}: {fault}") from fault
    later = [one for one in manifest.chains if one.first]
    beside = sum(one.earlier for one in later)
    said = f"; {len(later)} of them begin later, with {beside} operations from before" if later else ""
    return f"{len(found.ends):,} chains whole{said}"


def opened(pack: Opened) -> str:
    """Every value that is shown is the one that its statement commits to, and every event that should be shown is."""
    manifest, found = _walked(pack)
    if OPENED in found.faults:
        raise PackFault(found.faults[OPENED])
    if missing := sum(one.closed for one in pack.sums):
        raise NotComplete(f"{missing} events are not opened, and count as no evidence; {found.openings:,} match")
    names = manifest.names_for
    return f"{found.openings:,} match" + (f"; people are named to {names.name}, {names.role}" if names else "")


def standard_known(pack: Opened) -> str:
    """The standard is one that the verifier knows, and the pack's files are those of that standard."""
    manifest, *_ = pack.known()
    standard = _standard(pack, manifest)
    mappings = sorted(name for name in manifest.files if name.startswith(MAPPINGS))
    texts = [pack.read(name, LARGEST_TOML).decode("utf-8") for name in (STANDARD, *mappings)]
    if parse(texts[0], texts[1:]).digest != standard.digest:
        raise PackFault("the standard's files in the pack are not those of the standard that it names")
    return f"{standard.publication.id} {standard.version}, sha256 {standard.digest[:16]}…"


def recomputed(pack: Opened) -> str:
    """Every assessment, made anew from the statements by the judge of this verifier, is the same to the byte."""
    manifest, head, *_ = pack.known()
    _walked(pack)
    standard = _standard(pack, manifest)
    same = 0
    for number, chain in enumerate(manifest.chains[1:], start=1):
        known = evidence_of((chain.tenant, chain.workload), pack.sums[number], pack.sums[0], head.size, manifest.at)
        try:
            report = assess(known, standard, manifest.at)
        except _UNREADABLE as fault:
            raise PackFault(f"{chain}: the judge cannot read its evidence ({type(fault).__name__}: {fault})") from fault
        if pack.read(assessment_file(number), LARGEST_JSON) != canonical_json(written(report.plain())):
            raise PackFault(
                f"the assessment of {chain} is not what its statements give; the pack was made by version "
                f"{manifest.version}: see whether that version's verifier says the same"
            )
        same += len(report.controls)
        pack.trust.tell("workloads judged", number, len(manifest.chains) - 1)
    return f"{same:,} of {same:,} identical, of {len(manifest.chains) - 1:,} workloads"


def time_stamps(pack: Opened) -> str:
    """A time-stamping authority of the policy has stamped the checkpoint that closes the pack."""
    _, _, closing, _ = pack.known()
    roots = pack.trust.policy.timestamp_roots
    if not roots:
        raise NotAsked("the trust policy names no authority; add '#: timestamp-root …' lines")
    if TIMESTAMP not in pack.archive.entries:
        raise NotComplete("the pack has no time stamp, and the trust policy names an authority")
    if pack.trust.stamps is None:
        raise NotComplete("this verifier cannot read time stamps: `prodworthy verify` can")
    seen = pack.trust.stamps(pack.read(TIMESTAMP, LARGEST_STAMP), closing.text(), roots)
    return f"seen by an authority at {seen:%Y-%m-%d %H:%M:%S} UTC"


def _walked(pack: Opened) -> tuple[Manifest, Walk]:
    """Manifest and walk, if the walk came to its end. Raises NotComplete."""
    if pack.walk is None or INCLUDED in pack.walk.faults:
        raise NotComplete("not run, because not every statement could be read")
    return pack.known()[0], pack.walk


def _standard(pack: Opened, manifest: Manifest) -> Standard:
    for one in pack.trust.standards:
        if one.digest == manifest.standard:
            return one
    raise NotComplete(f"this verifier does not know the standard sha256 {manifest.standard[:16]}…: use a newer one")
