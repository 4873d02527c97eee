from __future__ import annotations

import random
import re

import pytest

from prodworthy.gateway.detectors.detector import Reading
from prodworthy.gateway.detectors.secrets.detector import KINDS, SHAPES, SecretsDetector
from prodworthy.gateway.detectors.secrets.plausible import made_up
from prodworthy.gateway.detectors.secrets.shape import Named, Shape
from prodworthy.gateway.detectors.secrets.vendors_more import NAMED
from prodworthy.policy.core.exchange import Call, Operation, Passage
from prodworthy.policy.core.facts import Finding
from tests.gateway.detectors.secrets.sampling import sample

DETECTOR = SecretsDetector()
NAMES = {
    "aws_secret_key": "AWS_SECRET_ACCESS_KEY",
    "twilio_auth_token": "TWILIO_AUTH_TOKEN",
    "datadog_key": "DD_API_KEY",
    "heroku_key": "HEROKU_API_KEY",
    "cloudflare_token": "CLOUDFLARE_API_TOKEN",
    "azure_key": "AZURE_OPENAI_API_KEY",
    "ibm_cloud_key": "IBM_CLOUD_API_KEY",
    "facebook_secret": "FB_APP_SECRET",
    "postmark_token": "POSTMARK_SERVER_TOKEN",
    "okta_token": "OKTA_API_TOKEN",
    "algolia_key": "ALGOLIA_ADMIN_KEY",
    "snyk_token": "SNYK_TOKEN",
    "wandb_key": "WANDB_API_KEY",
    "mistral_key": "MISTRAL_API_KEY",
    "cohere_key": "COHERE_API_KEY",
    "pagerduty_key": "PAGERDUTY_API_KEY",
    "fastly_token": "FASTLY_API_TOKEN",
    "vercel_token": "VERCEL_TOKEN",
    "travis_token": "TRAVIS_API_TOKEN",
    "codecov_token": "CODECOV_TOKEN",
}


def found(text: str) -> list[tuple[str, str]]:
    return [(one.kind, text[one.start : one.end]) for one in DETECTOR.find(text)]


def drawn(pattern: str, seed: str) -> str:
    for turn in range(50):
        text = sample(pattern, random.Random(f"{seed}{turn}"))
        if not made_up(text) and sum(char.isdigit() for char in text) >= 2:
            return text
    raise AssertionError(pattern)


@pytest.mark.parametrize("shape", SHAPES, ids=[shape.kind for shape in SHAPES])
def test_every_shape_is_found_as_the_vendor_issues_it(shape: Shape) -> None:
    for turn in range(5):
        credential = drawn(shape.pattern, f"{shape.kind}{turn}")
        inner = re.fullmatch(shape.pattern, credential)
        assert inner is not None
        secret = inner[1] if inner.re.groups else credential
        assert (shape.kind, secret) in found(f"the key is {credential}, keep it"), credential
        assert (shape.kind, secret) in found(f'{{"x": "{credential}"}}'), credential


@pytest.mark.parametrize("named", NAMED, ids=[named.kind for named in NAMED])
def test_every_named_credential_is_found_beside_its_name(named: Named) -> None:
    value = drawn(named.pattern, named.kind)
    name = NAMES[named.kind]
    for line in (f"{name}={value}", f"export {name}='{value}'\n", f'"{name.lower()}": "{value}",', f"{name}: {value}"):
        assert [text for _, text in found(line)] == [value], line


def test_there_are_many_vendors_and_no_kind_outside_the_list() -> None:
    assert len({shape.kind for shape in SHAPES}) >= 100
    assert {shape.kind for shape in SHAPES} | {named.kind for named in NAMED} < KINDS


