"""Trust policies and proofs of logging: what they accept, and everything that they must not."""

from __future__ import annotations

import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from prodworthy.record.ledger.checkpoint import Checkpoint
from prodworthy.record.ledger.encoding import to_base64
from prodworthy.record.ledger.faults import Malformed, NotProven, NotSigned
from prodworthy.record.ledger.keys import Kind, SigningKey
from prodworthy.record.ledger.merkle import inclusion_proof, leaf_hash
from prodworthy.record.ledger.note import sign_note
from prodworthy.record.ledger.proof_file import LARGEST_PROOF, Proof, parse_proof, verify_proof
from prodworthy.record.ledger.trust import Group, Peer, TrustPolicy, parse_policy
from tests.record.ledger.samples import ORIGIN, key, slow_nodes, slow_root

LOG, NEXT, STATEMENTS = key(), key(number=2), key("statements.example")
WITNESSES = {f"W{number}": key(f"w{number}.example", Kind.COSIGNATURE) for number in range(4)}
LATTICE = key("w4.example", Kind.ML_DSA_44)
LEAVES = [leaf_hash(bytes([number])) for number in range(11)]
CHECKPOINT = Checkpoint(ORIGIN, len(LEAVES), slow_root(LEAVES))


def _certificate() -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "root")])
    secret = Ed25519PrivateKey.from_private_bytes(bytes(32))
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    built = x509.CertificateBuilder(name, name, secret.public_key(), 1, start, start.replace(year=2027))
    return built.sign(secret, None).public_bytes(Encoding.DER)


ROOT = _certificate()
LINES = [
    "# who we trust",
    "",
    f"log {LOG.verifier.text()} https://log.example/",
    f"\tlog\t {NEXT.verifier.text()} ",
    *(f"witness {name} {one.verifier.text()}" for name, one in WITNESSES.items()),
    f"witness lattice {LATTICE.verifier.text()} https://w4.example/",
    "group two 2 W0 W1 W2",
    "group one any W3 lattice",
    "group both all two one",
    "quorum both",
    f"#: statement-key {STATEMENTS.verifier.text()}",
    f"#:timestamp-root {to_base64(ROOT)}",
]


def policy_of(*lines: str) -> TrustPolicy:
    return parse_policy("".join(f"{line}\n" for line in lines).encode())


POLICY = policy_of(*LINES)


def signed(*signers: SigningKey) -> bytes:
    return sign_note(CHECKPOINT.text(), signers, at=1_700_000_000).data()


def test_a_policy_is_read_and_written() -> None:
    assert [peer.key for peer in POLICY.logs] == [LOG.verifier, NEXT.verifier]
    assert [peer.url for peer in POLICY.logs] == ["https://log.example/", ""]
    assert POLICY.witnesses["lattice"] == Peer(LATTICE.verifier, "https://w4.example/")
    assert POLICY.groups == {
        "two": Group(2, ("W0", "W1", "W2")),
        "one": Group(1, ("W3", "lattice")),
        "both": Group(2, ("two", "one")),
    }
    assert POLICY.statement_keys == (STATEMENTS.verifier,)
    assert POLICY.timestamp_roots == (ROOT,)
    assert parse_policy(POLICY.text()) == POLICY
    assert parse_policy(TrustPolicy().text()) == policy_of("quorum none")


def test_the_quorum() -> None:
    w0, w1, w2, w3 = WITNESSES.values()
    for witnesses in ([w0, w1, w3], [w0, w2, LATTICE], [w0, w1, w2, w3, LATTICE]):
        trusted = POLICY.open(signed(LOG, *witnesses))
        assert trusted.checkpoint == CHECKPOINT
        assert trusted.logs == (LOG.verifier,)
        assert set(trusted.witnesses.values()) == {1_700_000_000}
        assert len(trusted.witnesses) == len(witnesses)
    for witnesses in ([], [w0, w3], [w0, w1, w2], [w3, LATTICE]):
        with pytest.raises(NotSigned, match="quorum"):
            POLICY.open(signed(LOG, *witnesses))
    assert POLICY.open(signed(LOG, NEXT, w0, w1, w3)).logs == (LOG.verifier, NEXT.verifier)
    with pytest.raises(NotSigned, match="no log"):
        POLICY.open(signed(w0, w1, w3))


def test_a_log_speaks_for_its_own_origin_only() -> None:
    policy = policy_of(f"log {LOG.verifier.text()}", "quorum none")
    assert policy.open(signed(LOG)).witnesses == {}
    foreign = sign_note(Checkpoint("another.example", 1, LEAVES[0]).text(), [LOG]).data()
    with pytest.raises(NotSigned):
        policy.open(foreign)


