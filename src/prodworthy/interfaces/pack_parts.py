"""What makes packs of this installation: its ledger and keys, its store, the standard, and a browser to print with."""

from __future__ import annotations

from importlib import resources

from prodworthy.assurance.packing.making import PackMaker, Print
from prodworthy.assurance.packing.recorded import Recorded
from prodworthy.assurance.packing.sources import Judges
from prodworthy.interfaces.books import books_of
from prodworthy.interfaces.settings import Home
from prodworthy.interfaces.standards import MAPPINGS, PACKAGE, load_standard, standard_files
from prodworthy.record.sealing.projection import person_of
from prodworthy.record.sealing.sealer import Sealer
from prodworthy.record.store.database import Store
from prodworthy.record.store.vault import Vault, read_or_create_key


def judges() -> Judges:
    """The standard that ships, and the text of its files."""
    folder = resources.files(PACKAGE) / MAPPINGS
    files = {file.name: file.read_bytes().decode("utf-8") for file in folder.iterdir() if file.name.endswith(".toml")}
    return Judges(load_standard(), standard_files()[0], files)


def maker(home: Home, store: Store, names: bool, printing: Print) -> PackMaker:
    """A maker of packs. The seal is signed by the older statement key while there are two. Raises SettingsFault."""
    books = books_of(home)
    sources = Recorded(store, books, Sealer(store, _vault(home), books), names)
    return PackMaker(sources, books.statement_keys[0], judges(), printing)


def pseudonym(home: Home, actor: str) -> str:
    """The keyed pseudonym of who makes a pack, 32 hex digits. Raises KeyFault."""
    return person_of(_vault(home), "", actor)


def _vault(home: Home) -> Vault:
    return Vault(read_or_create_key(home.master_key))
