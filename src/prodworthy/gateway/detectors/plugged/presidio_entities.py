"""Plug-in `presidio`: Microsoft Presidio's analyzer, with a spaCy model that is installed already."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from prodworthy.gateway.detectors.detector import Reading
from prodworthy.gateway.detectors.plugged.fault import PluginFault, need, read_options
from prodworthy.policy.core.facts import Finding

_REMEDY = "'prodworthy[presidio]'"


class PresidioOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`model` is an installed spaCy model for `language`; `entities` limits what is looked for (empty: everything)."""

    model: str = "en_core_web_sm"
    language: str = "en"
    entities: tuple[str, ...] = ()
    threshold: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.5


class PresidioEntities(msgspec.Struct, frozen=True):
    """Findings have Presidio's entity types as kinds, in lower case. It holds the interpreter lock while it works."""

    fact: str
    options: PresidioOptions
    analyzer: Any

    def measure(self, reading: Reading) -> tuple[Finding, ...]:
        """Analyse every text. Time is that of the spaCy model."""
        return tuple(
            Finding(
                passage.part,
                passage.start + found.start,
                passage.start + found.end,
                re.sub(r"[^a-z0-9_]", "_", found.entity_type.lower()),
                min(1.0, max(0.0, float(found.score))),
            )
            for passage in reading.texts
            for found in self.analyzer.analyze(
                text=passage.text,
                language=self.options.language,
                entities=list(self.options.entities) or None,
                score_threshold=self.options.threshold,
            )
            if found.start < found.end
        )


def factory(options: Mapping[str, Any], name: str) -> PresidioEntities:
    """The entry point. Raises PluginFault for a package or model that is not installed: nothing is downloaded."""
    read = read_options(options, PresidioOptions, name)
    presidio = need("presidio_analyzer", name, _REMEDY)
    engines = need("presidio_analyzer.nlp_engine", name, _REMEDY)
    if not need("spacy", name, _REMEDY).util.is_package(read.model):
        raise PluginFault(
            f"detector {name}: the spaCy model {read.model} is not installed here, and is not downloaded: "
            f"python -m spacy download {read.model}"
        )
    # Presidio checks e-mail addresses by a package that would fetch a list of suffixes; the one it ships is enough.
    suffixes = need("tldextract.tldextract", name, _REMEDY)
    suffixes.TLD_EXTRACTOR = suffixes.TLDExtract(suffix_list_urls=())
    models = [{"lang_code": read.language, "model_name": read.model}]
    engine = engines.NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models}).create_engine()
    analyzer = presidio.AnalyzerEngine(nlp_engine=engine, supported_languages=[read.language])
    return PresidioEntities(name, read, analyzer)
