"""Real traffic for the three example workloads, made by the clients that applications use: the official `openai` and
`anthropic` packages and `tritonclient`. Only the address and the key tell them where they talk to.

`asking`, `summarising` and `scoring` open a client and give a function that makes one exchange; `attempt` calls it and
counts what came of it. `support_assistant`, `document_summariser` and `risk_scorer` make a number of them, one after
the other. Nothing is retried: one exchange is one request.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import anthropic
import openai
import tritonclient.http
from anthropic.types import Message
from tritonclient.utils import InferenceServerException

from examples.example_texts import DOCUMENTS, SUMMARY_INSTRUCTIONS, SUPPORT_INSTRUCTIONS, SUPPORT_QUESTIONS
from examples.risk_model import train

MOST_EXCHANGES = 10_000
LONGEST_ANSWER_TOKENS = 32
TIMEOUT_S = 60.0
STREAM_EVERY = 3
"""Every third answer is streamed."""
ROWS_PER_REQUEST = 4
WRONG_UNIT_EVERY = 20
"""Every 20th batch has its measurements in thousandths of their unit, a mistake that a caller might well make."""
KILLED = "switched this workload off"
"""What the text of a refusal holds where the kill switch is the reason, in every protocol."""

Progress = Callable[[int, int], None]
"""Called after each exchange with how many are done and how many there will be."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a client talks to: the address without a path, the key, and the model to ask for."""

    url: str
    key: str
    model: str


@dataclass(slots=True)
class Traffic:
    """What came of the exchanges of one workload, as its client saw it."""

    workload: str
    answered: int = 0
    streamed: int = 0
    """Of those answered, how many as a stream."""
    refused: Counter[str] = field(default_factory=Counter)
    """How often per HTTP status, or per kind of failure where there was no status."""
    tokens_in: int = 0
    tokens_out: int = 0
    rows_scored: int = 0
    seconds: float = 0.0

    @property
    def sent(self) -> int:
        """Number of exchanges."""
        return self.answered + self.refused.total()


Exchange = Callable[[int, Traffic], None]
"""Makes the exchange of this number, and adds what its answer tells to the traffic. Raises what the client raises."""


@contextmanager
def asking(target: Target) -> Iterator[Exchange]:
    """Ask the support assistant questions over OpenAI chat completions."""
    client = openai.OpenAI(base_url=f"{target.url}/v1", api_key=target.key, max_retries=0, timeout=TIMEOUT_S)

    def exchange(number: int, traffic: Traffic) -> None:
        request: dict[str, Any] = {
            "model": target.model,
            "messages": [
                {"role": "system", "content": SUPPORT_INSTRUCTIONS},
                {"role": "user", "content": SUPPORT_QUESTIONS[number % len(SUPPORT_QUESTIONS)]},
            ],
            "max_tokens": LONGEST_ANSWER_TOKENS,
            "user": f"visitor-{number % 7}",
        }
        if _is_streamed(number):
            usage = None
            for chunk in client.chat.completions.create(**request, stream=True, stream_options={"include_usage": True}):
                usage = chunk.usage or usage
            traffic.streamed += 1
        else:
            usage = client.chat.completions.create(**request).usage
        if usage is not None:
            traffic.tokens_in += usage.prompt_tokens
            traffic.tokens_out += usage.completion_tokens

    with client:
        yield exchange


@contextmanager
def summarising(target: Target) -> Iterator[Exchange]:
    """Have short documents summarised over Anthropic messages."""
    client = anthropic.Anthropic(base_url=target.url, api_key=target.key, max_retries=0, timeout=TIMEOUT_S)

    def exchange(number: int, traffic: Traffic) -> None:
        request: dict[str, Any] = {
            "model": target.model,
            "system": SUMMARY_INSTRUCTIONS,
            "messages": [{"role": "user", "content": DOCUMENTS[number % len(DOCUMENTS)]}],
            "max_tokens": LONGEST_ANSWER_TOKENS,
            "metadata": {"user_id": f"reader-{number % 3}"},
        }
        answer: Message
        if _is_streamed(number):
            with client.messages.stream(**request) as stream:
                answer = stream.get_final_message()
            traffic.streamed += 1
        else:
            answer = client.messages.create(**request)
        traffic.tokens_in += answer.usage.input_tokens
        traffic.tokens_out += answer.usage.output_tokens

    with client:
        yield exchange


@contextmanager
def scoring(target: Target) -> Iterator[Exchange]:
    """Have real rows that the model was not trained on scored over Open Inference, half as JSON, half as binary."""
    rows = train().held_out_rows
    address = urlsplit(target.url)
    client = tritonclient.http.InferenceServerClient(address.netloc, ssl=address.scheme == "https")

    def exchange(number: int, traffic: Traffic) -> None:
        start = number * ROWS_PER_REQUEST % (len(rows) - ROWS_PER_REQUEST)
        batch = rows[start : start + ROWS_PER_REQUEST]
        if number % WRONG_UNIT_EVERY == WRONG_UNIT_EVERY - 1:
            batch = batch * 1000
        binary = number % 2 == 1
        tensor = tritonclient.http.InferInput("measurements", list(batch.shape), "FP64")
        tensor.set_data_from_numpy(batch, binary_data=binary)
        wanted = [tritonclient.http.InferRequestedOutput("malignancy_risk", binary_data=binary)]
        answer = client.infer(target.model, [tensor], outputs=wanted, headers={"Authorization": f"Bearer {target.key}"})
        traffic.rows_scored += len(answer.as_numpy("malignancy_risk"))

    try:
        yield exchange
    finally:
        client.close()


def support_assistant(target: Target, exchanges: int, progress: Progress | None = None) -> Traffic:
    """Make a number of exchanges with the support assistant."""
    with asking(target) as exchange:
        return _drive("support-assistant", exchanges, exchange, progress)


def document_summariser(target: Target, exchanges: int, progress: Progress | None = None) -> Traffic:
    """Make a number of exchanges with the document summariser."""
    with summarising(target) as exchange:
        return _drive("doc-summariser", exchanges, exchange, progress)


def risk_scorer(target: Target, exchanges: int, progress: Progress | None = None) -> Traffic:
    """Make a number of exchanges with the risk scorer."""
    with scoring(target) as exchange:
        return _drive("risk-scorer", exchanges, exchange, progress)


def attempt(exchange: Exchange, number: int, traffic: Traffic) -> str:
    """Make one exchange and count what came of it: "" if it was answered, else what the client was told."""
    try:
        exchange(number, traffic)
    except (openai.APIStatusError, anthropic.APIStatusError) as error:
        status, text = str(error.status_code), str(error)
    except InferenceServerException as error:
        status, text = str(error.status() or "no status"), str(error)
    except (openai.APIError, anthropic.APIError, OSError) as error:
        status, text = type(error).__name__, str(error)
    else:
        traffic.answered += 1
        return ""
    traffic.refused[status] += 1
    return text or status


def _is_streamed(number: int) -> bool:
    return number % STREAM_EVERY == STREAM_EVERY - 1


def _drive(workload: str, exchanges: int, exchange: Exchange, progress: Progress | None) -> Traffic:
    if not 0 <= exchanges <= MOST_EXCHANGES:
        raise ValueError(f"exchanges must be 0 to {MOST_EXCHANGES}, not {exchanges}")
    traffic = Traffic(workload)
    begun = time.monotonic()
    for number in range(exchanges):
        attempt(exchange, number, traffic)
        if progress is not None:
            progress(number + 1, exchanges)
    traffic.seconds = time.monotonic() - begun
    return traffic
