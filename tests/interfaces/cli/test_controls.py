from __future__ import annotations

import time
from pathlib import Path

import msgspec
import pytest

from prodworthy.policy.core.events import Completed, Decided, Received, Sampled
from prodworthy.record.store.database import open_store
from prodworthy.record.store.migrate import migrate
from prodworthy.record.store.vault import Vault
from tests.interfaces.conftest import Run
from tests.interfaces.recorded import SECOND, completed, exchange_id, received, spool_and_drain

DAY = 86_400 * SECOND
NOW = time.time_ns() - 60 * SECOND
INJECTION = Decided("PSF-1.1", "block", "observe", "The text in messages.2.content tries to override.", "injection")
MASKED = Decided("PSF-3.1", "redact", "enforce", "Masked before the vendor: email.")
MANIFEST = """\
id: help-desk
owner: Ada
models: [acme/chat-1]
controls:
  PSF-1.1: {mode: observe}
  PSF-3.1: {}
"""


def decided(number: int, at: int, *decisions: Decided) -> tuple[Received, Completed]:
    done = completed(at, number=number)
    return received(at, number=number), msgspec.structs.replace(done, decisions=decisions)


@pytest.fixture
def journal(home: Path, run: Run, manifest: Path) -> None:
    """Four exchanges within a week and one before it; three samples of quality on two days."""
    manifest.write_text(MANIFEST)
    assert run("apply", str(manifest)).code == 0
    events: list[Received | Completed | Sampled] = [
        *decided(9, NOW - 20 * DAY, INJECTION),
        *decided(1, NOW - DAY, Decided("PSF-1.1", "allow", "observe"), Decided("PSF-3.1", "allow", "enforce")),
        *decided(2, NOW, INJECTION, MASKED),
        *decided(3, NOW, INJECTION, Decided("PSF-3.1", "allow", "enforce")),
        *decided(4, NOW),
        Sampled(exchange_id(NOW - DAY, 1), "default", "help-desk", NOW - DAY, 0.9, "allow"),
        Sampled(exchange_id(NOW, 2), "default", "help-desk", NOW, 0.4, "block"),
        Sampled(exchange_id(NOW, 3), "default", "help-desk", NOW, 0.6, "allow"),
    ]
    store = open_store(f"sqlite:///{home / 'prodworthy.db'}")
    migrate(store)
    spool_and_drain(store, home / "spool", Vault(b"k" * 32), *events)
    store.close()


@pytest.mark.usefixtures("journal")
def test_the_report_counts_by_control(run: Run) -> None:
    found = run("controls", "report", "help-desk", "--json").json
    assert (found["exchanges"], found["whole"]) == (4, True)
    controls = {control["criterion"]: control for control in found["controls"]}
    injection, masking, leaks = controls["PSF-1.1"], controls["PSF-3.1"], controls["PSF-1.5"]
    assert (injection["standing"], injection["decided"], injection["enforced"]) == ("not enforced", 3, 0)
    assert (injection["coverage"], injection["outcomes"]["block"]) == (0.75, 2)
    assert injection["reasons"] == [
        {"outcome": "block", "text": "The text in messages.*.content tries to override.", "count": 2}
    ]
    assert [example["exchange"] for example in injection["examples"]] == [exchange_id(NOW, 3), exchange_id(NOW, 2)]
    assert (masking["standing"], masking["enforced"], masking["rates"]["redact"]) == ("enforced", 3, 1 / 3)
    assert (leaks["standing"], leaks["decided"]) == ("not asked", 0)
    assert controls["PSF-2.5"]["outcomes"]["block"] == 1
    assert found["quality"]["fall"] == pytest.approx(0.4)
    assert run("controls", "report", "help-desk", "--days", "30", "--json").json["exchanges"] == 5


@pytest.mark.usefixtures("journal")
def test_the_report_reads_well(run: Run) -> None:
    lines = run("controls", "report", "help-desk").out.splitlines()
    assert lines[0].startswith("default/help-desk  4 exchanges, ")
    row = next(line for line in lines if line.startswith("PSF-1.1  injection resistance"))
    assert " ".join(row.split()) == "PSF-1.1 injection resistance not enforced 3 75.0 % 1 0 0 2 (66.7 %)"
    row = next(line for line in lines if line.startswith("PSF-1.5"))
    assert " ".join(row.split()) == "PSF-1.5 system-prompt boundary not asked 0 - - - - -"
    assert "  2 x block: The text in messages.*.content tries to override." in lines
    assert any(
        line.endswith("block, not enforced: The text in messages.2.content tries to override.") for line in lines
    )
    assert lines[-1] == "  The last day lies 0.40 below the mean of the days before."


@pytest.mark.usefixtures("journal")
def test_a_report_of_more_than_can_be_counted_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from prodworthy.interfaces import controls_report

    class Small(controls_report.Window, frozen=True):
        most: int = 2

    monkeypatch.setattr(controls_report, "Window", Small)
    ran = run("controls", "report", "help-desk")
    assert "  There were more; counted are the latest 2." in ran.out.splitlines()


@pytest.mark.usefixtures("applied")
def test_a_workload_without_traffic_has_an_empty_report(run: Run) -> None:
    ran = run("controls", "report", "help-desk")
    assert ran.code == 0
    assert ran.out.startswith("default/help-desk  0 exchanges")


@pytest.mark.usefixtures("applied")
def test_an_unknown_workload_is_refused_with_the_nearest_name(run: Run) -> None:
    ran = run("controls", "report", "help-desc")
    assert (ran.code, ran.out) == (1, "")
    assert "Did you mean `help-desk`?" in ran.err
