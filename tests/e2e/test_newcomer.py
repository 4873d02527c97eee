"""From three lines of a manifest to real users, by nothing but what the verbs print; and what a Pilot refuses."""

from __future__ import annotations

import contextlib
import http.client
import json
import shlex
from collections.abc import Callable, Iterator
from typing import Any

import openai
import pytest

from prodworthy.record.ledger.trust import parse_policy
from prodworthy.record.sealing.proof_check import checked
from tests.e2e.installation import ASKED, SETTLED_S, Installed, chat, installed
from tests.interfaces.serving import until
from tests.simulator import VendorProcess

pytestmark = [pytest.mark.slow, pytest.mark.alone]
MANIFEST: dict[str, Any] = {"id": "desk", "owner": "Ada", "models": ["sim/gpt-sim"]}
TYPED: dict[str, dict[str, Any]] = {
    "declare `users.real: true` with caps in the manifest, then apply it": {"users": {"real": True}},
    "declare `users.maximum`": {"users": {"real": True, "maximum": 2}},
    "declare `limits.rate`": {"limits": {"rate": {"count": 100}}},
    "declare `data.classes`": {"data": {"classes": ["tickets"], "personal": True, "legal_basis": "contract"}},
}
"""What a person writes into the manifest on reading a step."""


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory, vendor: VendorProcess) -> Iterator[Installed]:
    """One gateway, so that users are counted in one place; evidence is sealed twice a second."""
    with installed(
        tmp_path_factory.mktemp("newcomer") / "home", {"sim": ("openai", f"{vendor.url}/v1")}, 1, 0.5
    ) as running:
        yield running


@pytest.fixture
def connection(newcomer: Installed) -> Iterator[http.client.HTTPConnection]:
    with contextlib.closing(newcomer.connect()) as opened:
        yield opened


def said(newcomer: Installed, *arguments: str) -> str:
    ran = newcomer.verb(*arguments)
    assert ran.code == 0, ran.err
    return ran.out


def row(newcomer: Installed) -> str:
    """The workload's line on the roster."""
    return next(line for line in said(newcomer, "roster").splitlines() if line.startswith("desk "))


def steps(text: str) -> list[str]:
    """What `assess` says to do, in its order."""
    return [line.strip() for line in text.partition("Next, by effect\n")[2].splitlines()[1::2]]


def follow(newcomer: Installed, step: str, manifest: dict[str, Any]) -> None:
    """Do what a step says."""
    if step in TYPED:
        manifest |= TYPED[step]
        assert newcomer.apply(manifest).code == 0
    else:
        words = shlex.split(step)[1:]
        # the simulator's answers are too short to be held open
        said(newcomer, *words, *(["--streams", "0"] if words[0] == "drill" else []))


def issued(newcomer: Installed, traffic: str) -> str:
    return str(json.loads(said(newcomer, "key", "issue", "desk", "--traffic", traffic, "--json"))["key"])


def refused(newcomer: Installed, key: str) -> str:
    """What an OpenAI client is told that the stage is closed to."""
    with openai.OpenAI(base_url=f"{newcomer.url}/v1", api_key=key, max_retries=0) as client:
        with pytest.raises(openai.PermissionDeniedError) as told:
            client.chat.completions.create(model="gpt-sim", messages=ASKED, user="ann")
        assert told.value.code == "stage_closed"
        return told.value.message


def test_a_newcomer_is_led_to_real_users_and_no_further(
    newcomer: Installed, connection: http.client.HTTPConnection
) -> None:
    manifest = dict(MANIFEST)
    assert newcomer.apply(manifest).code == 0
    until(lambda: "no real users or customer data are declared" in row(newcomer), SETTLED_S)
    assert row(newcomer).split()[1] == "Experiment"
    live = issued(newcomer, "live")
    until(lambda: chat(connection, live, user="ann").status == 403)  # until then the key is unknown
    assert "`prodworthy show` says what is missing" in refused(newcomer, live)

    followed = []
    while "The evidence gives Pilot" not in (text := said(newcomer, "assess", "desk")):
        if "\n  Stage Pilot" in text:
            break  # the installation was quicker
        followed.append(steps(text)[0])
        assert len(followed) < 8, followed
        follow(newcomer, followed[-1], manifest)
    assert followed[:4] == list(TYPED)
    assert [shlex.split(step)[1:3] for step in followed[4:]] == [["drill", "run"], ["attest", "desk"]]

    until(lambda: row(newcomer).split()[1].startswith("Pilot"), SETTLED_S)
    until(lambda: chat(connection, live, user="ann").status == 200, SETTLED_S)
    answered = chat(connection, live, user="bob")
    assert answered.status == 200
    one_too_many = chat(connection, live, user="cat")
    assert (one_too_many.status, one_too_many.body["error"]["code"]) == (403, "users_exhausted")
    _widening_needs_two(newcomer, manifest, lambda: chat(connection, live, user="cat").status)

    proof = json.loads(said(newcomer, "ledger", "prove", answered.exchange))
    assert checked(proof, parse_policy(said(newcomer, "ledger", "trust").encode())).frames == 2


def _widening_needs_two(newcomer: Installed, manifest: dict[str, Any], third: Callable[[], int]) -> None:
    """A frozen Pilot is not widened; one person overrides nothing, two people do, and it is shown."""
    assert "Pilot, frozen" in row(newcomer)
    wider = newcomer.apply(manifest | {"users": {"real": True, "maximum": 3}})
    assert wider.code == 1
    assert "users.maximum: The cap on end users is raised from 2 to 3. The scope is frozen." in wider.err
    assert "close first: PSF-3.1 " in wider.err
    over = json.loads(said(newcomer, "override", "desk", "production", "--reason", "the fair", "--json"))
    sealed = json.loads(said(newcomer, "assess", "desk", "--json"))["standing"]
    assert (sealed["stage"], sealed["override"]) == ("pilot", None)
    alone = newcomer.verb("second", "desk", str(over["number"]))
    assert (alone.code, "another person has to second it" in alone.err) == (1, True)
    assert (third(), "Pilot, frozen" in row(newcomer)) == (403, True)
    said(newcomer, "second", "desk", str(over["number"]), "--by", "grace")
    until(lambda: "Production, override until " in row(newcomer), SETTLED_S)
    until(lambda: third() == 200, SETTLED_S)
    shown = [line.split() for line in said(newcomer, "show", "desk").splitlines()]
    assert ["override", "the", "fair"] in shown
    assert not any(line[:2] == ["frozen", "by"] for line in shown)


def test_personal_data_in_an_experiment_becomes_a_contradiction(
    newcomer: Installed, connection: http.client.HTTPConnection
) -> None:
    key = newcomer.declare("sketch", ["sim/gpt-sim"], controls={"PSF-3.1": {}})
    newcomer.record(chat(connection, key, "I am ann@example.com").exchange)
    text = until(lambda: _contradiction(said(newcomer, "assess", "sketch")), SETTLED_S)
    assert text == "! test traffic is synthetic, personal data was found in 1 exchange(s)"


def _contradiction(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.startswith("  ! ")), "")
