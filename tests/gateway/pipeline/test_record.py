"""The record can be checked against what was sent, opened where content is kept, and holds nothing else."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from prodworthy.record.faults import ContentErased
from prodworthy.record.store.vault import Vault, place
from tests.gateway.edge.raw import exchange, post
from tests.gateway.pipeline.speech import CHAT, EVERY, FORMS, Speech, ask, declare, form, named, settled
from tests.gateway.serving import Gateway
from tests.simulator import Say, Status
from tests.simulator import Vendor as Simulator


def _spooled(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted((folder / "spool").iterdir()))


@pytest.mark.parametrize("speech, stream", FORMS, ids=form)
async def test_digests_verify_from_the_recorded_salt(
    gateway: Gateway, simulator: Simulator, speech: Speech, stream: bool
) -> None:
    key = declare(gateway, simulator, speech)
    body = speech.body(stream)
    reply = await exchange(gateway.port, post(speech.path, body, key))
    ((received, completed),) = await gateway.recorded()
    assert len(received.salt) == 32
    assert received.request_digest == hashlib.sha256(received.salt + body).digest()
    assert completed.answer_digest == hashlib.sha256(received.salt + reply.body).digest()
    assert (received.request_bytes, completed.answer_bytes) == (len(body), len(reply.body))
    assert received.content == completed.content == b""


@pytest.mark.parametrize("status", [400, 500])
async def test_digests_of_the_vendors_errors(gateway: Gateway, simulator: Simulator, status: int) -> None:
    simulator.script(Status(status))
    reply = await ask(gateway, CHAT)
    ((received, completed),) = await gateway.recorded()
    assert completed.answer_digest == hashlib.sha256(received.salt + reply.body).digest()


async def test_equal_requests_cannot_be_told_from_their_digests(gateway: Gateway) -> None:
    for _ in range(2):
        await ask(gateway, CHAT)
    (first, _), (second, _) = await gateway.recorded(2)
    assert first.request_digest != second.request_digest
    assert first.exchange < second.exchange


@pytest.mark.parametrize("speech, stream", FORMS, ids=form)
async def test_kept_content_is_sealed_and_opens_where_it_belongs(
    gateway: Gateway, simulator: Simulator, tmp_path: Path, speech: Speech, stream: bool
) -> None:
    key = declare(gateway, simulator, speech, retention={"content": "full"})
    body = speech.body(stream)
    reply = await exchange(gateway.port, post(speech.path, body, key))
    ((received, completed),) = await gateway.recorded()
    vault = gateway.runtime.vault
    here = [place("default", received.exchange, kind) for kind in ("Received", "Completed")]
    assert vault.open_spool(received.content, here[0]) == body
    assert vault.open_spool(completed.content, here[1]) == reply.body
    for wrong, at in ((received.content, here[1]), (received.content, place("acme", received.exchange, "Received"))):
        with pytest.raises(ContentErased):
            vault.open_spool(wrong, at)
    with pytest.raises(ContentErased):
        Vault(b"1" * 32).open_spool(received.content, here[0])
    assert b"river" not in _spooled(tmp_path)


@pytest.mark.parametrize("speech", EVERY, ids=named)
async def test_without_leave_nothing_of_the_content_is_on_disk(
    gateway: Gateway, simulator: Simulator, tmp_path: Path, speech: Speech
) -> None:
    key = declare(gateway, simulator, speech)
    body = speech.body().replace(b"river", b"PLANTED-SECRET")[:-1] + b',"x":"PLANTED-SECRET"}'
    simulator.script(Say("PLANTED-ANSWER"))
    await exchange(gateway.port, post(speech.path, body, key, [("x-prodworthy-user", "ann.planted@example.com")]))
    await gateway.recorded()
    spooled = _spooled(tmp_path)
    for planted in (b"PLANTED", b"ann.planted", b"example.com"):
        assert planted not in spooled


async def test_end_users_are_told_apart_by_a_keyed_hash_per_tenant(gateway: Gateway, simulator: Simulator) -> None:
    await ask(gateway, CHAT, user="ann")
    await ask(gateway, CHAT, safety_identifier="ann", user="other")
    await ask(gateway, CHAT, user="bob")
    await ask(gateway, CHAT)
    declare(gateway, simulator, CHAT, tenant="acme")
    await ask(gateway, CHAT, user="ann")
    subjects = [received.subject for received, _ in await gateway.recorded(5)]
    ann, also_ann, bob, nobody, elsewhere = subjects
    assert ann == also_ann
    assert len({ann, bob, nobody, elsewhere}) == 4
    assert (len(ann), nobody) == (32, "")


async def test_identity_is_the_keys_name_and_never_its_secret(
    gateway: Gateway, simulator: Simulator, tmp_path: Path
) -> None:
    await ask(gateway, CHAT)
    ((received, completed),) = await gateway.recorded()
    _, name, secret = gateway.keys["assistant"].split("_", 2)
    assert (received.key, received.release) == (name, "assistant@1")
    assert secret.encode() not in _spooled(tmp_path)
    assert {decided.criterion for decided in completed.decisions} >= {"PSF-1.2", "PSF-1.4", "PSF-4.1", "PSF-6.4"}
    assert {(decided.outcome, decided.mode) for decided in completed.decisions} == {("allow", "enforce")}


async def test_every_exchange_is_recorded_once_under_concurrency(gateway: Gateway, simulator: Simulator) -> None:
    simulator.script(*(Status(500) if turn % 5 == 0 else Say(chunks=3) for turn in range(100)))
    replies = await asyncio.gather(*(ask(gateway, CHAT, stream=bool(turn % 2)) for turn in range(100)))
    pairs = await gateway.recorded(100)
    assert len({received.exchange for received, _ in pairs}) == len(pairs) == 100
    assert len(simulator.received) == 100
    statuses = sorted(completed.status for _, completed in pairs)
    assert statuses == sorted(reply.status for reply in replies)
    await settled(gateway, simulator)