@pytest.mark.parametrize(
    "kind, secret, text",
    [
        ("password", "Tr0ub4dor&3", 'password = "Tr0ub4dor&3"'),
        ("password", "s3cr3t-w0rd", "DB_PASSWORD: s3cr3t-w0rd\n"),
        ("password", "c0rrectH0rse", '"passwd": "c0rrectH0rse",'),
        ("secret_value", "q8Zk2LmN4pRt6VwX", 'api_key="q8Zk2LmN4pRt6VwX"'),
        ("secret_value", "9f3c1b7a5d2e8f60", "client_secret: 9f3c1b7a5d2e8f60"),
        ("secret_value", "q8Zk2LmN4pRt6VwX", '#define IO_KEY       "q8Zk2LmN4pRt6VwX"'),
        ("secret_value", "q8Zk2LmN4pRt6VwX", '  api_key            =      "q8Zk2LmN4pRt6VwX",'),
        ("password", "Tr0ub4dor&3", "credentials { username 'ann'\n  password 'Tr0ub4dor&3' }"),
        ("authorization", "q8Zk2LmN4pRt6VwX0a1b", "Authorization: Bearer q8Zk2LmN4pRt6VwX0a1b"),
        ("database_url_with_password", "p4ssW0rd!", "postgres://app:p4ssW0rd!@db.internal:5432/main"),
        ("url_with_password", "tok3nvalue", "https://ci:tok3nvalue@git.internal/x.git"),
        ("jwt", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2ln", "t=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2ln;"),
    ],
)
def test_finds_what_no_vendor_stands_behind(kind: str, secret: str, text: str) -> None:
    assert found(text) == [(kind, secret)]


def test_a_private_key_is_found_line_by_line() -> None:
    body = ["MIIEowIBAAKCAQEA" + "Ab3+/xYz" * 6, "q9" * 32, "Zz1=" * 4]
    text = "\n".join(["-----BEGIN RSA PRIVATE KEY-----", *body, "-----END RSA PRIVATE KEY-----", "done"])
    assert found(text) == [("private_key", line) for line in ["-----BEGIN RSA PRIVATE KEY-----", *body]]
    escaped = text.replace("\n", "\\n")
    assert [kind for kind, _ in found(escaped)] == ["private_key"] * 4


def test_a_private_key_of_4096_bits_is_found_whole() -> None:
    body = ["".join(random.Random(line).choices("ABCDabcd0123+/", k=64)) for line in range(50)]
    text = "\n".join(["-----BEGIN PRIVATE KEY-----", *body, "Zz1=", "-----END PRIVATE KEY-----"])
    assert [value for _, value in found(text)] == ["-----BEGIN PRIVATE KEY-----", *body, "Zz1="]


def test_what_follows_the_mention_of_a_private_key_is_left_alone() -> None:
    text = "It starts with -----BEGIN PRIVATE KEY----- and internationalisation of characterisations follows"
    assert [value for _, value in found(text)] == ["-----BEGIN PRIVATE KEY-----"]


def test_a_long_token_is_found_in_pieces_without_gap() -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.eyJ" + "aB3" * 250 + "." + "xY9" * 30
    pieces = DETECTOR.find(f"auth {token} end")
    assert "".join(f"auth {token} end"[one.start : one.end] for one in pieces) == token
    assert {one.kind for one in pieces} == {"jwt"}


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        'api_key = "<your-key>"',
        "password = ${DB_PASSWORD}",
        "token: {{ secrets.TOKEN }}",
        "password=1234567890",
        "password: str = Field(...)",
        "token = get_token(user)",
        "secret = os.environ['SECRET']",
        "self.password = password",
        'password = "password"',
        "api_key=aaaaaaaaaaaaaaaaaaaaaaaa",
        "id 550e8400-e29b-41d4-a716-446655440000",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "-----BEGIN CERTIFICATE-----\nMIIEowIBAAKCAQEAb3xYzAb3xYzAb3xYzAb3xYz\n-----END CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----\nMIIEowIBAAKCAQEAb3xYzAb3xYzAb3xYzAb3xYz\n-----END PUBLIC KEY-----",
        "https://example.org:8080/path?token",
        "risk-free-assessment-of-everything-in-the-world-today-please",
        "max_tokens: 4096, token_count=128000",
        "eyJ is how base64 of JSON begins",
    ],
)
def test_leaves_alone(text: str) -> None:
    assert found(text) == []


def test_offsets_count_code_points_of_the_part() -> None:
    text = "\U0001f600\ud800é ghp_q8Zk2LmN4pRt6VwX0a1bC3dE5fG7hI9jK1lM"
    passages = (Passage("messages.1.content", "tool", text, start=50),)
    assert DETECTOR.measure(Reading(passages, Call(Operation.CHAT))) == (
        Finding("messages.1.content", 54, 94, "github_token", 0.98),
    )


@pytest.mark.parametrize(
    "secret, text",
    [
        ("q8Zk2LmN4pRt6VwX", "deploy --api-key q8Zk2LmN4pRt6VwX --dry-run"),
        ("YWRhOnBhc3M0NTY=", "//registry.internal/:_auth=YWRhOnBhc3M0NTY="),
        ("7213808860:AAH1bjqpKKW3maRSPAxzIU-0v6xNuq2-NjM", "/bot7213808860:AAH1bjqpKKW3maRSPAxzIU-0v6xNuq2-NjM/getMe"),
    ],
)
def test_finds_secrets_where_they_are_used(secret: str, text: str) -> None:
    assert [value for _, value in found(text)] == [secret]
