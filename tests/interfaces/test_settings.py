from __future__ import annotations

import os
from pathlib import Path

import pytest

from prodworthy.interfaces.settings import (
    SettingsFault,
    VendorSettings,
    address,
    credential,
    load_home,
    override,
)


def write(home: Path, text: str) -> None:
    home.mkdir(exist_ok=True)
    (home / "prodworthy.toml").write_text(text)


def test_everything_has_a_default(home: Path) -> None:
    found = load_home()
    assert found.folder == home
    assert (found.settings.gateway.port, found.settings.gateway.processes, found.settings.control.port) == (
        8600,
        1,
        8601,
    )
    assert found.store_url == f"sqlite:///{home}/prodworthy.db"
    assert [found.spool.name, found.kill.name, found.master_key.name] == ["spool", "kill", "master.key"]
    assert found.broker == f"{home}/quota.sock"


def test_the_file_then_the_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, '[gateway]\nport = 1\nprocesses = 2\n[store]\nurl = "sqlite:////a"\n')
    monkeypatch.setenv("PRODWORTHY_PORT", "3")
    monkeypatch.setenv("PRODWORTHY_STORE_URL", "postgresql://h/d")
    monkeypatch.setenv("PRODWORTHY_MASTER_KEY_FILE", "/keys/k")
    found = load_home()
    assert (found.settings.gateway.port, found.settings.gateway.processes) == (3, 2)
    assert (found.store_url, found.master_key) == ("postgresql://h/d", Path("/keys/k"))


def test_what_is_overridden_reaches_processes_started_later(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRODWORTHY_PROCESSES", "1")
    override(processes=4, port=None)
    assert os.environ["PRODWORTHY_PROCESSES"] == "4"
    assert "PRODWORTHY_PORT" not in os.environ
    assert load_home().settings.gateway.processes == 4


@pytest.mark.parametrize(
    "text",
    [
        "[gateway]\nprot = 1\n",
        "[gateway]\nport = 70000\n",
        "[gateway]\nprocesses = 0\n",
        "gateway = 1\n",
        "[",
        '[vendors.a]\napi = "openai"\nurl = "ftp://x"\n',
        '[vendors.a]\napi = "openai"\nurl = "http://user@x"\n',
        '[vendors.a]\napi = "openai"\nurl = "http://x"\nkey = "sk-itself"\n',
        '[vendors.A]\napi = "openai"\nurl = "http://x"\n',
    ],
)
def test_settings_that_do_not_fit_are_refused(home: Path, text: str) -> None:
    write(home, text)
    with pytest.raises(SettingsFault, match=r"prodworthy\.toml") as refused:
        load_home()
    assert "sk-itself" not in str(refused.value)


def test_an_environment_that_does_not_fit_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRODWORTHY_PORT", "many")
    with pytest.raises(SettingsFault, match="environment"):
        load_home()


def test_the_nearest_home_is_found(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PRODWORTHY_HOME")
    (tmp_path / ".prodworthy").mkdir()
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    assert load_home().folder == tmp_path / ".prodworthy"


def test_a_credential_is_read_where_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VENDOR_KEY", "from the environment")
    assert credential("env:VENDOR_KEY")() == "from the environment"
    file = tmp_path / "key"
    file.write_text("first\n")
    read = credential(f"file:{file}")
    assert read() == "first"
    file.write_text("second\n")
    assert read() == "first"  # within the second
    monkeypatch.setattr("prodworthy.interfaces.settings.KEY_SECONDS", 0.0)
    read = credential(f"file:{file}")
    assert read() == "second"
    file.write_text("third\n")
    assert read() == "third"
    assert credential("")() == ""


@pytest.mark.parametrize("reference", ["env:ABSENT_KEY", "file:/absent/key"])
def test_a_credential_that_is_nowhere_is_refused(reference: str) -> None:
    with pytest.raises(SettingsFault):
        credential(reference)


def test_an_address_is_origin_and_prefix() -> None:
    vendor = VendorSettings("openai", "https://api.example.org:8443/v1/")
    assert address(vendor) == ("https://api.example.org:8443", "/v1")
