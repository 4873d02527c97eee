from __future__ import annotations

import shutil
from pathlib import Path

from prodworthy.record.ledger.checkpoint import parse_checkpoint
from prodworthy.record.ledger.faults import Unreachable
from prodworthy.record.ledger.keys import Kind, generate_key
from prodworthy.record.ledger.note import parse_note, sign_note
from prodworthy.record.ledger.timestamp import verify_stamp
from prodworthy.record.ledger.trust import Peer, TrustPolicy
from prodworthy.record.ledger.web import Answer
from prodworthy.record.ledger.witness import SIZE_TYPE, Witness
from prodworthy.record.sealing.attesting import STAMP_EVERY, WITNESS_EVERY, Attesting, Attestors
from prodworthy.record.sealing.books import Books
from tests.record.ledger.test_timestamp import Authority
from tests.record.sealing.conftest import LOG_KEY, NOON

WITNESS_KEY = generate_key("witness.example", Kind.COSIGNATURE, bytes(range(5, 37)))
WITNESSES = {"w": Witness("https://witness.example", (WITNESS_KEY.verifier,))}
POLICY = TrustPolicy((Peer(LOG_KEY.verifier),), {"w": Peer(WITNESS_KEY.verifier)}, quorum="w")


class World:
    """A clock, a witness and a time-stamping authority, and a ledger that grows."""

    def __init__(self, books: Books, authority: Authority | None = None) -> None:
        self.books, self.authority = books, authority
        self.now, self.asked, self.held, self.away = NOON, 0, 0, False

    def clock(self) -> int:
        return self.now

    def ask(self, url: str, body: bytes, media_type: str) -> Answer:
        self.asked += 1
        if self.away:
            raise Unreachable("nobody is there")
        if url.endswith("/stamp"):
            assert self.authority is not None
            return self.authority.answer(url, body, media_type)
        first, _, note = body.partition(b"\n\n")
        text = parse_note(note).text
        if int(first.split(b"\n")[0].removeprefix(b"old ")) != self.held:
            return Answer(409, SIZE_TYPE, b"%d\n" % self.held)
        self.held = parse_checkpoint(text).size
        [signature] = sign_note(text, (WITNESS_KEY,), at=self.now // 10**9).signatures
        return Answer(200, "text/plain", signature.line())

    def grow(self) -> None:
        with self.books.writing(0) as writer:
            writer.append([b"entry"])
            writer.publish()


def test_witnesses_cosign_what_is_new_once_a_minute(books: Books) -> None:
    world = World(books)
    attesting = Attesting(books, Attestors(WITNESSES), world.clock, world.ask)
    world.grow()
    assert attesting.attest() == []
    assert POLICY.open(books.published()[0]).witnesses == {"w": NOON // 10**9}
    assert attesting.attest() == []
    world.grow()
    assert attesting.attest() == []
    assert world.asked == 1
    world.now += WITNESS_EVERY
    assert attesting.attest() == []
    assert POLICY.open(books.published()[0]).checkpoint.size == 2
    world.now += WITNESS_EVERY
    assert attesting.attest() == []
    assert world.asked == 2


def test_a_witness_that_is_away_or_has_seen_more_is_told_and_asked_again(books: Books, tmp_path: Path) -> None:
    world = World(books)
    attesting = Attesting(books, Attestors(WITNESSES), world.clock, world.ask)
    world.grow()
    shutil.copytree(books.folder, tmp_path / "old")
    world.away = True
    [fault] = attesting.attest()
    assert fault == "witness w: nobody is there (ledger_peer_unreachable)"
    world.away, world.now = False, world.now + WITNESS_EVERY
    world.grow()
    assert attesting.attest() == []
    shutil.rmtree(books.folder)
    shutil.copytree(tmp_path / "old", books.folder)
    again = Attesting(books, Attestors(WITNESSES), world.clock, world.ask)
    [fault] = again.attest()
    assert "ledger_rolled_back" in fault


def test_a_checkpoint_that_was_published_meanwhile_gets_no_cosignature_of_another(books: Books) -> None:
    world = World(books)

    def slow(url: str, body: bytes, media_type: str) -> Answer:
        answer = world.ask(url, body, media_type)
        world.grow()
        return answer

    world.grow()
    attesting = Attesting(books, Attestors(WITNESSES), world.clock, slow)
    assert attesting.attest() == []
    assert len(parse_note(books.published()[0]).signatures) == 1


def test_time_stamps_are_kept_beside_the_ledger_once_an_hour(books: Books, tmp_path: Path) -> None:
    (tmp_path / "authority").mkdir()
    authority = Authority(tmp_path / "authority")
    world = World(books, authority)
    attestors = Attestors({}, "https://authority.example/stamp", (authority.root,))
    attesting = Attesting(books, attestors, world.clock, world.ask)
    world.grow()
    assert attesting.attest() == []
    stamp = (books.stamps / "1.tsr").read_bytes()
    assert verify_stamp(stamp, books.published()[1].checkpoint.text(), [authority.root]).tzinfo is not None
    world.grow()
    assert attesting.attest() == []
    world.now += STAMP_EVERY
    world.away = True
    [fault] = attesting.attest()
    assert fault.startswith("time stamp: ")
    world.away, world.now = False, world.now + WITNESS_EVERY
    shutil.rmtree(books.stamps)
    books.stamps.write_text("in the way")
    assert "not kept" in attesting.attest()[0]
    books.stamps.unlink()
    world.now += WITNESS_EVERY
    assert attesting.attest() == []
    assert [one.name for one in books.stamps.iterdir()] == ["2.tsr"]


def test_without_attestors_nobody_is_asked_and_nothing_is_read(books: Books) -> None:
    assert Attesting(books, Attestors({}), lambda: NOON).attest() == []
