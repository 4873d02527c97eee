"""An installation of Prodworthy for the examples: its settings, its verbs as a person would type them, its figures."""

import contextlib
import io
import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from prodworthy.interfaces.cli import main

MARK = "# Written by `make run`; it is written anew each time."
PROCESSES = 2
DRAIN_S = 3
EVIDENCE_S = 2
"""Seconds between two seals: an example is looked at sooner than an installation."""
GATEWAY_PORT, CONTROL_PORT = 8600, 8601
HOST = "127.0.0.1"


class InstallationError(Exception):
    """A verb was refused, or the home folder is not ours to write in; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What the journal counted for one workload since midnight (UTC)."""

    per_second: float = 0.0
    exchanges: int = 0
    answered: int = 0
    refused: int = 0
    killed: int = 0
    faults: int = 0
    blocked: int = 0
    redacted: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    latency: float = 0.0
    """Mean over everything that ended, in microseconds."""

    @property
    def ended(self) -> int:
        """Exchanges that came to an end."""
        return self.answered + self.refused + self.killed + self.faults


class Installation:
    """One home folder, used from this process and served from another."""

    def __init__(self, home: Path) -> None:
        """Use `home`, which need not exist. Raises InstallationError for one that holds other settings."""
        self.home = home.absolute()
        self.port = free_port(GATEWAY_PORT)
        self.control_port = free_port(CONTROL_PORT)
        settings = self.home / "prodworthy.toml"
        if settings.exists() and not settings.read_text(encoding="utf-8").startswith(MARK):
            raise InstallationError(f"{settings} was not written by this example; name another folder with --home")
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.environ["PRODWORTHY_HOME"] = str(self.home)
        os.environ.setdefault("PRODWORTHY_ACTOR", "make run")

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"http://{HOST}:{self.port}"

    def configure(self, model: str, scorer: str) -> None:
        """Write the settings: two ways to the language model at `model`, one to the scorer at `scorer`."""
        vendors = (
            ("local-openai", "openai", f"{model}/v1"),
            ("local-anthropic", "anthropic", model),
            ("local-scorer", "open-inference", scorer),
        )
        lines = [MARK, "[gateway]", f"port = {self.port}", f"processes = {PROCESSES}", f"drain = {DRAIN_S}"]
        lines += ["[control]", f"port = {self.control_port}", "[evidence]", f"seconds = {EVIDENCE_S}"]
        for name, api, url in vendors:
            lines += [f"[vendors.{name}]", f'api = "{api}"', f'url = "{url}"']
        (self.home / "prodworthy.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def issue(self, workload: str, *scopes: str) -> str:
        """A new key, kept in `key_file` for its owner only; the one issued before is revoked."""
        before = self._key_before(workload)
        options = [part for scope in scopes for part in ("--scope", scope)]
        key = str(json.loads(verb("key", "issue", workload, "--json", *options))["key"])
        file = self.key_file(workload)
        file.parent.mkdir(mode=0o700, exist_ok=True)
        file.unlink(missing_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
            out.write(key)
        if before:
            verb("key", "revoke", workload, before)
        return key

    def key_file(self, workload: str) -> Path:
        """Where this workload's key is, for whoever wants to try it."""
        return self.home / "keys" / workload

    def figures(self, workload: str) -> Figures:
        """Live figures, from the control API. Raises OSError."""
        token = (self.home / "control.token").read_text(encoding="ascii").strip()
        address = f"http://{HOST}:{self.control_port}/v1/workloads/default/{workload}"
        with urlopen(Request(address, headers={"Authorization": f"Bearer {token}"}), timeout=5) as reply:
            found: dict[str, Any] = json.loads(reply.read())["figures"]
        return Figures(**{name: found[name] for name in Figures.__slots__})

    def judged(self, since: int) -> bool:
        """Whether the evidence process has judged every workload on the roster after `since` (Unix ns)."""
        declared = json.loads(verb("roster", "--json"))["declared"]
        return all(row["standing"]["assessed_at"] > since for row in declared)

    def serves(self, key: str) -> bool:
        """Whether the gateways know this key's workload: a connection reaches one of them, so several are tried."""
        request = Request(f"{self.url}/v1/models", headers={"Authorization": f"Bearer {key}"})
        try:
            for _ in range(4 * PROCESSES):
                with urlopen(request, timeout=5):
                    pass
        except HTTPError as refused:
            if refused.code in (401, 503):  # not known yet, or not ready yet
                return False
            raise
        return True

    def _key_before(self, workload: str) -> str:
        """The id of the key that an earlier run issued, if it is still in force."""
        try:
            name = self.key_file(workload).read_text(encoding="ascii").split("_")[1]
        except (FileNotFoundError, IndexError):
            return ""
        known = json.loads(verb("key", "list", workload, "--json"))
        return name if any(key["id"] == name and key["revoked_at"] is None for key in known) else ""


def verb(*arguments: str) -> str:
    """What `prodworthy ARGUMENTS` prints. Raises InstallationError with what it says when it refuses."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(list(arguments))
            code: object = 0
        except SystemExit as ended:
            code = ended.code
    if code not in (0, None):
        raise InstallationError(f"prodworthy {' '.join(arguments)}: {err.getvalue().strip()}")
    return out.getvalue()


def free_port(wanted: int) -> int:
    """The port that is wanted, or another if something listens there."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise InstallationError("no port is free on this machine")


def memory_mb(root: int) -> list[int]:
    """Megabytes of memory that a process and each of its children hold, shared pages in shares (Linux: PSS)."""
    children = Path(f"/proc/{root}/task/{root}/children").read_text(encoding="ascii").split()
    found = []
    for pid in (str(root), *children):
        rolled = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        found.append(next(int(line.split()[1]) // 1000 for line in rolled.splitlines() if line.startswith("Pss:")))
    return found
