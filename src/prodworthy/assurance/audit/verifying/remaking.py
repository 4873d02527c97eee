"""The steps that make anew what follows from statements: every assessment, and every report."""

from __future__ import annotations

from prodworthy.assurance.audit.pack.faults import PackFault
from prodworthy.assurance.audit.pack.folding import evidence_of
from prodworthy.assurance.audit.pack.form import LARGEST_JSON, REPORTS, Manifest, assessment_file
from prodworthy.assurance.audit.reporting import assess
from prodworthy.assurance.audit.reports.drawing import PRINT, draw
from prodworthy.assurance.audit.reports.drawn import About, Drawn, File, Workload
from prodworthy.assurance.audit.verifying.judging import standard_of, walked
from prodworthy.assurance.audit.verifying.opened import Opened, digest_of
from prodworthy.assurance.audit.verifying.verdicts import NotComplete
from prodworthy.record.ledger.canonical import canonical_json
from prodworthy.record.sealing.numbers import written

UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError, RecursionError)


def recomputed(pack: Opened) -> str:
    """Every assessment, made anew from the statements by the judge of this verifier, is the same to the byte."""
    manifest, head, *_ = pack.known()
    walked(pack)
    standard = standard_of(pack, manifest)
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
    for name, parts in _drawn(Drawn(about, standard_of(pack, manifest), pack.judged)):
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
