from __future__ import annotations

import pytest

from prodworthy.interfaces.standards import load_standard
from tests.interfaces.conftest import Run


def test_a_criterion_says_whose_words_it_is_and_what_counts(run: Run) -> None:
    lines = [" ".join(line.split()) for line in run("standard", "show", "PSF-3.2").out.splitlines()]
    assert lines[0] == "PSF-3.2 retention enforced"
    assert lines[1] == "domain PSF-3 Data protection"
    words = next(line for line in lines if line.startswith("words"))
    assert words.startswith("words (p) a criterion of the PSF of which we saw a part")
    assert "source PSF, Data protection, seen in part; restated and completed" in lines
    assert "high exercised within 30 days" in lines
    assert "control none in this version" in lines
    assert any(line.startswith("nist-sp-800-53 PSF-3.2 medium") and "SI-12 Information" in line for line in lines)
    assert "Mappings to PSF-3 as a whole" in lines
    assert lines[-2].startswith("Adapted from: Production Safety Framework (PSF) v1.1, Production AI Institute")
    assert lines[-1].startswith("Changes were made")


def test_a_criterion_tells_its_control_and_what_its_drill_cuts_off(run: Run) -> None:
    told = run("standard", "show", " psf-6.4 ").out
    assert "  control   kill switch, at request\n" in told
    assert "  cut off   The gateways are cut off from the control plane.\n" in told
    assert "because" in run("standard", "show", "PSF-5.1").out


def test_a_criterion_as_json(run: Run) -> None:
    found = run("standard", "show", "PSF-1.1", "--json").json
    assert found["publication"]["licence"] == "CC BY 4.0"
    assert found["digest"] == load_standard().digest
    entry = found["entry"]
    assert entry["criterion"]["text_status"] == "criterion"
    assert entry["required"]["high"]["coverage"] == 0.999
    assert entry["control"] == {"title": "injection resistance", "points": ["request"]}
    assert {"framework", "ref", "title", "target", "source", "confidence"} == set(entry["mappings"][0])


@pytest.mark.parametrize("name", ["PSF-3", "psf-3"])
def test_a_domain(run: Run, name: str) -> None:
    told = run("standard", "show", name).out
    assert told.startswith("PSF-3 Data protection\n")
    assert "ready at     3.0 of 5" in told
    assert "PSF-3.4    classification, legal basis, place  G      traffic and people  -" in told
    assert "gdpr" in told


def test_a_topic(run: Run) -> None:
    told = run("standard", "show", "incidents").out
    assert told.startswith("incidents Incidents\n")
    assert "CRITERION" not in told
    assert "Art. 73" in told
    assert run("standard", "show", "incidents", "--json").json["entry"]["criteria"] == []


@pytest.mark.parametrize(
    "asked,near", [("PSF-3.9", "PSF-3.1"), ("3.2", "PSF-3.2"), ("nonsense", "PSF-1"), ("\x1b[2J", "PSF-1")]
)
def test_an_unknown_id_is_refused_with_those_near_it(run: Run, asked: str, near: str) -> None:
    refused = run("standard", "show", asked)
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith("prodworthy: The standard has no `")
    assert near in refused.err
    assert refused.err.endswith("List them: prodworthy standard list\n")
    assert "\x1b" not in refused.err


def test_the_list(run: Run) -> None:
    lines = run("standard", "list").out.splitlines()
    assert lines[0].split() == ["CRITERION", "TITLE", "WORDS", "EVIDENCE", "CONTROL"]
    assert [line.split()[0] for line in lines[1:41]] == [each.id for each in load_standard().criteria]
    assert " ".join(lines[1].split()) == "PSF-1.1 injection resistance P traffic yes"
    assert [line[:3] for line in lines[42:46]] == ["(P)", "(p)", "(G)", "(O)"]
    found = run("standard", "list", "--json").json
    assert len(found["criteria"]) == 40
    assert found["criteria"][0]["required"]["critical"]["grades"] == ["enforced"]
    assert found["domains"][0]["ready_at"] == 3.0
    act = next(each for each in found["frameworks"] if each["id"] == "eu-ai-act")
    assert act["dates"][0]["on"] == "2027-12-02"
