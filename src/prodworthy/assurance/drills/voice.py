"""How one workload is spoken to: its protocol, its model, and a request that its own input contract lets pass."""

from __future__ import annotations

import itertools
import json
import time
from urllib.parse import quote

import msgspec

from prodworthy.assurance.drills.door import Unanswered
from prodworthy.assurance.drills.outcome import Incomplete
from prodworthy.assurance.drills.run import Run
from prodworthy.assurance.drills.speech import SPEECHES, Document, Said, Speech, Subject
from prodworthy.policy.controls.input_governance.input_contract import CONTROL, Feature, Settings
from prodworthy.policy.core.manifest import Model
from prodworthy.record.journal.latest import latest
from prodworthy.record.journal.read import Selection

_LOOKED_BACK = 7 * 86_400_000_000_000
_LOOKED_AT = 200


class Voice(msgspec.Struct, frozen=True):
    """A protocol, what is asked in it, and the contract that requests have to keep to."""

    speech: Speech
    subject: Subject
    contract: Settings

    @property
    def path(self) -> str:
        """Where requests go."""
        return self.speech.path.replace("{model}", quote(self.subject.model, safe=""))

    def document(self, said: Said) -> Document:
        """A well-formed request, within the declared scope and length."""
        scope, longest = self.contract.in_scope, self.contract.answer_tokens or said.tokens
        text = f"{scope[0]}: {said.text}" if scope and said.text else said.text
        fitting = msgspec.structs.replace(said, text=text, tokens=min(said.tokens, longest))
        return self.speech.build(self.subject, fitting)

    def body(self, said: Said) -> bytes:
        """The same as bytes."""
        return json.dumps(self.document(said), separators=(",", ":"), ensure_ascii=False).encode()


def voice_of(run: Run) -> Voice:
    """How the run's workload is spoken to. Raises Incomplete where no drill can speak to it."""
    speech = _speech(run)
    model = next((model for model in run.manifest.models if _api(run, model) == speech.api), None)
    if model is None:
        raise Incomplete(f"No model of {run.target} is at a vendor that speaks {speech.name}; choose another protocol.")
    setting = run.manifest.controls.get(CONTROL.criterion)
    contract = msgspec.convert(setting.settings, Settings) if setting else Settings()
    features = contract.features or _features(run, speech, model)
    return Voice(speech, Subject(model.served_as, features), contract)


def _api(run: Run, model: Model) -> str:
    return run.where.apis.get(model.vendor, "")


def _speech(run: Run) -> Speech:
    """The protocol that was asked for, else that of the last exchange, else the first that the first model has."""
    if run.terms.protocol:
        return SPEECHES[run.terms.protocol]
    selection = Selection(run.target.tenant, run.target.workload, since=time.time_ns() - _LOOKED_BACK)
    apis = {_api(run, model) for model in run.manifest.models}
    for record in itertools.islice(latest(run.where.store, selection), _LOOKED_AT):
        spoken = SPEECHES.get(record.protocol)
        if spoken is not None and spoken.api in apis:
            return spoken
    first = _api(run, run.manifest.models[0])
    for speech in SPEECHES.values():
        if speech.api == first:
            return speech
    vendor = run.manifest.models[0].vendor
    raise Incomplete(f"The settings here have no vendor {vendor!r}, so that its protocol is not known; add it to them.")


def _features(run: Run, speech: Speech, model: Model) -> tuple[Feature, ...]:
    """What a model server says of its model's inputs, where its protocol can be asked and the manifest does not say."""
    if speech.name != "open-inference":
        return ()
    try:
        told = run.door.ask(f"/v2/models/{quote(model.served_as, safe='')}").document()
        return tuple(
            Feature(one["name"], one["datatype"], tuple(1 if side < 0 else side for side in one["shape"]))
            for one in told["inputs"]
        )
    except (Unanswered, LookupError, TypeError):
        advice = "declare its features under PSF-1.2, so that the drill knows a well-formed request"
        raise Incomplete(f"The model server does not say what {model.served_as} takes as input; {advice}.") from None
