"""Settings: one TOML file in the home folder, overridden by a few environment variables. The only reader of either.

[gateway]  host, port, processes, lease (seconds), drain (seconds), open_on_loopback
[control]  host, port
[store]    url
[vendors.NAME]  api, url, key ("env:NAME" or "file:/path"), prices, ask_usage, http2,
                    ca_file
[evidence] enabled, seconds (between two seals), grace_days
[ledger]   origin, key, statement_key, next_key, next_statement_key (each "env:NAME" or "file:/path"),
           timestamp_url, timestamp_roots (a PEM file)
[ledger.witnesses.NAME]  url, key (its public key)
[detectors.NAME]  plugin (an entry point of the group `prodworthy.detectors`), options (a table)

PRODWORTHY_HOME, PRODWORTHY_STORE_URL, PRODWORTHY_MASTER_KEY_FILE, PRODWORTHY_PORT, PRODWORTHY_CONTROL_PORT,
PRODWORTHY_PROCESSES
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from prodworthy.record.secret_file import SecretExposed, read_or_create

KEY_SECONDS = 1.0
"""How long a key that was read from a file is used before the file is read again."""

HOME_NAME = ".prodworthy"
FILE_NAME = "prodworthy.toml"

Port = Annotated[int, Meta(ge=0, le=65_535)]


Reference = Annotated[str, Meta(pattern=r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:/.+)?$")]
"""Where a secret is found: in a variable of the environment, or in a file."""


class SettingsFault(Exception):
    """The settings cannot be used; the message says where and what to do."""


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of every section: an unknown setting is an error."""


class GatewaySettings(_Section, frozen=True):
    """Where clients connect, how many processes serve them, and how long an unconfirmed policy holds.

    `open_on_loopback`: whoever sits at this machine may read the pages at the gateway's address without the token.
    """

    host: str = "127.0.0.1"
    port: Port = 8600
    processes: Annotated[int, Meta(ge=1, le=256)] = 1
    lease: Annotated[float, Meta(ge=0.5, le=300)] = 5.0
    drain: Annotated[float, Meta(ge=0, le=3_600)] = 30.0
    open_on_loopback: bool = True


class ControlSettings(_Section, frozen=True):
    """Where the control API listens."""

    host: str = "127.0.0.1"
    port: Port = 8601


class StoreSettings(_Section, frozen=True):
    """The database; empty for the embedded default, a SQLite file in the home folder."""

    url: str = ""


class VendorSettings(_Section, frozen=True):
    """One vendor. `key` says where its key is found, never what it is.

    `prices`: the provider's id in the price list, where it is not the vendor's name. `ask_usage`: streams are asked for
    their token counts. `http2`: for a vendor that does not speak HTTP/1.1.
    """

    api: Literal["openai", "anthropic", "open-inference", "mlflow"]
    url: Annotated[str, Meta(pattern=r"^https?://[^\s?#@]+$")]
    key: Reference = ""
    ask_usage: bool = True
    prices: str = ""
    http2: bool = False
    ca_file: str = ""


class EvidenceSettings(_Section, frozen=True):
    """Whether this machine seals evidence (of several on one database, one does), and how often, in seconds.

    `grace_days`: how long a stage stays in force after evidence for it went missing.
    """

    enabled: bool = True
    seconds: Annotated[float, Meta(ge=0.5, le=3_600)] = 10.0
    grace_days: Annotated[int, Meta(ge=0, le=90)] = 7


class WitnessSettings(_Section, frozen=True):
    """One witness of the ledger: where checkpoints are submitted, and its public key (`name+id+base64`)."""

    url: Annotated[str, Meta(pattern=r"^https?://[^\s?#@]+$")]
    key: Annotated[str, Meta(min_length=1, max_length=3_000)]


