"""Texts composed from templates, the same for the same seed."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from training.injection import attacks, benign
from training.injection.languages import LANGUAGES, Language

_SLOT = re.compile(r"\{(\w+)\}")


class Composed(NamedTuple):
    """One text of our own. `attack` says what it is; `family` is `english` or the language's code."""

    text: str
    attack: bool
    family: str


def compose(count: int, seed: int) -> tuple[Composed, ...]:
    """About `count` attacks and as many harmless texts, without repetition, in a fixed order."""
    rng = random.Random(seed)
    foreign = count // (3 * len(LANGUAGES))
    texts = [Composed(text, True, "english") for text in attacks.SENTENCES]
    texts += [Composed(text, False, "english") for text in benign.SENTENCES]
    texts += [Composed(fill(attacks.TEMPLATES, attacks.SLOTS, rng), True, "english") for _ in range(count)]
    texts += [Composed(fill(benign.TEMPLATES, benign.SLOTS, rng), False, "english") for _ in range(count)]
    for code, language in sorted(LANGUAGES.items()):
        texts += [Composed(_order(language, rng), True, code) for _ in range(foreign)]
        texts += [Composed(_harmless(language, rng), False, code) for _ in range(foreign)]
    return tuple(dict.fromkeys(texts))


def fill(templates: Sequence[tuple[int, str]], slots: Mapping[str, Sequence[str]], rng: random.Random) -> str:
    """One template, chosen by weight, with every slot filled; about a third gets another look."""
    text = rng.choices([text for _, text in templates], [weight for weight, _ in templates])[0]
    while match := _SLOT.search(text):
        name = match[1]
        chosen = rng.choice(slots[name.lower()])
        if name[0].isupper():
            chosen = chosen[:1].upper() + chosen[1:]
        text = text[: match.start()] + chosen + text[match.end() :]
    return _dressed(_sentences(text), rng)


def _sentences(text: str) -> str:
    text = re.sub(r"\.\.+", ".", re.sub(r"([?!:])\.", r"\1", text))
    return re.sub(r"(^|[.!?] )([a-z])", lambda match: match[1] + match[2].upper(), text).strip()


def _dressed(text: str, rng: random.Random) -> str:
    look = rng.random()
    if look < 0.12:
        return text.lower()
    if look < 0.16:
        return text.upper()
    if look < 0.28:
        return text.rstrip(".!?")
    if look < 0.31:
        return text + rng.choice((" !!!", " thanks", " please", " :)", "...", " ok?"))
    return text


def _order(language: Language, rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.45:
        text = f"{_one(language.imperative, rng)} {_one(language.aim, rng)}{_one(language.tail, rng)}"
    elif kind < 0.75:
        text = f"{_one(language.ask, rng)} {_one(language.secret, rng)}{rng.choice(('', '.', '?', '!'))}"
    elif kind < 0.9:
        text = f"{_one(language.sentences, rng)} {_one(language.sentences, rng)}"
    else:
        text = _one(language.sentences, rng)
    return _dressed(text, rng)


def _harmless(language: Language, rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.6:
        text = f"{_one(language.request, rng)} {_one(language.subject, rng)}{rng.choice(('', '.', '?', '!'))}"
    elif kind < 0.85:
        text = f"{_one(language.harmless, rng)} {_one(language.harmless, rng)}"
    else:
        text = _one(language.harmless, rng)
    return _dressed(text, rng)


def _one(choices: str, rng: random.Random) -> str:
    return rng.choice(choices.split("|"))
