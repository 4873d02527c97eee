"""What happens when parts of an installation are stopped, killed or taken away under load."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import threading
import time
from contextlib import closing
from typing import Any

import msgspec
import pytest

from prodworthy.record.journal.read import LATEST, Selection, exchanges, incomplete
from tests.e2e.installation import SETTLED_S, Installed, Reply, calls, chat
from tests.interfaces.serving import until
from tests.simulator import VendorProcess

pytestmark = [pytest.mark.slow, pytest.mark.alone]
MODELS = ["sim/gpt-sim"]


def streaming(installed: Installed, key: str, prompt: str) -> tuple[http.client.HTTPConnection, Any]:
    """A streamed chat that has begun."""
    connection = installed.connect()
    said = [{"role": "user", "content": prompt}]
    body = msgspec.json.encode({"model": "gpt-sim", "messages": said, "stream": True})
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection.request("POST", "/v1/chat/completions", body, headers)
    answer = connection.getresponse()
    assert answer.status == 200
    assert answer.readline().startswith(b"data: ")
    return connection, answer


def refused(port: int) -> bool:
    """Whether nobody listens there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False


def test_sigterm_drains(own: Installed) -> None:
    key = own.declare("drained", MODELS)
    streams = [streaming(own, key, "[[sim:say chunks=30 interval=0.1]]") for _ in range(6)]
    own.served.process.send_signal(signal.SIGTERM)
    until(lambda: refused(own.served.port), 5)
    for connection, answer in streams:
        rest = answer.read()
        assert rest.endswith(b"data: [DONE]\n\n")
        assert b'"error"' not in rest
        connection.close()
    assert own.served.process.wait(20) == 0
    with own.store() as store:
        records = list(exchanges(store, Selection(workload="drained")))
    assert [(record.end, record.status) for record in records] == [("answered", 200)] * len(streams)
    assert own.served.said == []


class Load:
    """Clients that ask one after the other, and keep what was answered until their connection breaks."""

    def __init__(self, installed: Installed, key: str, clients: int) -> None:
        self.answered: list[Reply] = []
        self.broken = 0
        self._key, self._stop, self._lock = key, threading.Event(), threading.Lock()
        self._threads = [threading.Thread(target=self._ask, args=(installed,)) for _ in range(clients)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(30)

    def _ask(self, installed: Installed) -> None:
        with closing(installed.connect()) as connection:
            while not self._stop.is_set():
                try:
                    answer = chat(connection, self._key, "[[sim:say before=0.03]]")
                except (OSError, http.client.HTTPException):
                    connection.close()
                    with self._lock:
                        self.broken += 1
                    if self._stop.wait(0.05):
                        return
                else:
                    with self._lock:
                        self.answered.append(answer)


def test_a_gateway_that_is_killed_under_load_loses_nothing_that_was_promised(
    own: Installed, vendor: VendorProcess
) -> None:
    key = own.declare("sure", MODELS, durability="sync")
    before = calls(vendor)
    load = Load(own, key, 16)
    try:
        until(lambda: len(load.answered) > 200, 60)
        victim = own.served.children()["gateway_process"][0]
        os.kill(victim, signal.SIGKILL)
        until(lambda: load.broken, 20)
        survivors = len(load.answered)
        until(lambda: len(load.answered) > survivors + 100, 60)
        until(lambda: len(gateways(own) - {victim}) == 2, 20)
    finally:
        load.stop()
    called = calls(vendor) - before
    assert {answer.status for answer in load.answered} == {200}
    asked = {answer.exchange for answer in load.answered}
    own.served.end()
    with own.store() as store:
        records = {record.exchange: record for record in exchanges(store, Selection(workload="sure"))}
        open_ones = {record.exchange for record in incomplete(store, LATEST, Selection(workload="sure"))}
    assert asked <= records.keys(), f"{len(asked - records.keys())} answered exchanges are not in the journal"
    assert all(records[exchange].received_at for exchange in asked)
    assert called <= len(records), f"{called} calls reached the vendor, {len(records)} are in the journal"
    assert open_ones == {exchange for exchange, record in records.items() if not record.completed}
    assert open_ones, "the killed gateway had exchanges under way"
    # every exchange that was cut off is listed, beside those whose Completed was still in memory
    assert len(open_ones) >= len(records) - len(asked)
    assert [line for line in own.served.said if "ended unexpectedly" in line]


def gateways(installed: Installed) -> set[int]:
    return set(installed.served.children().get("gateway_process", ()))


def fresh_chats(installed: Installed, key: str) -> list[Reply]:
    """One chat on each of eight new connections, which are spread over the gateways."""
    replies = []
    for _ in range(8):
        with closing(installed.connect()) as connection:
            replies.append(chat(connection, key))
    return replies


@pytest.mark.parametrize("loss", ["moved", "unreadable"])
def test_a_kill_works_while_the_database_is_away(own: Installed, vendor: VendorProcess, loss: str) -> None:
    key = own.declare("cut-off", MODELS, risk_tier="low", kill={"when_unknown": "continue", "tell_reason": True})
    connection, answer = streaming(own, key, "[[sim:say chunks=2000 interval=0.02]]")
    kept = {file.name: file for file in own.home.glob("prodworthy.db*")}
    aside = own.home / "aside"
    aside.mkdir()
    for name, file in kept.items():
        file.rename(aside / name)
    if loss == "unreadable":
        (own.home / "prodworthy.db").mkdir()
    said = own.verb("kill", "cut-off", "--reason", "the database is gone")
    killed = time.monotonic()
    assert said.code == 0, said.err
    assert "written to a file" in said.out
    last = answer.read()
    assert time.monotonic() - killed < 1.0
    while served := [reply for reply in fresh_chats(own, key) if reply.status != 503]:
        assert time.monotonic() - killed < 1.0, f"{len(served)} of 8 connections are still served"
    assert last.endswith(b"data: [DONE]\n\n")
    assert b"workload_killed" in last
    connection.close()
    for reply in fresh_chats(own, key):
        assert (reply.status, reply.body["error"]["code"]) == (503, "workload_killed")
        assert "the database is gone" in reply.body["error"]["message"]
    for file in own.home.glob("prodworthy.db*"):
        file.rmdir() if file.is_dir() else file.unlink()
    for name, file in kept.items():
        (aside / name).rename(file)
    assert own.verb("restore", "cut-off", "--reason", "the database is back").code == 0
    with closing(own.connect()) as fresh:
        until(lambda: chat(fresh, key).status == 200, SETTLED_S)
    shown = json.loads(own.verb("roster", "--json").out)["declared"]
    assert [row["off"] for row in shown if row["target"]["workload"] == "cut-off"] == [None]
