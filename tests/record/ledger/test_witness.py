"""Witnesses: one that follows C2SP tlog-witness, and ones that do not."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from prodworthy.record.ledger.checkpoint import Checkpoint, parse_checkpoint
from prodworthy.record.ledger.faults import Forked, LedgerFault, Malformed, NotProven, NotSigned, Refused, RolledBack
from prodworthy.record.ledger.keys import Kind, SigningKey
from prodworthy.record.ledger.log import open_writer
from prodworthy.record.ledger.merkle import EMPTY_ROOT, verify_consistency
from prodworthy.record.ledger.note import open_checkpoint, parse_note, sign_note, verify_note
from prodworthy.record.ledger.reading import Reader
from prodworthy.record.ledger.storage import FolderStorage
from prodworthy.record.ledger.web import Answer
from prodworthy.record.ledger.witness import SIZE_TYPE, Cosigned, Witness, add_checkpoint, request_body
from tests.record.ledger.machines import FailingMachine
from tests.record.ledger.samples import ORIGIN, WITNESS, key
from tests.record.ledger.serving import serving

NOW = 1_700_000_000
KEY, W1, W2 = key(), key(WITNESS, Kind.COSIGNATURE), key(WITNESS, Kind.ML_DSA_44)
URL = "https://witness.example/submit/"
BOTH = Witness(URL, (W1.verifier, W2.verifier))


class HonestWitness:
    """The procedure of `add-checkpoint`, step by step, for one log."""

    def __init__(self, signers: tuple[SigningKey, ...] = (W1, W2)) -> None:
        self.signers = signers
        self.held = Checkpoint(ORIGIN, 0, EMPTY_ROOT)
        self.asked = 0

    def answer(self, url: str, body: bytes, media_type: str) -> Answer:
        assert url.endswith("/add-checkpoint")
        self.asked += 1
        first, _, note = body.partition(b"\n\n")
        old_line, *hashes = first.decode().split("\n")
        old = int(old_line.removeprefix("old "))
        checkpoint = parse_checkpoint(parse_note(note).text)
        if checkpoint.origin != ORIGIN:
            return Answer(404, "text/plain", b"")
        try:
            open_checkpoint(note, ORIGIN, [KEY.verifier])
        except NotSigned:
            return Answer(403, "text/plain", b"")
        if old > checkpoint.size:
            return Answer(400, "text/plain", b"")
        if old != self.held.size:
            return Answer(409, SIZE_TYPE, b"%d\n" % self.held.size)
        if old == checkpoint.size:
            if checkpoint.root != self.held.root:
                return Answer(409, "text/plain", b"")
        elif old:
            try:
                proof = [base64.b64decode(line) for line in hashes]
                verify_consistency(old, checkpoint.size, proof, self.held.root, checkpoint.root)
            except NotProven:
                return Answer(422, "text/plain", b"")
        else:
            assert not hashes
        self.held = checkpoint
        signatures = sign_note(checkpoint.text(), self.signers, at=NOW).signatures
        return Answer(200, "text/plain", b"".join(one.line() for one in signatures))


class Ledger:
    """A ledger that grows, for witnesses to look at."""

    def __init__(self, folder: Path, entries: int = 0) -> None:
        self.writer = open_writer(folder, ORIGIN, [KEY], machine=FailingMachine())
        self.storage = FolderStorage(folder)
        if entries:
            self.grow(entries)

    def grow(self, count: int, text: bytes = b"entry") -> bytes:
        self.writer.append([text] * count)
        return self.writer.publish()

    def ask(self, answer: Callable[[str, bytes, str], Answer], old: int = 0) -> Cosigned:
        note = self.writer.publish()
        reader = Reader(self.storage, parse_checkpoint(parse_note(note).text))
        return add_checkpoint(replace(BOTH, size=old), note, reader, NOW, answer)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger", 5)


def test_a_witness_follows_the_ledger(ledger: Ledger) -> None:
    witness, old = HonestWitness(), 0
    for count in (3, 300, 0, 1):
        ledger.grow(count)
        cosigned = ledger.ask(witness.answer, old)
        assert cosigned.at == NOW
        old = cosigned.size
        note = parse_note(ledger.writer.attach(cosigned.lines, BOTH.keys))
        assert [signed.key for signed in verify_note(note, BOTH.keys)] == list(BOTH.keys)
    assert witness.asked == 4
    # who does not know what the witness holds asks twice
    assert ledger.ask(witness.answer).size == old
    assert witness.asked == 6


def test_over_http(ledger: Ledger) -> None:
    witness = HonestWitness((W1,))
    with serving(witness.answer) as url:
        note = ledger.writer.publish()
        reader = Reader(ledger.storage, parse_checkpoint(parse_note(note).text))
        cosigned = add_checkpoint(Witness(url, (W1.verifier,)), note, reader, NOW)
    assert cosigned.size == 5


def test_the_request_is_as_specified() -> None:
    assert request_body(20, [bytes(32)], b"note\n") == b"old 20\n" + base64.b64encode(bytes(32)) + b"\n\nnote\n"
    with pytest.raises(Malformed):
        request_body(1, [bytes(32)] * 64, b"note\n")


def test_a_rolled_back_and_a_forked_ledger_are_refused(ledger: Ledger, tmp_path: Path) -> None:
    witness = HonestWitness()
    ledger.ask(witness.answer)
    with pytest.raises(RolledBack, match="signed 5"):
        Ledger(tmp_path / "shorter", 3).ask(witness.answer)
    for old in (0, 5):
        other = Ledger(tmp_path / f"other{old}")
        other.grow(5, b"another")
        with pytest.raises(Forked):
            other.ask(witness.answer, old)
        other.grow(2)
        with pytest.raises(Forked, match="does not continue"):
            other.ask(witness.answer, old)
    assert ledger.ask(witness.answer).size == 5


def test_a_witness_that_does_not_know_us(ledger: Ledger, tmp_path: Path) -> None:
    with open_writer(tmp_path / "foreign", "foreign.example", [KEY], machine=FailingMachine()) as writer:
        note = writer.publish()
        reader = Reader(FolderStorage(tmp_path / "foreign"), parse_checkpoint(parse_note(note).text))
        with pytest.raises(Refused, match="register"):
            add_checkpoint(BOTH, note, reader, NOW, ask=HonestWitness().answer)
    with open_writer(tmp_path / "unknown", ORIGIN, [key(number=2)], machine=FailingMachine()) as writer:
        note = writer.publish()
        reader = Reader(FolderStorage(tmp_path / "unknown"), parse_checkpoint(parse_note(note).text))
        with pytest.raises(Refused, match="new verifier key"):
            add_checkpoint(BOTH, note, reader, NOW, ask=HonestWitness().answer)
    with pytest.raises(Refused, match="could not read"):
        ledger.ask(HonestWitness().answer, old=6)


def _cosigned(text: bytes, *signers: SigningKey, at: int = NOW) -> Answer:
    return Answer(200, "text/plain", b"".join(one.line() for one in sign_note(text, signers, at=at).signatures))


def test_unknown_cosignatures_are_passed_over(ledger: Ledger) -> None:
    text = parse_note(ledger.writer.publish()).text
    stranger = key("stranger.example", Kind.COSIGNATURE)
    cosigned = ledger.ask(lambda *_: _cosigned(text, stranger, W1))
    assert cosigned.lines == sign_note(text, [W1], at=NOW).signatures[0].line()


@pytest.mark.parametrize(
    "answer,fault",
    [
        (Answer(200, "text/plain", b""), Refused),
        (Answer(200, "text/plain", b"thank you\n"), Refused),
        (_cosigned(Checkpoint(ORIGIN, 0, EMPTY_ROOT).text(), W1), NotSigned),
        (Answer(409, SIZE_TYPE, b"0\n"), Refused),
        (Answer(409, SIZE_TYPE, b"00\n"), Refused),
        (Answer(409, SIZE_TYPE, b"-1\n"), Refused),
        (Answer(409, SIZE_TYPE, b"3"), Refused),
        (Answer(409, "text/plain", b"3\n"), Refused),
        (Answer(409, SIZE_TYPE, b"99\n"), RolledBack),
        (Answer(302, "text/plain", b""), Refused),
        (Answer(500, "text/plain", b""), Refused),
    ],
)
def test_a_witness_that_misbehaves(ledger: Ledger, answer: Answer, fault: type[LedgerFault]) -> None:
    with pytest.raises(fault):
        ledger.ask(lambda *_: answer)


def test_cosignatures_that_do_not_count(ledger: Ledger) -> None:
    text = parse_note(ledger.writer.publish()).text
    stranger = key("stranger.example", Kind.COSIGNATURE)
    for answer, says in (
        (_cosigned(text, stranger), "no cosignature by a key"),
        (_cosigned(text, W1, at=0), "no time"),
        (_cosigned(text, W1, at=NOW + 3600), "future"),
    ):
        with pytest.raises(NotSigned, match=says):
            ledger.ask(lambda *_, answer=answer: answer)


def test_a_witness_that_always_names_another_size(ledger: Ledger) -> None:
    sizes = iter((1, 2, 3, 4))
    with pytest.raises(Refused, match="every attempt"):
        ledger.ask(lambda *_: Answer(409, SIZE_TYPE, b"%d\n" % next(sizes)))
    assert next(sizes) == 4
