"""The report that people read: one page of HTML without scripts or anything from elsewhere, which prints well on A4."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from prodworthy.assurance.audit.assessing import Assessment
from prodworthy.assurance.audit.reports.drawn import About, Drawn, Workload, leaves_text, time_text
from prodworthy.assurance.audit.view import date_text

STYLE = """
@page { size: A4; margin: 16mm 14mm }
:root { color-scheme: light }
body { font: 10.5pt/1.4 system-ui, sans-serif; color: #111; background: #fff; max-width: 190mm; margin: 8mm auto }
h1 { font-size: 18pt; margin: 0 0 2mm } h2 { font-size: 14pt; margin: 8mm 0 2mm; break-after: avoid }
h3 { font-size: 11pt; margin: 5mm 0 1mm; break-after: avoid }
table { border-collapse: collapse; width: 100%; font-size: 9pt; margin: 2mm 0 }
th, td { border: 1px solid #999; padding: 1mm 1.5mm; text-align: left; vertical-align: top; overflow-wrap: anywhere }
th { overflow-wrap: normal }
thead { display: table-header-group } tr { break-inside: avoid } th { background: #eee }
.proven { background: #e2f2e2 } .failed { background: #f6dada } .waived, .incomplete { background: #fbf0d5 }
code { font: 9pt ui-monospace, monospace; overflow-wrap: anywhere }
section { break-before: page } section:first-of-type { break-before: auto }
"""


def page_html(drawn: Drawn) -> Iterator[bytes]:
    """The page, part by part."""
    about = drawn.about
    yield (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Audit report</title>\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<style>{STYLE}</style></head><body>\n<h1>Audit report</h1>\n"
    ).encode()
    yield _head(about, drawn).encode("utf-8", "replace")
    for workload in drawn.workloads:
        yield "".join(_workload(drawn, workload)).encode("utf-8", "replace")
    yield _how_to_verify(about).encode()
    yield b"</body></html>\n"


def _head(about: About, drawn: Drawn) -> str:
    publication = drawn.standard.publication
    names = about.names_for
    rows = [
        ("What was known at", time_text(about.at)),
        ("Evidence", f"sealed since {time_text(about.since)}" if about.since else "from the first statement"),
        ("Ledger", f"{about.origin}, size {about.size}"),
        ("Standard", f"{publication.name} {publication.version}, sha256 {drawn.standard.digest}"),
        ("Made", f"{time_text(about.made_at)}, by person {about.made_by}, with version {about.version}"),
        ("People", f"named to {names.name}, {names.role} (event {names.event})" if names else "pseudonyms only"),
    ]
    return _table((), rows)


def _workload(drawn: Drawn, workload: Workload) -> Iterator[str]:
    report = workload.report
    names = {one.id: one.name for one in drawn.standard.document.stage}
    stage, earned = names.get(report.standing.stage, report.standing.stage), names.get(report.earned, report.earned)
    yield f"<section><h2>{escape(workload.name)}: {escape(stage)}</h2>\n"
    yield f"<p>The evidence gives the stage <b>{escape(earned)}</b>; in force is <b>{escape(stage)}</b>.</p>\n"
    answers = [(f"{one.number} {one.question}", "yes" if one.yes else "no", one.why) for one in report.answers]
    yield "<h3>Why</h3>" + _table(("question", "answer", "because"), answers)
    override = report.standing.override
    if override is not None:
        text = f"Overridden to {names.get(override.stage, override.stage)} until {date_text(override.until)}"
        yield f"<p>{escape(text)}, leaves {escape(leaves_text(override.leaves))}.</p>\n"
    domains = [
        (one.name, f"{one.tenths // 10}.{one.tenths % 10} of 5", f"{one.proven} of {one.applicable}", _yes(one.ready))
        for one in report.domains
    ]
    yield "<h3>Domains</h3>" + _table(("domain", "level", "proven", "ready"), domains)
    found = [(one.text, one.step, leaves_text(one.leaves)) for one in report.contradictions]
    yield "<h3>Contradictions</h3>" + _table(("what", "what to do", "leaves"), found)
    yield "<h3>What the recorder found missing</h3>" + _table((), [(one,) for one in report.incomplete])
    yield "<h3>Waived</h3>" + _table(_WAIVED, _waived(report.controls))
    yield "<h3>Next, in order of effect</h3>" + _table(("gap", "step"), [(one.text, one.step) for one in report.next])
    yield "<h3>Forty controls</h3>" + _controls(report.controls) + "</section>\n"


_WAIVED = ("control", "until", "because", "what stands in for it", "people", "leaves")


def _waived(controls: Iterable[Assessment]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for one in controls:
        if one.waiver is not None:
            said = one.waiver
            until, people = date_text(said.until), str(said.persons)
            rows.append((one.criterion, until, said.reason, said.compensating, people, leaves_text(said.leaves)))
    return rows


def _controls(controls: Iterable[Assessment]) -> str:
    head = "".join(f"<th>{name}</th>" for name in ("control", "state", "level", "evidence", "gap", "leaves"))
    lines = [f"<table><thead><tr>{head}</tr></thead><tbody>\n"]
    for one in controls:
        cells = (f"{one.criterion} {one.title}", one.state, str(one.level), _evidence(one), one.gap)
        shown = "".join(f"<td>{escape(cell)}</td>" for cell in (*cells, leaves_text(one.leaves)))
        lines.append(f'<tr class="{escape(one.state)}">{shown}</tr>\n')
    return "".join([*lines, "</tbody></table>\n"])


def _evidence(one: Assessment) -> str:
    seen, said = one.evidence, []
    if seen.enforced is not None:
        share = seen.enforced.enforced / 10_000
        said.append(f"enforced on {share:.2f} % of {seen.enforced.released} {seen.enforced.traffic} exchanges")
    if seen.exercised is not None:
        said.append(f"drilled {date_text(seen.exercised.at)}: {seen.exercised.outcome}")
    if seen.attested is not None:
        said.append(f"attested {date_text(seen.attested.at)}, until {date_text(seen.attested.until)}")
    if one.exempt is not None:
        said.append(f"does not apply: {one.exempt.reason}")
    return "; ".join(said) or "none"


def _how_to_verify(about: About) -> str:
    return (
        "<section><h2>How to verify this without us</h2>\n"
        "<p>This page follows from the statements in the pack, to the byte; the verifier draws it anew. You need the "
        "pack, Python, the package <code>cryptography</code>, the verifier, and a trust policy that did not come with "
        "the pack: it names the ledger's key and the statement key.</p>\n"
        "<p><code>python prodworthy-verify.pyz PACK.zip --trust policy.txt --held CHECKPOINT</code></p>\n"
        "<p>Exit code 0: all passed; 1: something is not what it should be; 2: a check could not be run, which is "
        "never a pass. Numbers of leaves are places in the ledger "
        f"<code>{escape(about.origin)}</code>; tools that read C2SP tlog-tiles verify the pack's folder "
        "<code>ledger/</code>, any DSSE library the entries in <code>chains/</code>.</p>\n"
        "<p>Integrity is not completeness: a ledger that was put back to an earlier day as a whole is seen only by "
        "who holds a later checkpoint, by a witness, or by a time stamp. Keep this pack's checkpoint.</p></section>\n"
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = ["".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows]
    if not lines:
        return "<p>None.</p>\n"
    named = "".join(f"<th>{escape(name)}</th>" for name in head)
    top = f"<thead><tr>{named}</tr></thead>" if head else ""
    return f"<table>{top}<tbody>" + "".join(f"<tr>{line}</tr>\n" for line in lines) + "</tbody></table>\n"


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"
