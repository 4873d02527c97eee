"""A prepared store, flags, people and controls for the tests of what people decide."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest

from prodworthy.operations.acts import Act, Target
from prodworthy.policy.controls.catalogue import collect
from prodworthy.policy.controls.contract import Control, Point, Stand
from prodworthy.policy.core.verdict import ALLOW
from prodworthy.record.store.database import Store, open_store
from prodworthy.record.store.flags import Flags
from prodworthy.record.store.migrate import migrate

SECOND = 1_000_000_000
NOON = 1_800_000_000 * SECOND


class Level(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings with a rule that no schema says: `low` below `high`."""

    low: int = 0
    high: int = 10
    step: Annotated[int, msgspec.Meta(multiple_of=5)] = 5

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("`low` is above `high`")


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings that ask for something only when words are named."""

    words: tuple[str, ...] = ()
    rule: dict[str, Any] = {}


class Needed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings without a default."""

    limit: int


def control(criterion: str, point: Point, settings: type[msgspec.Struct], applies: Any = None) -> Control:
    """A control that allows everything."""
    more = {"applies": applies} if applies else {}
    stand = Stand(point, lambda *_: ALLOW)
    return Control(criterion, f"title of {criterion}", (stand,), settings=settings, **more)


@pytest.fixture
def catalogue() -> Mapping[str, Control]:
    return collect(
        [
            control("PSF-1.2", Point.REQUEST, Level),
            control("PSF-1.4", Point.REQUEST, Level),
            control("PSF-2.1", Point.RESPONSE, Words, lambda settings: bool(settings.words)),
        ]
    )


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database that was migrated once; each test gets a copy."""
    path = tmp_path_factory.mktemp("prepared") / "store.db"
    opened = open_store(f"sqlite:///{path}")
    migrate(opened)
    opened.close()
    return path


@pytest.fixture
def store(tmp_path: Path, prepared: Path) -> Iterator[Store]:
    path = tmp_path / "store.db"
    shutil.copy(prepared, path)
    opened = open_store(f"sqlite:///{path}")
    yield opened
    opened.close()


@pytest.fixture
def flags(tmp_path: Path) -> Flags:
    return Flags(tmp_path / "flags")


@pytest.fixture
def ada() -> Act:
    return Act("ada@example.org", NOON)


@pytest.fixture
def desk() -> Target:
    return Target("default", "help-desk")
