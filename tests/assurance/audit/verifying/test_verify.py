"""Each step passes on a good pack, and says in words what is wrong with a bad one."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from bench.mutating import Contents, named_anew, resealed, unzipped, zipped
from prodworthy.assurance.audit.pack.archive import Archive
from prodworthy.assurance.audit.pack.faults import PackFault
from prodworthy.assurance.audit.pack.form import ChainPart, NamesFor
from prodworthy.assurance.audit.verifying import remaking
from prodworthy.assurance.audit.verifying.following import Following
from prodworthy.assurance.audit.verifying.opened import Opened, Placed, Trust
from prodworthy.assurance.audit.verifying.storage import PackStorage
from prodworthy.assurance.audit.verifying.verdicts import Outcome, Step, Verdict
from prodworthy.assurance.audit.verifying.verify import verify
from prodworthy.record.ledger.canonical import canonical_json
from prodworthy.record.ledger.faults import Malformed, NotSigned
from prodworthy.record.ledger.keys import Kind, generate_key
from prodworthy.record.ledger.note import sign_note
from prodworthy.record.ledger.tiles import decode_bundle, encode_bundle
from prodworthy.record.ledger.trust import Group, Peer, TrustPolicy
from prodworthy.record.sealing.forms import Link, PackForm
from prodworthy.record.sealing.numbers import written
from tests.assurance.audit.building import DAY, NOW
from tests.assurance.packing.installation import DESK, ORIGIN, OTHER, Installation, key, worked

MANIFEST = "manifest.json"
WITNESS = generate_key("witness.example", Kind.COSIGNATURE, b"\x05" * 32)
(
    FORMED,
    SEALED,
    FILES,
    CHECKPOINTS,
    INCLUDED,
    HELD,
    STATEMENTS,
    CHAINS,
    OPENINGS,
    STANDARD,
    ASSESSMENTS,
    REPORTS,
    STAMPS,
) = range(1, 14)


@pytest.fixture(scope="module")
def base() -> Installation:
    return worked()


@pytest.fixture
def one(base: Installation) -> Installation:
    return base.copy()


def _verified(data: bytes, trust: Trust) -> Outcome:
    return verify(io.BytesIO(data), trust)


def _said(outcome: Outcome, number: int) -> Step:
    return outcome.steps[number - 1]


def _expect(outcome: Outcome, number: int, verdict: Verdict, words: str) -> None:
    step = _said(outcome, number)
    assert (step.verdict, words in step.why) == (verdict, True), "\n".join(outcome.lines())
    assert outcome.verdict is not Verdict.PASS


def _insider(one: Installation, change: Callable[[Contents], None]) -> Outcome:
    """A pack that whoever runs the installation changed, and then had truly sealed."""
    contents = unzipped(one.pack(DESK, OTHER))
    size = json.loads(contents[MANIFEST])["head"]["size"]
    change(contents)
    named_anew(contents)
    return _verified(one.closed(contents, size), one.trust())


def _manifest(contents: Contents, **changed: Any) -> None:
    contents[MANIFEST] = canonical_json(json.loads(contents[MANIFEST]) | changed)


def test_a_good_pack_passes_every_step(one: Installation) -> None:
    held = one.newest()[0]
    told: list[str] = []
    trust = replace(one.trust(held), tell=lambda what, done, of: told.append(f"{what} {done} {of}"))
    outcome = _verified(one.pack(DESK, OTHER), trust)
    verdicts = [step.verdict for step in outcome.steps]
    assert verdicts == [Verdict.PASS] * 12 + [Verdict.NOT_ASKED], "\n".join(outcome.lines())
    assert (outcome.code, outcome.lines()[-1].strip()) == (0, "result: pass (exit 0)")
    assert outcome.plain()["steps"][0] == {
        "step": 1,
        "title": "archive well formed",
        "verdict": "pass",
        "why": "44 files",
    }
    assert outcome.checkpoint.startswith(ORIGIN.encode())
    assert {text.partition(" ")[0] for text in told} == {"bytes", "statements", "workloads"}


def test_no_archive_no_steps(one: Installation) -> None:
    outcome = _verified(b"PK", one.trust())
    assert [step.verdict for step in outcome.steps] == [Verdict.FAIL] + [Verdict.INCOMPLETE] * 12
    assert (outcome.code, outcome.checkpoint) == (1, b"")


def test_a_policy_without_a_statement_key_leaves_all_undecided(one: Installation) -> None:
    policy = TrustPolicy(logs=(Peer(one.log.verifier),))
    outcome = _verified(one.pack(), replace(one.trust(), policy=policy))
    _expect(outcome, SEALED, Verdict.INCOMPLETE, "names no statement key")
    assert outcome.code == 2


def test_who_sealed_it(one: Installation) -> None:
    contents = unzipped(one.pack())
    _expect(_verified(resealed(dict(contents), key("x", 9)), one.trust()), SEALED, Verdict.FAIL, "no known key")
    twice = json.loads(contents["seal.json"])
    twice["signatures"] += [{"keyid": "other", "sig": ""}]
    double = zipped(contents | {"seal.json": canonical_json(twice)})
    _expect(_verified(double, one.trust()), SEALED, Verdict.FAIL, "one signature")


@pytest.mark.parametrize(
    "payload, words",
    [
        (b"{", "cannot be read"),
        (b'{"files":[]}', "is a mapping"),
        (b'{"files":{"a":["x",1]}}', "hex digits"),
        (b'{"files":{"a":[1]}}', "list of 2"),
        (b'{"files":{},"more":1}', "exactly files"),
        (b'{"files":{}}', "named nowhere"),
    ],
)
def test_seals_that_say_nothing(one: Installation, payload: bytes, words: str) -> None:
    from prodworthy.assurance.audit.pack.form import SEAL_TYPE
    from prodworthy.record.ledger.dsse import seal

    contents = unzipped(one.pack()) | {"seal.json": seal(SEAL_TYPE, payload, [one.statements]).data()}
    _expect(_verified(zipped(contents), one.trust()), SEALED, Verdict.FAIL, words)


def test_files_that_are_not_as_named(one: Installation) -> None:
    contents = unzipped(one.pack())
    longer = zipped(contents | {"README.txt": contents["README.txt"] + b"!"})
    _expect(_verified(longer, one.trust()), FILES, Verdict.FAIL, "has not the")
    other = zipped(contents | {"README.txt": contents["README.txt"][:-1] + b"!"})
    _expect(_verified(other, one.trust()), FILES, Verdict.FAIL, "digest is another one")
    more = zipped(contents | {"more.txt": b""})
    _expect(_verified(more, one.trust()), FILES, Verdict.FAIL, "named nowhere, more.txt")
    del contents["README.txt"]
    _expect(_verified(zipped(contents), one.trust()), FILES, Verdict.FAIL, "missing, README.txt")


@pytest.mark.parametrize(
    "changed, words",
    [
        ({"format": 2}, "another format"),
        ({"chains": []}, "list of 1"),
        ({"chains": [{}]}, "exactly bundles"),
        ({"head": {"size": -1, "root": "ab" * 32}}, "not negative"),
        ({"head": {"size": 1, "root": "AB"}}, "hex digits"),
        ({"origin": 5}, "must be text"),
        ({"made_by": "Ana"}, "pseudonym"),
        ({"names_for": {"name": "x"}}, "exactly event"),
        ({"more": 1}, "exactly at"),
    ],
)
def test_manifests_that_cannot_be_read(one: Installation, changed: dict[str, Any], words: str) -> None:
    contents = unzipped(one.pack())
    _manifest(contents, **changed)
    _expect(_verified(resealed(contents, one.statements), one.trust()), FILES, Verdict.FAIL, words)


def test_manifests_whose_chains_contradict_themselves(one: Installation) -> None:
    contents = unzipped(one.pack(DESK, OTHER))
    good = json.loads(contents[MANIFEST])["chains"]
    for chains, words in (
        (good[1:], "that of the installation first"),
        ([good[0], good[2], good[1]], "stand in order"),
        ([good[0], good[1], good[1]], "each once"),
        ([good[0] | {"earlier": 1}, *good[1:]], "contradicts itself"),
        ([good[0] | {"bundles": 0}, *good[1:]], "contradicts itself"),
    ):
        _manifest(contents, chains=chains)
        _expect(_verified(resealed(dict(contents), one.statements), one.trust()), FILES, Verdict.FAIL, words)
    contents[MANIFEST] = b"{"
    _expect(_verified(resealed(contents, one.statements), one.trust()), FILES, Verdict.FAIL, "cannot be read")


def test_checkpoints_of_others(one: Installation) -> None:
    contents = unzipped(one.pack())
    foreign = replace(one.trust(), policy=replace(one.policy(), logs=(Peer(key(ORIGIN, 7).verifier),)))
    _expect(_verified(zipped(contents), foreign), CHECKPOINTS, Verdict.FAIL, "no log of the trust policy")
    head = json.loads(contents[MANIFEST])["head"]
    _manifest(contents, head=head | {"size": head["size"] + 1})
    _expect(_verified(resealed(contents, one.statements), one.trust()), CHECKPOINTS, Verdict.FAIL, "not those of")


def test_consistency_of_the_two_checkpoints(one: Installation) -> None:
    contents = unzipped(one.pack())
    said = json.loads(contents["closing/consistency.json"])
    for changed, words in (
        ({"old": 1}, "other sizes"),
        ({"hashes": said["hashes"][:-1]}, "too short"),
        ({"hashes": [5]}, "must be text"),
        ({"hashes": "x"}, "list of"),
    ):
        contents["closing/consistency.json"] = canonical_json(said | changed)
        _expect(_verified(resealed(dict(contents), one.statements), one.trust()), CHECKPOINTS, Verdict.FAIL, words)


def test_a_quorum_of_witnesses(one: Installation) -> None:
    contents = unzipped(one.pack())
    policy = replace(
        one.policy(),
        witnesses={"w": Peer(WITNESS.verifier)},
        groups={"g": Group(1, ("w",))},
        quorum="g",
    )
    asking = replace(one.trust(), policy=policy)
    _expect(_verified(zipped(contents), asking), CHECKPOINTS, Verdict.FAIL, "quorum")
    checkpoint = contents["closing/checkpoint"]
    text = checkpoint.partition(b"\n\n")[0] + b"\n"
    lines = sign_note(text, [WITNESS], 1_790_000_000).data().partition(b"\n\n")[2]
    contents["closing/checkpoint"] = checkpoint + lines
    outcome = _verified(resealed(contents, one.statements), asking)
    assert outcome.code == 0, "\n".join(outcome.lines())
    assert "witnessed by w 2026-09-21" in _said(outcome, CHECKPOINTS).why


def test_a_manifest_that_is_not_in_the_ledger(one: Installation) -> None:
    contents = unzipped(one.pack())
    _manifest(contents, version="9")
    _expect(_verified(resealed(contents, one.statements), one.trust()), INCLUDED, Verdict.FAIL, "no statement of this")
    contents = unzipped(one.pack())
    proofs = json.loads(contents["closing/00000.proofs.json"])
    proofs[0]["index"] += 1
    contents["closing/00000.proofs.json"] = canonical_json(proofs)
    _expect(_verified(resealed(contents, one.statements), one.trust()), INCLUDED, Verdict.FAIL, "proof")
    contents = unzipped(one.pack()) | {"closing/00009.entries": b""}
    _expect(_verified(resealed(contents, one.statements), one.trust()), INCLUDED, Verdict.FAIL, "closes nothing")


def test_what_comes_between_head_and_manifest_must_follow(one: Installation) -> None:
    one.before_closing = [DESK, DESK]
    contents = unzipped(one.pack())
    assert _verified(zipped(contents), one.trust()).code == 0
    proofs = json.loads(contents["closing/00001.proofs.json"])
    entries = decode_bundle(contents["closing/00001.entries"], len(proofs))
    for keep, words in (([0, 2], "does not follow"), ([1, 2], "left out"), ([0, 1], "no statement of this")):
        changed = dict(contents)
        changed["closing/00001.proofs.json"] = canonical_json([proofs[at] for at in keep])
        changed["closing/00001.entries"] = encode_bundle([entries[at] for at in keep])
        outcome = _verified(resealed(changed, one.statements), one.trust())
        assert any(step.verdict is Verdict.FAIL and words in step.why for step in outcome.steps), outcome.lines()


def test_the_checkpoint_that_is_held(one: Installation) -> None:
    held, older = one.newest()[0], one.pack()
    one.traffic(OTHER)
    newer = one.newest()[0]
    pack = one.pack()
    latest = unzipped(pack)["closing/checkpoint"]
    for checkpoint in (held, newer, latest):
        assert _verified(pack, one.trust(checkpoint)).code == 0
    _expect(_verified(older, one.trust(newer)), HELD, Verdict.INCOMPLETE, "ask for one that is newer")
    fork = worked()
    fork.did(DESK, "KeyRevoked", key="x")
    for _ in range(8):
        fork.traffic(OTHER)
    other = fork.pack()
    _expect(_verified(other, one.trust(newer)), HELD, Verdict.FAIL, "root")
    _expect(_verified(other, one.trust(b"no checkpoint\n")), HELD, Verdict.FAIL, "")
    foreign = sign_note(b"other.example\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", [key("other.example", 3)])
    _expect(_verified(pack, one.trust(foreign.data())), HELD, Verdict.FAIL, "not of")
    empty = sign_note(f"{ORIGIN}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n".encode(), [one.log])
    assert _verified(pack, one.trust(empty.data())).code == 0


def test_another_ledger_of_the_same_size(one: Installation) -> None:
    fork = one.copy()
    fork.did(DESK, "KeyRevoked", key="x")
    one.did(DESK, "KeyRevoked", key="y")
    pack = fork.pack()
    held = unzipped(one.pack())["closing/checkpoint"]
    _expect(_verified(pack, one.trust(held)), HELD, Verdict.FAIL, "another ledger than the one you know")


def test_tiles_that_a_pack_does_not_hold(one: Installation) -> None:
    held = one.newest()[0]
    for _ in range(600):
        one.traffic(OTHER)
    size = json.loads(unzipped(one.pack())[MANIFEST])["head"]["size"]
    assert size > 512
    contents = unzipped(one.pack())
    assert "ledger/tile/0/001" not in contents
    between = sign_note(_checkpoint(one, 300), [one.log]).data()
    assert _verified(one.pack(), one.trust(held)).code == 0
    _expect(_verified(zipped(contents), one.trust(between)), HELD, Verdict.INCOMPLETE, "--held")
    assert _verified(one.pack(OTHER, held=(300,)), one.trust(between)).code == 0


def _checkpoint(one: Installation, size: int) -> bytes:
    from prodworthy.record.ledger.checkpoint import Checkpoint

    return Checkpoint(ORIGIN, size, one.newest()[1].head_at(size).root).text()


def _bundle(contents: Contents, change: Callable[[list[Any], list[bytes]], None], chain: int = 1) -> None:
    """Change the statements of a chain and their indexes, and count them anew."""
    name = f"chains/{chain:05d}/00000000"
    indexes = json.loads(contents[f"{name}.indexes.json"])
    entries = decode_bundle(contents[f"{name}.entries"], len(indexes))
    before = len(entries)
    change(indexes, entries)
    contents[f"{name}.indexes.json"] = canonical_json(indexes)
    contents[f"{name}.entries"] = encode_bundle(entries)
    chains = json.loads(contents[MANIFEST])["chains"]
    chains[chain]["statements"] += len(entries) - before
    _manifest(contents, chains=chains)


def _drop(at: int) -> Callable[[list[Any], list[bytes]], None]:
    def change(indexes: list[Any], entries: list[bytes]) -> None:
        del indexes[at], entries[at]

    return change


def _swap(indexes: list[Any], entries: list[bytes]) -> None:
    for both in (indexes, entries):
        both[1], both[2] = both[2], both[1]


def _repeat(indexes: list[Any], entries: list[bytes]) -> None:
    indexes.insert(1, indexes[1])
    entries.insert(1, entries[1])


@pytest.mark.parametrize(
    "change, words",
    [
        (_drop(3), "does not follow"),
        (_drop(0), "begins with statement 1"),
        (_drop(-1), "left out"),
        (_swap, "does not follow"),
        (_repeat, "does not follow"),
    ],
)
def test_chains_of_which_an_insider_changed_something(
    one: Installation, change: Callable[[list[Any], list[bytes]], None], words: str
) -> None:
    _expect(_insider(one, lambda contents: _bundle(contents, change)), CHAINS, Verdict.FAIL, words)


def test_statements_that_are_not_where_they_are_said_to_be(one: Installation) -> None:
    def shifted(indexes: list[Any], entries: list[bytes]) -> None:
        indexes[0] += 1

    def beyond(indexes: list[Any], entries: list[bytes]) -> None:
        indexes[0] = 10_000

    for change, words in ((shifted, "is another statement"), (beyond, "has no leaf 10000")):
        outcome = _insider(one.copy(), partial(_bundle, change=change))
        _expect(outcome, STATEMENTS, Verdict.FAIL, words)
        assert _said(outcome, CHAINS).why.startswith("not run")
        assert _said(outcome, REPORTS).verdict is Verdict.INCOMPLETE


def test_an_end_that_was_moved_behind_the_head(one: Installation) -> None:
    contents = unzipped(one.pack(DESK, OTHER))
    size = json.loads(contents[MANIFEST])["head"]["size"]
    last = json.loads(contents["chains/00001/00000000.indexes.json"])[-1]
    _bundle(contents, _drop(-1))
    _openings(contents, lambda said: said[:-1])
    named_anew(contents)
    _expect(_verified(one.closed(contents, size, last), one.trust()), CHAINS, Verdict.FAIL, "stands under the head")


def test_more_than_one_statement_after_the_time(one: Installation) -> None:
    outcome = _insider(one, lambda contents: _manifest(contents, at=written(NOW - 50 * DAY)))
    _expect(outcome, CHAINS, Verdict.FAIL, "was sealed after the time")


def test_a_statement_that_stands_before_the_one_it_follows() -> None:
    following = Following(ChainPart("a", "b", 0, 0, 2, 1), NOW)
    following.follow(Placed(7, PackForm(Link("a", "b", 0, -1, 5), "ab" * 32)))
    with pytest.raises(PackFault, match="stands before one"):
        following.follow(Placed(5, PackForm(Link("a", "b", 1, 7, 5), "ab" * 32)))


def test_a_judge_that_cannot_read_its_evidence(one: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = one.pack()

    def broken(*arguments: object) -> Any:
        raise KeyError("until")

    with monkeypatch.context() as patch:
        patch.setattr(remaking, "assess", broken)
        _expect(_verified(pack, one.trust()), ASSESSMENTS, Verdict.FAIL, "cannot read its evidence (KeyError")
    monkeypatch.setattr(remaking, "draw", broken)
    _expect(_verified(pack, one.trust()), REPORTS, Verdict.FAIL, "cannot be drawn (KeyError")


def test_a_file_that_changes_while_it_is_verified(one: Installation) -> None:
    opened = Opened(Archive(io.BytesIO(one.pack())), one.trust())
    with pytest.raises(PackFault, match="not what the pack's manifest says"):
        opened.read("README.txt", 10_000)
    with pytest.raises(Malformed, match="not what the pack's manifest says"):
        PackStorage(opened).read("checkpoint")


def test_counts_that_are_not_those_of_the_manifest(one: Installation) -> None:
    def counted(contents: Contents) -> None:
        chains = json.loads(contents[MANIFEST])["chains"]
        chains[1]["statements"] += 1
        _manifest(contents, chains=chains)

    _expect(_insider(one, counted), CHAINS, Verdict.FAIL, "not the")


def test_statements_of_another_workload(one: Installation) -> None:
    def others(contents: Contents) -> None:
        for kind in ("entries", "indexes.json", "openings.json"):
            contents[f"chains/00001/00000000.{kind}"] = contents[f"chains/00002/00000000.{kind}"]
        chains = json.loads(contents[MANIFEST])["chains"]
        chains[1]["statements"] = chains[2]["statements"]
        _manifest(contents, chains=chains)

    _expect(_insider(one, others), CHAINS, Verdict.FAIL, "of another workload")


def _openings(contents: Contents, change: Callable[[list[Any]], Any]) -> None:
    name = "chains/00001/00000000.openings.json"
    said = json.loads(contents[name])
    changed = change(said)
    contents[name] = canonical_json(said if changed is None else changed)


def test_openings_that_are_not_true(one: Installation) -> None:
    def value(said: list[Any]) -> None:
        said[0]["open"]["version"]["value"] = 2

    def stranger(said: list[Any]) -> None:
        said[-1]["event"] = 999

    def closed(said: list[Any]) -> None:
        del said[0]["open"]["claims"]

    def unordered(said: list[Any]) -> Any:
        return said[::-1]

    def nothing(said: list[Any]) -> Any:
        return [5]

    for change, number, verdict, words in (
        (value, OPENINGS, Verdict.FAIL, "not what was committed to"),
        (stranger, OPENINGS, Verdict.FAIL, "no statement there"),
        (closed, OPENINGS, Verdict.INCOMPLETE, "1 events are not opened"),
        (unordered, STATEMENTS, Verdict.FAIL, "once, in order"),
        (nothing, STATEMENTS, Verdict.FAIL, "once, in order"),
    ):
        outcome = _insider(one.copy(), partial(_openings, change=change))
        _expect(outcome, number, verdict, words)


def test_an_event_whose_salt_is_gone_is_no_evidence(one: Installation) -> None:
    one.forgotten = {2}
    outcome = _verified(one.pack(), one.trust())
    _expect(outcome, OPENINGS, Verdict.INCOMPLETE, "1 events are not opened")
    assert _said(outcome, ASSESSMENTS).verdict is Verdict.PASS


def test_a_standard_that_the_verifier_does_not_know(one: Installation) -> None:
    outcome = _verified(one.pack(), replace(one.trust(), standards=()))
    for number in (STANDARD, ASSESSMENTS):
        _expect(outcome, number, Verdict.INCOMPLETE, "does not know the standard")
    _expect(outcome, REPORTS, Verdict.INCOMPLETE, "could not be made anew")


def test_files_of_another_standard(one: Installation) -> None:
    def retitled(contents: Contents) -> None:
        contents["standard/psf-1.1.toml"] = contents["standard/psf-1.1.toml"].replace(b"Institute", b"institute")

    def broken(contents: Contents) -> None:
        contents["standard/psf-1.1.toml"] = b"\xff"

    def emptied(contents: Contents) -> None:
        contents["standard/psf-1.1.toml"] = b""

    for change in (retitled, broken, emptied):
        _expect(_insider(one.copy(), change), STANDARD, Verdict.FAIL, "")


def test_assessments_and_reports_that_say_something_else(one: Installation) -> None:
    def better(contents: Contents) -> None:
        said = json.loads(contents["reports/assessments/00001.json"])
        said["ready"] = True
        contents["reports/assessments/00001.json"] = canonical_json(said)

    def prettier(contents: Contents) -> None:
        contents["reports/report.html"] = contents["reports/report.html"].replace(b"failed", b"proven")

    def added(contents: Contents) -> None:
        contents["reports/summary.txt"] = b"all is well"

    def dropped(contents: Contents) -> None:
        del contents["reports/controls.csv"]

    for change, number, words in (
        (better, ASSESSMENTS, "is not what its statements give"),
        (prettier, REPORTS, "report.html is not what"),
        (added, REPORTS, "summary.txt follows from no"),
        (dropped, REPORTS, "controls.csv is not what"),
    ):
        _expect(_insider(one.copy(), change), number, Verdict.FAIL, words)


def test_a_print_is_named_and_not_compared(one: Installation) -> None:
    outcome = _verified(one.pack(printing=lambda page: b"%PDF " + page[:5]), one.trust())
    assert outcome.code == 0
    assert "reports/report.pdf was not compared" in _said(outcome, REPORTS).why


def test_evidence_that_no_judge_and_no_report_can_read(one: Installation) -> None:
    strange = one.copy()
    strange.did(DESK, "Waived", nothing="x")
    with pytest.raises(KeyError):
        strange.pack()


def test_people_who_are_named(one: Installation) -> None:
    one.names = True
    outcome = _verified(one.pack(names_for=NamesFor("Ida Holm", "auditor", 3)), one.trust())
    assert outcome.code == 0
    assert "named to Ida Holm, auditor" in _said(outcome, OPENINGS).why


def test_packs_of_a_part_of_the_time(one: Installation) -> None:
    for since, at in ((0, NOW - 50 * DAY), (NOW - 40 * DAY, NOW), (NOW - 1, NOW), (NOW - 50 * DAY, NOW - 45 * DAY)):
        outcome = _verified(one.pack(since=since, at=at), one.trust())
        assert outcome.code == 0, "\n".join(outcome.lines())
    assert "begin later, with" in _said(outcome, CHAINS).why


def test_a_workload_without_a_statement(one: Installation) -> None:
    outcome = _verified(one.pack(("default", "new")), one.trust())
    assert outcome.code == 0, "\n".join(outcome.lines())
    later = _verified(one.pack(("default", "newer"), since=NOW), one.trust())
    assert later.code == 0


def test_what_was_sealed_before_the_period_is_operations_in_order(one: Installation) -> None:
    def first(number: int, earlier: int) -> Callable[[Contents], None]:
        def change(contents: Contents) -> None:
            chains = json.loads(contents[MANIFEST])["chains"]
            chains[1] |= {"first": number, "earlier": earlier}
            _manifest(contents, chains=chains)

        return change

    _expect(_insider(one.copy(), first(3, 3)), CHAINS, Verdict.FAIL, "is no operation in its order")
    _expect(_insider(one.copy(), first(3, 2)), CHAINS, Verdict.FAIL, "")


def test_time_stamps(one: Installation) -> None:
    asking = replace(one.trust(), policy=replace(one.policy(), timestamp_roots=(b"der",)))
    _expect(_verified(one.pack(), asking), STAMPS, Verdict.INCOMPLETE, "has no time stamp")
    one.stamps = lambda text: b"stamp of " + text
    pack = one.pack()
    _expect(_verified(pack, asking), STAMPS, Verdict.INCOMPLETE, "cannot read time stamps")

    def stamps(stamp: bytes, text: bytes, roots: object) -> datetime:
        if stamp != b"stamp of " + text:
            raise NotSigned("it is of another text")
        return datetime(2026, 11, 20, 8, 0, tzinfo=UTC)

    outcome = _verified(pack, replace(asking, stamps=stamps))
    assert (outcome.code, _said(outcome, STAMPS).why) == (0, "seen by an authority at 2026-11-20 08:00:00 UTC")
    contents = unzipped(pack) | {"closing/timestamp.tsr": b"other"}
    bad = _verified(resealed(contents, one.statements), replace(asking, stamps=stamps))
    _expect(bad, STAMPS, Verdict.FAIL, "another text")


def test_what_is_printed_cannot_move_a_cursor() -> None:
    outcome = Outcome((Step(1, "x", Verdict.PASS, "a\x1b[2Jb"),))
    assert "\x1b" not in outcome.lines()[0]
