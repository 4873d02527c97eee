"""Reports say what the assessments say, to people and to tools, and nothing in them can be mistaken for markup."""

from __future__ import annotations

import csv
import io
import json
import re
import uuid
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

from prodworthy.assurance.audit.pack.form import NamesFor
from prodworthy.assurance.audit.reporting import assess
from prodworthy.assurance.audit.reports.drawing import draw
from prodworthy.assurance.audit.reports.drawn import About, Drawn, Workload
from prodworthy.interfaces.standards import load_standard
from tests.assurance.audit.building import ANA, BEN, CLAIMS, DAY, NOW, Building

HOSTILE = '<script>alert(1)</script> & "quoted" =1+1'
ABOUT = About("ledger.example/one", 44, "0.1.0", NOW, ANA, 0, NOW, None)


def _workload(built: Building, number: int = 1) -> Workload:
    evidence = built.evidence()
    return Workload(number, evidence, assess(evidence, load_standard(), NOW))


def _full() -> Workload:
    """Proven, waived, exempt, overridden, contradicted and incomplete at once, with hostile words."""
    built = Building()
    models = [["vendor", "model", "eu"], ["own", "x", ""]]
    built.declared(tools=[HOSTILE], data=CLAIMS["data"] | {"classes": [HOSTILE]}, models=models)
    built.everything(load_standard(), frozenset({"PSF-3.2"}))
    built.did("Waived", 1, criterion="PSF-3.2", reason=HOSTILE, compensating="=cmd()", until=NOW + DAY)
    built.did("NotApplied", 1, criterion="PSF-8.4", reason=HOSTILE, until=NOW + DAY)
    number = built.did("Overridden", 1, stage="production", reason="fire", until=NOW + DAY)
    built.did("Seconded", 1, BEN, event=number)
    built.did("SpoolGap", 1)
    return _workload(built)


def _files(*workloads: Workload, about: About = ABOUT) -> dict[str, bytes]:
    return {name: b"".join(parts) for name, parts in draw(Drawn(about, load_standard(), workloads))}


def test_every_report_is_drawn_in_order_and_the_same_twice() -> None:
    one, two = _full(), _workload(Building(), 2)
    found = _files(one, two)
    assert list(found) == sorted(found)
    assert len(found) == 9
    assert found == _files(one, two)
    assert found["reports/oscal.json"] != _files(one, two, about=replace(ABOUT, size=45))["reports/oscal.json"]


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not any(name.startswith("on") or name in ("src", "href") for name, _ in attributes)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_shows_all_of_it_and_runs_nothing() -> None:
    page = _files(_full(), _workload(Building(), 2))["reports/report.html"].decode()
    read = _Tags()
    read.feed(page)
    assert "script" not in read.tags
    assert HOSTILE in read.text
    assert "default-src 'none'" in page
    for words in (
        "Overridden to",
        "Forty controls",
        "What the recorder found missing",
        "SpoolGap: 1",
        "how to verify this without us",
        "enforced on 100.00 % of 100 live exchanges",
        "does not apply",
        "pseudonyms only",
        "from the first statement",
        "None.",
    ):
        assert words.lower() in read.text.lower(), words
    assert read.text.count("PSF-") > 80
    named = replace(ABOUT, names_for=NamesFor("Ida", "auditor", 7), since=NOW - DAY)
    other = _files(_full(), about=named)["reports/report.html"].decode()
    assert "named to Ida, auditor (event 7)" in other
    assert "sealed since" in other


def test_tables_are_not_formulas() -> None:
    found = _files(_full(), _workload(Building(), 2))
    controls = list(csv.DictReader(io.StringIO(found["reports/controls.csv"].decode())))
    assert len(controls) == 80
    assert {row["state"] for row in controls} >= {"proven", "open"}
    roster = list(csv.DictReader(io.StringIO(found["reports/roster.csv"].decode())))
    assert [row["kind"] for row in roster] == ["llm_app", ""]
    assert roster[0]["models"] == "vendor/model; own/x"
    for row in [*controls, *roster]:
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())
    said = json.loads(found["reports/roster.json"])
    assert said["workloads"][0]["declared"]["tier"] == "medium"


def test_a_cell_that_begins_like_a_formula() -> None:
    built = Building()
    built.declared(kind="=1+1")
    assert b",'=1+1," in _files(_workload(built))["reports/roster.csv"]


# What NIST's schema asks of these names and values (OSCAL 1.1.3, assessment-results); the whole document was validated
# with compliance-trestle, see docs/audit-pack.md.
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z")
_TOKEN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\Z")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")
_ALLOWED = {
    "assessment-results": {"uuid", "metadata", "import-ap", "results", "back-matter"},
    "results": {
        *("uuid", "title", "description", "start", "end", "props", "reviewed-controls", "observations", "findings"),
    },
    "observations": {"uuid", "title", "description", "methods", "props", "collected"},
    "findings": {"uuid", "title", "description", "props", "target", "related-observations"},
    "target": {"type", "target-id", "status"},
    "status": {"state", "remarks"},
    "props": {"name", "ns", "value"},
}


def _walk(name: str, plain: Any) -> None:
    if isinstance(plain, list):
        for one in plain:
            _walk(name, one)
    elif isinstance(plain, dict):
        assert plain.keys() <= _ALLOWED.get(name, plain.keys()), name
        for key, value in plain.items():
            _walk(key, value)
    elif name in ("uuid", "observation-uuid"):
        assert _UUID.match(plain), plain
        uuid.UUID(plain)
    elif name in ("target-id", "control-id"):
        assert _TOKEN.match(plain), plain
    elif name in ("start", "end", "collected", "last-modified"):
        assert _TIME.match(plain), plain
    else:
        assert isinstance(plain, str), name
        assert plain.strip() == plain, (name, plain)
        assert plain, name


def test_oscal_has_one_result_for_each_workload_and_only_proven_is_satisfied() -> None:
    found = json.loads(_files(_full(), _workload(Building(), 2))["reports/oscal.json"])
    _walk("", found)
    results = found["assessment-results"]["results"]
    assert [one["title"] for one in results] == ["default/desk", "default/desk"]
    states = {one["props"][0]["value"]: one["target"]["status"]["state"] for one in results[0]["findings"]}
    assert states["proven"] == "satisfied"
    assert {state for name, state in states.items() if name != "proven"} == {"not-satisfied"}
    observed = {one["uuid"] for one in results[0]["observations"]}
    assert {one["related-observations"][0]["observation-uuid"] for one in results[0]["findings"]} == observed


def test_a_bill_of_materials_lists_models_that_nobody_declared() -> None:
    built = Building()
    built.declared(models=[["vendor", "model", "eu"]], tools=["send_mail"])
    built.traffic(1, models={"vendor/model": 90, "other/model": 10})
    found = json.loads(_files(_workload(built))["reports/bom/00001.cdx.json"])
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")
    models = {one["publisher"]: one["properties"] for one in found["components"] if one["type"] != "data"}
    assert {"name": "prodworthy:declared", "value": "no"} in models["other"]
    assert {"name": "prodworthy:exchanges-answered", "value": "90"} in models["vendor"]
    references = {one["bom-ref"] for one in [*found["components"], *found["services"]]}
    assert set(found["dependencies"][0]["dependsOn"]) == references
