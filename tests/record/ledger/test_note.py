"""Keys, signed notes, cosignatures and checkpoints, to the byte."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodworthy.record.ledger.checkpoint import Checkpoint, Head, parse_checkpoint
from prodworthy.record.ledger.encoding import from_decimal, to_base64
from prodworthy.record.ledger.faults import Malformed, NotSigned
from prodworthy.record.ledger.keys import (
    Kind,
    SigningKey,
    VerifierKey,
    generate_key,
    parse_signing_key,
    parse_verifier_key,
)
from prodworthy.record.ledger.merkle import EMPTY_ROOT, leaf_hash
from prodworthy.record.ledger.note import (
    LARGEST_NOTE,
    Note,
    Signature,
    open_checkpoint,
    parse_note,
    parse_signatures,
    sign_note,
    verify_note,
)
from tests.record.ledger.samples import ORIGIN, WITNESS, key

# The key pair and the note in the documentation of Go's golang.org/x/mod/sumdb/note.
GO_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()
KINDS = list(Kind)
TEXT = Checkpoint(ORIGIN, 1, leaf_hash(b"one")).text()


def test_keys_and_note_of_go() -> None:
    secret = parse_signing_key(GO_SECRET)
    assert secret.text() == GO_SECRET
    assert secret.verifier.text() == GO_PUBLIC
    assert parse_verifier_key(GO_PUBLIC) == secret.verifier
    note = parse_note(GO_NOTE)
    assert sign_note(note.text, [secret]).data() == note.data() == GO_NOTE
    assert [signed.key for signed in verify_note(note, [secret.verifier])] == [secret.verifier]


@pytest.mark.parametrize("kind", KINDS)
def test_keys_read_back(kind: Kind) -> None:
    one = key(kind=kind)
    assert parse_signing_key(one.text()) == one
    assert parse_verifier_key(one.verifier.text()) == one.verifier
    assert len(one.verifier.digest) == 64
    assert to_base64(one.seed) not in repr(one)
    assert repr(one.seed) not in repr(one)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+0123abcd",
        "name+0123ABCD+AQ==",
        "name+0123abcd+%",
        "name+0123abcd+",
        "name+0123abcd+Bw==",
        "name+0123abcd+AQ==",
        GO_PUBLIC.replace("c74f", "c74e"),
        GO_PUBLIC.replace("Peter", "Peter "),
        GO_PUBLIC.replace("Peter", ""),
        "+" + GO_PUBLIC,
        GO_PUBLIC + "\n",
        GO_PUBLIC.replace("ARpc", "é"),
    ],
)
def test_what_is_no_key(text: str) -> None:
    with pytest.raises(Malformed):
        parse_verifier_key(text)
    with pytest.raises(Malformed) as caught:
        parse_signing_key(f"PRIVATE+KEY+{text}")
    assert "AYEK" not in str(caught.value)


def test_a_secret_key_is_not_a_verifier_key() -> None:
    with pytest.raises(Malformed):
        parse_signing_key(GO_PUBLIC)
    with pytest.raises(Malformed):
        parse_signing_key(GO_SECRET.replace("c74f", "c74e"))
    for name in ("", "a b", "a+b", "a\u2003b", "a\x00b", "a" * 256, "é" * 128, "\ud800"):
        with pytest.raises(Malformed):
            generate_key(name, Kind.ED25519, bytes(32))
    with pytest.raises(Malformed):
        generate_key("short", Kind.ED25519, bytes(31))
    with pytest.raises(Malformed):
        VerifierKey("short", Kind.ED25519, bytes(31))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_signs_a_checkpoint(kind: Kind) -> None:
    one, other = key(kind=kind), key(kind=kind, number=2)
    note = sign_note(TEXT, [one, other], at=1_700_000_000)
    assert parse_note(note.data()) == note
    signed = verify_note(note, [one.verifier, other.verifier])
    assert [each.key for each in signed] == [one.verifier, other.verifier]
    assert {each.at for each in signed} == ({0} if kind is Kind.ED25519 else {1_700_000_000})
    assert verify_note(note, [key(number=3).verifier]) == ()
    assert open_checkpoint(note.data(), ORIGIN, [other.verifier]).size == 1
    for value in (note.signatures[0].value[:-1] + b"\x00", note.signatures[0].value[:-1], b"\xff" * 9, b"x"):
        spoiled = Note(TEXT, (Signature(ORIGIN, one.verifier.key_id, value), note.signatures[1]))
        with pytest.raises(NotSigned):
            verify_note(spoiled, [one.verifier, other.verifier])
        assert len(verify_note(spoiled, [other.verifier])) == 1
    changed = Note(Checkpoint(ORIGIN, 2, leaf_hash(b"one")).text(), note.signatures)
    with pytest.raises(NotSigned):
        verify_note(changed, [one.verifier])


def test_the_messages_of_cosignatures() -> None:
    """What is signed, written out from C2SP tlog-cosignature."""
    witness = key(WITNESS, Kind.COSIGNATURE)
    signature = sign_note(TEXT, [witness], at=1_679_315_147).signatures[0]
    assert signature.value[:8] == (1_679_315_147).to_bytes(8, "big")
    assert witness.verifier.verify(b"cosignature/v1\ntime 1679315147\n" + TEXT, signature.value[8:])
    lattice = key(WITNESS, Kind.ML_DSA_44)
    value = sign_note(TEXT, [lattice], at=7).signatures[0].value
    message = b"subtree/v1\n\0" + bytes([len(WITNESS)]) + WITNESS.encode() + (7).to_bytes(8, "big")
    message += bytes([len(ORIGIN)]) + ORIGIN.encode() + bytes(8) + (1).to_bytes(8, "big") + leaf_hash(b"one")
    assert lattice.verifier.verify(message, value[8:])


def test_cosignatures_are_of_checkpoints_and_have_a_time() -> None:
    for kind in (Kind.COSIGNATURE, Kind.ML_DSA_44):
        with pytest.raises(Malformed):
            sign_note(b"no checkpoint\n", [key(kind=kind)])
        for at in (-1, 1 << 63):
            with pytest.raises(Malformed):
                sign_note(TEXT, [key(kind=kind)], at=at)
    long = Checkpoint("o" * 256, 0, EMPTY_ROOT).text()
    assert sign_note(long, [key(kind=Kind.COSIGNATURE)]).signatures
    with pytest.raises(Malformed):
        sign_note(long, [key(kind=Kind.ML_DSA_44)])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"text\n\n\n",
        b"text\n\n- name AAAAAAA=\n",
        "text\n\n— name\n".encode(),
        "text\n\n— name %\n".encode(),
        "text\n\n— name AAAAAA==\n".encode(),
        "text\n\n— name AAAAAAB=\n".encode(),
        "text\n\n— na+me AAAAAAA=\n".encode(),
        "text\n\n—  AAAAAAA=\n".encode(),
        "text\n\n— name AAAAAAA= x\n".encode(),
        "text\n\n— name AAAAAAA=".encode(),
        "te\rxt\n\n— name AAAAAAA=\n".encode(),
        b"te\xffxt\n\n\xe2\x80\x94 name AAAAAAA=\n",
        "text\n\n— name AAAAAAA=\n".encode() + "— name AAAAAAA=\n".encode() * 100,
        b"x" * (LARGEST_NOTE + 1),
    ],
)
def test_what_is_no_note(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse_note(data)


def test_notes_that_are_read() -> None:
    note = parse_note("a\n\nb\n\n— name AAAAAAA=\n— other AAAAAAE=\n".encode())
    assert note.text == b"a\n\nb\n"
    assert [one.name for one in note.signatures] == ["name", "other"]
    assert verify_note(note, [key().verifier]) == ()
    for text in (b"no end", b"bell\x07\n"):
        with pytest.raises(Malformed):
            sign_note(text, [key()])
    with pytest.raises(Malformed):
        parse_signatures(b"")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"origin\n",
        b"origin\n0\n",
        b"origin\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        b"\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        b"origin\n00\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        b"origin\n+1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        b"origin\n\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        b"origin\n9223372036854775808\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        b"origin\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuA==\n",
        b"origin\n1\nAAAA\n",
        b"origin\n0\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n",
        b"origin\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n",
        b"ori\tgin\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
    ],
)
def test_what_is_no_checkpoint(text: bytes) -> None:
    with pytest.raises(Malformed):
        parse_checkpoint(text)


def test_checkpoints() -> None:
    text = b"origin\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nextra\n"
    checkpoint = parse_checkpoint(text)
    assert checkpoint == Checkpoint("origin", 0, EMPTY_ROOT, ("extra",))
    assert checkpoint.text() == text
    assert checkpoint.head == Head(0, EMPTY_ROOT)
    for origin, size, root in (
        ("a\nb", 0, EMPTY_ROOT),
        ("a", -1, EMPTY_ROOT),
        ("a", 1, b""),
        ("\ud800", 0, EMPTY_ROOT),
    ):
        with pytest.raises(Malformed):
            Checkpoint(origin, size, root)


def test_a_checkpoint_is_of_one_log_and_signed() -> None:
    note = sign_note(TEXT, [key()]).data()
    with pytest.raises(NotSigned, match="not of"):
        open_checkpoint(note, "another.example", [key().verifier])
    with pytest.raises(NotSigned, match="no known key"):
        open_checkpoint(note, ORIGIN, [key(number=2).verifier])


@given(st.integers(0, (1 << 63) - 1))
def test_numbers_read_back(number: int) -> None:
    assert from_decimal(str(number), "it") == number


def test_one_seed_is_not_one_key_for_every_kind() -> None:
    ids = {SigningKey("n", kind, bytes(32)).verifier.key_id for kind in Kind}
    assert len(ids) == len(Kind)


def test_without_ml_dsa_the_rest_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, lattice = key(), key(kind=Kind.ML_DSA_44)
    note = sign_note(TEXT, [plain, lattice])
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric.mldsa", None)
    assert [signed.key for signed in verify_note(note, [plain.verifier])] == [plain.verifier]
    with pytest.raises(NotSigned, match="version 48"):
        verify_note(note, [plain.verifier, lattice.verifier])
    with pytest.raises(NotSigned, match="version 48"):
        key(kind=Kind.ML_DSA_44)