class LedgerSettings(_Section, frozen=True):
    """The ledger's name, and where its secret keys are found, never what they are.

    Empty keys are files in the home folder, `ledger.key` and `statement.key`. A file that does not exist is made with a
    new key; the name of a new ledger is `origin`, or drawn at random. While there is a next key, both sign: hand its
    public half to whoever verifies, then put it in the place of the first.

    `timestamp_url` is a time-stamping authority (RFC 3161), `timestamp_roots` a PEM file of the roots to believe it.
    """

    origin: Annotated[str, Meta(pattern=r"^[^\s+]*$", max_length=80)] = ""
    key: Reference = ""
    statement_key: Reference = ""
    next_key: Reference = ""
    next_statement_key: Reference = ""
    timestamp_url: Annotated[str, Meta(pattern=r"^(https?://[^\s#@]+)?$")] = ""
    timestamp_roots: str = ""
    witnesses: dict[Annotated[str, Meta(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")], WitnessSettings] = {}


class DetectorSettings(_Section, frozen=True):
    """One plug-in detector: the entry point that offers it, and what is handed to its factory."""

    plugin: Annotated[str, Meta(min_length=1, max_length=100)]
    options: dict[str, Any] = {}


class Settings(_Section, frozen=True):
    """Everything. `home` and `master_key_file` are filled in by `load_settings`."""

    gateway: GatewaySettings = GatewaySettings()
    control: ControlSettings = ControlSettings()
    store: StoreSettings = StoreSettings()
    evidence: EvidenceSettings = EvidenceSettings()
    ledger: LedgerSettings = LedgerSettings()
    vendors: dict[Annotated[str, Meta(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")], VendorSettings] = {}
    detectors: dict[Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,63}$")], DetectorSettings] = {}
    master_key_file: str = ""


class Home(msgspec.Struct, frozen=True):
    """The folder that holds everything of one installation, and its settings."""

    folder: Path
    settings: Settings

    @property
    def store_url(self) -> str:
        """The database's address."""
        return self.settings.store.url or f"sqlite:///{self.folder / 'prodworthy.db'}"

    @property
    def spool(self) -> Path:
        """Where gateways write what happened, until it is in the journal."""
        return self.folder / "spool"

    @property
    def ledger(self) -> Path:
        """The folder of the ledger, whose files anybody may read and nobody may change."""
        return self.folder / "ledger"

    @property
    def kill(self) -> Path:
        """Where a file named TENANT.WORKLOAD (or ALL) stops a workload, database or not."""
        return self.folder / "kill"

    @property
    def broker(self) -> str:
        """The socket of the quota broker."""
        return str(self.folder / "quota.sock")

    @property
    def console(self) -> str:
        """The socket of the process that makes the pages."""
        return str(self.folder / "console.sock")

    @property
    def master_key(self) -> Path:
        """The file of the master key."""
        return Path(self.settings.master_key_file) if self.settings.master_key_file else self.folder / "master.key"

    @property
    def control_token(self) -> Path:
        """The file of the control API's token."""
        return self.folder / "control.token"


def load_home(folder: Path | None = None) -> Home:
    """Find the home folder and read its settings. Raises SettingsFault.

    The folder is the one given, else PRODWORTHY_HOME, else `.prodworthy` here or in a folder above, else `.prodworthy`
    here, which need not exist yet.
    """
    named = os.environ.get("PRODWORTHY_HOME")
    found = folder or (Path(named) if named else _nearest())
    return Home(found.absolute(), _overridden(_read(found / FILE_NAME)))


def override(**values: int | None) -> None:
    """Set settings of this process and of those it starts (`port`, `control_port`, `processes`); None sets nothing."""
    for name, value in values.items():
        if value is not None:
            os.environ[f"{_PREFIX}{name.upper()}"] = str(value)


def _overridden(settings: Settings) -> Settings:
    """The settings with what the environment says. Raises SettingsFault."""
    plain = msgspec.to_builtins(settings)
    for name, (section, field) in _OVERRIDES.items():
        value = os.environ.get(_PREFIX + name)
        if value:
            (plain[section] if section else plain)[field] = value
    try:
        return msgspec.convert(plain, Settings, strict=False)
    except msgspec.ValidationError as fault:
        raise SettingsFault(f"the environment variables {_PREFIX}… do not fit: {fault}") from None


_PREFIX = "PRODWORTHY_"
_OVERRIDES = {
    "STORE_URL": ("store", "url"),
    "MASTER_KEY_FILE": ("", "master_key_file"),
    "PORT": ("gateway", "port"),
    "PROCESSES": ("gateway", "processes"),
    "CONTROL_PORT": ("control", "port"),
}


def credential(reference: str) -> Callable[[], str]:
    """How to get a vendor's key at the moment of use. A file is read again after a second: a key rotates by writing it.

    Raises SettingsFault for a reference that leads nowhere.
    """
    kind, _, where = reference.partition(":")
    if kind == "env":
        if where not in os.environ:
            raise SettingsFault(f"the environment variable {where} is not set; set it to the vendor's key")
        value = os.environ[where]
        return lambda: value
    if kind == "file":
        path = Path(where)
        if not path.is_file():
            raise SettingsFault(f"the key file {where} does not exist; create it with mode 0600")
        return _KeyFile(path).read
    return lambda: ""


def secret(reference: str, otherwise: Path, fresh: Callable[[], str]) -> str:
    """A secret of our own: from where the settings say, else from the file `otherwise`. A missing file is made.

    Raises SettingsFault for one that is not there, or that others can read.
    """
    kind, _, where = reference.partition(":")
    if kind == "env":
        if not os.environ.get(where):
            raise SettingsFault(f"the environment variable {where} is not set; set it to the secret key")
        return os.environ[where].strip()
    path = Path(where) if kind == "file" else otherwise
    try:
        return read_or_create(path, fresh)
    except SecretExposed:
        text = f"{path} can be read by others; run chmod 600 on it, and consider the key disclosed"
        raise SettingsFault(text) from None
    except OSError as fault:
        raise SettingsFault(f"{path} cannot be read or created: {fault.strerror or fault}") from None


class _KeyFile:
    """A file that is read at most once a second, because whoever asks is serving somebody."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._key = ""
        self._until = float("-inf")

    def read(self) -> str:
        now = time.monotonic()
        if now >= self._until:
            self._key = self._path.read_text(encoding="ascii").strip()
            self._until = now + KEY_SECONDS
        return self._key


def address(vendor: VendorSettings) -> tuple[str, str]:
    """The vendor's origin (scheme, host and port) and the path before its routes."""
    parts = urlsplit(vendor.url)
    return f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")


def _nearest() -> Path:
    here = Path.cwd()
    return next((p / HOME_NAME for p in (here, *here.parents) if (p / HOME_NAME).is_dir()), here / HOME_NAME)


def _read(path: Path) -> Settings:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeError) as fault:
        raise SettingsFault(f"{path} cannot be read: {fault}") from None
    try:
        return msgspec.toml.decode(text, type=Settings)
    except msgspec.DecodeError as fault:
        raise SettingsFault(f"{path}: {fault}") from None
