"""All reports of a pack, by name."""

from __future__ import annotations

from prodworthy.assurance.audit.pack.form import assessment_file
from prodworthy.assurance.audit.reports.bom import bom_json
from prodworthy.assurance.audit.reports.drawn import Drawn, File
from prodworthy.assurance.audit.reports.oscal import oscal_json
from prodworthy.assurance.audit.reports.page import page_html
from prodworthy.assurance.audit.reports.tables import controls_csv, roster_csv, roster_json
from prodworthy.record.ledger.canonical import canonical_json
from prodworthy.record.sealing.numbers import written

PAGE, PRINT = "reports/report.html", "reports/report.pdf"
"""The page, and the same printed; the print cannot be drawn anew and compared."""


def draw(drawn: Drawn) -> list[File]:
    """Every report but the print, in order of its name; contents are made as they are read."""
    files = [
        (PAGE, page_html(drawn)),
        ("reports/oscal.json", oscal_json(drawn)),
        ("reports/controls.csv", controls_csv(drawn)),
        ("reports/roster.csv", roster_csv(drawn)),
        ("reports/roster.json", roster_json(drawn)),
    ]
    for one in drawn.workloads:
        files.append((assessment_file(one.number), iter([canonical_json(written(one.report.plain()))])))
        files.append((f"reports/bom/{one.number:05d}.cdx.json", bom_json(drawn, one)))
    return sorted(files, key=lambda file: file[0])
