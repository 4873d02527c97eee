from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from prodworthy.operations.acts import Target
from prodworthy.record.store.database import open_store
from prodworthy.record.store.tables import stray
from tests.interfaces.conftest import MANIFEST, Run
from tests.standing import stand


def test_a_good_manifest_is_valid_and_nothing_is_applied(run: Run, manifest: Path, home: Path) -> None:
    ran = run("check", str(manifest))
    assert (ran.code, ran.err) == (0, "")
    assert f"{manifest}: default/help-desk is valid" in ran.out
    assert "later: on_call: " in ran.out
    assert not home.exists()


def test_a_bad_manifest_is_told_with_its_lines(run: Run, bad_manifest: Path) -> None:
    ran = run("check", str(bad_manifest))
    assert (ran.code, ran.out) == (1, "")
    lines = ran.err.splitlines()
    assert lines[0].startswith(f"{bad_manifest}:3: kind: ")
    assert "Did you mean `agent`?" in lines[0]
    assert lines[1].startswith(f"{bad_manifest}:5: colour: ")
    assert lines[2:] == [f"{bad_manifest}: 2 faults; nothing was applied"]


def test_check_speaks_json(run: Run, manifest: Path, bad_manifest: Path) -> None:
    good = run("check", str(manifest), "--json")
    assert (good.code, good.json["valid"], good.json["faults"]) == (0, True, [])
    bad = run("check", str(bad_manifest), "--json")
    assert (bad.code, bad.json["valid"]) == (1, False)
    assert [(fault["line"], fault["field"]) for fault in bad.json["faults"]] == [(3, "kind"), (5, "colour")]


def test_a_file_that_cannot_be_read_is_wrong_usage(run: Run, tmp_path: Path) -> None:
    for file in (tmp_path / "nowhere.yaml", tmp_path):
        ran = run("check", str(file))
        assert ran.code == 2
        assert "cannot be read" in ran.err
        assert "Traceback" not in ran.err
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    assert run("apply", str(tmp_path / "binary.yaml")).code == 2


