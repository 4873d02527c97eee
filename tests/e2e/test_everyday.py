"""What an operator does on an ordinary day, with two gateway processes: keys, limits, manifests, export."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyarrow import parquet

from tests.e2e.installation import SETTLED_S, Installed, Reply, calls, chat
from tests.interfaces.serving import until
from tests.simulator import VendorProcess

pytestmark = [pytest.mark.slow, pytest.mark.alone]
MODELS = ["sim/gpt-sim"]


@pytest.fixture
def connections(shared: Installed) -> Iterator[list[http.client.HTTPConnection]]:
    """Sixteen connections: that all of them lead to one of two processes happens once in 32,768 times."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(contextlib.closing(shared.connect())) for _ in range(16)]


def test_a_revoked_key_stops_in_every_process_within_a_second(
    shared: Installed, connections: list[http.client.HTTPConnection]
) -> None:
    key = shared.declare("revoked", MODELS)
    answers = [chat(connection, key) for connection in connections]
    assert {answer.status for answer in answers} == {200}
    asked = {answer.exchange for answer in answers}
    until(lambda: asked <= {event["exchange"] for event in shared.events("revoked")}, SETTLED_S)
    gateways = {event["gateway"] for event in shared.events("revoked") if event["exchange"] in asked}
    assert len(gateways) == 2, gateways
    assert shared.verb("key", "revoke", "revoked", key.split("_")[1]).code == 0
    revoked = time.monotonic()
    open_still = list(connections)
    while open_still:
        open_still = [connection for connection in open_still if chat(connection, key).status != 401]
        assert time.monotonic() - revoked < 1.0, f"{len(open_still)} connections are still served"
    last = chat(connections[0], key)
    assert (last.status, last.body["error"]["code"]) == (401, "revoked_key")


def test_a_rate_limit_holds_across_the_processes(
    shared: Installed, connections: list[http.client.HTTPConnection]
) -> None:
    per_second, burst, seconds = 40, 20, 3.0
    key = shared.declare("limited", MODELS, limits={"rate": {"count": per_second, "burst": burst}})
    answers: list[Reply] = []
    begun = time.monotonic()

    def ask(connection: http.client.HTTPConnection) -> None:
        while time.monotonic() - begun < seconds:
            answers.append(chat(connection, key))

    threads = [threading.Thread(target=ask, args=(connection,)) for connection in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    took = time.monotonic() - begun
    seen = Counter(answer.status for answer in answers)
    assert set(seen) == {200, 429}, seen
    assert 0.8 * per_second * seconds <= seen[200] <= 1.05 * (per_second * took + burst), (seen, took)
    refused = [answer for answer in answers if answer.status == 429]
    assert {answer.body["error"]["code"] for answer in refused} == {"rate_limited"}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)


def test_a_bad_manifest_leaves_the_last_good_one_in_force(
    shared: Installed, connections: list[http.client.HTTPConnection]
) -> None:
    key = shared.declare("steady", MODELS)
    said = shared.apply({"id": "steady", "owner": "Ada", "models": MODELS, "colour": "blue", "risk_tier": "hihg"})
    assert said.code == 1
    assert "colour" in said.err
    assert "2 faults; nothing was applied" in said.err
    answers = [chat(connection, key) for connection in connections]
    assert {answer.status for answer in answers} == {200}
    assert {answer.headers["x-prodworthy-release"] for answer in answers} == {"steady@1"}
    roster = shared.verb("roster").out
    (line,) = (line for line in roster.splitlines() if line.startswith("  ! default/steady"))
    assert "was refused" in line
    assert line.endswith("version 1 stays in force")
    assert shared.apply({"id": "steady", "owner": "Ada", "models": MODELS, "name": "Steady"}).code == 0
    until(lambda: all(chat(c, key).headers["x-prodworthy-release"] == "steady@2" for c in connections))
    assert "! default/steady" not in shared.verb("roster").out


def test_traffic_that_nobody_declared_is_on_the_roster(
    shared: Installed, connections: list[http.client.HTTPConnection]
) -> None:
    key = shared.declare("declared", MODELS)
    assert chat(connections[0], f"pw_{'a' * 12}_{'b' * 43}").status == 401
    assert chat(connections[0], key, model="gpt-elsewhere").status == 404
    strays = until(lambda: two(json.loads(shared.verb("roster", "--json").out)["strays"]), SETTLED_S)
    assert {stray["reason"] for stray in strays} >= {"unknown_key", "unknown_model"}
    assert [stray["workload"] for stray in strays if stray["model"] == "gpt-elsewhere"] == ["declared"]


def two(strays: list[dict[str, str]]) -> list[dict[str, str]]:
    return strays if {"unknown_key", "unknown_model"} <= {stray["reason"] for stray in strays} else []


def test_the_journal_is_exported_to_parquet(
    shared: Installed, vendor: VendorProcess, connections: list[http.client.HTTPConnection], tmp_path: Path
) -> None:
    key = shared.declare("exported", MODELS, controls={"PSF-1.2": {"settings": {"characters": 60}}})
    before = calls(vendor)
    prompts = ("[[sim:say text=three%20short%20words]]", "x" * 61)
    answers = [chat(connection, key, prompts[number % 2]) for number, connection in enumerate(connections)]
    asked = {answer.exchange: answer.status for answer in answers}
    until(lambda: asked.keys() <= {event["exchange"] for event in shared.events("exported")}, SETTLED_S)
    file = tmp_path / "exchanges.parquet"
    said = shared.verb("journal", "export", str(file), "--workload", "exported")
    assert said.code == 0, said.err
    assert said.out == f"{len(asked)} exchanges in {file}\n"
    table = parquet.read_table(file)
    times = {name: table.column(name).cast("int64") for name in ("received_at", "completed_at")}
    assert min(times["completed_at"].to_pylist()) > time.time_ns() - 3_600_000_000_000
    rows = table.drop_columns(list(times)).to_pylist()
    assert {row["exchange"]: row["status"] for row in rows} == asked
    answered = [row for row in rows if row["status"] == 200]
    assert len(answered) == calls(vendor) - before
    assert {(row["end"], row["tokens_out"], row["model_answered"], row["release"]) for row in answered} == {
        ("answered", 3, "gpt-sim", "exported@1")
    }
    blocked = {(d["criterion"], d["outcome"]) for row in rows if row["status"] == 400 for d in row["decisions"]}
    assert ("PSF-1.2", "block") in blocked
    pairs = zip(times["received_at"].to_pylist(), times["completed_at"].to_pylist(), strict=True)
    assert all(received <= completed for received, completed in pairs)
    assert all(len(row["request_digest"]) == 32 for row in rows)
