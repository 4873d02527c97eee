"""The peers: nginx as a plain pass-through, LiteLLM's proxy as it is usually run, one process each, no database."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from bench.http import MODEL
from bench.processes import ROOT, end, free_port, start, wait_for_port

LITELLM = ROOT / ".venv-bench" / "bin" / "litellm"
LITELLM_KEY = "sk-bench"

_NGINX = """\
daemon off;
master_process off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log crit;
events {{ worker_connections 8192; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 100000000;
  upstream bench {{ server 127.0.0.1:{upstream}; keepalive 1024; keepalive_requests 100000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    client_max_body_size 1m;
    location / {{
      proxy_pass http://bench;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering {buffering};
    }}
  }}
}}
"""

_LITELLM = """\
model_list:
  - model_name: {model}
    litellm_params: {{model: "openai/{model}", api_base: "http://127.0.0.1:{upstream}/v1", api_key: "none"}}
litellm_settings: {{telemetry: false, set_verbose: false, num_retries: 0}}
general_settings: {{master_key: "{key}", disable_spend_logs: true}}
"""


class Peer:
    """What serves, and the process that is measured."""

    def __init__(self, name: str, port: int, key: str, process: subprocess.Popen[bytes]) -> None:
        """It serves on `port`, and knows callers by `key`."""
        self.name = name
        self.port = port
        self.key = key
        self.process = process


def nginx_program() -> str | None:
    """Where nginx is, None if it is not installed."""
    return shutil.which("nginx") or shutil.which("/usr/sbin/nginx")


@contextlib.contextmanager
def nginx(folder: Path, upstream: int, core: int, buffering: str = "on") -> Iterator[Peer | None]:
    """nginx passing everything to the upstream, keep-alive on both sides; None where it is not installed."""
    program = nginx_program()
    if program is None:
        yield None
        return
    folder.mkdir(parents=True)
    port = free_port()
    configuration = folder / "nginx.conf"
    text = _NGINX.format(folder=folder, upstream=upstream, port=port, buffering=buffering)
    configuration.write_text(text, encoding="utf-8")
    log = folder / "nginx.log"
    process = start([program, "-p", str(folder), "-e", str(log), "-c", str(configuration)], core, None, log)
    try:
        wait_for_port(port, process, 10.0, log)
        yield Peer("nginx, pass-through", port, "none", process)
    finally:
        end(process)


@contextlib.contextmanager
def litellm(folder: Path, upstream: int, core: int) -> Iterator[Peer | None]:
    """LiteLLM's proxy with a key check, one worker, without database; None where its environment is absent."""
    if not LITELLM.exists():
        yield None
        return
    folder.mkdir(parents=True)
    port = free_port()
    configuration = folder / "litellm.yaml"
    configuration.write_text(_LITELLM.format(model=MODEL, upstream=upstream, key=LITELLM_KEY), encoding="utf-8")
    environment = {
        # Its prices come with it: nothing is fetched.
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_LOG": "ERROR",
        "LITELLM_MODE": "PRODUCTION",
        "NO_PROXY": "127.0.0.1",
    }
    log = folder / "litellm.log"
    command = [str(LITELLM), "--config", str(configuration), "--host", "127.0.0.1", "--port", str(port)]
    process = start([*command, "--num_workers", "1", "--telemetry", "False"], core, environment, log)
    try:
        wait_for_port(port, process, 90.0, log)
        yield Peer("litellm[proxy]", port, LITELLM_KEY, process)
    finally:
        end(process)