def test_a_huge_file_is_refused(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "huge.yaml"
    file.write_text("# " + "x" * 300_000)
    ran = run("check", str(file))
    assert ran.code == 1
    assert "256 KB" in ran.err


def test_applying_twice_makes_one_version(run: Run, manifest: Path) -> None:
    assert "default/help-desk version 1 is in force" in run("apply", str(manifest)).out
    assert "was in force already" in run("apply", str(manifest)).out
    manifest.write_text(MANIFEST + "risk_tier: high\n")
    ran = run("apply", str(manifest), "--json")
    assert (ran.json["applied"]["version"], ran.json["applied"]["changed"]) == (2, ["risk_tier"])


def test_a_refused_apply_changes_nothing_and_stands_on_the_roster(run: Run, manifest: Path, bad_manifest: Path) -> None:
    assert run("apply", str(bad_manifest)).code == 1
    assert "was never applied" in run("roster").out
    run("apply", str(manifest))
    assert run("apply", str(bad_manifest)).code == 1
    text = run("roster").out
    assert "ada@example.org) was refused: line 3: kind: " in text
    assert "version 1 stays in force" in text


def test_the_roster_is_a_table(run: Run, manifest: Path) -> None:
    assert "No workload is declared yet" in run("roster").out
    run("apply", str(manifest))
    lines = run("roster").out.splitlines()
    assert lines[0].split() == [
        "WORKLOAD",
        "STAGE",
        "KIND",
        "TIER",
        "OWNER",
        "ON",
        "CALL",
        "VERSION",
        "RATE",
        "KILL",
        "HELD",
        "BY",
    ]
    assert lines[1].split() == [
        "help-desk",
        "Experiment",
        "llm_app",
        "medium",
        "Ada",
        "nobody",
        "1",
        "0.00/s",
        "ready",
        "not",
        "assessed",
        "yet",
    ]
    assert lines[0].index("KILL") == lines[1].index("ready")


@pytest.mark.usefixtures("applied")
def test_the_roster_speaks_json_and_keeps_to_a_tenant(run: Run, manifest: Path) -> None:
    manifest.write_text(MANIFEST + "tenant: other\n")
    run("apply", str(manifest), "--by", "grace")
    assert len(run("roster", "--json").json["declared"]) == 2
    (row,) = run("roster", "--json", "--tenant", "other").json["declared"]
    assert (row["applied_by"], row["manifest"]["owner"]) == ("grace", "Ada")
    assert run("roster").out.count("help-desk") == 2
    assert "other/help-desk" in run("roster").out


@pytest.mark.usefixtures("applied")
def test_strays_are_shown_without_what_drives_a_terminal(run: Run, home: Path) -> None:
    store = open_store(f"sqlite:///{home / 'prodworthy.db'}")
    row = {"tenant": "", "workload": "", "reason": "unknown_key", "fingerprint": "f1", "model": "gpt\x1b[2J"}
    with store.begin() as connection:
        connection.execute(insert(stray).values(row | {"protocol": "p", "count": 7, "first_at": 1, "last_at": 2}))
    store.close()
    text = run("roster").out
    assert "Traffic that nobody declared" in text
    assert "unknown_key  f1   gpt\N{REPLACEMENT CHARACTER}[2J  7" in text
    assert "\x1b" not in text


@pytest.mark.usefixtures("applied")
def test_a_workload_is_shown(run: Run) -> None:
    run("key", "issue", "help-desk")
    run("kill", "help-desk", "--reason", "wrong answers", "--by", "grace")
    text = run("show", "default/help-desk").out
    for part in ("default/help-desk version 1", "keys in force  1", "OFF (database): wrong answers", "acme/chat-1"):
        assert part in text
    assert [line.split()[2:] for line in text.splitlines()[-3:]] == [
        ["Killed", "grace", "wrong", "answers"],
        ["KeyIssued", "ada@example.org"],
        ["Applied", "ada@example.org"],
    ]


@pytest.mark.usefixtures("applied")
def test_a_workload_is_shown_as_json(run: Run) -> None:
    shown = run("show", "help-desk", "--json").json
    assert shown["workload"]["manifest"]["id"] == "help-desk"
    assert (shown["keys"], shown["figures"]["exchanges"]) == ([], 0)
    assert [change["event"]["type"] for change in shown["changes"]] == ["Applied"]


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize("verb", [("show",), ("kill", "--reason", "x"), ("restore", "--reason", "x"), ("key", "list")])
def test_an_unknown_workload_is_told_the_nearest_name(run: Run, verb: tuple[str, ...]) -> None:
    ran = run(*verb, "helpdesk")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "prodworthy: Tenant `default` has no workload `helpdesk`. Did you mean `help-desk`?\n"


def test_the_schema_is_json(run: Run) -> None:
    assert run("schema").json["title"] == "Prodworthy workload manifest"


@pytest.mark.usefixtures("applied")
def test_nobody_may_act_without_a_name(run: Run, manifest: Path) -> None:
    ran = run("kill", "help-desk", "--reason", "x", "--by", " ")
    assert (ran.code, ran.err) == (1, "prodworthy: Say who does this, in 1 to 300 characters.\n")


@pytest.mark.usefixtures("applied")
def test_names_that_are_no_text_are_told_so(run: Run) -> None:
    ran = run("show", "help\udcffdesk")
    assert ran.code == 1
    assert "has no workload" in ran.err


GAP = {"criterion": "PSF-3.1", "text": "Personal data is not redacted.", "next": "Enforce PSF-3.1."}
PILOT = MANIFEST + "stage_claimed: Production\nusers: {real: true, maximum: 50}\n"


@pytest.fixture
def frozen(run: Run, manifest: Path, home: Path) -> Path:
    """A Pilot that is frozen, and its manifest."""
    manifest.write_text(PILOT)
    assert run("apply", str(manifest)).code == 0
    _stand(home, "Pilot", True, users=50, rate=[5, 60_000], tools=[], held_by="PSF-6.4", gaps=[GAP], freeze=[GAP])
    return manifest


def _stand(home: Path, stage: str, frozen: bool, **more: Any) -> None:
    store = open_store(f"sqlite:///{home / 'prodworthy.db'}")
    stand(store, Target("default", "help-desk"), stage, frozen, **more)
    store.close()


def test_the_stage_is_shown_with_what_holds_it(run: Run, frozen: Path, home: Path) -> None:
    row = run("roster").out.splitlines()[1]
    assert "Pilot, frozen, claimed Production  llm_app" in row
    assert row.endswith("PSF-6.4")
    text = run("show", "help-desk").out
    said = ("stage         Pilot, frozen, claimed Production", "held by       PSF-6.4", "cap on users  50")
    for part in (*said, "frozen by     PSF-3.1: Personal data is not", "5 requests per 60 s", "cap on tools  none"):
        assert part in text
    assert run("roster", "--json").json["declared"][0]["standing"]["freeze"] == [GAP]
    over = {"stage": "Production", "until": 4_102_444_800_000_000_000, "reason": "the fair"}
    _stand(home, "Production", True, override=over)
    text = run("show", "help-desk").out
    assert "Production, override until 2100-01-01 00:00:00Z\n" in text
    assert "override  the fair" in text


def test_a_frozen_workload_is_narrowed_and_not_widened(run: Run, frozen: Path) -> None:
    frozen.write_text(PILOT.replace("50", "51"))
    ran = run("apply", str(frozen))
    assert ran.code == 1
    first, second = ran.err.splitlines()
    assert first.startswith(f"{frozen}:5: users.maximum: The cap on end users is raised from 50 to 51. ")
    assert "close first: PSF-3.1: Personal data is not redacted (Enforce PSF-3.1). A waiver" in first
    assert second.endswith("nothing was applied")
    assert "was refused: line 5: users.maximum" in run("roster").out
    frozen.write_text(PILOT.replace("50", "49"))
    assert run("apply", str(frozen)).code == 0


def test_a_manifest_is_checked_for_a_stage(run: Run, manifest: Path) -> None:
    ran = run("check", str(manifest), "--stage", "production")
    assert ran.code == 1
    assert "lacks for Production: on_call: Nobody is on call." in ran.out
    assert "lacks for Production: controls.PSF-7.3: " in ran.out
    assert "to be proven by evidence:\n    No gap" in ran.out
    found = run("check", str(manifest), "--stage", "pilot", "--json")
    assert found.code == 1
    assert [each["field"] for each in found.json["stage"]["lacking"]] == [
        "users.real",
        "users.maximum",
        "limits.rate",
        "data.classes",
    ]
    caps = "users: {real: true, maximum: 9}\nlimits: {rate: {count: 1}}\ndata: {classes: [a]}\n"
    manifest.write_text(MANIFEST + caps)
    good = run("check", str(manifest), "--stage", "pilot")
    assert (good.code, "nothing is missing for Pilot" in good.out) == (0, True)
    assert run("check", str(manifest), "--stage", "gold").code == 2
