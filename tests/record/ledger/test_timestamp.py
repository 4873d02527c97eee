"""Time stamps by a real authority on loopback: `openssl ts` behind a small web server."""

from __future__ import annotations

import datetime
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from prodworthy.record.ledger.checkpoint import Checkpoint
from prodworthy.record.ledger.faults import Malformed, NotSigned, Refused
from prodworthy.record.ledger.merkle import EMPTY_ROOT
from prodworthy.record.ledger.timestamp import LARGEST_STAMP, QUERY_TYPE, REPLY_TYPE, request_stamp, verify_stamp
from prodworthy.record.ledger.web import Answer
from tests.record.ledger.samples import ORIGIN
from tests.record.ledger.serving import serving

TEXT = Checkpoint(ORIGIN, 0, EMPTY_ROOT).text()
CONFIG = """
[tsa]
default_tsa = stamping
[stamping]
serial = {folder}/serial
signer_cert = {folder}/signer.pem
signer_key = {folder}/signer.key
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256, sha384, sha512
signer_digest = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


def _certificate(
    name: str, key: EllipticCurvePrivateKey, issuer: str, issuer_key: EllipticCurvePrivateKey
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    common = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, one)]) for one in (name, issuer)]
    builder = x509.CertificateBuilder(common[1], common[0], key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(
        now + datetime.timedelta(days=9)
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=name == issuer, path_length=None), critical=True)
    if name != issuer:
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(purpose, critical=True)
    return builder.sign(issuer_key, hashes.SHA256())


class Authority:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        root_key, signer_key = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
        root = _certificate("root", root_key, "root", root_key)
        signer = _certificate("stamping", signer_key, "root", root_key)
        self.root = root.public_bytes(Encoding.DER)
        self.signer = signer.public_bytes(Encoding.DER)
        (folder / "root.pem").write_bytes(root.public_bytes(Encoding.PEM))
        (folder / "signer.pem").write_bytes(signer.public_bytes(Encoding.PEM))
        secret = signer_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / "signer.key").write_bytes(secret)
        (folder / "serial").write_text("01\n")
        (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))

    def answer(self, path: str, body: bytes, media_type: str) -> Answer:
        assert media_type == QUERY_TYPE
        (self._folder / "query").write_bytes(body)
        command = ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-out", "reply"]
        subprocess.run(command, cwd=self._folder, check=True, capture_output=True)
        return Answer(200, REPLY_TYPE, (self._folder / "reply").read_bytes())


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def address(authority: Authority) -> Iterator[str]:
    with serving(authority.answer) as url:
        yield url


@pytest.fixture(scope="module")
def stamp(authority: Authority, address: str) -> bytes:
    return request_stamp(address, TEXT, [authority.root])


def test_a_checkpoint_is_stamped(authority: Authority, stamp: bytes, tmp_path: Path) -> None:
    now = datetime.datetime.now(datetime.UTC)
    at = verify_stamp(stamp, TEXT, [authority.root])
    assert abs(now - at) < datetime.timedelta(minutes=5)
    assert at.tzinfo is datetime.UTC
    other = Authority(tmp_path)
    assert verify_stamp(stamp, TEXT, [other.root, authority.root]) == at
    with pytest.raises(NotSigned):
        verify_stamp(stamp, TEXT, [other.root])


def test_what_is_no_stamp_of_this_text(authority: Authority, stamp: bytes) -> None:
    with pytest.raises(NotSigned):
        verify_stamp(stamp, TEXT + b"more\n", [authority.root])
    for at in range(0, len(stamp), 37):
        changed = stamp[:at] + bytes([stamp[at] ^ 1]) + stamp[at + 1 :]
        with pytest.raises((NotSigned, Malformed)):
            verify_stamp(changed, TEXT, [authority.root])
    for bad in (b"", stamp[:-1], bytes(LARGEST_STAMP + 1)):
        with pytest.raises(Malformed):
            verify_stamp(bad, TEXT, [authority.root])


def test_roots_that_cannot_be_used(stamp: bytes) -> None:
    with pytest.raises(Malformed, match="trust policy"):
        verify_stamp(stamp, TEXT, [])
    with pytest.raises(Malformed, match="certificate in DER"):
        verify_stamp(stamp, TEXT, [b"certificate"])


def test_an_answer_to_another_question(authority: Authority, stamp: bytes) -> None:
    with pytest.raises(NotSigned, match="Nonce"):
        request_stamp("https://a.example", TEXT, [authority.root], lambda *_: Answer(200, REPLY_TYPE, stamp))


@pytest.mark.parametrize(
    "answer",
    [Answer(500, REPLY_TYPE, b""), Answer(200, "text/html", b""), Answer(200, REPLY_TYPE, b"no stamp")],
)
def test_an_authority_that_misbehaves(authority: Authority, answer: Answer) -> None:
    with pytest.raises(Refused):
        request_stamp("https://a.example", TEXT, [authority.root], lambda *_: answer)
