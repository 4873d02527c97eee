"""What a gateway works with, as its settings name it: vendors, detectors besides our own, the key to kept content."""

from __future__ import annotations

from pathlib import Path

from prodworthy.gateway.detectors.equipment import Equipment
from prodworthy.gateway.detectors.plugged.fault import PluginFault
from prodworthy.gateway.detectors.plugins import PluginOptions, load
from prodworthy.gateway.providers.connect import transport_for
from prodworthy.gateway.providers.vendor import Vendor
from prodworthy.interfaces.settings import Home, Settings, SettingsFault, address, credential
from prodworthy.record.store.vault import Vault, read_or_create_key


def vault_of(home: Home) -> Vault:
    """What opens content that was kept. Raises SettingsFault where its key is not: a new one would open nothing."""
    if not home.master_key.exists():
        raise SettingsFault(f"there is no master key in {home.master_key}: what was kept cannot be opened here")
    return Vault(read_or_create_key(home.master_key))


def vendors_of(settings: Settings) -> dict[str, Vendor]:
    """A vendor for each section, with connections of its own. Raises SettingsFault for one that cannot be set up."""
    found = {}
    for name, vendor in settings.vendors.items():
        origin, prefix = address(vendor)
        try:
            ca = Path(vendor.ca_file).read_bytes() if vendor.ca_file else None
            transport = transport_for(origin, ca=ca, http2=vendor.http2)
        except (OSError, ValueError) as fault:
            raise SettingsFault(f"vendor {name}: {fault}") from None
        found[name] = Vendor(name, vendor.api, prefix, transport, credential(vendor.key), vendor.ask_usage)
    return found


def equipment_of(settings: Settings) -> Equipment:
    """Our own detectors, and the plug-ins that the settings name. Raises SettingsFault for one that cannot be had."""
    named = {name: PluginOptions(one.plugin, one.options) for name, one in settings.detectors.items()}
    try:
        return Equipment(plugins=load(named))
    except PluginFault as fault:
        raise SettingsFault(f"[detectors] {fault}") from None
