"""What a workload is made of, as a CycloneDX 1.6 ML-BOM: models as declared and as they answered, tools, data."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from prodworthy.assurance.audit.reports.drawn import Drawn, Workload, time_text

SPECIFICATION = "1.6"


def bom_json(drawn: Drawn, workload: Workload) -> Iterator[bytes]:
    """The whole document."""
    claims, about = workload.claims, drawn.about
    models = _models(workload)
    data = [_data(number, name) for number, name in enumerate(claims.get("data", {}).get("classes", []))]
    tools = [{"bom-ref": f"tool-{number}", "name": name} for number, name in enumerate(claims.get("tools", []))]
    plain = {
        "bomFormat": "CycloneDX",
        "specVersion": SPECIFICATION,
        "serialNumber": f"urn:uuid:{drawn.uuid('bom', workload.name)}",
        "version": 1,
        "metadata": {
            "timestamp": time_text(about.at),
            "tools": {"components": [{"type": "application", "name": "prodworthy", "version": about.version}]},
            "component": {"type": "application", "bom-ref": "workload", "name": workload.name},
        },
        "components": [*models, *data],
        "services": tools,
        "dependencies": [
            {"ref": "workload", "dependsOn": sorted(str(one["bom-ref"]) for one in [*models, *data, *tools])}
        ],
    }
    yield json.dumps(plain, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _models(workload: Workload) -> list[dict[str, Any]]:
    answered: Counter[str] = Counter()
    for day in workload.evidence.days:
        for figures in day.figures.values():
            answered.update(figures.models)
    declared = {f"{one[0]}/{one[1]}": one[2] for one in workload.claims.get("models", [])}
    found = []
    for number, name in enumerate(sorted(declared.keys() | answered.keys())):
        vendor, _, model = name.partition("/")
        said = {
            "prodworthy:declared": "yes" if name in declared else "no",
            "prodworthy:region": declared.get(name, ""),
            "prodworthy:exchanges-answered": str(answered[name]),
        }
        properties = [{"name": each, "value": value} for each, value in said.items() if value]
        component = {"type": "machine-learning-model", "bom-ref": f"model-{number}", "name": model or name}
        found.append(component | {"publisher": vendor, "properties": properties})
    return found


def _data(number: int, name: str) -> dict[str, Any]:
    return {"type": "data", "bom-ref": f"data-{number}", "name": name, "data": [{"type": "dataset", "name": name}]}
