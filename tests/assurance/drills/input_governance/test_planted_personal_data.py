"""The drill of planted personal data: it passes where nothing leaks, and says where something does, never what."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterator

import pytest
from sqlalchemy import delete, insert

from prodworthy.assurance.drills import journal
from prodworthy.assurance.drills.input_governance import planted_personal_data
from prodworthy.assurance.drills.input_governance.planted import Planted, planted
from prodworthy.assurance.drills.run import Page
from prodworthy.policy.core.events import Completed
from prodworthy.record.journal.read import tail
from prodworthy.record.store.tables import stray
from tests.assurance.drills.drilled import Place
from tests.interfaces.serving import free_ports
from tests.simulator import VendorProcess

FAST = 100
SPOKEN = [
    ("assistant", "openai-chat", 6),
    ("assistant", "openai-responses", 6),
    ("claude", "anthropic-messages", 6),
    ("scorer", "open-inference", 1),
    ("mlscorer", "mlflow", 1),
]


@pytest.mark.parametrize("workload,protocol,requests", SPOKEN)
def test_nothing_is_found_where_nothing_leaks(
    drilled: Place, vendor: VendorProcess, workload: str, protocol: str, requests: int
) -> None:
    ran = drilled.run("planted-personal-data", workload, rate=FAST, protocol=protocol)
    assert ran.drilled.outcome == "passed", ran
    seen = ran.drilled.observations
    assert (seen["requests"], seen["recorded"], seen["leaks"]) == (requests, requests, 0)
    assert seen["places"] > 60, "columns, files and pages"
    ends = [one.event for one in tail(drilled.store, "default", workload) if isinstance(one.event, Completed)]
    assert ends[-1].traffic == "drill"


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> tuple[Planted, ...]:
    """What the next run is going to plant."""
    identifiers = planted()
    monkeypatch.setattr(planted_personal_data, "planted", lambda: identifiers)
    return identifiers


@contextlib.contextmanager
def leaking(place: Place, model: str) -> Iterator[None]:
    """A table that holds what it should not."""
    row = dict.fromkeys(("tenant", "workload", "reason", "fingerprint", "protocol"), "")
    with place.store.begin() as connection:
        connection.execute(insert(stray).values(model=model, count=1, first_at=1, last_at=1, **row))
    try:
        yield
    finally:
        with place.store.begin() as connection:
            connection.execute(delete(stray).where(stray.c.model == model))


@pytest.mark.parametrize("kind", [0, 3])
def test_a_leak_into_a_table_is_found(
    drilled: Place, vendor: VendorProcess, known: tuple[Planted, ...], kind: int
) -> None:
    hidden = base64.b64encode(b"seen: " + known[kind].text.encode()).decode()
    with leaking(drilled, hidden):
        ran = drilled.run("planted-personal-data", "scorer", rate=FAST)
    assert ran.drilled.outcome == "failed"
    assert "table stray, column model" in ran.drilled.detail
    assert "file prodworthy.db" in ran.drilled.detail
    assert not any(one.text in ran.drilled.detail for one in known)
    assert ran.drilled.observations["leaks"] >= 2


def test_a_leak_into_a_file_is_found(drilled: Place, vendor: VendorProcess, known: tuple[Planted, ...]) -> None:
    logs = drilled.home.folder / "logs"
    logs.mkdir()
    (logs / "gateway.log").write_bytes(b"\x00" * 3_000_000 + known[3].spellings[0].encode("utf-16-le"))
    ran = drilled.run("planted-personal-data", "scorer", rate=FAST)
    (logs / "gateway.log").unlink()
    assert ran.drilled.outcome == "failed"
    assert ran.drilled.detail == "Personal data lies in clear in 1 places: file logs/gateway.log."


def test_a_leak_into_a_page_is_found(drilled: Place, vendor: VendorProcess, known: tuple[Planted, ...]) -> None:
    # the simulated vendor keeps what it was asked, and says a part of it back as an error
    host, _, port = vendor.url.removeprefix("http://").partition(":")
    page = Page(host, int(port), f"/{known[0].text}")
    ran = drilled.run("planted-personal-data", "scorer", drilled.installation(pages=(page,)), rate=FAST)
    assert ran.drilled.outcome == "failed"
    assert ran.drilled.observations["leaks"] == 1


def unreadable() -> Iterator[bytes]:
    yield b"the beginning"
    raise PermissionError(13, "Permission denied")


def test_what_could_not_be_searched_is_no_pass(drilled: Place, vendor: VendorProcess) -> None:
    files = drilled.installation(files=lambda: iter([("logs/secret.log", unreadable())]))
    ran = drilled.run("planted-personal-data", "scorer", files, rate=FAST)
    assert ran.drilled.outcome == "incomplete"
    assert ran.drilled.detail == "The file logs/secret.log could not be searched: Permission denied."
    (port,) = free_ports(1)
    pages = drilled.installation(pages=(Page("127.0.0.1", port, "/metrics"),))
    ran = drilled.run("planted-personal-data", "scorer", pages, rate=FAST)
    assert ran.drilled.outcome == "incomplete"
    assert f"http://127.0.0.1:{port}/metrics could not be read" in ran.drilled.detail


def test_an_exchange_that_is_not_recorded_fails(
    drilled: Place, vendor: VendorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "RECORDED_SECONDS", -1.0)
    ran = drilled.run("planted-personal-data", "scorer", rate=FAST)
    assert ran.drilled.outcome == "failed"
    assert "1 of 1 exchanges are not in the journal" in ran.drilled.detail


@pytest.mark.parametrize(
    "wrong,says", [("[[sim:hangup]]", "ended as vendor_fault"), ("[[sim:status code=418]]", "The vendor refused every")]
)
def test_a_vendor_that_fails_leaves_it_incomplete(drilled: Place, vendor: VendorProcess, wrong: str, says: str) -> None:
    vendor.always(wrong)
    ran = drilled.run("planted-personal-data", "signed", rate=FAST)
    assert ran.drilled.outcome == "incomplete"
    assert says in ran.drilled.detail