def test_a_wrong_cosignature_spoils_the_checkpoint() -> None:
    w0 = WITNESSES["W0"]
    policy = policy_of(f"log {LOG.verifier.text()}", f"witness W0 {w0.verifier.text()}", "quorum none")
    other = sign_note(Checkpoint(ORIGIN, 1, LEAVES[0]).text(), [w0], at=1).signatures[0]
    with pytest.raises(NotSigned, match="does not verify"):
        policy.open(signed(LOG) + other.line())
    later = sign_note(CHECKPOINT.text(), [w0], at=1_800_000_000).signatures[0]
    assert policy.open(signed(LOG, w0) + later.line()).witnesses == {"W0": 1_800_000_000}


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["# nothing"],
        ["quorum nobody"],
        ["quorum none", "quorum none"],
        ["quorum"],
        ["logs x", "quorum none"],
        ["log", "quorum none"],
        ["log not-a-key", "quorum none"],
        [f"log {LOG.verifier.text()} a b", "quorum none"],
        [f"log {LOG.verifier.text()}", f"log {LOG.verifier.text()}", "quorum none"],
        [f"log {WITNESSES['W0'].verifier.text()}", "quorum none"],
        [f"witness W {LOG.verifier.text()}", "quorum none"],
        [f"witness {WITNESSES['W0'].verifier.text()}", "quorum none"],
        [f"witness none {WITNESSES['W0'].verifier.text()}", "quorum none"],
        [*LINES[4:6], "group W0 any W1", "quorum none"],
        [*LINES[4:6], "group g any", "quorum none"],
        [*LINES[4:6], "group g 0 W0", "quorum none"],
        [*LINES[4:6], "group g 3 W0 W1", "quorum none"],
        [*LINES[4:6], "group g 01 W0 W1", "quorum none"],
        [*LINES[4:6], "group g most W0 W1", "quorum none"],
        [*LINES[4:6], "group g any W0 W0", "quorum none"],
        [*LINES[4:6], "group g any W0", "group h any W0", "quorum none"],
        [*LINES[4:6], "group g any W9", "quorum none"],
        [*LINES[4:6], "group g any none", "quorum none"],
        ["quorum none", "#: statement-keys x"],
        ["quorum none", "#:"],
        ["quorum none", "#: statement-key"],
        ["quorum none", f"#: statement-key {LOG.verifier.text()} x"],
        ["quorum none", f"#: statement-key {LATTICE.verifier.text()}"],
        ["quorum none", f"log {LOG.verifier.text()}", f"#: statement-key {LOG.verifier.text()}"],
        ["quorum none", "#: timestamp-root"],
        ["quorum none", "#: timestamp-root AAAA"],
        ["quorum none", "#: timestamp-root %"],
        ["quorum none", "be\x07ll"],
        ["quorum none", *["#"] * 1000],
    ],
)
def test_what_is_no_policy(lines: list[str]) -> None:
    with pytest.raises(Malformed):
        policy_of(*lines)


def test_a_policy_says_where_it_is_wrong_and_keeps_other_octets() -> None:
    with pytest.raises(Malformed, match="line 2 of the trust policy"):
        policy_of("quorum none", "frobnicate")
    with pytest.raises(Malformed):
        parse_policy(b"quorum none")
    octets = b"witness \xff\xfe " + WITNESSES["W0"].verifier.text().encode() + b"\nquorum \xff\xfe\n"
    assert parse_policy(parse_policy(octets).text()).text() == parse_policy(octets).text() == octets
    with pytest.raises(Malformed):
        parse_policy(b"log \xff" + LOG.verifier.text().encode() + b"\nquorum none\n")


@pytest.mark.parametrize("extra", [None, b"", b"more"])
def test_a_proof_is_read_and_verified(extra: bytes | None) -> None:
    policy = policy_of(f"log {LOG.verifier.text()}", "quorum none")
    for index in (0, 4, 10):
        hashes = tuple(inclusion_proof(slow_nodes(LEAVES), index, len(LEAVES)))
        data = Proof(index, hashes, signed(LOG), extra).data()
        proof = parse_proof(data)
        assert proof.data() == data
        assert proof.extra == extra
        assert verify_proof(proof, LEAVES[index], policy).checkpoint == CHECKPOINT
        with pytest.raises(NotProven):
            verify_proof(proof, LEAVES[index - 1], policy)
    assert data.startswith(b"c2sp.org/tlog-proof@v1\n")


def test_what_is_no_proof() -> None:
    note, line = signed(LOG), f"{to_base64(LEAVES[0])}\n".encode()
    head = b"c2sp.org/tlog-proof@v1\n"
    assert parse_proof(head + b"index 0\n\n" + note).hashes == ()
    for bad in (
        b"",
        head,
        head + b"\n" + note,
        b"c2sp.org/tlog-proof@v2\nindex 0\n\n" + note,
        head + b"index 00\n\n" + note,
        head + b"index -1\n\n" + note,
        head + b"extra %\nindex 0\n\n" + note,
        head + b"extra QUI=\n\n" + note,
        head + b"index 0\nAAAA\n\n" + note,
        head + b"index 0\n" + line * 64 + b"\n" + note,
        head + b"extra " + b"A" * (88 << 10) + b"\nindex 0\n\n" + note,
        head + b"index 0\n\n" + CHECKPOINT.text(),
        bytes(LARGEST_PROOF + 1),
    ):
        with pytest.raises(Malformed):
            parse_proof(bad)
