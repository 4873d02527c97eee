"""The steps after the walk: chains, openings, the standard, and every assessment made anew from the statements."""

from __future__ import annotations

from prodworthy.assurance.audit.pack.faults import PackFault
from prodworthy.assurance.audit.pack.folding import evidence_of
from prodworthy.assurance.audit.pack.form import (
    LARGEST_JSON,
    MAPPINGS,
    REPORTS,
    STANDARD,
    TIMESTAMP,
    Manifest,
    assessment_file,
)
from prodworthy.assurance.audit.reporting import assess
from prodworthy.assurance.audit.reports.drawing import PRINT, draw
from prodworthy.assurance.audit.reports.drawn import About, Drawn, File, Workload
from prodworthy.assurance.audit.verifying.closing import closed
from prodworthy.assurance.audit.verifying.opened import Opened, Walk, digest_of
from prodworthy.assurance.audit.verifying.verdicts import NotAsked, NotComplete
from prodworthy.assurance.audit.verifying.walking import CHAINED, INCLUDED, OPENED, walk
from prodworthy.policy.core.evidence import EvidenceFault
from prodworthy.policy.standard.standard import Standard, parse
from prodworthy.record.ledger.canonical import canonical_json
from prodworthy.record.ledger.faults import LedgerFault
from prodworthy.record.sealing.numbers import written

LARGEST_TOML = 4 << 20
LARGEST_STAMP = 64 << 10
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError, RecursionError)


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
    workloads = []
    for number, chain in enumerate(manifest.chains[1:], start=1):
        known = evidence_of((chain.tenant, chain.workload), pack.sums[number], pack.sums[0], head.size, manifest.at)
        try:
            report = assess(known, standard, manifest.at)
        except UNREADABLE as fault:
            raise PackFault(f"{chain}: the judge cannot read its evidence ({type(fault).__name__}: {fault})") from fault
        if pack.read(assessment_file(number), LARGEST_JSON) != canonical_json(written(report.plain())):
            raise PackFault(f"the assessment of {chain} is not what its statements give{_other(manifest)}")
        workloads.append(Workload(number, known, report))
        pack.trust.tell("workloads judged", number, len(manifest.chains) - 1)
    pack.judged = tuple(workloads)
    same = sum(len(one.report.controls) for one in workloads)
    return f"{same:,} of {same:,} identical, of {len(workloads):,} workloads"


def redrawn(pack: Opened) -> str:
    """Every report, drawn anew from evidence and assessments, is the same to the byte; a print cannot be compared."""
    manifest, *_ = pack.known()
    if pack.judged is None:
        raise NotComplete("not run, because the assessments could not be made anew")
    about = About(
        manifest.origin,
        manifest.head.size,
        manifest.version,
        manifest.made_at,
        manifest.made_by,
        manifest.since,
        manifest.at,
        manifest.names_for,
    )
    same = []
    for name, parts in _drawn(Drawn(about, _standard(pack, manifest), pack.judged)):
        if digest_of(parts) != manifest.files.get(name, ("", 0))[0]:
            raise PackFault(f"{name} is not what the assessments give{_other(manifest)}")
        same.append(name)
    said = {name for name in manifest.files if name.startswith(REPORTS)} - set(same) - {PRINT}
    if said:
        raise PackFault(f"{min(said)} follows from no assessment")
    return f"{len(same):,} identical" + (f"; {PRINT} was not compared" if PRINT in manifest.files else "")


def _drawn(drawn: Drawn) -> list[File]:
    """The reports. Raises PackFault where evidence has values that cannot be drawn."""
    try:
        return [(name, iter([*parts])) for name, parts in draw(drawn)]
    except UNREADABLE as fault:
        raise PackFault(f"the reports cannot be drawn ({type(fault).__name__}: {fault})") from fault


def _other(manifest: Manifest) -> str:
    return f"; the pack was made by version {manifest.version}: see whether the verifier of that version says the same"


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
